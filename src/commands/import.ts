// `bloggy import FILE`: brings the blog of an older Bloggy in; beside it what looks at a file and what takes it back.
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { commandLine, quoted } from '../command-line.ts'
import { type Config, loadConfig } from '../config.ts'
import { BulkConnection } from '../db/copy.ts'
import { limitsOf, withDatabase } from '../db/open.ts'
import { StartError } from '../errors.ts'
import { type Source, importFile, noteStopped } from '../import/bloggy-sqlite/import.ts'
import { type Inspection, inspectFile, recogniseInThread } from '../import/bloggy-sqlite/file/inspect.ts'
import { inspectionJson, inspectionText, refusalJson } from '../import/bloggy-sqlite/file/inspection-text.ts'
import { RefusedFile, openForReading } from '../import/bloggy-sqlite/file/open.ts'
import { printable } from '../import/bloggy-sqlite/file/refused-file.ts'
import { snapshotFolderOf } from '../import/bloggy-sqlite/file/snapshot.ts'
import type { Step } from '../import/bloggy-sqlite/run.ts'
import { ProofFailed } from '../import/bloggy-sqlite/settling/settle.ts'
import { type Outcome, findOutcome, outcomeWords } from '../import/outcome.ts'
import { noteStep } from '../import/queries.ts'
import { progressLine } from '../import/progress.ts'
import type { ImportReport } from '../import/report.ts'
import { type Words, reportText } from '../import/report-text.ts'
import { tokenAdvice } from '../import/token-advice.ts'
import { readableWidth } from '../import/wrap.ts'
import { requireSchema } from './require-schema.ts'
import { keepHeapSmall } from './small-heap.ts'
import { untilStopped } from './until-stopped.ts'

/** Documented in docs/migrating.md. */
export const exitCodes = { complete: 0, failed: 1, leftovers: 2, refused: 3, different: 4 }

type ImportOptions = {
  inspect?: boolean
  rehearse?: boolean
  report?: string
  json?: boolean
  startedBy?: string
  withoutWal?: boolean
  continues?: string
}

export async function importCommand(file: string, options: ImportOptions): Promise<void> {
  try {
    if (options.inspect && options.rehearse) {
      throw new StartError('--inspect only looks, --rehearse does everything and takes it back. Choose one of them.')
    }
    if (options.inspect) return await inspect(file, options)
    await bringInUntilStopped(file, options)
  } catch (error) {
    if (options.json && error instanceof RefusedFile) console.log(refusalJson(file, error))
    const isRefusal = error instanceof StartError && !(error instanceof ProofFailed) && !(error instanceof Stopped)
    process.exitCode = isRefusal ? exitCodes.refused : exitCodes.failed
    const detail = error instanceof StartError ? error.message : wordsFor(error)
    if (options.json) return console.error(JSON.stringify({ code: isRefusal ? 'refused' : 'failed', detail }))
    console.error(`\n${detail}\n`)
    // A mistake of ours is told with the place where it was made.
    if (isMistake(error)) console.error(error)
  }
}

function wordsFor(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
  return `The import stopped: ${printable(line).replace(/\.?$/, '.')} Run the same command again to go on.`
}

function isMistake(error: unknown): boolean {
  return [TypeError, ReferenceError, RangeError, SyntaxError].some((kind) => error instanceof kind)
}

async function inspect(file: string, { json, report }: ImportOptions): Promise<void> {
  const line = progressLine(process.stderr)
  let inspection: Inspection
  try {
    line.update({ label: `looking at ${printable(file)}` })
    inspection = await inspectFile(file, {
      snapshotFolder: snapshotFolderOf(loadConfig().dataFolder),
      onProgress: (done, total) => line.update({ label: 'taking a snapshot', done, total, unit: 'bytes' }),
    })
  } finally {
    line.end()
  }
  if (report) writeFileSync(report, `${inspectionJson(inspection)}\n`)
  console.log(json ? inspectionJson(inspection) : inspectionText(inspection))
}

/** Ends in order on Ctrl-C: the copy of the file goes, what is staged stays for the next run. */
async function bringInUntilStopped(path: string, options: ImportOptions): Promise<void> {
  await untilStopped(async (signal) => {
    try {
      await bringIn(path, options, signal)
    } catch (error) {
      throw signal.aborted ? new Stopped() : error
    }
  })
}

