// A PostgreSQL 16 of the embedded packages as a process that the faults may kill, stop, freeze and start again. It listens on
// TCP, as one on another machine, and waits for the disk, as a blog's.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from 'postgres'
import { freePort } from '../bench/servers.ts'
import type { ConnectionTarget } from '../src/db/connection-string.ts'
import { accountFor, command } from '../src/db/embedded/account.ts'
import { binaries, linkLibraries } from '../src/db/embedded/binaries.ts'
import { cleanEnvironment, makeCluster } from '../src/db/embedded/cluster.ts'
import { countWorkingIn } from '../src/db/embedded/processes.ts'
import { embeddedTarget } from '../src/db/embedded/server.ts'
import { socketFolder } from '../src/db/embedded/socket.ts'
import { type Limits, connect } from '../src/db/pool.ts'

export type Postgres = {
  cluster: string
  target: ConnectionTarget
  /** As the superuser, over a connection of its own that ends afterwards; in the database of the blog unless it is said. */
  asSuperuser: <T>(work: (sql: Sql) => Promise<T>, database?: string) => Promise<T>
  pid: () => number
  isRunning: () => boolean
  /** Resolves when it takes connections. */
  start: (settings?: Record<string, string>) => Promise<void>
  /** In the words of pg_ctl. */
  stop: (mode?: 'smart' | 'fast' | 'immediate') => Promise<void>
  /** SIGKILL to the postmaster; resolves when none of its processes is left. */
  kill: () => Promise<void>
  signal: (signal: NodeJS.Signals) => void
  lastWords: () => string
}

export const limits: Limits = {
  poolSize: 20,
  connectTimeoutSeconds: 5,
  statementTimeoutSeconds: 60,
  lockTimeoutSeconds: 30,
  preparesStatements: true,
  applicationName: 'faults',
}

const startMs = 60_000
const signalOf = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT' } as const

/** Makes the data folder `postgresql` in the folder, unless it is there. */
export async function openPostgres(folder: string, given: Record<string, string> = {}): Promise<Postgres> {
  const bin = binaries()
  linkLibraries(bin)
  const cluster = join(folder, 'postgresql')
  const account = accountFor(cluster, bin)
  if (!existsSync(join(cluster, 'PG_VERSION'))) makeCluster(folder, cluster, account, bin)
  const socket = socketFolder(folder, account)
  const port = await freePort()
  let server: ChildProcess | undefined
  let said = ''

  const asSuperuser = async <T>(work: (sql: Sql) => Promise<T>, database = 'bloggy'): Promise<T> => {
    const target = { ...embeddedTarget(socket, 'postgres', database), addresses: [{ host: socket, port }] }
    const sql = connect(target, limits, 1, {
      fetch_types: false,
      connection: { idle_in_transaction_session_timeout: 0 },
    })
    try {
      return await work(sql)
    } finally {
      await sql.end({ timeout: 1 })
    }
  }
  const isRunning = () => server !== undefined && server.exitCode === null && server.signalCode === null
  const ended = async () => {
    if (server && isRunning()) await once(server, 'exit')
  }
  const launch = (settings: Record<string, string>) => {
    const options = Object.entries({
      port: String(port),
      listen_addresses: '127.0.0.1',
      unix_socket_directories: socket,
      max_connections: '120',
      shared_buffers: '64MB',
      log_min_messages: 'warning',
      timezone: 'UTC',
      log_timezone: 'UTC',
      // How long a recovery takes is set by what was written since.
      checkpoint_timeout: '60s',
      ...given,
      ...settings,
    }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const [program, ...words] = command(account, join(bin, 'postgres'), ['-D', cluster, ...options])
    server = spawn(program, words, {
      cwd: '/',
      env: cleanEnvironment,
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    })
    server.stderr?.setEncoding('utf8').on('data', (chunk: string) => (said = (said + chunk).slice(-1_000_000)))
    server.on('error', (error) => (said += error.message))
  }

  const start = async (settings: Record<string, string> = {}) => {
    launch(settings)
    for (const begun = performance.now(); performance.now() - begun < startMs; await sleep(20)) {
      if (!isRunning()) {
        // The last processes of one that was killed may still hold its memory.
        if (!/shared memory|lock file/.test(said)) throw new Error(`PostgreSQL did not start:\n${said}`)
        await sleep(100)
        said = ''
        launch(settings)
        continue
      }
      if (!existsSync(join(socket, `.s.PGSQL.${port}`))) continue
      const isThere = await asSuperuser(async (sql) => await sql`select 1`, 'postgres').then(
        () => true,
        () => false,
      )
      if (isThere) return
    }
    throw new Error(`PostgreSQL did not take connections within ${startMs / 1000} seconds:\n${said}`)
  }

  return {
    cluster,
    target: { ...embeddedTarget('', 'bloggy', 'bloggy'), addresses: [{ host: '127.0.0.1', port }] },
    asSuperuser,
    pid: () => server?.pid ?? 0,
    isRunning,
    start,
    stop: async (mode = 'fast') => {
      if (!isRunning()) return
      server?.kill('SIGCONT')
      server?.kill(signalOf[mode])
      await ended()
    },
    kill: async () => {
      const pid = postmasterIn(cluster)
      if (pid) process.kill(pid, 'SIGKILL')
      await ended()
      while (countWorkingIn(cluster) > 0) await sleep(10)
      rmSync(join(cluster, 'postmaster.pid'), { force: true })
    },
    signal: (signal) => void server?.kill(signal),
    lastWords: () => said.trim(),
  }
}

function postmasterIn(cluster: string): number | undefined {
  try {
    return Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n', 1)[0]) || undefined
  } catch {
    return undefined
  }
}
