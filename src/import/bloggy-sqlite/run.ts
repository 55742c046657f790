// One import on its way: who it is, what it holds on to, and how far it came.
import type { BulkConnection } from '../../db/copy.ts'
import type { Counts, IdMap, TableInfo } from './messages.ts'
import { type SourceTable, planOf } from './plan.ts'
import type { Reader } from './reading/reader.ts'

export type TableProgress = {
  rows: number
  read: number
  /** Of the last row that is staged, as text. */
  lastKey: string | null
  isDone: boolean
  counts: Counts
  /** The first of the ids that are given to rows which cannot keep theirs, and how many were given. */
  firstFree: number
  newIds: number
}

export type Progress = { phase: Phase; tables: Record<string, TableProgress> }
export type Phase = 'reading' | 'building indexes' | 'settling' | 'verifying' | 'done'

export type Step = { phase: Phase; label: string; done: number; total: number }

export type Keys = {
  /** The Fernet key of the old blog, for the tokens of OAuth accounts. */
  old: Buffer | undefined
  /** Ours; the first encrypts. */
  ours: readonly Buffer[] | undefined
}

export type Run = {
  db: BulkConnection
  reader: Reader
  importId: number
  /** The first import of the same blog: itself, unless this is a newer state of a file that came before. */
  chainId: number
  isRehearsal: boolean
  /** Nobody had used the blog when this import settled: no posts, and nobody but its owner. */
  isFresh: boolean
  /** Looking at an import that was finished some time ago. */
  isLater: boolean
  progress: Progress
  keys: Keys
  /** Rows of so many bytes are copied in one transaction. */
  partBytes: number
  onStep: (step: Step) => void
}

/** For what looks at an import that is over. */
export function newRun(known: Pick<Run, 'db' | 'importId' | 'chainId'> & Partial<Run>): Run {
  return {
    reader: undefined as unknown as Reader,
    isRehearsal: false,
    isFresh: false,
    isLater: true,
    progress: { phase: 'done', tables: {} },
    keys: { old: undefined, ours: undefined },
    partBytes: 0,
    onStep: () => {},
    ...known,
  }
}

export const schemaOf = ({ importId }: { importId: number }): string => `import_${importId}`

export const isContinued = ({ importId, chainId }: Run): boolean => importId !== chainId

export function tableInfo(run: Run, source: SourceTable): TableInfo | undefined {
  return run.reader.tables.find((table) => table.source === source)
}

export function progressOf(run: Run, table: string): TableProgress {
  const found = run.progress.tables[table]
  if (!found) throw new Error(`No progress for ${table}.`)
  return found
}

/** How far one table came. Called in the transaction of the rows it speaks of. */
export async function saveTable({ db, importId, progress }: Run, table: string): Promise<void> {
  await db.query(
    `update imports set progress = jsonb_set(progress, array['tables', $2], $3), updated_at = now() where id = $1`,
    [importId, table, progress.tables[table]],
  )
}

export async function saveProgress({ db, importId, progress }: Run): Promise<void> {
  await db.query('update imports set progress = $2, updated_at = now() where id = $1', [importId, progress])
}

/** Rows of the file that live under another id here. */
export async function mapOf({ db, chainId }: Run, source: SourceTable): Promise<IdMap> {
  const rows = await db.query<{ source_key: number; target_id: number }>(
    `select source_key, target_id from import_rows
      where chain_id = $1 and source_table = $2 and target_id <> source_key`,
    [chainId, source],
  )
  return new Map(rows.map(({ source_key, target_id }) => [source_key, target_id]))
}

/** Ids that are taken in the target, as ranges, up to the highest of the file. */
export async function takenIds(run: Run, source: SourceTable) {
  const { db } = run
  const highest = tableInfo(run, source)?.highestId ?? 0
  const rows = await db.query<{ first: number; last: number }>(
    `select min(id) as first, max(id) as last
      from (select id, id - row_number() over (order by id) as island from ${planOf(source).target} where id <= $1) as ids
      group by island order by 1`,
    [highest],
  )
  return { starts: rows.map(({ first }) => first), ends: rows.map(({ last }) => last) }
}
