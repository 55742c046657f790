import type { Config } from '../config.ts'
import { loadConfig } from '../config.ts'
import { migrate } from '../db/migrate.ts'
import { limitsOf, startServer } from '../db/open.ts'
import { probe } from '../db/probe.ts'
import { paths } from '../paths.ts'
import type { Blog } from '../processes/blog.ts'
import { newEndings } from '../processes/endings.ts'
import { endWhenUncaught } from '../processes/uncaught.ts'
import { untilAlone } from './until-alone.ts'
import { untilThere } from './until-there.ts'

/** `bloggy start` migrates first; `bloggy serve` refuses a schema that is not its own. */
export async function serve({ migrates }: { migrates: boolean }): Promise<void> {
  const config = loadConfig()
  let signal: NodeJS.Signals | undefined
  const told = untilTold((name) => (signal = name))
  const say = (line: string) => console.error(line)
  const endings = newEndings(say)
  endWhenUncaught(say, endings.end)
  let lost: Promise<string> | undefined
  const waiting = new AbortController()
  void told.then(() => waiting.abort())
  const prepare = async () => {
    const server = await startServer(config, say)
    endings.add(() => server.stop())
    lost = server.lost
    const limits = limitsOf(config)
    if (config.databaseUrl) await untilThere(config, server.target, say, waiting.signal)
    else await probe(server.target, limits)
    if (migrates) {
      await untilAlone(server.target, limits, say, waiting.signal)
      await migrate(server.target, limits, (name, ms) => say(`Applied migration ${name} in ${Math.round(ms)} ms`))
    }
    return server.target
  }
  try {
    const ready = prepare()
    // It is waited for further down.
    ready.catch(() => {})
    const { run } = await (config.webConcurrency > 1 ? import('../processes/many.ts') : import('../processes/one.ts'))
    const blog = await run({ config, ready, say })
    endings.add(() => blog.stop(signal !== 'SIGTERM'))
    process.on('SIGUSR2', blog.replace)
    console.log(startBlock(config, lost !== undefined, blog))
    await blog.startJobs()

    const reason = await Promise.race([told, lost?.then((words) => `PostgreSQL is gone:\n${words}`) ?? never])
    say(reason === 'told' ? 'Stopping …' : reason)
    await endings.end()
    say(reason === 'told' ? 'Stopped cleanly.' : 'Stopped.')
    process.exitCode = reason === 'told' ? 0 : 1
    // A job that was given up may still hold a line to another server.
    setTimeout(() => process.exit(), 500).unref()
  } catch (error) {
    await endings.end()
    if ((error as Error).name !== 'AbortError') throw error
    say('Stopped cleanly.')
  }
}

const never = new Promise<string>(() => {})

/** Settles at the first signal, which may come while Bloggy still starts. A second one means now. */
function untilTold(onSignal: (signal: NodeJS.Signals) => void): Promise<string> {
  return new Promise((resolve) => {
    let toldAt: number | undefined
    const hear = (signal: NodeJS.Signals) => {
      // Ctrl-C reaches the whole group, and npm or a launcher hands it on: one wish, heard twice.
      if (toldAt !== undefined && performance.now() - toldAt > 300) process.exit(130)
      if (toldAt === undefined) onSignal(signal)
      toldAt ??= performance.now()
      resolve('told')
    }
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, hear)
  })
}

function startBlock(config: Config, isEmbedded: boolean, { setupLink }: Blog): string {
  const target = config.databaseUrl
  const data = isEmbedded ? config.dataFolder : target?.addresses.map(({ host, port }) => `${host}:${port}`).join(', ')
  const { webConcurrency: count } = config
  const lines = [
    ['Blog', config.siteUrl.origin],
    [
      isEmbedded ? 'Data' : 'PostgreSQL',
      isEmbedded ? `${data} (PostgreSQL 16, its own)` : `${data}, database ${target?.database}`,
    ],
    ...(count > 1 ? [['Processes', `${count} for pages, 1 for jobs; kill -USR2 ${process.pid} replaces them`]] : []),
    ...(config.adminPort ? [['Metrics', `http://${config.adminHost}:${config.adminPort}${paths.metrics()}`]] : []),
    ...(setupLink ? [['Set up', `${config.siteUrl.origin}${paths.setup(setupLink)}`]] : []),
    ['Stop', 'Ctrl-C'],
  ]
  return `\n  Bloggy is running\n\n${lines.map(([name, value]) => `  ${name?.padEnd(12)}${value}`).join('\n')}\n`
}