async function bringIn(path: string, options: ImportOptions, signal: AbortSignal): Promise<void> {
  const { rehearse = false, report: reportFile, json, startedBy, withoutWal, continues } = options
  if (reportFile) requireWritable(reportFile)
  keepHeapSmall()
  const config = loadConfig()
  const line = progressLine(process.stderr)
  const file = await openForReading(path, {
    snapshotFolder: snapshotFolderOf(config.dataFolder),
    isOurs: startedBy !== undefined,
    onProgress: (done, total) => line.update({ label: 'taking a snapshot', done, total, unit: 'bytes' }),
  }).catch((error: unknown) => {
    line.end()
    throw error
  })
  file.db.close()
  try {
    if (file.journal === 'missing wal' && !withoutWal) throw missingWal(path)
    line.update({ label: 'checking the file' })
    signal.throwIfAborted()
    const { family, title } = await recogniseInThread(file.path, path, { oddityLimitMs: 0 })
    signal.throwIfAborted()
    const source: Source = { path: file.path, name: path, bytes: file.bytes, family: `${family}: ${title}` }
    const { report, outcome } = await withDatabase(config, async ({ db: pool, reader, target }) => {
      await requireSchema(reader)
      const db = await BulkConnection.open(target, limitsOf(config), 'bloggy import')
      const notes = await BulkConnection.open(target, limitsOf(config), 'bloggy import notes')
      // What runs on it ends with the connection.
      const stop = () => void db.close()
      signal.addEventListener('abort', stop)
      try {
        const report = await run(db, notes, source, { config, rehearse, startedBy, continues, line, signal })
        // The import is complete by now, whatever becomes of the look at it.
        const outcome = report.import_id === null ? undefined : findOutcome(pool, report.import_id)
        return { report, outcome: await outcome?.catch(() => undefined) }
      } catch (error) {
        await db.close()
        if (signal.aborted) await noteStopped(notes)
        throw error
      } finally {
        signal.removeEventListener('abort', stop)
        await db.close()
        await notes.close()
      }
    })
    line.end()
    if (reportFile) writeFileSync(reportFile, `${JSON.stringify(report, null, 2)}\n`, { mode: 0o600 })
    const words = wordsAfter(report, outcome, path, config)
    console.log(json ? JSON.stringify(report, null, 2) : reportText(report, words, readableWidth(process.stdout)))
    process.exitCode = report.result === 'complete' ? exitCodes.complete : exitCodes.leftovers
  } finally {
    line.end()
    await file.close()
  }
}

type Around = {
  config: Config
  rehearse: boolean
  startedBy: string | undefined
  continues: string | undefined
  line: ReturnType<typeof progressLine>
  signal: AbortSignal
}

async function run(
  db: BulkConnection,
  notes: BulkConnection,
  source: Source,
  { config, rehearse, startedBy, continues, line, signal }: Around,
): Promise<ImportReport> {
  let importId: number | undefined
  let notedAt = 0
  let noting: Promise<void> | undefined
  const onStep = (step: Step) => {
    line.update(shown(step))
    if (importId === undefined || noting || Date.now() - notedAt < 1000) return
    notedAt = Date.now()
    noting = noteStep(notes, importId, step).finally(() => (noting = undefined))
  }
  const report = await importFile(db, source, {
    isRehearsal: rehearse,
    keys: { old: config.legacyTokenKey, ours: config.oauthTokenKeys },
    startedBy: startedBy === undefined ? null : Number(startedBy),
    continues: continues === undefined ? undefined : numberOf(continues),
    signal,
    onStep,
    onStart: (id) => (importId = id),
  })
  await noting
  return report
}

export function numberOf(id: string): number {
  if (!/^\d{1,9}$/.test(id))
    throw new StartError(`"${printable(id)}" is no number of an import. \`${commandLine('import list')}\` shows them.`)
  return Number(id)
}

/** Indexes take as long as their tables are large, so they have no rate. */
function shown({ phase, label, done, total }: Step): Parameters<ReturnType<typeof progressLine>['update']>[0] {
  const name = printable(label)
  if (phase === 'building indexes') return { label: phase, done, total, unit: 'indexes' }
  return { label: phase === 'reading' ? name : `${phase} ${name}`, ...(total > 0 && { done, total }) }
}

function wordsAfter(report: ImportReport, outcome: Outcome | undefined, path: string, config: Config): Words {
  const { is_rehearsal, import_id, result, tables } = report
  const advice = tokenAdvice(report, config) ?? []
  // A name that would move the cursor is not repeated.
  const file = printable(path) === path ? quoted(path) : 'FILE'
  if (is_rehearsal) return { next: [advice].flat(), commands: [`${commandLine(`import ${file}`)} does it.`] }
  const look = 'Look at what was kept aside: Imports, in the menu of the blog.'
  const isRerun = tables.every(({ copied, changed, set_aside }) => copied + changed + set_aside === 0)
  return {
    outcome: outcome && outcomeWords(outcome),
    next: [
      isRerun ? `Nothing is new: import ${import_id} brought everything.` : [],
      advice,
      result === 'complete' ? [] : look,
      'Keep the old file.',
    ].flat(),
    commands: [
      `${commandLine(`import verify ${import_id} ${file}`)} compares again.`,
      `${commandLine(`import undo ${import_id}`)} takes it back.`,
    ],
  }
}

function missingWal(path: string): RefusedFile {
  return new RefusedFile(
    'missing wal',
    `The -wal file that belongs to ${printable(path)} is missing, and with it the last changes. Copy it along, or stop ` +
      'the old blog in an orderly way and copy again. To bring in what is there all the same, add --without-wal.',
  )
}

/** Before anything is brought in: afterwards it would be too late to say so. */
function requireWritable(path: string): void {
  try {
    closeSync(openSync(path, 'a', 0o600))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new StartError(`The report cannot be written to ${printable(path)} (${code}). Nothing was imported.`)
  }
}

class Stopped extends StartError {
  constructor() {
    super('Stopped. Nothing of it is public; run the same command again to go on from here.')
  }
}
