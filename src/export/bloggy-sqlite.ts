// The way back: the blog as a SQLite file of the older Bloggy.
import { DatabaseSync } from 'node:sqlite'
import type { ConnectionTarget } from '../db/connection-string.ts'
import type { Limits } from '../db/pool.ts'
import { StartError } from '../errors.ts'
import type { Step } from '../import/progress.ts'
import { type DraftFile, createDraft, unwritable } from './draft-file.ts'
import {
  type LeftOut,
  type Snapshot,
  atOneMoment,
  countRows,
  createTable,
  insertInto,
  isLoss,
  setPosition,
} from './queries.ts'
import { type Table, tablesOf } from './tables.ts'

export type ExportOptions = {
  /** Must not be there yet. */
  file: string
  /** Drafts and scheduled posts too, which the older program shows to everybody. */
  withDrafts: boolean
  /** Ends it, with nothing left behind. */
  signal: AbortSignal
  onProgress: (step: Step) => void
}

export type ExportReport = {
  file: string
  bytes: number
  /** Rows of each table, in the order they were written. */
  tables: { name: string; rows: number }[]
  leftOut: LeftOut
}

/** Throws a StartError for what a person can mend. Whatever happens, there is a whole file at the end or none. */
export async function exportSqlite(
  target: ConnectionTarget,
  limits: Limits,
  { file, withDrafts, signal, onProgress }: ExportOptions,
): Promise<ExportReport> {
  const draft = createDraft(file)
  try {
    const { counts, leftOut } = await atOneMoment(target, limits, signal, async (snapshot) => {
      onProgress({ label: 'counting' })
      const counts = await countTables(snapshot, tablesOf({ withDrafts }))
      await write(snapshot, counts, draft, onProgress)
      return { counts, leftOut: await snapshot.leftOut() }
    })
    onProgress({ label: 'checking the file' })
    check(draft, counts)
    signal.throwIfAborted()
    const tables = [...counts].map(([{ name }, rows]) => ({ name, rows }))
    return { file: draft.target, bytes: draft.keep(), tables, leftOut }
  } catch (error) {
    if (signal.aborted) throw new StartError('Stopped. Nothing was written.')
    if (isLoss(error))
      throw new StartError('The connection to PostgreSQL was lost on the way. Nothing was written; run it again.')
    throw unwritable(draft.path, error)
  } finally {
    draft.discard()
  }
}

/** The tables that will be in the file, and how many rows each has. */
async function countTables(snapshot: Snapshot, tables: Table[]): Promise<Map<Table, number>> {
  const counts = new Map<Table, number>()
  for (const table of tables) {
    const count = await snapshot.count(table)
    if (count > 0 || !table.isExtra) counts.set(table, count)
  }
  return counts
}

async function write(
  snapshot: Snapshot,
  counts: Map<Table, number>,
  { path }: DraftFile,
  onProgress: (step: Step) => void,
): Promise<void> {
  const file = new DatabaseSync(path, { enableForeignKeyConstraints: false })
  try {
    // A file that is thrown away on any failure needs no journal. What is read was checked by PostgreSQL.
    file.exec('pragma journal_mode = memory; pragma synchronous = off; pragma cache_size = -16000; begin')
    for (const table of counts.keys()) createTable(file, table)
    for (const [table, total] of counts) {
      const insert = insertInto(file, table)
      let done = 0
      await snapshot.read(table, (values) => {
        insert(values)
        if (++done % 100 === 0) onProgress({ label: table.name, done, total })
      })
      onProgress({ label: table.name, done, total })
      if (table.source) setPosition(file, table, await snapshot.position(table))
    }
    file.exec('commit')
  } finally {
    file.close()
  }
}

/** Opens what was written and looks whether it is whole. */
function check({ path }: DraftFile, counts: Map<Table, number>): void {
  const file = new DatabaseSync(path, { readOnly: true })
  try {
    const result = file.prepare('pragma integrity_check(1)').get()?.integrity_check
    if (result !== 'ok') throw new Error(`The file that was written is damaged: ${result}`)
    for (const [table, expected] of counts) {
      const found = countRows(file, table)
      if (found !== expected) throw new Error(`${table.name}: ${expected} rows here, ${found} in the file`)
    }
  } finally {
    file.close()
  }
}
