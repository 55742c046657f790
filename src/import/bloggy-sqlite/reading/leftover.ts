// Rows and values that have no place here, as import_leftovers holds them.
import type { RowWriter } from '../../../db/copy-format.ts'
import { kindOfStoredPassword } from '../../../passwords/legacy.ts'
import type { Leftover, Raw } from './convert.ts'
import { type Json, jsonOf } from './raw-json.ts'
import type { OpenFile } from './reader-thread.ts'
import { type Key, type TableShape, bytesIn } from './table.ts'

export function leftoverRow(
  writer: RowWriter,
  importId: number,
  table: string,
  key: Key | null,
  { column, reason, data }: Leftover,
): void {
  writer.startRow(6)
  writer.int64(importId)
  writer.text(table)
  if (key === null) writer.null()
  else writer.int64(key)
  if (column === null) writer.null()
  else writer.text(column)
  writer.text(reason)
  writer.json(data)
}

/** The row's values by the names of the file, from the column `from` on; undefined when all of these are NULL. */
export function rowJson(
  file: OpenFile,
  shape: TableShape,
  key: Key,
  row: Raw[],
  from: number,
): Record<string, Json> | undefined {
  const names = [...shape.columns, ...shape.unknown]
  const data: Record<string, Json> = from === 0 && shape.key ? { [shape.keyName]: jsonOf(key) } : {}
  let isBlank = true
  for (let index = from; index < names.length; index++) {
    const name = names[index]
    const value = row[index] ?? null
    if (name === null || name === undefined) continue
    if (value !== null) isBlank = false
    if (from > 0 && value === null) continue
    if (isPassword(shape, index, name) && isSecret(value)) {
      set(data, name, 'a password in clear; it stays in the file')
      continue
    }
    set(data, name, typeof value === 'string' ? textJson(file, shape, key, name, value) : jsonOf(value))
  }
  if ('isTooLarge' in row) set(data, '(row)', 'larger than 32 MB; it stays in the file')
  return isBlank && from > 0 ? undefined : data
}

function set(data: Record<string, Json>, column: string, value: Json): void {
  const name = storableName(column)
  // A column may be called so, and assigning would not keep it.
  if (name === '__proto__')
    Object.defineProperty(data, name, { value, enumerable: true, configurable: true, writable: true })
  else data[name] = value
}

function textJson(file: OpenFile, shape: TableShape, key: Key, name: string, value: string): Json {
  if (!value.includes('\uFFFD')) return jsonOf(value)
  const bytes = bytesIn(file.db, shape, key, name)
  const text = Buffer.from(bytes).toString()
  return Buffer.from(text).equals(bytes) ? jsonOf(text) : jsonOf(bytes)
}

/** Copies of the table of users have one too, and other tables call it otherwise. */
function isPassword({ plan }: TableShape, index: number, name: string): boolean {
  const column = plan?.columns[index]
  return column ? column.as === 'password' : /pass(?!age|port|enger)|pwd/i.test(name)
}

/** A password in clear appears nowhere. */
function isSecret(value: Raw): boolean {
  if (value === null || value === '') return false
  if (typeof value !== 'string') return true
  const kind = kindOfStoredPassword(value)
  return kind === 'clear' || kind === 'unverifiable'
}

function storableName(name: string): string {
  return name.replaceAll('\0', '').toWellFormed()
}
