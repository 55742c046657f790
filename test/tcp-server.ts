// A PostgreSQL of a test's own that listens on TCP and asks for passwords, for what goes wrong on a network.
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
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
import { testLimits } from './database.ts'

export type TcpServer = {
  port: number
  /** Its data folder; files put there belong to the server's account. */
  cluster: string
  /** For what only a superuser may do, over the socket. */
  superuser: Sql
  /** The user `ada` with her password, at the database `bloggy`. */
  target: (differences?: Partial<ConnectionTarget>) => ConnectionTarget
  writeOwned: (name: string, text: string) => string
  stop: () => Promise<void>
}

export const password = 'hunter2/:@%'

const accessRules = `
local   all all               trust
host    all trusted 127.0.0.1/32 trust
hostssl all encrypted 127.0.0.1/32 scram-sha-256
host    all encrypted 127.0.0.1/32 reject
host    all ada,stranger,nobody 127.0.0.1/32 scram-sha-256
`

export async function startTcpServer(settings: Record<string, string> = {}): Promise<TcpServer> {
  const folder = mkdtempSync(join(tmpdir(), `bloggy-test-${process.pid}-tcp-`))
  chmodSync(folder, 0o711)
  const bin = binaries()
  linkLibraries(bin)
  const cluster = join(folder, 'postgresql')
  const account = accountFor(cluster, bin)
  makeCluster(folder, cluster, account, bin)
  writeFileSync(join(cluster, 'pg_hba.conf'), accessRules)
  const port = await freePort()
  const socket = socketFolder(folder, account)
  const options = Object.entries({
    listen_addresses: '127.0.0.1',
    unix_socket_directories: socket,
    fsync: 'off',
    log_min_messages: 'warning',
    ...settings,
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const [program, ...words] = command(account, join(bin, 'postgres'), ['-D', cluster, ...options])
  const server = spawn(program, [...words, '-p', String(port)], {
    cwd: '/',
    env: cleanEnvironment,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const superuser = await whenReady(server, socket, port)
  await superuser.unsafe(`create role ada login password '${password}'`)
  await superuser.unsafe(`create role encrypted login password '${password}'`)
  await superuser.unsafe(`create role trusted login`)
  await superuser.unsafe(`create database bloggy owner ada`)
  return {
    port,
    cluster,
    superuser,
    target: (differences) => ({
      ...embeddedTarget('', 'ada', 'bloggy'),
      addresses: [{ host: '127.0.0.1', port }],
      password,
      ...differences,
    }),
    writeOwned: (name, text) => {
      const path = join(cluster, name)
      writeFileSync(path, text, { mode: 0o600 })
      if (account.switches) chownSync(path, account.uid, account.gid)
      return path
    },
    stop: async () => {
      await superuser.end({ timeout: 1 })
      const ended = new Promise((resolve) => server.once('exit', resolve))
      server.kill('SIGINT')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function whenReady(server: ChildProcess, socket: string, port: number): Promise<Sql> {
  let said = ''
  server.stderr?.on('data', (chunk) => (said += chunk))
  const target = { ...embeddedTarget(socket, 'postgres', 'postgres'), addresses: [{ host: socket, port }] }
  for (const begun = Date.now(); Date.now() - begun < 30_000; await sleep(30)) {
    if (server.exitCode !== null) break
    if (!existsSync(join(socket, `.s.PGSQL.${port}`))) continue
    const superuser = connect(target, testLimits, 1)
    try {
      await superuser`select 1`
      return superuser
    } catch {
      await superuser.end({ timeout: 1 })
    }
  }
  server.kill('SIGQUIT')
  throw new Error(`The server of the test did not start:\n${said}`)
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = await listen(() => {})
  await new Promise((resolve) => server.close(resolve))
  return server.port
}

/** Something else that listens on 127.0.0.1. */
export async function listen(onConnection: (socket: net.Socket) => void): Promise<net.Server & { port: number }> {
  const server = net.createServer((socket) => {
    socket.on('error', () => {})
    onConnection(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(server, { port: (server.address() as net.AddressInfo).port })
}
