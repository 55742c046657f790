// The settings of backups that the blog makes by itself.
import { asIs, atLeast, between, folderOrBucket, leastPassphrase } from './setting-values.ts'

type Setting<T, Fallback> = {
  env: string
  about: string
  parse: (text: string) => T
  fallback?: Fallback
  secret?: boolean
}

const required = <T>(setting: Setting<T, string> & { fallback: string }) => setting
const optional = <T>(setting: Setting<T, undefined>) => ({
  ...setting,
  parse: setting.parse as (text: string) => T | undefined,
  fallback: undefined,
})

export const backupSettings = {
  backupPassphrase: optional({
    env: 'BACKUP_PASSPHRASE',
    about: 'Encrypts backups. Without it they are in clear. At least 12 characters; keep it elsewhere too.',
    parse: atLeast(leastPassphrase),
    secret: true,
  }),
  backupEveryHours: optional({
    env: 'BACKUP_EVERY',
    about: 'Hours from one backup that the blog makes by itself to the next. Without it it makes none.',
    parse: between(1, 8760),
  }),
  backupKeep: required({
    env: 'BACKUP_KEEP',
    about: 'How many of these backups are kept; older ones go when a new one is there.',
    parse: between(1, 10_000),
    fallback: '7',
  }),
  backupTo: optional({
    env: 'BACKUP_TO',
    about: 'Where they go: a folder, best on another disk, or a bucket as https://s3.example/bucket.',
    parse: folderOrBucket,
  }),
  backupS3Region: required({
    env: 'BACKUP_S3_REGION',
    about: 'Where the bucket of BACKUP_TO is.',
    parse: asIs,
    fallback: 'auto',
  }),
  backupS3AccessKey: optional({
    env: 'BACKUP_S3_ACCESS_KEY',
    about: 'The name of the key to the bucket of BACKUP_TO.',
    parse: asIs,
    secret: true,
  }),
  backupS3SecretKey: optional({
    env: 'BACKUP_S3_SECRET_KEY',
    about: 'The secret part of the key to the bucket of BACKUP_TO.',
    parse: asIs,
    secret: true,
  }),
}

type Values = {
  backupEveryHours: number | undefined
  backupTo: string | URL | undefined
  backupS3AccessKey: string | undefined
  backupS3SecretKey: string | undefined
}

export function backupContradictions(config: Values): string[] {
  const found: string[] = []
  if (config.backupEveryHours && !config.backupTo)
    found.push('BACKUP_EVERY needs BACKUP_TO, which says where backups go.')
  if (config.backupTo instanceof URL && !(config.backupS3AccessKey && config.backupS3SecretKey))
    found.push('BACKUP_TO is a bucket, which needs BACKUP_S3_ACCESS_KEY and BACKUP_S3_SECRET_KEY.')
  return found
}
