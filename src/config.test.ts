import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, describe, test } from 'node:test'
import { describeSettings, loadConfig } from './config.ts'
import { settings } from './settings-table.ts'
import { StartError } from './errors.ts'

const folder = mkdtempSync(join(tmpdir(), `bloggy-test-${process.pid}-config-`))
after(() => rmSync(folder, { recursive: true }))

describe('settings', () => {
  test('have defaults that start a blog on this machine', () => {
    const config = loadConfig({})
    assert.equal(config.environment, 'development')
    assert.equal(config.databaseUrl, undefined)
    assert.equal(config.testDatabaseUrl, undefined)
    assert.equal(config.dataFolder, resolve('data'))
    assert.equal(config.poolSize, 20)
    assert.equal(config.connectTimeoutSeconds, 5)
    assert.equal(config.preparesStatements, true)
    assert.equal(config.host, 'localhost')
    assert.equal(config.port, 8081)
    assert.equal(config.siteUrl.href, 'http://localhost:8081/')
    assert.equal(config.logFormat, 'auto')
    assert.equal(config.legacyAuthKey, 'november.5.1955')
    assert.equal(config.oauthTokenKeys, undefined)
    assert.equal(loadConfig({ PORT: '9000' }).siteUrl.href, 'http://localhost:9000/')
  })

  test('count as not given when they are empty', () => {
    assert.deepEqual(loadConfig({ PORT: '', DATABASE_URL: '', SITE_URL: '', METRICS_TOKEN_FILE: '' }), loadConfig({}))
  })

  test('cannot be changed after they were read', () => {
    const config = loadConfig({})
    assert.throws(() => Object.assign(config, { port: 1 }), TypeError)
  })

  test('report all mistakes at once, each with its name', () => {
    const environment = {
      NODE_ENV: 'prod',
      PORT: '0',
      DB_POOL_SIZE: '5',
      DB_PREPARE: 'maybe',
      DATABASE_URL: 'mysql://ada@db.example/bloggy',
      SITE_URL: 'blog.example',
      TRUSTED_PROXIES: '10.0.0.0/8, nowhere',
      METRICS_TOKEN: 'short',
      OUTBOUND_ALLOW: 'http://wiki.intern, wiki:8080, 10.0.0.0/33',
      SMTP_URL: 'mail.example',
      MAIL_FROM: 'nobody',
      OAUTH_TOKEN_KEY: 'short',
      OAUTH_TOKEN_ENCRYPTION_KEY: 'short',
      SENTRY_DSN: 'https://errors.example/1',
      LOG_LEVEL: 'loud',
      CACHE_PURGE_URL: 'http://ada:secret@127.0.0.1/purge',
      CACHE_PURGE_HEADER: 'Host: blog.example',
    }
    const message = startError(environment)
    for (const name of Object.keys(environment)) assert.match(message, new RegExp(`^  - ${name} `, 'm'))
    assert.equal(message.split('\n').length, Object.keys(environment).length + 1)
    assert.match(message, /PORT is "0"; it must be a whole number from 1 to 65535/)
    assert.match(message, /LOG_LEVEL is "loud"; it must be one of trace, debug/)
  })

  test('take numbers only in their range and only as digits', () => {
    for (const text of ['5', '1001', '20.5', '1e2', '0x10', '-5', ' 20']) {
      assert.match(startError({ DB_POOL_SIZE: text }), /DB_POOL_SIZE is ".*"; it must be a whole number from 6 to 1000/)
    }
    assert.equal(loadConfig({ DB_POOL_SIZE: '6' }).poolSize, 6)
    assert.equal(loadConfig({ DB_POOL_SIZE: '1000' }).poolSize, 1000)
  })

  test('name a port of its own for the operator', () => {
    assert.match(startError({ PORT: '9000', ADMIN_PORT: '9000' }), /ADMIN_PORT must differ from PORT/)
    assert.equal(loadConfig({ PORT: '9000', ADMIN_PORT: '9001' }).adminPort, 9001)
  })

  test('name where announcements are heard only beside the database', () => {
    const DATABASE_LISTEN_URL = 'postgresql://ada@127.0.0.1/bloggy'
    assert.match(startError({ DATABASE_LISTEN_URL }), /DATABASE_LISTEN_URL needs DATABASE_URL/)
    const DATABASE_URL = 'postgresql://ada@127.0.0.1:6432/bloggy'
    assert.equal(loadConfig({ DATABASE_URL, DATABASE_LISTEN_URL }).databaseListenUrl?.database, 'bloggy')
  })

  test('name standbys only beside the database, each by an address of its own', () => {
    const one = 'postgresql://ada@127.0.0.1:5433/bloggy'
    const DATABASE_REPLICA_URLS = `${one} postgres://ada@127.0.0.1:5434/bloggy`
    assert.match(startError({ DATABASE_REPLICA_URLS }), /DATABASE_REPLICA_URLS needs DATABASE_URL/)
    const DATABASE_URL = 'postgresql://ada@127.0.0.1/bloggy'
    const ports = (text: string) =>
      loadConfig({ DATABASE_URL, DATABASE_REPLICA_URLS: text }).databaseReplicaUrls?.map(
        ({ addresses }) => addresses[0]?.port,
      )
    assert.deepEqual(ports(DATABASE_REPLICA_URLS), [5433, 5434])
    assert.deepEqual(ports(`${one},${one}`), [5433, 5433])
    const several = 'postgresql://ada@a,b/bloggy'
    assert.match(
      startError({ DATABASE_URL, DATABASE_REPLICA_URLS: several }),
      /DATABASE_REPLICA_URLS names several hosts/,
    )
    const NODE_ENV = 'production'
    const open = 'postgresql://ada@db.example/bloggy?sslmode=disable'
    assert.match(
      startError({ NODE_ENV, DATABASE_URL, DATABASE_REPLICA_URLS: open }),
      /DATABASE_REPLICA_URLS asks for sslmode=disable/,
    )
  })

  test('name a shared cache and what it is told with', () => {
    const CACHE_PURGE_URL = 'https://edge.example/purge?zone=1'
    const config = loadConfig({ CACHE_PURGE_URL, CACHE_PURGE_HEADER: 'Fastly-Key: a b' })
    assert.equal(config.cachePurgeUrl?.href, CACHE_PURGE_URL)
    assert.deepEqual(config.cachePurgeHeader, { name: 'fastly-key', value: 'a b' })
    for (const text of ['x', 'Name:', 'Na me: x', 'Name: x\ny: z', 'Content-Length: 5', 'Surrogate-Key: x'])
      assert.match(startError({ CACHE_PURGE_HEADER: text }), /CACHE_PURGE_HEADER (must look like|names)/, text)
    assert.match(startError({ CACHE_PURGE_URL, PAGE_CACHE_MB: '0' }), /CACHE_PURGE_URL needs a PAGE_CACHE_MB above 0/)
  })

  test('list proxies as addresses and networks', () => {
    const { trustedProxies } = loadConfig({ TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8,2001:db8::/32' })
    assert.deepEqual(trustedProxies, ['127.0.0.1', '10.0.0.0/8', '2001:db8::/32'])
    for (const text of ['proxy.example', '10.0.0.0/33', '::1/129', '10.0.0.0/8/8', '10.0.0.0/', '127.0.0.1,']) {
      assert.match(startError({ TRUSTED_PROXIES: text }), /TRUSTED_PROXIES holds/, text)
    }
  })
})

describe('keys for tokens', () => {
  const [one, other] = [Buffer.alloc(32, 0xfb), Buffer.alloc(32, 1)]

  test('are 32 bytes in hex or in base64 of either alphabet', () => {
    for (const text of [one.toString('hex'), one.toString('hex').toUpperCase(), one.toString('base64')]) {
      assert.deepEqual(loadConfig({ OAUTH_TOKEN_KEY: text }).oauthTokenKeys, [one])
      assert.deepEqual(loadConfig({ OAUTH_TOKEN_ENCRYPTION_KEY: text }).legacyTokenKey, one)
    }
    for (const text of [one.toString('base64url'), `${one.toString('base64url')}=`])
      assert.deepEqual(loadConfig({ OAUTH_TOKEN_ENCRYPTION_KEY: text }).legacyTokenKey, one)
    for (const text of ['x', 'ab'.repeat(31), 'ab'.repeat(33), 'A'.repeat(42), 'A'.repeat(44), `${'A'.repeat(42)}!=`])
      assert.match(startError({ OAUTH_TOKEN_KEY: text }), /OAUTH_TOKEN_KEY must be 32 bytes in base64 or hex/)
  })

  test('may be several, and old ones only one', () => {
    const both = `${one.toString('base64')}, ${other.toString('hex')}`
    assert.deepEqual(loadConfig({ OAUTH_TOKEN_KEY: both }).oauthTokenKeys, [one, other])
    assert.match(startError({ OAUTH_TOKEN_KEY: `${both},` }), /OAUTH_TOKEN_KEY must be/)
    assert.match(startError({ OAUTH_TOKEN_ENCRYPTION_KEY: both }), /OAUTH_TOKEN_ENCRYPTION_KEY must be/)
  })
})

describe('SITE_URL', () => {
  test('is an origin, https anywhere but on this machine', () => {
    for (const text of [
      'https://blog.example',
      'https://blog.example:8443/',
      'http://localhost:8081',
      'http://127.0.0.1',
      'http://[::1]:1',
    ]) {
      assert.equal(loadConfig({ SITE_URL: text }).siteUrl.origin, text.replace(/\/$/, ''))
    }
    for (const text of ['http://blog.example', 'http://localhost.example', 'http://10.0.0.1']) {
      assert.match(startError({ SITE_URL: text }), /SITE_URL .* need https:\/\/ anywhere but on localhost/)
    }
  })

  test('has no path, query or login', () => {
    for (const text of [
      'https://blog.example/blog',
      'https://blog.example/?a=1',
      'https://ada@blog.example',
      'https://:x@blog.example',
    ]) {
      assert.match(startError({ SITE_URL: text }), /SITE_URL .* an origin alone/, text)
    }
    for (const text of ['blog.example', 'ftp://blog.example', '/blog']) {
      assert.match(startError({ SITE_URL: text }), /SITE_URL .* must be an address such as/, text)
    }
  })
})

describe('a secret', () => {
  test('may come from a file, without its last line break', () => {
    const config = loadConfig({
      METRICS_TOKEN_FILE: file('token', 'sixteen-characters\n'),
      DATABASE_URL_FILE: file('url', 'postgres://ada:hunter2@db.example/bloggy\n'),
    })
    assert.equal(config.metricsToken, 'sixteen-characters')
    assert.equal(config.databaseUrl?.password, 'hunter2')
  })

  test('stops the start when its file cannot be read or is empty', () => {
    assert.match(
      startError({ SMTP_URL_FILE: '/nowhere/smtp' }),
      /SMTP_URL is to be read from \/nowhere\/smtp, which cannot be read \(ENOENT\)/,
    )
    assert.match(startError({ SMTP_URL_FILE: folder }), /cannot be read \(EISDIR\)/)
    assert.match(startError({ DATABASE_URL_FILE: file('empty', '\n') }), /DATABASE_URL must look like/)
  })

  test('is given once, not twice', () => {
    const both = { METRICS_TOKEN: 'sixteen-characters', METRICS_TOKEN_FILE: file('twice', 'sixteen-characters') }
    assert.match(startError(both), /METRICS_TOKEN and METRICS_TOKEN_FILE are both set/)
  })

  test('is shown by no mistake', () => {
    const message = startError({
      DATABASE_URL: 'postgres://ada:hun/ter2@db.example/bloggy',
      TEST_DATABASE_URL: 'postgres://ada:hunter2@db.example:port/bloggy',
      METRICS_TOKEN: 'hunter2',
      SMTP_URL: 'http://ada:hunter2@mail.example',
      OAUTH_TOKEN_KEY: `${'A'.repeat(43)}=,hunter2`,
      OAUTH_TOKEN_ENCRYPTION_KEY: 'hunter2',
      SENTRY_DSN: 'https://hunter2@errors.example/x',
    })
    assert.equal(message.split('\n').length, 8)
    assert.doesNotMatch(message, /hun|ter2|AAA/)
  })
})

describe('in production', () => {
  const remote = 'postgres://ada:hunter2@db.example/bloggy'
  const modeOf = (url: string, environment = 'production') =>
    loadConfig({ NODE_ENV: environment, DATABASE_URL: url }).databaseUrl?.sslmode

  test('a database on another machine is reached with TLS when nothing is said', () => {
    assert.equal(modeOf(remote), 'require')
    assert.equal(modeOf('postgres://ada@localhost,db.example/bloggy'), 'require')
    assert.equal(modeOf(remote, 'development'), undefined)
    assert.equal(modeOf(remote, 'test'), undefined)
  })

  test('TLS may be asked for more strictly and not more weakly', () => {
    for (const mode of ['require', 'verify-ca', 'verify-full']) assert.equal(modeOf(`${remote}?sslmode=${mode}`), mode)
    for (const mode of ['disable', 'allow', 'prefer']) {
      const message = startError({ NODE_ENV: 'production', DATABASE_URL: `${remote}?sslmode=${mode}` })
      assert.match(message, new RegExp(`DATABASE_URL asks for sslmode=${mode}.*add \\?sslmode=require`))
      assert.doesNotMatch(message, /hunter2/)
      assert.equal(modeOf(`${remote}?sslmode=${mode}`, 'development'), mode)
    }
  })

  test('a socket and this machine need no TLS', () => {
    for (const host of ['%2Ftmp', 'localhost', '127.0.0.1', '[::1]']) {
      assert.equal(modeOf(`postgres://ada@${host}/bloggy`), undefined)
      assert.equal(modeOf(`postgres://ada@${host}/bloggy?sslmode=disable`), 'disable')
    }
  })
})

describe('the description of the settings', () => {
  test('has every setting, its value and where it came from', () => {
    const environment = {
      PORT: '9000',
      TRUSTED_PROXIES: '10.0.0.1,10.0.0.2',
      METRICS_TOKEN_FILE: file('described', 'sixteen-characters'),
    }
    const rows = describeSettings(loadConfig(environment), environment)
    assert.deepEqual(
      rows.map(({ name }) => name),
      Object.values(settings).map(({ env }) => env),
    )
    const row = (wanted: string) => rows.find(({ name }) => name === wanted)
    assert.deepEqual(row('PORT'), { name: 'PORT', value: '9000', source: 'environment', about: settings.port.about })
    assert.equal(row('HOST')?.value, 'localhost')
    assert.equal(row('HOST')?.source, 'default')
    assert.equal(row('SITE_URL')?.value, 'http://localhost:9000/')
    assert.equal(row('TRUSTED_PROXIES')?.value, '10.0.0.1,10.0.0.2')
    assert.equal(row('ADMIN_PORT')?.value, '')
    assert.equal(row('METRICS_TOKEN')?.value, 'set')
    assert.equal(row('METRICS_TOKEN')?.source, 'file')
    assert.equal(row('SENTRY_DSN')?.value, 'not set')
  })

  test('never shows a secret', () => {
    const environment = {
      DATABASE_URL: 'postgres://hunter1:hunter2@hunter3.example/hunter4',
      TEST_DATABASE_URL: 'postgres://hunter1:hunter2@hunter3.example/hunter4_test',
      METRICS_TOKEN: 'hunter2-hunter2-hunter2',
      SMTP_URL: 'smtp://hunter1:hunter2@mail.example',
      LEGACY_AUTH_KEY: 'hunter2',
      OAUTH_TOKEN_KEY: Buffer.from('hunter'.padEnd(32)).toString('base64'),
      OAUTH_TOKEN_ENCRYPTION_KEY: Buffer.from('hunter'.padEnd(32)).toString('base64'),
      SENTRY_DSN: 'https://hunter2@errors.example/1',
    }
    const rows = describeSettings(loadConfig(environment), environment)
    assert.doesNotMatch(JSON.stringify(rows), /hunter|aHVudGVy/)
    assert.doesNotMatch(JSON.stringify(describeSettings(loadConfig({}), {})), /november/)
    assert.deepEqual(
      rows.filter(({ value }) => value === 'set').map(({ name }) => name),
      Object.keys(environment),
    )
  })
})

function startError(environment: Record<string, string>): string {
  try {
    loadConfig(environment)
  } catch (error) {
    assert.ok(error instanceof StartError, `not a StartError: ${error}`)
    return error.message
  }
  assert.fail('The settings were accepted.')
}

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
