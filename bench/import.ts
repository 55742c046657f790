// npm run bench:import: the big file brought in by the real command, beside what psql needs for the very same rows on
// the same server. Figures are ratios; see docs/performance.md.
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  statfsSync,
  writeFileSync,
} from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type ConnectionTarget, formatConnectionString } from '../src/db/connection-string.ts'
import { type Embedded, embeddedTarget, startEmbedded } from '../src/db/embedded/server.ts'
import { migrate } from '../src/db/migrate.ts'
import { connect } from '../src/db/pool.ts'
import type { ImportReport } from '../src/import/report.ts'
import { copier, exportTables, runFloor } from './import-floor.ts'
import { type Round, show, summaryOf } from './import-summary.ts'
import { loadAverage, startForeignCpu, waitForQuiet, watchPeak } from './machine.ts'
import { runProgram } from './program.ts'
import { floorLimits } from './shape.ts'
import { shipped } from './servers.ts'

const { values: options } = parseArgs({
  options: {
    scale: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '3' },
    /** Made when it is not there, and left. */
    file: { type: 'string' },
    out: { type: 'string' },
    /** Seconds to wait for a quiet machine before each part that is timed. */
    patience: { type: 'string', default: '60' },
  },
})
const scale = Number(options.scale)
const rounds = Number(options.rounds)
if (!(scale > 0) || !(rounds >= 1)) throw new Error('--scale is above 0 and --rounds at least 1.')
const root = fileURLToPath(new URL('..', import.meta.url))
const out = options.out ?? join(root, 'bench/results/import.json')

const stopping = new AbortController()
const { signal } = stopping
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(name, () => stopping.abort(new Error('Stopped.')))

const folder = mkdtempSync(join(tmpdir(), 'bloggy-bench-'))
// As root, PostgreSQL runs under another account and must get to its data.
chmodSync(folder, 0o711)
let server: Embedded | undefined
try {
  requireDisk()
  const file = options.file ?? join(folder, 'big.db')
  if (!existsSync(file)) {
    say(`making ${file}`)
    mkdirSync(dirname(file), { recursive: true })
    const words = [join(root, 'bench/build-big-file.ts'), file, String(scale)]
    await runProgram(process.execPath, words, { signal }).ended.catch((error: unknown) => {
      rmSync(file, { force: true })
      throw error
    })
  }
  server = await startEmbedded(join(folder, 'data'))
  await measure(file, server)
} catch (error) {
  if (!signal.aborted) throw error
  process.exitCode = 130
} finally {
  say('')
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
}

async function measure(file: string, { target }: Embedded): Promise<void> {
  const superuser = embeddedTarget(target.addresses[0]?.host ?? '', 'postgres', 'postgres')
  const admin = connect(superuser, { ...floorLimits, statementTimeoutSeconds: 600 }, 1)
  // What an earlier part left to be written is no business of the next one.
  const settled = async () => {
    await admin`checkpoint`
    signal.throwIfAborted()
  }
  const ready = async () => {
    await settled()
    await waitForQuiet(Number(options.patience), (line) => console.error(`\r\x1b[K${line}`), signal)
  }
  const withDatabase = async <T>(name: string, work: (target: ConnectionTarget) => Promise<T>): Promise<T> => {
    await admin.unsafe(`create database ${name} owner bloggy`)
    try {
      const database = { ...target, database: name }
      await migrate(database, floorLimits)
      await ready()
      return await work(database)
    } finally {
      await admin.unsafe(`drop database ${name} with (force)`)
    }
  }

  const done: Round[] = []
  const imported = async (name: string, look = async (_database: ConnectionTarget, _report: ImportReport) => {}) =>
    await withDatabase(name, async (database) => {
      const result = await importBig(file, database)
      await look(database, result.report)
      disk = Math.max(disk, folderBytes())
      return result
    })
  let exported: Awaited<ReturnType<typeof exportTables>> | undefined
  let disk = 0
  let report: ImportReport | undefined
  try {
    // Not timed: a new server makes the files of its log while the first rows come, and whoever comes later finds them made.
    say('bloggy import, to have the rows for psql')
    await imported('import_0', async (database, found) => {
      report = found
      say('writing the rows into files for psql')
      exported = await exportTables({ target: database, folder, signal }, tablesOf(report))
    })
    for (let round = 1; round <= rounds; round++) {
      const load = loadAverage()
      say(`round ${round} of ${rounds}: bloggy import`)
      const { figures } = await imported(`import_${round}`)
      say(`round ${round} of ${rounds}: floor`)
      const floor = await withDatabase(`floor_${round}`, async (database) => {
        const foreign = startForeignCpu()
        const times = await runFloor({ target: database, folder, signal }, exported?.tables ?? [], settled)
        disk = Math.max(disk, folderBytes())
        return { ...times, foreignCores: foreign() }
      })
      done.push({ load, import: figures, floor })
    }
  } finally {
    await admin.end({ timeout: 1 })
  }
  if (!report || !exported) return
  const machine = { cpus: cpus().length, model: cpus()[0]?.model, node: process.version, copier }
  const sizes = { file: statSync(file).size, exported: exported.bytes, disk }
  const summary = summaryOf(done)
  mkdirSync(dirname(out), { recursive: true })
  writeFileSync(
    out,
    `${JSON.stringify({ machine, scale, rows: rowsOf(report), bytes: sizes, summary, rounds: done }, null, 2)}\n`,
  )
  say('')
  show({ machine, scale, rows: rowsOf(report), bytes: sizes, summary, rounds: done })
  console.log(`\nWritten to ${out}.`)
}

async function importBig(file: string, target: ConnectionTarget) {
  const environment = {
    DATABASE_URL: formatConnectionString(target),
    BLOGGY_DATA: join(folder, 'import'),
    // As bin/bloggy.mjs starts it.
    MALLOC_ARENA_MAX: '2',
  }
  const foreign = startForeignCpu()
  const begun = performance.now()
  const words = [...shipped, 'import', file, '--json']
  // 2: complete, and something found no place here, such as the table emmett_schema.
  const child = runProgram(process.execPath, words, { signal, environment, cwd: root, codes: [0, 2] })
  const peak = watchPeak(child.pid)
  const printed = await child.ended.finally(peak)
  const seconds = (performance.now() - begun) / 1000
  const report = JSON.parse(printed) as ImportReport
  if (!report.proof.is_equal) throw new Error('The proof of the import says that something differs.')
  return { figures: { seconds, phases: report.phases, peakBytes: peak(), foreignCores: foreign() }, report }
}

/** Those that rows went into. */
function tablesOf({ tables }: ImportReport): string[] {
  const filled = tables.filter(({ target, copied, changed }) => target !== null && copied + changed > 0)
  return [...new Set(filled.map(({ target }) => String(target)))]
}

function rowsOf({ tables }: ImportReport): number {
  return tables.reduce((sum, { rows }) => sum + rows, 0)
}

function requireDisk(): void {
  const { bavail, bsize } = statfsSync(folder)
  const wanted = 9e9 * scale + 5e8
  if (bavail * bsize >= wanted) return
  throw new Error(
    `${tmpdir()} needs ${(wanted / 1e9).toFixed(1)} GB free. Set TMPDIR to a larger disk, or --scale 0.1.`,
  )
}

function folderBytes(): number {
  const sizes = globSync('**/*', { cwd: folder }).map(
    (path) => statSync(join(folder, path), { throwIfNoEntry: false })?.blocks ?? 0,
  )
  return sizes.reduce((sum, blocks) => sum + blocks * 512, 0)
}

function say(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`)
  else if (line) console.error(line)
}
