// Reads a table whose key is not the rowid, or that has none. Asking such a table for "the next 500 rows" makes SQLite go
// through all of it each time, so one statement stays open and is read on. Where rows have a rowid, SQLite sorts keys and
// rowids alone; what does not fit into memory it puts into temporary files.
import type { DatabaseSync } from 'node:sqlite'
import { quoted } from '../file/real-tables.ts'
import type { Raw } from './convert.ts'
import { type Key, following, largestRowBytes, narrowed, weightOf } from './key.ts'
import type { Batch, TableShape } from './table.ts'

export class RowCursor {
  /** The key of the row it read last. */
  after: Key | null
  readonly #shape: TableShape
  readonly #keys: Rows
  readonly #values: Rows
  #ahead: { key: Key; weight: number } | undefined

  constructor(db: DatabaseSync, shape: TableShape, after: Key | null) {
    this.after = after
    this.#shape = shape
    const weight = weightOf(columnsOf(shape))
    // Two statements in the same order, so that a row too large to be read is weighed and passed over.
    this.#keys = open(db, shape, `${keyOf(shape)}, ${weight}`, { after })
    const passed = shape.key ? 0 : this.#pass(Number(after ?? 0))
    const values = ['null', ...columnsOf(shape)].join(', ')
    this.#values = open(db, shape, values, { after, condition: `${weight} <= ${largestRowBytes}`, passed })
    this.#ahead = this.#nextKey(Number(after ?? 0) + 1)
  }

  /** Undefined at the end. A row too large to be read comes with null for its values. */
  next(mostRows: number, mostBytes: number): Batch | undefined {
    const batch: Batch = { keys: [], rows: [] }
    for (let bytes = 0; this.#ahead && batch.keys.length < mostRows;) {
      const { key, weight } = this.#ahead
      const isTooLarge = weight > largestRowBytes
      if (!isTooLarge && bytes > 0 && bytes + weight > mostBytes) break
      if (!isTooLarge) bytes += weight
      batch.keys.push(key)
      batch.rows.push(isTooLarge ? emptyRow(this.#shape) : (next(this.#values) as Raw[]).slice(1).map(narrowed))
      this.after = key
      this.#ahead = this.#nextKey(Number(key) + 1)
    }
    return batch.keys.length > 0 ? batch : undefined
  }

  #nextKey(count: number): { key: Key; weight: number } | undefined {
    const row = next(this.#keys)
    return row && { key: (narrowed(row[0]!) ?? count) as Key, weight: Number(row[1]) }
  }

  /** Over the first rows of a table without a key. Returns how many of them can be read. */
  #pass(rows: number): number {
    let readable = 0
    for (let row = 0; row < rows; row++) if (Number(next(this.#keys)?.[1]) <= largestRowBytes) readable++
    return readable
  }
}

/** The bytes of texts, asked for in the order of their rows: finding each by its key would go through the table again. */
export class BytesCursor {
  readonly #db: DatabaseSync
  readonly #shape: TableShape
  readonly #what: string
  #rows: Rows | undefined
  #at: Key = 0
  #bytes: Uint8Array | null = null

  constructor(db: DatabaseSync, shape: TableShape, column: string) {
    this.#db = db
    this.#shape = shape
    const bytes = `cast(t.${quoted(column)} as blob)`
    const isReadable = `${weightOf(columnsOf(shape))} <= ${largestRowBytes}`
    this.#what = `${keyOf(shape)}, iif(${isReadable}, ${bytes}, null)`
  }

  find(key: Key): Uint8Array | null {
    if (!this.#rows || key < this.#at) {
      this.#at = typeof key === 'bigint' ? key - 1n : key - 1
      const passed = this.#shape.key ? 0 : Number(this.#at)
      this.#rows = open(this.#db, this.#shape, this.#what, { after: this.#at, passed })
    }
    while (this.#at < key) {
      const row = next(this.#rows)
      if (!row) return null
      this.#at = (narrowed(row[0]!) ?? Number(this.#at) + 1) as Key
      this.#bytes = row[1] as Uint8Array | null
    }
    return this.#bytes
  }
}

/** The keys that JavaScript can count, of rows that can be read. */
export function* readableKeys(db: DatabaseSync, shape: TableShape): Generator<number> {
  const condition = `${weightOf(columnsOf(shape))} <= ${largestRowBytes}`
  const rows = open(db, shape, keyOf(shape), { after: Number.MIN_SAFE_INTEGER, condition })
  for (let row = next(rows); row; row = next(rows)) {
    const key = narrowed(row[0]!)
    if (typeof key === 'number') yield key
  }
}

export function emptyRow({ columns, unknown }: TableShape): Raw[] {
  const empty = Array.from({ length: columns.length + unknown.length }, () => null)
  return Object.assign(empty, { isTooLarge: true })
}

type Rows = Iterator<Raw[]>
type From = { after: Key | null; condition?: string; passed?: number }

function open(
  db: DatabaseSync,
  shape: TableShape,
  what: string,
  { after, condition = 'true', passed = 0 }: From,
): Rows {
  const { name, key, rowid, order } = shape
  const table = `${quoted(name)} as t not indexed`
  const from = !key
    ? `from ${table} where ${condition} ${order && `order by ${order}`} limit -1 offset ${passed}`
    : rowid
      ? // The limit keeps SQLite from joining first and sorting whole rows.
        `from (select ${key} as k, ${rowid} as r from ${quoted(name)} not indexed where ${key} >= ?1 order by ${key} limit -1)
          as found cross join ${table} on t.${rowid} = found.r where ${condition}`
      : `from ${table} where ${key} >= ?1 and ${condition} order by ${key}`
  const statement = db.prepare(`select ${what} ${from}`)
  statement.setReturnArrays(true)
  statement.setReadBigInts(true)
  return statement.iterate(...(key ? [following(after)] : [])) as unknown as Rows
}

function next(rows: Rows): Raw[] | undefined {
  const { value, done } = rows.next()
  return done ? undefined : (value as Raw[])
}

function keyOf({ key, rowid }: TableShape): string {
  return !key ? 'null' : rowid ? 'found.k' : key
}

function columnsOf({ columns, unknown, looseId }: TableShape): string[] {
  const wanted = [...columns, ...unknown].map((column) => (column === null ? 'null' : `t.${quoted(column)}`))
  return looseId ? [...wanted, `t.${looseId}`] : wanted
}
