// An import from beginning to end. Whoever wants to know what happens in which order reads importFile().
import { StartError } from '../../errors.ts'
import type { BulkConnection } from '../../db/copy.ts'
import { sweepAll } from '../../db/sweep.ts'
import type { ImportReport } from '../report.ts'
import { findChain, refuseOlder } from './settling/chain.ts'
import { giveBackIds, reserveIds } from './settling/counters.ts'
import { fingerprintOf } from './file/fingerprint.ts'
import { begin, forget, noteError } from './import-row.ts'
import { makeReport } from './make-report.ts'
import { noCounts } from './messages.ts'
import { stageUsers } from './settling/people.ts'
import { findPriorRange } from './settling/prior.ts'
import { Reader } from './reading/reader.ts'
import { type Whereabouts, noting, withPlace } from './reading/whereabouts.ts'
import { type Keys, type Progress, type Run, type Step, saveProgress } from './run.ts'
import { type Settled, giveSlugs, settle } from './settling/settle.ts'
import { type Seconds, stopwatch } from './stopwatch.ts'
import { takeTurn } from '../turn.ts'
import { createStaging, stageTables } from './settling/stage.ts'
import { buildKeys, canSwap } from './settling/swap.ts'
import type { Proof } from './settling/verify.ts'

export { noteStopped } from './import-row.ts'

export type Source = {
  /** What is read: the file itself, or a snapshot of it. */
  path: string
  /** What it is called. */
  name: string
  bytes: number
  family: string
}

export type ImportOptions = {
  isRehearsal: boolean
  keys: Keys
  startedBy?: number | null
  /** The import that this file continues, where the rows do not tell. */
  continues?: number | undefined
  onStep: (step: Step) => void
  /** Ends the thread that reads the file; the caller ends the connection. */
  signal?: AbortSignal
  onStart?: (importId: number) => void
  /** What a transaction of the copy brings, and a kill loses at most. */
  partBytes?: number
}

export type ImportResult = {
  importId: number
  continuesId: number | null
  wasResumed: boolean
  progress: Progress
  proof: Proof
  pages: { looked_at: number; as_stored: number }
  seconds: Seconds
}

/**
 * Brings a file in. Called again after it was interrupted, it goes on where it was; called with a newer state of a
 * file that came before, it brings what is new and what changed.
 */
export async function importFile(db: BulkConnection, source: Source, options: ImportOptions): Promise<ImportReport> {
  await takeTurn(db)
  await requireCreateRight(db)
  const clock = stopwatch()
  const fingerprint = await fingerprintOf(source.path)
  const begun = await begin(db, source, fingerprint, options)
  const whereabouts: Whereabouts = { place: null }
  const reader = await openReader(source, begun.id, begun.id, whereabouts)
  const run: Run = {
    db,
    reader,
    importId: begun.id,
    chainId: begun.id,
    isRehearsal: options.isRehearsal,
    isLater: false,
    isFresh: false,
    progress: begun.progress ?? { phase: 'reading', tables: {} },
    keys: options.keys,
    partBytes: options.partBytes ?? 64_000_000,
    onStep: (step) => {
      clock.next(step.phase)
      options.onStep(step)
    },
  }
  reader.findPrior = (table, from, to) => findPriorRange(db, run, table, from, to)
  const stop = () => void run.reader.close()
  options.signal?.addEventListener('abort', stop)
  try {
    options.onStart?.(run.importId)
    await joinChain(run, source, options.continues, whereabouts)
    if (options.continues === undefined) await refuseOlder(run)
    if (!begun.progress) await prepare(run)
    await createStaging(run)
    clock.next('reading')
    await withoutWaiting(db, async () => {
      await stageUsers(run)
      await stageTables(run)
    })
    clock.next('building indexes')
    sweepAll()
    await giveSlugs(run)
    const swaps = await canSwap(run)
    if (swaps) await buildKeys(run)
    clock.next('settling')
    run.progress.phase = 'settling'
    return await settleOnce(run, swaps, (settled, importId) => {
      const result = {
        importId,
        continuesId: run.chainId === run.importId ? null : run.chainId,
        wasResumed: begun.progress !== undefined,
        progress: run.progress,
        ...settled,
        seconds: clock.stop(),
      }
      return makeReport(source, result, options.isRehearsal)
    })
  } catch (thrown) {
    const error = withPlace(thrown, whereabouts)
    if (options.isRehearsal) await takeBack(run).catch(() => {})
    else await noteError(run, error).catch(() => {})
    throw error
  } finally {
    options.signal?.removeEventListener('abort', stop)
    await run.reader.close()
  }
}

/** Asked before anything is read, in words that PostgreSQL has not. */
async function requireCreateRight(db: BulkConnection): Promise<void> {
  const { may, database, role } = await db.one<{ may: boolean; database: string; role: string }>(
    `select has_database_privilege(current_database(), 'create') as may, quote_ident(current_database()) as database,
      quote_ident(current_user) as role`,
  )
  if (may) return
  throw new StartError(
    `The role ${role} has no right CREATE on the database ${database}. An import lays the rows it reads into a schema of ` +
      `its own until it is done. Whoever owns the database can give the right: grant create on database ${database} to ${role};`,
  )
}

