// A whole test run: a server, one migrated template database, the test files in processes beside each other, and no traces.
import { type ChildProcess, spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  globSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadConfig } from '../src/config.ts'
import { settings } from '../src/settings-table.ts'
import { type ConnectionTarget, formatConnectionString } from '../src/db/connection-string.ts'
import { embeddedTarget, startEmbedded } from '../src/db/embedded/server.ts'
import { isAlive } from '../src/db/embedded/processes.ts'
import { migrate } from '../src/db/migrate.ts'
import { connect } from '../src/db/pool.ts'
import { StartError } from '../src/errors.ts'
import { templateVariable, testLimits } from './database.ts'
import { refuseSameDatabase, takeTestDatabase } from './test-database.ts'
import { togetherSource } from './together.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const memory = '/dev/shm'
const roomInMemory = 3_000_000_000
const folderName = /^bloggy-test-(\d+)-/
// No single test takes longer than its own limit, but a file may hang without running one.
const runTimeoutMs = 25 * 60_000

/** Resolves with the exit code. Words choose the files whose path holds one of them. */
export async function runTests(words: string[], environment: Record<string, string>): Promise<number> {
  const cleanUps: (() => unknown)[] = []
  const interruption = listenForSignals()
  try {
    const files = chooseFiles(words)
    removeLeftovers()
    const { testDatabaseUrl, databaseUrl } = loadConfig()
    if (testDatabaseUrl) refuseSameDatabase(testDatabaseUrl, databaseUrl)
    const folder = makeFolder(cleanUps)
    const server = testDatabaseUrl ?? (await startServer(join(folder, 'server'), cleanUps))
    const template = await takeTestDatabase(server)
    cleanUps.push(template.drop)
    await migrate(template.target, testLimits)
    if (interruption.code) return interruption.code
    const code = await runFiles(
      groupFiles(files, folder, testDatabaseUrl ? 1 : 8),
      childEnvironment({ ...environment, TMPDIR: folder }, template.target),
      interruption,
    )
    return interruption.code || code
  } catch (error) {
    // What breaks because the run was interrupted is no news.
    if (!interruption.code) console.error(error instanceof StartError ? error.message : error)
    return interruption.code || 1
  } finally {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp()
  }
}

function chooseFiles(words: string[]): string[] {
  const all = globSync(['src/**/*.test.ts', 'src/**/*.test.tsx', 'test/**/*.test.ts'], { cwd: root })
    .toSorted()
    // Those that start browsers and programs take longest, and begin first so that none is left over at the end.
    .toSorted((a, b) => Number(b.startsWith('test/')) - Number(a.startsWith('test/')))
  // Slow proofs have a command of their own: `npm run test:slow`.
  const quick = all.filter((path) => !path.includes('.slow.'))
  const chosen = words.length === 0 ? quick : all.filter((path) => words.some((word) => path.includes(word)))
  if (chosen.length === 0) throw new StartError(`No test file has ${words.join(' or ')} in its path.`)
  return chosen
}

// What a file imports tells whether it starts programs, or changes what is one for a process. Another says so.
const standsAlone =
  /test\/(backed-up|bloggy|brought-families|browser|child|imported|importing|kills|relay|tcp-server)\.ts'|test\/legacy\/|'node:child_process'|\bmock\.|startEmbedded|In a process of its own/

/**
 * What the runner starts as processes: files that stand alone first, because they take longest, then so many others at a
 * time. Their databases are open at once, for which somebody else's server may not have the connections.
 */
function groupFiles(files: string[], folder: string, together: number): string[] {
  const alone = (path: string) => path.startsWith('test/') || standsAlone.test(readFileSync(join(root, path), 'utf8'))
  const others = files.filter((path) => !alone(path))
  // Few are quicker beside each other.
  if (together === 1 || others.length <= together) return files
  const count = Math.ceil(others.length / together)
  const groups = Array.from({ length: count }, (_, group) => {
    const path = join(folder, `group-${group + 1}.mjs`)
    writeFileSync(path, togetherSource(others.filter((_, index) => index % count === group)))
    return path
  })
  return [...files.filter(alone), ...groups]
}

