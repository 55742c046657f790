// What tells the rows of a table apart, and how much of a row there is to read.
import type { Raw } from './convert.ts'

export type Key = number | bigint

export const highestKey = 9223372036854775807n

/** A row beyond this stays in the file. */
export const largestRowBytes = 32_000_000

export function following(after: Key | null): Key {
  if (after === null) return -9223372036854775808n
  return typeof after === 'number' && Number.isSafeInteger(after + 1) ? after + 1 : BigInt(after) + 1n
}

/** A number where JavaScript counts so far. */
export function narrowed<T extends Raw>(value: T): T | number {
  return typeof value === 'bigint' && value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value
}

/** The bytes of these columns. Numbers weigh nothing: SQLite would write them out to see how long they are. */
export function weightOf(columns: string[]): string {
  return sumOf(columns.map((column) => `iif(typeof(${column}) in ('text', 'blob'), octet_length(${column}), 0)`))
}

/** As deep as it has to be: SQLite limits how deep a sum may be, and tables may be wide. */
function sumOf(terms: string[]): string {
  if (terms.length <= 2) return terms.join(' + ') || '0'
  const middle = terms.length >> 1
  return `(${sumOf(terms.slice(0, middle))}) + (${sumOf(terms.slice(middle))})`
}
