// Files of every family, built row by row: `const written = buildFamily(path, 'F12')`.
import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { type Row, type Value, rowsOf, sequencesAhead } from './rows.ts'
import { type Family, type Schema, schemaOf } from './schemas.ts'

export { type Family, families } from './schemas.ts'
export type { Row, Value } from './rows.ts'

/** What a file holds: the rows of each table by id, and sqlite_sequence. */
export type Written = { tables: Record<string, Row[]>; sequences: Record<string, number> }

export type FileForm = { encoding?: 'UTF-8' | 'UTF-16le' | 'UTF-16be'; pageSize?: number }

/** The file must not be there yet. */
export function buildFamily(path: string, family: Family, form: FileForm = {}): Written {
  const schema = schemaOf(family)
  const rows = rowsOf(family)
  const db = create(path, form)
  const written = fill(db, schema, (name) => rows[name] ?? [], sequencesAhead)
  if (family === 'F2') dropAll(db, schema)
  db.close()
  return family === 'F2' ? { tables: {}, sequences: {} } : written
}

/** What the old move to PostgreSQL left behind: all the tables of F12 without a row, and sequences that remember some. */
export function buildBackup(path: string): Written {
  const db = create(path)
  const written = fill(db, schemaOf('F12'), () => [], { users: 1, oauth_accounts: 5, oauth_tokens: 1 })
  db.close()
  return written
}

/** A new file whose connection checks no references, as the rows of other tools were never checked. */
export function create(path: string, { encoding = 'UTF-8', pageSize = 4096 }: FileForm = {}): DatabaseSync {
  if (existsSync(path)) throw new Error(`${path} is there already.`)
  const db = new DatabaseSync(path, { enableForeignKeyConstraints: false })
  db.exec(`pragma encoding = '${encoding}'; pragma page_size = ${pageSize}; pragma synchronous = off`)
  return db
}

/** Makes the tables and writes the rows, each cut to the columns that its table has. */
export function fill(
  db: DatabaseSync,
  schema: Schema,
  rowsFor: (table: string) => Row[],
  ahead: Record<string, number>,
): Written {
  const written: Written = { tables: {}, sequences: {} }
  db.exec('begin')
  for (const { sql } of schema.tables) db.exec(sql)
  for (const sql of schema.indexes) db.exec(sql)
  for (const { name, columns } of schema.tables) {
    const rows = rowsFor(name).map((row) => pick(row, columns))
    for (const row of rows) insert(db, name, row)
    written.tables[name] = rows
    const highest = Math.max(0, ...rows.map(({ id }) => Number(id)))
    const next = Math.max(highest, ahead[name] ?? 0)
    if (next > 0) setSequence(db, name, next)
    if (next > 0) written.sequences[name] = next
  }
  db.exec('commit')
  return written
}

export function insert(db: DatabaseSync, table: string, row: Row): void {
  const columns = Object.keys(row)
  const names = columns.map(quoted).join(', ')
  const places = columns.map(() => '?').join(', ')
  db.prepare(`insert into ${quoted(table)} (${names}) values (${places})`).run(...Object.values(row).map(bound))
}

/** A number of JavaScript is stored as a real one, 42.0, unless it is bound as a bigint. */
export function bound(value: Value): Value {
  return Number.isSafeInteger(value) ? BigInt(value as number) : value
}

/** The table is not declared to have one row for each name, so what is there is taken away first. */
export function setSequence(db: DatabaseSync, table: string, value: number): void {
  db.prepare('delete from sqlite_sequence where name = ?').run(table)
  db.prepare('insert into sqlite_sequence (name, seq) values (?, ?)').run(table, BigInt(value))
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function pick(row: Row, columns: string[]): Row {
  const kept = columns.filter((column) => column in row).map((column): [string, Value] => [column, row[column] ?? null])
  return Object.fromEntries(kept)
}

function dropAll(db: DatabaseSync, schema: Schema): void {
  for (const { name } of schema.tables.toReversed()) db.exec(`drop table ${quoted(name)}`)
}
