// The whole application on a database of the file's own: `const { app, cast, db } = await testApp()`.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { pino } from 'pino'
import { type Config, loadConfig } from '../src/config.ts'
import type { ConnectionTarget } from '../src/db/connection-string.ts'
import type { Database, Db } from '../src/db/pool.ts'
import type { App } from '../src/http/app.ts'
import type { Mail } from '../src/mail/mailer.ts'
import { type Fetcher, newFetcher } from '../src/outbound/fetcher.ts'
import { openStore } from '../src/media/store.ts'
import { openPages } from '../src/page-cache/open.ts'
import { openNamedReplicas } from '../src/replicas/open.ts'
import { newServer } from '../src/server.ts'
import { type CurrentSettings, watchSettings } from '../src/settings/current.ts'
import { runJobsOnce } from '../src/worker.ts'
import { type Cast, assemble } from './cast.ts'
import { type TestDatabase, testDatabase } from './database.ts'

/** A server on a database: what `bloggy start` makes, without the port. */
export type Blog = {
  app: App
  db: Db
  database: Database
  target: ConnectionTarget
  config: Config
  settings: CurrentSettings
  /** Runs the waiting jobs and answers the mails they sent; each takes as long as `takes`. */
  deliverMail: (takes?: (mail: Mail) => Promise<void>) => Promise<Mail[]>
  /** Every log line so far, as text. */
  logged: () => string
}
export type TestApp = Blog & { cast: Cast }

/** A blog of the file's own, set up, with its cast. */
export async function testApp(environment: Record<string, string> = {}, more: More = {}): Promise<TestApp> {
  const blog = await newBlog(environment, undefined, more)
  const cast = await assemble(blog.app, blog.db)
  await blog.settings.refresh()
  return { ...blog, cast }
}

/** What no setting of the environment says. */
type More = { config?: Partial<Config>; fetcher?: Fetcher }

/** A blog that nobody has set up, or one more server on a database that is there. */
export async function newBlog(
  environment: Record<string, string> = {},
  place?: TestDatabase,
  more: More = {},
): Promise<Blog> {
  const folder = mkdtempSync(join(tmpdir(), 'bloggy-test-'))
  let close: (() => Promise<void>) | undefined
  // Before the database's own hook: hooks run in the order they were given.
  after(async () => {
    await close?.()
    rmSync(folder, { recursive: true, force: true })
  })
  const { database, db, target, limits } = place ?? (await testDatabase())
  const loaded = loadConfig({ NODE_ENV: 'test', BLOGGY_DATA: folder, ...environment })
  const config = more.config ? { ...loaded, ...more.config } : loaded
  let log = ''
  const logger = pino({ level: 'info' }, { write: (line: string) => void (log += line) })
  const settings = await watchSettings(database, logger)
  const store = openStore(config)
  const replicas = openNamedReplicas({ config, database, limits, logger })
  const pages = openPages({ config, database, settings, logger, replicas })
  const others = { ...(pages && { pages }), ...(replicas && { replicas }) }
  const app = newServer({ ...more, ...others, config, database, settings, store, logger })
  close = async () => {
    await app.close()
    await pages?.watch.close()
    await replicas?.close()
    await settings.close()
  }
  await app.ready()
  return {
    app,
    db,
    database,
    target,
    config,
    settings,
    logged: () => log,
    deliverMail: async (takes) => {
      const sent: Mail[] = []
      const take = async (mail: Mail) => {
        sent.push(mail)
        await takes?.(mail)
      }
      const mailer = { send: take, close: () => {} }
      const siteTitle = () => settings.get().title
      const siteLanguage = () => settings.get().language
      const { origin } = config.siteUrl
      const fetcher = newFetcher({ allow: config.outboundAllow, origin })
      await runJobsOnce({ target, limits, db, mailer, fetcher, config, store, origin, siteTitle, siteLanguage, logger })
      return sent
    },
  }
}
