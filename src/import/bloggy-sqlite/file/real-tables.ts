// The tables whose rows are stored in the file: no views, no virtual tables and what belongs to them.
import type { DatabaseSync } from 'node:sqlite'

export type ColumnFacts = {
  name: string
  /** As declared, in capitals: CHAR(512). */
  type: string
  isRequired: boolean
  /** Its place in the primary key, from 1; 0 when it is not part of it. */
  keyPlace: number
  /** Worked out from other columns, at any cost: not to be read. */
  isGenerated: boolean
}

export type RealTable = {
  name: string
  columns: ColumnFacts[]
  /** WITHOUT ROWID when false. */
  hasRowid: boolean
  /** What tells the rows apart as a whole number: `id`, or a name of the rowid; null when there is none. */
  rowid: string | null
  /** The column `id` is that number, so that it is whole and there is none twice. */
  isIdRowid: boolean
}

export type Ignored = { views: string[]; triggers: string[]; virtualTables: string[]; shadowTables: string[] }

/**
 * From sqlite_schema alone: `pragma table_list` would work out every view, which takes as long as whoever wrote the
 * view wants, and start every virtual table.
 */
export function listRealTables(db: DatabaseSync): { tables: RealTable[]; ignored: Ignored } {
  const listed = db.prepare('select type, name, coalesce(rootpage, 0) > 0 as stored from sqlite_schema').all()
  const named = (type: string, isStored: boolean) =>
    listed.filter((row) => row.type === type && (row.stored === 1) === isStored).map(({ name }) => String(name))
  const virtualTables = named('table', false)
  const isShadow = shadowTest(virtualTables)
  const stored = named('table', true).filter((name) => !/^sqlite_/i.test(name))
  return {
    tables: stored.filter((name) => !isShadow(name)).map((name) => realTable(db, name)),
    ignored: {
      views: named('view', false),
      triggers: named('trigger', false),
      virtualTables,
      shadowTables: stored.filter(isShadow),
    },
  }
}

function columnsOf(db: DatabaseSync, table: string): ColumnFacts[] {
  const found = db.prepare(`pragma table_xinfo(${quoted(table)})`).all()
  return found.map(({ name, type, notnull, pk, hidden }) => ({
    name: String(name),
    type: String(type).toUpperCase(),
    isRequired: notnull === 1,
    keyPlace: Number(pk),
    isGenerated: hidden === 2 || hidden === 3,
  }))
}

/** The column of that name, which SQLite finds in small and capital letters alike. */
export function columnNamed(columns: ColumnFacts[], name: string): ColumnFacts | undefined {
  return columns.find((column) => column.name.toLowerCase() === name)
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function realTable(db: DatabaseSync, name: string): RealTable {
  const columns = columnsOf(db, name)
  const free = ['rowid', '_rowid_', 'oid'].find((alias) => !columnNamed(columns, alias))
  const hasRowid = isWithRowid(db, name)
  const id = columnNamed(columns, 'id')
  const isIdRowid =
    hasRowid &&
    id?.keyPlace === 1 &&
    id.type === 'INTEGER' &&
    columns.filter(({ keyPlace }) => keyPlace > 0).length === 1 &&
    // INTEGER PRIMARY KEY DESC looks the same, but has an index instead of being the rowid.
    primaryIndex(db, name) === undefined
  return { name, columns, hasRowid, rowid: isIdRowid ? quoted(id.name) : hasRowid ? (free ?? null) : null, isIdRowid }
}

/** The index of a primary key that is the table itself has no rowid to point to. */
function isWithRowid(db: DatabaseSync, table: string): boolean {
  const index = primaryIndex(db, table)
  if (index === undefined) return true
  return db
    .prepare(`pragma index_xinfo(${quoted(index)})`)
    .all()
    .some(({ cid }) => cid === -1)
}

function primaryIndex(db: DatabaseSync, table: string): string | undefined {
  const indexes = db.prepare(`pragma index_list(${quoted(table)})`).all()
  const found = indexes.find(({ origin }) => origin === 'pk')
  return found && String(found.name)
}

// What full text search and the spatial indexes of SQLite keep beside their virtual table.
const shadowEnds = 'data idx content docsize config segments segdir stat node rowid parent'.split(' ')

function shadowTest(virtualTables: string[]): (name: string) => boolean {
  const shadows = new Set(virtualTables.flatMap((name) => shadowEnds.map((end) => `${name}_${end}`.toLowerCase())))
  return (name) => shadows.has(name.toLowerCase())
}