/**
 * Everything temporary of the run, gone afterwards. In memory where there is room: a copied database is 750
 * files, which a busy disk takes half a second to make and memory 20 ms. TMPDIR chooses another place.
 */
function makeFolder(cleanUps: (() => unknown)[]): string {
  const folder = mkdtempSync(join(hasRoom() ? memory : tmpdir(), `bloggy-test-${process.pid}-`))
  cleanUps.push(() => rmSync(folder, { recursive: true, force: true }))
  // As root, PostgreSQL runs under another account and must get to its data.
  chmodSync(folder, 0o711)
  return folder
}

function hasRoom(): boolean {
  if (process.env.TMPDIR || !existsSync(memory)) return false
  const { bavail, bsize } = statfsSync(memory)
  return Math.min(bavail * bsize, process.availableMemory()) > roomInMemory
}

async function startServer(folder: string, cleanUps: (() => unknown)[]): Promise<ConnectionTarget> {
  const server = await startEmbedded(folder, { durable: false })
  cleanUps.push(server.stop)
  const socket = server.target.addresses[0]?.host ?? ''
  const superuser = connect(embeddedTarget(socket, 'postgres', 'postgres'), testLimits, 1)
  await superuser`alter role bloggy createdb`
  await superuser.end()
  return { ...server.target, database: 'bloggy_test' }
}

/** What killed runs left in the temporary folders. */
function removeLeftovers(): void {
  for (const place of [tmpdir(), memory].filter(existsSync)) {
    for (const name of readdirSync(place)) {
      const pid = Number(folderName.exec(name)?.[1])
      if (pid && !isAlive(pid)) rmSync(join(place, name), { recursive: true, force: true })
    }
  }
}

/** Nothing of the operator's own settings reaches a test, least of all a database. */
function childEnvironment(more: Record<string, string>, template: ConnectionTarget): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { ...process.env, ...more }
  for (const { env } of Object.values(settings)) {
    delete environment[env]
    delete environment[`${env}_FILE`]
  }
  // Set when this run is itself started by a test.
  delete environment.NODE_TEST_CONTEXT
  return { ...environment, NODE_ENV: 'test', [templateVariable]: formatConnectionString(template) }
}

type Interruption = { code: number; child: ChildProcess | undefined }

/** Ctrl-C ends the tests; the clean-up follows when they are gone. */
function listenForSignals(): Interruption {
  const interruption: Interruption = { code: 0, child: undefined }
  const interrupt = (code: number) => {
    interruption.code = code
    if (interruption.child) endGroup(interruption.child)
  }
  process.on('SIGINT', () => interrupt(130))
  process.on('SIGTERM', () => interrupt(143))
  process.on('SIGHUP', () => interrupt(129))
  return interruption
}

async function runFiles(files: string[], env: NodeJS.ProcessEnv, interruption: Interruption): Promise<number> {
  const options = ['--test', '--test-concurrency=4', '--test-timeout=120000', '--test-reporter=spec']
  // A process group of its own, so that an interruption reaches the test files too.
  const child = spawn(process.execPath, ['--import', './src/html/hook.mjs', ...options, ...files], {
    cwd: root,
    env,
    stdio: 'inherit',
    detached: true,
  })
  interruption.child = child
  const deadline = setTimeout(() => {
    console.error(`The tests did not end within ${runTimeoutMs / 60_000} minutes.`)
    endGroup(child)
  }, runTimeoutMs)
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 1))
  })
  clearTimeout(deadline)
  interruption.child = undefined
  return code
}

function endGroup(child: ChildProcess): void {
  signalGroup(child, 'SIGINT')
  setTimeout(() => signalGroup(child, 'SIGKILL'), 5000).unref()
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid) process.kill(-child.pid, signal)
  } catch {
    // It has ended already.
  }
}
