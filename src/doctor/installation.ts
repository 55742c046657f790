// What can be looked at without a database: settings, programs, disks, files.
import { constants, accessSync, existsSync, readFileSync, statSync, statfsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Config, environmentOf } from '../config.ts'
import { StartError } from '../errors.ts'
import { isLoopbackName } from '../setting-values.ts'
import { settings } from '../settings-table.ts'
import { version } from '../version.ts'
import { type Around, type Told, named, notice, ok, orOk, wrong } from './finding.ts'

/** Settings that are allowed and seldom meant. What is refused is refused by loadConfig(). */
export function checkSettings({ config }: Around): Told[] {
  const isPublic = !isLoopbackName(config.siteUrl.hostname)
  const found: Told[] = []
  if (isPublic && config.environment !== 'production')
    found.push(
      notice(
        `The blog is public at ${config.siteUrl.origin} and NODE_ENV is ${config.environment}.`,
        'Set NODE_ENV=production.',
      ),
    )
  if (!isPublic && config.environment === 'production')
    found.push(
      notice(
        `NODE_ENV is production and links in mails and feeds lead to ${config.siteUrl.origin}.`,
        'Set SITE_URL to the address that readers use.',
      ),
    )
  if (isPublic && !config.trustedProxies)
    found.push(
      notice(
        'TRUSTED_PROXIES is not set: behind a proxy all visitors have one address, and limits hit all of them at once.',
        'Set TRUSTED_PROXIES to the address of the proxy, such as 127.0.0.1.',
      ),
    )
  if (isPublic && !config.smtpUrl)
    found.push(
      notice(
        `SMTP_URL is not set: mail is written to ${join(config.dataFolder, 'mail')}, and nobody gets it.`,
        'Set SMTP_URL and MAIL_FROM.',
      ),
    )
  if (config.smtpUrl && /@localhost>?$/.test(config.mailFrom))
    found.push(
      notice(
        `Mail goes out from ${config.mailFrom}, which mail servers elsewhere refuse.`,
        'Set MAIL_FROM to an address of your domain.',
      ),
    )
  if (config.smtpUrl && isInClear(config.smtpUrl))
    found.push(
      notice(
        'SMTP_URL sends the password to another machine, in clear where that offers no STARTTLS.',
        'Write smtps://, or add ?requireTLS=true to SMTP_URL.',
      ),
    )
  if (config.mediaS3Url?.protocol === 'http:' && !isLoopbackName(config.mediaS3Url.hostname))
    found.push(notice('MEDIA_S3_URL goes to another machine in clear.', 'Write https:// in MEDIA_S3_URL.'))
  if (isPublic && config.backupTo && !config.backupPassphrase && config.backupTo instanceof URL)
    found.push(
      notice(
        'Backups go to a bucket in clear, with the addresses and password hashes of everybody.',
        'Set BACKUP_PASSPHRASE, and keep it elsewhere too.',
      ),
    )
  return orOk([...found, ...openSecrets(config)], `${Object.keys(settings).length} settings can be read together.`)
}

function isInClear(address: string): boolean {
  const url = new URL(address)
  const asksForTls = /^(true|1|yes)$/i.test(url.searchParams.get('requireTLS') ?? '')
  return url.protocol === 'smtp:' && url.password !== '' && !isLoopbackName(url.hostname) && !asksForTls
}

/** Files with secrets that other accounts of the machine can read. */
function openSecrets(config: Config): Told[] {
  const environment = environmentOf(config)
  return Object.values(settings)
    .filter(({ secret }) => secret)
    .flatMap(({ env }) => environment[`${env}_FILE`] ?? [])
    .filter((path) => ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o007) !== 0)
    .map((path) => notice(`Every account of this machine can read the secret in ${path}.`, `chmod 600 ${path}`))
}

export function checkNode(): Told[] {
  const wanted = 24
  const [major] = process.versions.node.split('.')
  if (Number(major) === wanted) return [ok(`Bloggy ${version} on Node ${process.versions.node}.`)]
  return [
    notice(
      `Bloggy ${version} runs on Node ${process.versions.node}; it is tried with ${wanted}.`,
      `Use Node ${wanted}.`,
    ),
  ]
}

/** Room and right to write, of each folder that something goes to. */
export function checkDisk({ config }: Around): Told[] {
  const folders: [what: string, path: string][] = [['BLOGGY_DATA', config.dataFolder]]
  const media = join(config.dataFolder, 'media')
  if (!config.mediaS3Url && existsSync(media)) folders.push(['The pictures', media])
  if (typeof config.backupTo === 'string') folders.push(['BACKUP_TO', config.backupTo])
  const told = folders.map(([what, path]) => checkFolder(what, path))
  return told.filter((one, index) => one.level !== 'ok' || index === 0 || isElsewhere(folders, index))
}

