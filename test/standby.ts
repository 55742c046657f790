// Two PostgreSQL servers, the second a streaming standby of the first, on ports of their own. Whoever stops being the primary
// can be made a standby of the other again.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from 'postgres'
import type { ConnectionTarget } from '../src/db/connection-string.ts'
import { accountFor, command } from '../src/db/embedded/account.ts'
import { binaries, linkLibraries } from '../src/db/embedded/binaries.ts'
import { cleanEnvironment, makeCluster } from '../src/db/embedded/cluster.ts'
import { embeddedTarget } from '../src/db/embedded/server.ts'
import { socketFolder } from '../src/db/embedded/socket.ts'
import { connect } from '../src/db/pool.ts'
import { copyCluster } from './base-backup.ts'
import { testLimits } from './database.ts'
import { freePort } from './tcp-server.ts'

export type PgServer = {
  port: number
  /** The database `bloggy` as its owner, over TCP. */
  target: ConnectionTarget
  /** For what only a superuser may do; a session each time. */
  asSuperuser: <T>(work: (sql: Sql) => Promise<T>) => Promise<T>
  start: () => Promise<void>
  /** `SIGINT` is the fast stop, `SIGQUIT` the immediate one; `SIGKILL` kills all its processes. */
  stop: (signal?: 'SIGINT' | 'SIGQUIT' | 'SIGKILL') => Promise<void>
  /** Stops all its processes where they are, or lets them go on. */
  freeze: (isFrozen: boolean) => void
  /** Ends when it takes writes. */
  promote: () => Promise<void>
  /** A copy of the other, which has to run; then it is a standby of it. */
  follow: (other: PgServer) => Promise<void>
  /** Settings for the next start, and for a running server that takes them without one. */
  set: (settings: Record<string, string>) => Promise<void>
}

export type Pair = { first: PgServer; second: PgServer; remove: () => Promise<void> }

const usual = {
  listen_addresses: '127.0.0.1',
  log_min_messages: 'warning',
  max_connections: '200',
  wal_keep_size: '256MB',
  wal_receiver_status_interval: '1s',
  wal_retrieve_retry_interval: '200ms',
  // A standby that restarts asks for all at once.
  wal_receiver_timeout: '10s',
  hot_standby: 'on',
}

