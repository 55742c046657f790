// The only reader of the environment. All mistakes are reported at once.
import { readFileSync } from 'node:fs'
import { backupContradictions } from './backup-settings.ts'
import { type ConnectionTarget, isLocal } from './db/connection-string.ts'
import { StartError } from './errors.ts'
import { type Provider, genericProviders, knownProviders } from './provider-settings.ts'
import { type Setting, settings } from './settings-table.ts'

type Values = { readonly [K in keyof typeof settings]: ReturnType<(typeof settings)[K]['parse']> }
export type Config = Values & { readonly siteUrl: URL; readonly providers: readonly Provider[] }

type Environment = Record<string, string | undefined>

/** Reads the environment once. Throws a StartError that lists every mistake. */
export function loadConfig(environment: Environment = process.env): Config {
  const mistakes: string[] = []
  const values: Record<string, unknown> = {}
  for (const [name, setting] of Object.entries(settings)) {
    try {
      values[name] = readSetting(setting, environment)
    } catch (error) {
      mistakes.push(`${setting.env} ${(error as Error).message}`)
    }
  }
  const readOne = (env: string) => {
    try {
      return readText(env, environment)
    } catch (error) {
      mistakes.push(`${env} ${(error as Error).message}`)
      return undefined
    }
  }
  values.providers = [
    ...knownProviders(values as Values, mistakes),
    ...genericProviders(environment, readOne, mistakes),
  ]
  if (mistakes.length === 0) {
    values.siteUrl ??= new URL(`http://localhost:${values.port}`)
    if (values.environment === 'production') {
      values.databaseUrl = encrypted(values.databaseUrl as Config['databaseUrl'])
      values.databaseListenUrl = encrypted(values.databaseListenUrl as Config['databaseListenUrl'])
      values.databaseReplicaUrls = (values.databaseReplicaUrls as Config['databaseReplicaUrls'])?.map(encrypted)
    }
    mistakes.push(...contradictions(values as Config))
  }
  if (mistakes.length > 0) {
    throw new StartError(
      `Bloggy cannot start with these settings:\n${mistakes.map((line) => `  - ${line}`).join('\n')}`,
    )
  }
  const config = Object.freeze(values) as Config
  environments.set(config, environment)
  return config
}

const environments = new WeakMap<Config, Environment>()

/** What the settings were read from, for commands that run in a process of their own. */
export function environmentOf(config: Config): Environment {
  return environments.get(config) ?? {}
}

/** One line per setting for `bloggy show-config`; secrets only as "set" or "not set". */
export function describeSettings(config: Config, environment: Environment = process.env) {
  const rows = Object.entries(settings).map(([name, setting]) => {
    const given = environment[setting.env] || environment[`${setting.env}_FILE`]
    const value = config[name as keyof Config]
    return {
      name: setting.env,
      value: setting.secret ? (given ? 'set' : 'not set') : shown(value),
      source: environment[`${setting.env}_FILE`] ? 'file' : environment[setting.env] ? 'environment' : 'default',
      about: setting.about,
    }
  })
  const issuers = config.providers.filter(({ id, key }) => id !== key)
  return [
    ...rows,
    ...issuers.map(({ id, label, issuer }) => ({
      name: `OIDC_${id.toUpperCase().replaceAll('-', '_')}_ISSUER`,
      value: issuer,
      source: 'environment',
      about: `People may sign in by ${label}.`,
    })),
  ]
}

function shown(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return value === undefined ? '' : String(value)
}

function readSetting(setting: Setting<unknown>, environment: Environment): unknown {
  const text = readText(setting.env, environment) ?? setting.fallback
  return text === undefined ? undefined : setting.parse(text)
}

function readText(env: string, environment: Environment): string | undefined {
  const file = environment[`${env}_FILE`]
  const text = environment[env] || undefined
  if (file && text) throw new Error(`and ${env}_FILE are both set; keep one of them.`)
  return file ? readSecretFile(file) : text
}

function readSecretFile(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    throw new Error(`is to be read from ${path}, which cannot be read (${(error as NodeJS.ErrnoException).code}).`)
  }
}

/** Where nothing is said, production asks for TLS to another machine. */
function encrypted<T extends ConnectionTarget | undefined>(target: T): T {
  if (!target || target.sslmode || isLocal(target)) return target
  return { ...target, sslmode: 'require' }
}

/** Rules between settings. */
function contradictions(config: Config): string[] {
  const found: string[] = []
  for (const [name, target] of [
    ['DATABASE_URL', config.databaseUrl],
    ['DATABASE_LISTEN_URL', config.databaseListenUrl],
    ...(config.databaseReplicaUrls ?? []).map((target) => ['DATABASE_REPLICA_URLS', target] as const),
  ] as const) {
    const weak = ['disable', 'allow', 'prefer'].includes(target?.sslmode ?? '')
    if (config.environment !== 'production' || !target || !weak || isLocal(target)) continue
    found.push(
      `${name} asks for sslmode=${target.sslmode}. In production, connections to another machine are encrypted: ` +
        'add ?sslmode=require (or verify-full with sslrootcert).',
    )
  }
  if (config.databaseListenUrl && !config.databaseUrl) found.push('DATABASE_LISTEN_URL needs DATABASE_URL.')
  if (config.databaseReplicaUrls && !config.databaseUrl) found.push('DATABASE_REPLICA_URLS needs DATABASE_URL.')
  if (config.adminPort === config.port) found.push('ADMIN_PORT must differ from PORT.')
  if (config.cachePurgeUrl && config.pageCacheMb === 0)
    found.push('CACHE_PURGE_URL needs a PAGE_CACHE_MB above 0: only what is kept here is known when it changes.')
  if (config.mediaS3Url && !(config.mediaS3AccessKey && config.mediaS3SecretKey))
    found.push('MEDIA_S3_URL needs MEDIA_S3_ACCESS_KEY and MEDIA_S3_SECRET_KEY.')
  found.push(...backupContradictions(config))
  return found
}

/** Whether npm's banner stands before what this process prints; `npm run --silent` prints none. */
export const isThroughNpm = (): boolean =>
  process.env.npm_lifecycle_event !== undefined && process.env.npm_config_loglevel !== 'silent'
