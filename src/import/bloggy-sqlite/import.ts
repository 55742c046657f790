// An import from beginning to end. Whoever wants to know what happens in which order reads importFile().
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { StartError } from '../../errors.ts'
import type { BulkConnection } from '../../db/copy.ts'
import type { ImportReport } from '../report.ts'
import { findChain } from './settling/chain.ts'
import { giveBackIds, reserveIds } from './settling/counters.ts'
import { makeReport } from './make-report.ts'
import { noCounts } from './messages.ts'
import { stageUsers } from './settling/people.ts'
import { findPriorRange } from './settling/prior.ts'
import { Reader } from './reading/reader.ts'
import { type Keys, type Phase, type Progress, type Run, type Step, saveProgress } from './run.ts'
import { type Settled, giveSlugs, settle } from './settling/settle.ts'
import { createStaging, dropStaging, stageTables } from './settling/stage.ts'
import { buildKeys, canSwap } from './settling/swap.ts'
import type { Proof } from './settling/verify.ts'

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

/** 'preparing' is from the first byte of the file to the first row. */
type Seconds = Record<'preparing' | Phase, number>

/**
 * Brings a file in. Called again after it was interrupted, it goes on where it was; called with a newer state of a
 * file that came before, it brings what is new and what changed.
 */
export async function importFile(db: BulkConnection, source: Source, options: ImportOptions): Promise<ImportReport> {
  await takeTurn(db)
  const clock = stopwatch()
  const fingerprint = await fingerprintOf(source.path)
  const begun = await begin(db, source, fingerprint, options)
  const reader = await Reader.open({ path: source.path, chainId: begun.id, importId: begun.id })
  const run: Run = {
    db,
    reader,
    importId: begun.id,
    chainId: begun.id,
    isRehearsal: options.isRehearsal,
    isLater: false,
    isFresh: await isFresh(db),
    progress: begun.progress ?? { phase: 'reading', tables: {} },
    keys: options.keys,
    partBytes: options.partBytes ?? 16_000_000,
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
    await joinChain(run, source, options.continues)
    if (options.continues === undefined) await refuseOlder(run)
    if (!begun.progress) await prepare(run)
    await createStaging(run)
    clock.next('reading')
    await withoutWaiting(db, async () => {
      await stageUsers(run)
      await stageTables(run)
    })
    clock.next('building indexes')
    await giveSlugs(run)
    const swaps = await canSwap(run)
    if (swaps) await buildKeys(run)
    clock.next('settling')
    run.progress.phase = 'settling'
    return await settleOnce(run, swaps, (settled) => {
      const result = {
        importId: run.importId,
        continuesId: run.chainId === run.importId ? null : run.chainId,
        wasResumed: begun.progress !== undefined,
        progress: run.progress,
        ...settled,
        seconds: clock.stop(),
      }
      return makeReport(source, result, options.isRehearsal)
    })
  } catch (error) {
    if (options.isRehearsal) await takeBack(run).catch(() => {})
    else await noteError(run, error).catch(() => {})
    throw error
  } finally {
    options.signal?.removeEventListener('abort', stop)
    await run.reader.close()
  }
}

/**
 * Commits before the disk has it. When the server dies, the last parts are gone together with the notes that they were
 * there, and the next run reads them again; what settles waits for the disk, and all before it with that.
 */
async function withoutWaiting(db: BulkConnection, work: () => Promise<void>): Promise<void> {
  await db.query('set synchronous_commit = off')
  await work()
  await db.query('reset synchronous_commit')
}

class TakenBack extends Error {}