/** The second has all of the first when this settles. */
export async function startPair(settings: Record<string, string> = {}): Promise<Pair> {
  const folder = mkdtempSync(join(tmpdir(), `bloggy-test-${process.pid}-pair-`))
  chmodSync(folder, 0o711)
  const bin = binaries()
  linkLibraries(bin)
  const servers: (PgServer & { remove: () => Promise<void> })[] = []
  for (const name of ['first', 'second'])
    servers.push(await newServer(join(folder, name), bin, { ...usual, ...settings }))
  const [first, second] = servers
  if (!first || !second) throw new Error('There are two.')
  makeCluster(join(folder, 'first'), join(folder, 'first', 'data'), accountFor(join(folder, 'none'), bin), bin)
  const remove = async () => {
    await Promise.all(servers.map((one) => one.remove()))
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await first.start()
    await first.asSuperuser(async (sql) => {
      await sql.unsafe('create role bloggy login')
      await sql.unsafe('create database bloggy owner bloggy')
    })
    await second.follow(first)
    return { first, second, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

/** Both in one address, the primary first. */
export function targetOf(...servers: PgServer[]): ConnectionTarget {
  const [first] = servers
  if (!first) throw new Error('There is a first one.')
  const addresses = servers.flatMap(({ target }) => target.addresses)
  return { ...first.target, addresses, target_session_attrs: 'read-write' }
}

async function newServer(folder: string, bin: string, settings: Record<string, string>) {
  mkdirSync(folder)
  chmodSync(folder, 0o711)
  const cluster = join(folder, 'data')
  const account = accountFor(join(folder, 'none'), bin)
  const socket = socketFolder(folder, account)
  const port = await freePort()
  const own: Record<string, string> = { ...settings, unix_socket_directories: socket }
  const base = { ...embeddedTarget('', 'bloggy', 'bloggy'), addresses: [{ host: '127.0.0.1', port }] }
  let running: ChildProcess | undefined
  let said = ''

  const asSuperuser: PgServer['asSuperuser'] = async (work) => {
    const target = { ...embeddedTarget(socket, 'postgres', 'postgres'), addresses: [{ host: socket, port }] }
    const sql = connect(target, { ...testLimits, statementTimeoutSeconds: 60 }, 1, { fetch_types: false })
    try {
      return await work(sql)
    } finally {
      await sql.end({ timeout: 1 })
    }
  }
  const writeOwned = (name: string, text: string) => {
    const path = join(cluster, name)
    writeFileSync(path, text, { mode: 0o600 })
    if (account.switches) chownSync(path, account.uid, account.gid)
  }
  const conf = () =>
    writeOwned(
      'bloggy-test.conf',
      `${Object.entries(own)
        .map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`)
        .join('\n')}\n`,
    )
  const start = async () => {
    conf()
    const options = ['-D', cluster, '-p', String(port), '-c', `config_file=${join(cluster, 'all.conf')}`]
    writeOwned('all.conf', "include 'postgresql.conf'\ninclude 'bloggy-test.conf'\n")
    const [program, ...words] = command(account, join(bin, 'postgres'), options)
    const server = spawn(program, words, { cwd: '/', env: cleanEnvironment, stdio: ['ignore', 'ignore', 'pipe'] })
    running = server
    server.stderr.on('data', (chunk) => (said = (said + String(chunk)).slice(-4000)))
    for (const begun = Date.now(); Date.now() - begun < 60_000; await sleep(30)) {
      if (server.exitCode !== null) break
      const isThere = await asSuperuser((sql) => sql`select 1`).then(
        () => true,
        () => false,
      )
      if (isThere) return
    }
    throw new Error(`The server of the test did not start:\n${said}`)
  }
  const family = () => {
    const root = running?.pid
    if (!root || running?.exitCode !== null || running.signalCode !== null) return []
    const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(root)], { encoding: 'utf8' })
    return [root, ...children.split('\n').map(Number).filter(Boolean)]
  }
  const stop: PgServer['stop'] = async (signal = 'SIGINT') => {
    const server = running
    if (!server || server.exitCode !== null || server.signalCode !== null) return
    const ended = new Promise((resolve) => server.once('exit', resolve))
    if (signal === 'SIGKILL') for (const pid of family()) signalTo(pid, 'SIGKILL')
    else server.kill(signal)
    await ended
    running = undefined
  }
  const follow: PgServer['follow'] = async (other) => {
    await stop()
    rmSync(cluster, { recursive: true, force: true })
    await copyCluster(other.asSuperuser, cluster, writeOwned)
    delete own.synchronous_standby_names
    own.primary_conninfo = `host=127.0.0.1 port=${other.port} user=postgres application_name=standby`
    writeOwned('standby.signal', '')
    await start()
    const caughtUp = async () =>
      await other.asSuperuser(async (sql) => {
        const [row] = await sql<{ n: number }[]>`
          select count(*)::int as n from pg_stat_replication
            where state = 'streaming' and replay_lsn >= pg_current_wal_flush_lsn()`
        return row?.n === 1
      })
    for (const begun = Date.now(); !(await caughtUp()); await sleep(30))
      if (Date.now() - begun > 30_000) throw new Error(`The standby does not stream:\n${said}`)
  }

  return {
    port,
    target: base,
    asSuperuser,
    start,
    stop,
    freeze: (isFrozen: boolean) => {
      for (const pid of family()) signalTo(pid, isFrozen ? 'SIGSTOP' : 'SIGCONT')
    },
    promote: async () => void (await asSuperuser((sql) => sql`select pg_promote(true, 30)`)),
    follow,
    set: async (changes: Record<string, string>) => {
      Object.assign(own, changes)
      conf()
      if (running) await asSuperuser((sql) => sql`select pg_reload_conf()`)
    },
    remove: async () => {
      for (const pid of family()) signalTo(pid, 'SIGCONT')
      await stop('SIGQUIT')
    },
  }
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It ended by itself.
  }
}
