// Every setting of the environment: its name, what it is for, what it may be.
import { resolve } from 'node:path'
import { backupSettings } from './backup-settings.ts'
import { parseConnectionString } from './db/connection-string.ts'
import { providerSettings } from './provider-settings.ts'
import {
  addresses,
  asIs,
  atLeast,
  between,
  breachedFile,
  bucketUrl,
  headerLine,
  hostsAndNetworks,
  key32,
  mailAddress,
  oneOf,
  purgeUrl,
  replicas,
  sentryDsn,
  siteUrl,
  smtpUrl,
  yesOrNo,
} from './setting-values.ts'

export type Setting<T> = {
  env: string
  about: string
  /** Throws an Error whose message completes "<NAME> …". */
  parse: (text: string) => T
  fallback: string | undefined
  secret?: boolean
}

const required = <T>(setting: Setting<T> & { fallback: string }) => setting
const optional = <T>(setting: Omit<Setting<T>, 'fallback'>): Setting<T | undefined> => ({
  ...setting,
  fallback: undefined,
})

export const settings = {
  environment: required({
    env: 'NODE_ENV',
    about: 'development, test or production. Production requires TLS to a database on another machine.',
    parse: oneOf('development', 'test', 'production'),
    fallback: 'development',
  }),
  databaseUrl: optional({
    env: 'DATABASE_URL',
    about: 'The PostgreSQL 16 to use. Without it Bloggy starts one of its own in BLOGGY_DATA.',
    parse: parseConnectionString,
    secret: true,
  }),
  databaseListenUrl: optional({
    env: 'DATABASE_LISTEN_URL',
    about: 'The same database past a PgBouncer in transaction mode, for the connections that hear announcements.',
    parse: parseConnectionString,
    secret: true,
  }),
  databaseReplicaUrls: optional({
    env: 'DATABASE_REPLICA_URLS',
    about:
      'Standbys of DATABASE_URL that answer readers, with blanks between. One that is away or 10 seconds behind is left out.',
    parse: replicas,
    secret: true,
  }),
  testDatabaseUrl: optional({
    env: 'TEST_DATABASE_URL',
    about: 'The PostgreSQL server for `npm test`; its database name ends in _test. Without it tests start their own.',
    parse: parseConnectionString,
    secret: true,
  }),
  dataFolder: required({
    env: 'BLOGGY_DATA',
    about: 'Where the embedded PostgreSQL, pictures, undelivered mail and files to import are kept.',
    parse: (text) => resolve(text),
    fallback: './data',
  }),
  poolSize: required({
    env: 'DB_POOL_SIZE',
    about: 'The most connections one process opens to PostgreSQL, all uses together. At least 6.',
    parse: between(6, 1000),
    fallback: '20',
  }),
  connectTimeoutSeconds: required({
    env: 'DB_CONNECT_TIMEOUT',
    about: 'Seconds to wait for one connection to PostgreSQL.',
    parse: between(1, 300),
    fallback: '5',
  }),
  statementTimeoutSeconds: required({
    env: 'DB_STATEMENT_TIMEOUT',
    about:
      'Seconds a statement may run before PostgreSQL stops it. Migrations are exempt. A connection that says nothing for 2.5 seconds longer is given up for a new one.',
    parse: between(1, 3600),
    fallback: '5',
  }),
  lockTimeoutSeconds: required({
    env: 'DB_LOCK_TIMEOUT',
    about: 'Seconds a statement may wait for a lock.',
    parse: between(1, 3600),
    fallback: '2',
  }),
  preparesStatements: required({
    env: 'DB_PREPARE',
    about: 'Keep prepared statements on the connections. Turn off behind PgBouncer before 1.21 in transaction mode.',
    parse: yesOrNo,
    fallback: 'yes',
  }),
  siteUrl: optional({
    env: 'SITE_URL',
    about: 'Where readers find the blog. Default: http://localhost and the port.',
    parse: siteUrl,
  }),
  host: required({
    env: 'HOST',
    about: 'The address to listen on. 0.0.0.0 for every interface.',
    parse: asIs,
    fallback: 'localhost',
  }),
  port: required({ env: 'PORT', about: 'The port to listen on.', parse: between(1, 65535), fallback: '8081' }),
  adminHost: required({
    env: 'ADMIN_HOST',
    about: 'The address of the operator’s listener.',
    parse: asIs,
    fallback: 'localhost',
  }),
  adminPort: optional({
    env: 'ADMIN_PORT',
    about: 'A second port for the operator: /metrics, /livez and /readyz without a token.',
    parse: between(1, 65535),
  }),
  stopDelaySeconds: optional({
    env: 'STOP_DELAY',
    about:
      'Seconds to go on answering after SIGTERM while /readyz says 503. Without it until whoever asks /readyz has heard that three times.',
    parse: between(0, 15),
  }),
  trustedProxies: optional({
    env: 'TRUSTED_PROXIES',
    about: 'Addresses or networks of the reverse proxies whose X-Forwarded-For is believed, separated by commas.',
    parse: addresses,
  }),
  metricsToken: optional({
    env: 'METRICS_TOKEN',
    about: 'Lets `Authorization: Bearer <token>` read /metrics on the public listener. At least 16 characters.',
    parse: atLeast(16),
    secret: true,
  }),
  smtpUrl: optional({
    env: 'SMTP_URL',
    about: 'smtp:// or smtps:// address of the mail server. Without it mail goes to the terminal and BLOGGY_DATA/mail.',
    parse: smtpUrl,
    secret: true,
  }),
  mailFrom: required({
    env: 'MAIL_FROM',
    about: 'The sender of the mail that Bloggy writes.',
    parse: mailAddress,
    fallback: 'bloggy@localhost',
  }),
  legacyAuthKey: required({
    env: 'LEGACY_AUTH_KEY',
    about: 'The HMAC key of the older Bloggy whose passwords were imported. The default is the one it came with.',
    parse: asIs,
    fallback: 'november.5.1955',
    secret: true,
  }),
  oauthTokenKeys: optional({
    env: 'OAUTH_TOKEN_KEY',
    about:
      'Encrypts tokens of other services and secrets of second factors in the database: 32 bytes in base64 or hex. ' +
      'Of several, separated by commas, the first encrypts and all decrypt.',
    parse: (text) => text.split(',').map((item) => key32(item.trim())),
    secret: true,
  }),
  legacyTokenKey: optional({
    env: 'OAUTH_TOKEN_ENCRYPTION_KEY',
    about: 'The key with which the older Bloggy encrypted such tokens. Only the import reads it.',
    parse: key32,
    secret: true,
  }),
  ...providerSettings,
  breachedPasswords: optional({
    env: 'BREACHED_PASSWORDS',
    about:
      'A file of passwords that nobody may choose, besides the common ones that Bloggy knows. ' +
      '`bloggy breached-passwords` makes it of lists.',
    parse: breachedFile,
  }),
  importMaxMb: required({
    env: 'IMPORT_MAX_MB',
    about: 'The largest file that can be uploaded for an import, in MB. `bloggy import` takes any.',
    parse: between(1, 1_000_000),
    fallback: '2048',
  }),
  outboundAllow: required({
    env: 'OUTBOUND_ALLOW',
    about:
      'Hosts and networks that links in texts may be fetched from although they are not on the public internet, ' +
      'separated by commas; any port.',
    parse: hostsAndNetworks,
    fallback: '',
  }),
  mediaMaxMb: required({
    env: 'MEDIA_MAX_MB',
    about: 'The largest picture that can be uploaded, in MB.',
    parse: between(1, 1000),
    fallback: '25',
  }),
  mediaS3Url: optional({
    env: 'MEDIA_S3_URL',
    about:
      'The bucket that keeps the pictures, as https://s3.example/bucket. Without it they are in BLOGGY_DATA/media.',
    parse: bucketUrl,
  }),
  mediaS3Region: required({ env: 'MEDIA_S3_REGION', about: 'Where the bucket is.', parse: asIs, fallback: 'auto' }),
  mediaS3AccessKey: optional({
    env: 'MEDIA_S3_ACCESS_KEY',
    about: 'The name of the key to the bucket.',
    parse: asIs,
    secret: true,
  }),
  mediaS3SecretKey: optional({
    env: 'MEDIA_S3_SECRET_KEY',
    about: 'The secret part of the key to the bucket.',
    parse: asIs,
    secret: true,
  }),
  webConcurrency: required({
    env: 'WEB_CONCURRENCY',
    about: 'How many processes answer requests. With more than one, one more does the jobs and one watches over all.',
    parse: between(1, 256),
    fallback: '1',
  }),
  webMemoryMb: required({
    env: 'WEB_MEMORY_MB',
    about: 'With several processes: one that holds more memory is replaced, at most once a minute. 0 for no limit.',
    parse: between(0, 1_000_000),
    fallback: '0',
  }),
  ...backupSettings,
  pageCacheMb: required({
    env: 'PAGE_CACHE_MB',
    about: 'How much of readers’ pages one process keeps in memory, in MB. 0 makes every page anew.',
    parse: between(0, 100_000),
    fallback: '32',
  }),
  cachePurgeUrl: optional({
    env: 'CACHE_PURGE_URL',
    about:
      'Where a Varnish or CDN in front is told which pages are out of date. Without it such caches have to ask for each page.',
    parse: purgeUrl,
  }),
  cachePurgeHeader: optional({
    env: 'CACHE_PURGE_HEADER',
    about: 'The header that it is told with, as `Authorization: Bearer <token>`.',
    parse: headerLine,
    secret: true,
  }),
  liveStreams: required({
    env: 'LIVE_STREAMS',
    about:
      'How many pages one process tells of new comments as they come. Further ones ask now and then; 0 makes all of them.',
    parse: between(0, 100_000),
    fallback: '1000',
  }),
  liveStreamsPerNetwork: required({
    env: 'LIVE_STREAMS_PER_NETWORK',
    about: 'The same for one address, or one /64 of IPv6.',
    parse: between(1, 100_000),
    fallback: '20',
  }),
  sentryDsn: optional({
    env: 'SENTRY_DSN',
    about: 'Where errors are reported: the DSN of Sentry, Bugsink or GlitchTip.',
    parse: sentryDsn,
    secret: true,
  }),
  logLevel: required({
    env: 'LOG_LEVEL',
    about: 'trace, debug, info, warn, error, fatal or silent.',
    parse: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    fallback: 'info',
  }),
  logFormat: required({
    env: 'LOG_FORMAT',
    about: 'json, text, or auto: text on a terminal and json elsewhere.',
    parse: oneOf('auto', 'json', 'text'),
    fallback: 'auto',
  }),
}