/**
 * Commits before the disk has it. When the server dies, the last parts are gone together with the notes that they were
 * there, and the next run reads them again; what settles waits for the disk, and all before it with that.
 */
async function withoutWaiting(db: BulkConnection, work: () => Promise<void>): Promise<void> {
  await db.query('set synchronous_commit = off')
  // Where the server has it: compressing long texts is two thirds of what a post costs PostgreSQL.
  await db.query(
    `select set_config('default_toast_compression', 'lz4', false) from pg_settings
      where name = 'default_toast_compression' and 'lz4' = any (enumvals)`,
  )
  await work()
  await db.query('reset synchronous_commit; reset default_toast_compression')
}

class TakenBack extends Error {}

/** What it brought becomes public, with the report; a rehearsal is taken back, and an import that brought nothing forgotten. */
async function settleOnce(
  run: Run,
  swaps: boolean,
  reportOf: (settled: Settled, importId: number) => ImportReport,
): Promise<ImportReport> {
  let report: ImportReport | undefined
  let isOfEarlier = false
  try {
    await run.db.transaction(async () => {
      const settled = await settle(run, swaps)
      run.progress.phase = 'done'
      const earlier = run.isRehearsal ? undefined : await findWholeBefore(run)
      report = reportOf(settled, earlier ?? run.importId)
      if (earlier !== undefined) {
        isOfEarlier = true
        await run.db.query('delete from imports where id = $1', [run.importId])
        return
      }
      await saveProgress(run)
      await run.db.query(
        `update imports set state = 'complete', error = null, step = null, report = $2, finished_at = now() where id = $1`,
        [run.importId, report],
      )
      if (run.isRehearsal) throw new TakenBack()
      await recordEvent(run)
    })
  } catch (error) {
    if (!(error instanceof TakenBack)) throw error
    await takeBack(run)
  }
  if (isOfEarlier) await giveBackIds(run)
  return report!
}

/**
 * The newest import of the same blog, when this one brought, changed and set aside nothing. Who started one in the browser
 * looks at its page, which therefore stays.
 */
async function findWholeBefore({ db, importId, chainId, progress }: Run): Promise<number | undefined> {
  const fates = Object.values(progress.tables).flatMap(({ counts }) => Object.entries(counts.fates))
  if (fates.some(([fate, rows]) => fate !== 'already there' && rows > 0)) return undefined
  const [earlier] = await db.query<{ id: number }>(
    `select id from imports where coalesce(continues_id, id) = $1 and id <> $2 and state = 'complete'
        and exists (select from imports where id = $2 and started_by is null)
        and not exists (select from import_rows where chain_id = $1 and import_id = $2)
        and not exists (select from import_leftovers where import_id = $2)
      order by id desc limit 1`,
    [chainId, importId],
  )
  return earlier?.id
}

async function takeBack(run: Run): Promise<void> {
  await forget(run.db, run.importId)
  await giveBackIds(run)
}

async function recordEvent({ db, importId, progress }: Run): Promise<void> {
  await db.query(
    `insert into audit_events (action, actor_id, subject_type, subject_id, origin, description, details)
      select 'import.completed', started_by, 'import', id, 'import', file_name, $2 from imports where id = $1`,
    [importId, Object.fromEntries(Object.entries(progress.tables).map(([table, { counts }]) => [table, counts.fates]))],
  )
}

async function openReader(
  source: Source,
  chainId: number,
  importId: number,
  whereabouts: Whereabouts,
): Promise<Reader> {
  return noting(await Reader.open({ path: source.path, chainId, importId }), whereabouts)
}

async function joinChain(
  run: Run,
  source: Source,
  continues: number | undefined,
  whereabouts: Whereabouts,
): Promise<void> {
  const { continues_id } = await run.db.one<{ continues_id: number | null }>(
    'select continues_id from imports where id = $1',
    [run.importId],
  )
  const chainId = continues_id ?? (Object.keys(run.progress.tables).length > 0 ? null : await findChain(run, continues))
  if (chainId === null) return
  run.chainId = chainId
  await run.db.query('update imports set continues_id = $2 where id = $1', [run.importId, chainId])
  // The thread writes the number of the chain into every row.
  await run.reader.close()
  run.reader = await openReader(source, chainId, run.importId, whereabouts)
  run.reader.findPrior = (table, from, to) => findPriorRange(run.db, run, table, from, to)
}

/** Counts what there is and keeps ids free for rows that cannot have their own. */
async function prepare(run: Run): Promise<void> {
  for (const { name, source, rows, highestId, oddIds, counter } of run.reader.tables) {
    const firstFree = source && rows > 0 ? await reserveIds(run, source, Math.max(highestId, counter), oddIds) : 0
    run.progress.tables[source ?? name] = {
      rows,
      read: 0,
      lastKey: null,
      isDone: false,
      counts: noCounts(),
      firstFree,
      newIds: 0,
    }
  }
  await saveProgress(run)
}