function isElsewhere(folders: [string, string][], index: number): boolean {
  const device = (path: string) => statSync(existing(path)).dev
  const [, path = ''] = folders[index] ?? []
  return folders.slice(0, index).every(([, other]) => device(other) !== device(path))
}

// Below the first nothing large fits; below the second an update, an import or a week may be too much.
const wrongBelow = { bytes: 500e6, share: 0.02 }
const noticeBelow = { bytes: 2e9, share: 0.1 }

function checkFolder(what: string, path: string): Told {
  const there = existing(path)
  try {
    accessSync(there, constants.W_OK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return wrong(`${what} in ${there} cannot be written (${code}).`, whyNotWritable(code, path))
  }
  const { bavail, blocks, bsize, files, ffree } = statfsSync(there)
  const [free, whole] = [bavail * bsize, blocks * bsize]
  const words = `${what} in ${path} has ${gigabytes(free)} of ${gigabytes(whole)} free`
  const isBelow = (limit: { bytes: number; share: number }) =>
    (free < limit.bytes && free < whole * 0.5) || free < whole * limit.share
  if (files > 0 && ffree < 1000)
    return wrong(
      `${what} in ${path} has room for ${ffree} more files.`,
      'Remove files, or make a file system with more inodes.',
    )
  if (isBelow(wrongBelow)) return wrong(`${words}.`, 'Make room: with a full disk PostgreSQL stops.')
  if (isBelow(noticeBelow)) return notice(`${words}.`, 'Make room before it is full.')
  return ok(`${words}, and can be written.`)
}

function whyNotWritable(code: string | undefined, path: string): string {
  if (code === 'EROFS') return `Mount the file system of ${path} for writing; look in dmesg why it is not.`
  const account = process.getuid?.() ?? 'bloggy'
  if (!existsSync(path))
    return `Name another folder, or make it for the account that runs Bloggy, as root: install -d -o ${account} -m 700 ${path}; the folders above have to let that account through.`
  // Only itself: what is in it may be somebody else's, as PostgreSQL's data are.
  return `Name another folder, or give this one to the account that runs Bloggy: chown ${account} ${path}`
}

/** The folder itself, or the first above it that is there. */
function existing(path: string): string {
  for (let one = path; ; one = dirname(one)) if (existsSync(one) || one === dirname(one)) return one
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`

// What is in these is for the account of Bloggy alone.
const closed = ['mail', 'media', 'imports', 'postgresql']

export function checkFiles({ config }: Around): Told[] {
  const { dataFolder } = config
  // A folder that may not be looked into is not one that is not there.
  if (!statSync(dataFolder, { throwIfNoEntry: false })) return [ok(`${dataFolder} is not there yet.`)]
  const found = closed
    .map((name) => join(dataFolder, name))
    .filter((path) => ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o007) !== 0)
    .map((path) => wrong(`Every account of this machine can look into ${path}.`, `chmod -R o-rwx ${path}`))
  const uid = process.getuid?.()
  // Root may read all; PostgreSQL of a Bloggy that runs as root belongs to another account.
  const strangers =
    uid === 0
      ? []
      : ['mail', 'media', 'imports']
          .map((name) => join(dataFolder, name))
          .filter((path) => existsSync(path) && statSync(path).uid !== uid)
  if (strangers.length > 0)
    found.push(
      wrong(
        `${named(strangers)} belong to another account than the one that asks.`,
        `If this account runs Bloggy: chown -R ${uid} ${strangers.join(' ')}`,
      ),
    )
  return orOk(found, `What is in ${dataFolder} is closed to other accounts.`)
}

/**
 * Whether PostgreSQL of this folder was made already; without DATABASE_URL nothing else makes one. Throws a StartError where this
 * account may not look.
 */
export function hasCluster({ dataFolder }: Config): boolean {
  try {
    return statSync(join(dataFolder, 'postgresql', 'PG_VERSION'), { throwIfNoEntry: false }) !== undefined
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new StartError(`What is in ${dataFolder} cannot be looked at (${code}). Ask as the account that runs Bloggy.`)
  }
}

/** db/schema.sql: the database as it should be. */
export const readSchemaFile = (): string => readFileSync(new URL('../../db/schema.sql', import.meta.url), 'utf8')