async function settleOnce(run: Run, swaps: boolean, reportOf: (settled: Settled) => ImportReport) {
  let report: ImportReport | undefined
  try {
    await run.db.transaction(async () => {
      const settled = await settle(run, swaps)
      run.progress.phase = 'done'
      report = reportOf(settled)
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
  return report!
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

/** One import at a time; the lock goes with the connection, however it ends. */
async function takeTurn(db: BulkConnection): Promise<void> {
  // A statement of ours ends soon after us, and with it the lock.
  await db.query(`set client_connection_check_interval = '500ms'`).catch(() => {})
  for (const begun = performance.now(); ; await sleep(100)) {
    const { mine } = await db.one<{ mine: boolean }>('select pg_try_advisory_lock(80810003) as mine')
    if (mine) return
    if (performance.now() - begun < patienceMs) continue
    throw new StartError(
      'Another import is running on this blog. Wait until it is done; `bloggy import list` shows it.',
    )
  }
}

// For the connection of an import that was killed a moment ago.
const patienceMs = 2000

/** After the connection of an import was ended on purpose: a rehearsal goes, an import can be continued. */
export async function noteStopped(db: BulkConnection): Promise<void> {
  await takeTurn(db)
  const open = await db.query<{ id: number; is_rehearsal: boolean }>(
    `select id, is_rehearsal from imports where state = 'running'`,
  )
  for (const { id, is_rehearsal } of open) {
    if (is_rehearsal) await forget(db, id)
    else await db.query(`update imports set state = 'failed', error = 'Stopped.', step = null where id = $1`, [id])
  }
}

type Begun = { id: number; progress?: Progress }

/** The import that was interrupted on the same file, or a new one. What was interrupted on another file is dropped. */
async function begin(db: BulkConnection, source: Source, fingerprint: string, options: ImportOptions): Promise<Begun> {
  const open = await db.query<{ id: number; fingerprint: string; is_rehearsal: boolean; progress: Progress }>(
    `select id, fingerprint, is_rehearsal, progress from imports where state in ('running', 'failed') order by id`,
  )
  let resumed: Begun | undefined
  for (const { id, progress, ...found } of open) {
    const isSame = found.fingerprint === fingerprint && !found.is_rehearsal && !options.isRehearsal
    if (isSame && !resumed && progress.tables) resumed = { id, progress }
    // A rehearsal leaves an interrupted import alone, so that it can go on afterwards.
    else if (!options.isRehearsal || found.is_rehearsal) await forget(db, id)
  }
  if (resumed) {
    await db.query(`update imports set state = 'running', error = null, updated_at = now() where id = $1`, [resumed.id])
    return resumed
  }
  const { id } = await db.one<{ id: number }>(
    `insert into imports (source, file_name, file_bytes, fingerprint, family, is_rehearsal, started_by)
      values ('bloggy-sqlite', $1, $2, $3, $4, $5, $6) returning id`,
    [basename(source.name), source.bytes, fingerprint, source.family, options.isRehearsal, options.startedBy ?? null],
  )
  return { id }
}

/** Takes away what an import that never settled had put aside. */
async function forget(db: BulkConnection, importId: number): Promise<void> {
  await dropStaging({ db, importId })
  await db.transaction(async () => {
    await db.query('delete from import_rows where import_id = $1', [importId])
    await db.query('delete from import_blocks where import_id = $1', [importId])
    await db.query('delete from imports where id = $1', [importId])
  })
}

/** What failed while it settled would fail again: the next run decides anew. */
async function noteError({ db, importId, progress }: Run, error: unknown): Promise<void> {
  const message = error instanceof Error ? error.message : String(error)
  await db.query(
    `update imports set state = 'failed', error = $2, step = null, updated_at = now(),
        progress = case when $3 then '{}' else progress end
      where id = $1`,
    [importId, message.slice(0, 2000), progress.phase === 'settling'],
  )
}

async function joinChain(run: Run, source: Source, continues: number | undefined): Promise<void> {
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
  run.reader = await Reader.open({ path: source.path, chainId, importId: run.importId })
  run.reader.findPrior = (table, from, to) => findPriorRange(run.db, run, table, from, to)
}

/** The counters of a file never go back, so one that ends before what was brought is an older copy. */
async function refuseOlder({ db, reader, chainId, importId }: Run): Promise<void> {
  if (chainId === importId) return
  for (const { source, counter, highestId } of reader.tables) {
    if (source === null || counter === 0) continue
    const { last } = await db.one<{ last: number | null }>(
      `select greatest((select max(source_key) from import_rows where chain_id = $1 and source_table = $2),
        (select max(last_key) from import_blocks where chain_id = $1 and source_table = $2)) as last`,
      [chainId, source],
    )
    if (last === null || last > 2 ** 52 || last <= Math.max(counter, highestId)) continue
    throw new StartError(
      `This file is older than what was imported from the same blog: its ${source} end at ${Math.max(counter, highestId)}, and ${last} is here already. ` +
        `To go back to its state all the same, add --continues ${chainId}.`,
    )
  }
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

/** Nobody but the owner, and nothing written. */
async function isFresh(db: BulkConnection): Promise<boolean> {
  const { fresh } = await db.one<{ fresh: boolean }>(
    `select not exists (select from posts) and not exists (select from comments)
      and (select count(*) from (select from users limit 2) as few) < 2 as fresh`,
  )
  return fresh
}

/** Of the whole content, without the counters that SQLite changes in a copy. */
export async function fingerprintOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafeSlow(1 << 20)
  await using file = await open(path)
  for (let isFirst = true; ; isFirst = false) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, null)
    if (bytesRead === 0) return hash.digest('hex')
    if (isFirst) {
      buffer.fill(0, 24, 44)
      buffer.fill(0, 92, 100)
    }
    hash.update(buffer.subarray(0, bytesRead))
  }
}

function stopwatch() {
  const seconds: Seconds = { preparing: 0, reading: 0, 'building indexes': 0, settling: 0, verifying: 0, done: 0 }
  let phase: keyof Seconds = 'preparing'
  let since = performance.now()
  const next = (next: keyof Seconds) => {
    const now = performance.now()
    seconds[phase] += (now - since) / 1000
    since = now
    phase = next
  }
  return {
    next,
    stop: () => {
      next('done')
      return seconds
    },
  }
}
