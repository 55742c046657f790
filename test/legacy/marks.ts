// A row that is written together with what the import is to make of it, and values that JavaScript has no word for.
import type { DatabaseSync } from 'node:sqlite'
import { bound, quoted } from './families.ts'
import type { Value } from './rows.ts'
import type { Table } from './schemas.ts'

export type Fate = 'copied' | 'changed' | 'set aside' | 'already there'

/** A text by its bytes, in hexadecimal, whether they are UTF-8 or not; or a number that is stored as a real one. */
type Special = { textOf: string } | { real: number }
export type Dirt = Value | Special
export type DirtyRow = { id: number | bigint; [column: string]: Dirt }

/** What happens to one row on a blog that holds nothing yet, with the old key and a key of its own. */
export type Expectation = {
  /** As the file calls it, with the id of the row; for a table without ids the place of the row, from 1. */
  table: string
  key: number | bigint
  fate: Fate
  /** In no particular order. */
  changes?: string[]
  /** Why it was set aside. */
  reason?: string
  /** The reasons of leftovers that hold single values of a row which came along. */
  leftovers?: string[]
  /** Columns of the row here; a moment as `2025-10-12T14:03:22.000000Z`. */
  becomes?: Record<string, string | number | null>
  /** When no key is given. */
  withoutKey?: { fate: Fate; reason: string }
  note: string
}

export type Marked = Omit<Expectation, 'table' | 'key'> & { row: DirtyRow }
type More = Pick<Expectation, 'becomes' | 'withoutKey'> & { leftovers?: string[] }

export const copied = (note: string, row: DirtyRow, more: More = {}): Marked => ({ row, fate: 'copied', note, ...more })

/** `changes` are the names of the contract, separated by blanks. */
export const changed = (note: string, changes: string, row: DirtyRow, more: More = {}): Marked => ({
  row,
  fate: 'changed',
  changes: changes.split(' '),
  note,
  ...more,
})

export const setAside = (note: string, reason: string, row: DirtyRow, more: More = {}): Marked => ({
  row,
  fate: 'set aside',
  reason,
  note,
  ...more,
})

export const isThere = (note: string, row: DirtyRow): Marked => ({ row, fate: 'already there', note })

/** A role or a group that differs from one that is there in capitals only. */
export const isFolded = (note: string, row: DirtyRow): Marked => ({
  row,
  fate: 'already there',
  changes: ['role-folded'],
  note,
})

/** The table of a customised schema that keeps whatever it is given: only ids and moments have a type. */
export function loosened({ name, columns }: Table, ...more: string[]): string {
  const parts = columns.map((column) => {
    if (column === 'id') return '"id" INTEGER PRIMARY KEY AUTOINCREMENT'
    return isMoment(column) ? `${quoted(column)} TIMESTAMP` : quoted(column)
  })
  return `CREATE TABLE ${quoted(name)} (${[...parts, ...more].join(', ')})`
}

export function isMoment(column: string): boolean {
  return column === 'date' || column.endsWith('_at')
}

export function insertDirt(db: DatabaseSync, table: string, row: Record<string, Dirt>): void {
  const names = Object.keys(row).map(quoted).join(', ')
  const places = Object.values(row).map((value) => (isText(value) ? 'cast(? as text)' : '?'))
  const values = Object.values(row).map((value) => {
    if (isText(value)) return Buffer.from(value.textOf, 'hex')
    return isReal(value) ? value.real : bound(value)
  })
  db.prepare(`insert into ${quoted(table)} (${names}) values (${places.join(', ')})`).run(...values)
}

function isText(value: Dirt): value is { textOf: string } {
  return value !== null && typeof value === 'object' && 'textOf' in value
}

function isReal(value: Dirt): value is { real: number } {
  return value !== null && typeof value === 'object' && 'real' in value
}
