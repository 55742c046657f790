import { measureBackups } from '../backup-log/metrics.ts'
import { newBackupMaker } from '../backups/process.ts'
import type { Config } from '../config.ts'
import { loadConfig } from '../config.ts'
import { migrate, readSchemaState, requireCurrent } from '../db/migrate.ts'
import { limitsOf, startServer } from '../db/open.ts'
import { openDatabase } from '../db/pool.ts'
import { probe } from '../db/probe.ts'
import { StartError } from '../errors.ts'
import type { App } from '../http/app.ts'
import { trackConnections } from '../http/connections.ts'
import { newLogger } from '../http/logger.ts'
import { newMetrics } from '../http/metrics.ts'
import { newMailer } from '../mail/mailer.ts'
import { newFetcher } from '../outbound/fetcher.ts'
import { openStore } from '../media/store.ts'
import { openPages } from '../page-cache/open.ts'
import { paths } from '../paths.ts'
import { newAdminServer, newServer } from '../server.ts'
import { watchSettings } from '../settings/current.ts'
import { createSetupLink } from '../setup/queries.ts'
import { startWorker } from '../worker.ts'

/** Longer than a request may take, shorter than the patience of what restarts us. */
const drainSeconds = 12

/** `bloggy start` migrates first; `bloggy serve` refuses a schema that is not its own. */
export async function serve({ migrates }: { migrates: boolean }): Promise<void> {
  const config = loadConfig()
  const limits = limitsOf(config)
  const told = untilTold()
  const say = (line: string) => console.error(line)
  const server = await startServer(config, say)
  // Every step that began is ended again, the last first; also when a later one fails.
  const endings: (() => Promise<unknown>)[] = [() => server.stop()]
  const end = async () => {
    for (const ending of endings.toReversed())
      await ending().catch((error: Error) => say(`While stopping: ${error.message}`))
  }
  try {
    await probe(server.target, limits)
    if (migrates) {
      await migrate(server.target, limits, (name, ms) => say(`Applied migration ${name} in ${Math.round(ms)} ms`))
    }
    const database = openDatabase(server.target, limits)
    endings.push(() => database.close(2))
    requireCurrent(await readSchemaState(database.reader))

    const logger = newLogger(config)
    const settings = await watchSettings(database, logger)
    endings.push(() => settings.close())
    let isLeaving = false
    const metrics = newMetrics()
    measureBackups(metrics.registry, database.db)
    const store = openStore(config)
    const pages = openPages({ config, database, settings, logger })
    if (pages) endings.push(() => pages.watch.close())
    const parts = {
      config,
      database,
      settings,
      store,
      logger,
      metrics,
      ...(pages && { pages }),
      isLeaving: () => isLeaving,
    }
    const app = newServer(parts)
    const connections = trackConnections(app.server)
    endings.push(() => app.close())
    await listen(app, config.host, config.port)
    if (config.adminPort) {
      const admin = newAdminServer(parts, metrics)
      endings.push(() => admin.close())
      await listen(admin, config.adminHost, config.adminPort)
    }
    const link = await createSetupLink(database.db)
    console.log(startBlock(config, server.lost !== undefined, link))

    const mailer = newMailer(config, (text) => console.log(`\n${text}\n`))
    const origin = config.siteUrl.origin
    const siteTitle = () => settings.get().title
    const siteLanguage = () => settings.get().language
    const backupMaker = newBackupMaker(config, logger)
    const worker = await startWorker({
      target: server.target,
      limits,
      db: database.db,
      mailer,
      fetcher: newFetcher({ allow: config.outboundAllow, origin }),
      config,
      store,
      backupMaker,
      origin,
      siteTitle,
      siteLanguage,
      logger,
    })
    endings.push(
      async () => mailer.close(),
      () => backupMaker.stop(),
      () => worker.stop(),
    )

    const reason = await Promise.race([told, server.lost?.then((words) => `PostgreSQL is gone:\n${words}`) ?? never])
    isLeaving = true
    // From here on nothing new is taken; what is under way gets its time, and then the line is cut.
    connections.closeUnused()
    const late = setTimeout(() => {
      say(`Requests were still running after ${drainSeconds} seconds; they are cut off.`)
      connections.closeAll()
    }, drainSeconds * 1000)
    say(reason === 'told' ? 'Stopping …' : reason)
    await end()
    clearTimeout(late)
    say(reason === 'told' ? 'Stopped cleanly.' : 'Stopped.')
    process.exitCode = reason === 'told' ? 0 : 1
    // A job that was given up may still hold a line to another server.
    setTimeout(() => process.exit(), 500).unref()
  } catch (error) {
    await end()
    throw error
  }
}

const never = new Promise<string>(() => {})

/** Settles at the first signal, which may come while Bloggy still starts. A second one means now. */
function untilTold(): Promise<string> {
  return new Promise((resolve) => {
    let toldAt: number | undefined
    const hear = () => {
      // Ctrl-C reaches the whole group, and npm or a launcher hands it on: one wish, heard twice.
      if (toldAt !== undefined && performance.now() - toldAt > 300) process.exit(130)
      toldAt ??= performance.now()
      resolve('told')
    }
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, hear)
  })
}

async function listen(app: App, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port, backlog: 2048 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE')
      throw new StartError(`Port ${port} on ${host} is taken by another program. Choose another with PORT.`)
    if (code === 'EACCES')
      throw new StartError(`Port ${port} may not be opened by this user. Choose one above 1023 with PORT.`)
    if (code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL')
      throw new StartError(`This machine has no address ${host}. Correct HOST.`)
    throw error
  }
}

function startBlock(config: Config, isEmbedded: boolean, link: string | undefined): string {
  const target = config.databaseUrl
  const data = isEmbedded ? config.dataFolder : target?.addresses.map(({ host, port }) => `${host}:${port}`).join(', ')
  const lines = [
    ['Blog', config.siteUrl.origin],
    [
      isEmbedded ? 'Data' : 'PostgreSQL',
      isEmbedded ? `${data} (PostgreSQL 16, its own)` : `${data}, database ${target?.database}`,
    ],
    ...(config.adminPort ? [['Metrics', `http://${config.adminHost}:${config.adminPort}${paths.metrics()}`]] : []),
    ...(link ? [['Set up', `${config.siteUrl.origin}${paths.setup(link)}`]] : []),
    ['Stop', 'Ctrl-C'],
  ]
  return `\n  Bloggy is running\n\n${lines.map(([name, value]) => `  ${name?.padEnd(12)}${value}`).join('\n')}\n`
}
