// Reads one table of the file in the order of its keys, in batches that are small whatever a row weighs.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Raw, RowNotes } from './convert.ts'
import { type Key, following, highestKey, largestRowBytes, narrowed, weightOf } from './key.ts'
import { type TablePlan, frameworkTables, plan } from '../plan.ts'
import { BytesCursor, RowCursor, emptyRow, readableKeys } from './row-cursor.ts'
import { type RealTable, columnNamed, listRealTables, quoted } from '../file/real-tables.ts'

export type { Key } from './key.ts'
export type Batch = { keys: Key[]; rows: Raw[][] }

/** What of a table is read: its columns in the order of the plan, and those that the plan does not know. */
export type TableShape = {
  name: string
  plan: TablePlan | undefined
  /** What tells rows apart and gives their order: `rowid`, or the id of a table where that is another; '' without both. */
  key: string
  /** The key is the rowid, so that SQLite finds a row by it at once. */
  isSought: boolean
  /** The name of the rowid; null where there is none, or columns have all of its names. */
  rowid: string | null
  /** How rows without a key are brought into an order. */
  order: string
  /** What leftovers call it. */
  keyName: string
  /** The column of ids, in quotes, when some of them are not kept as whole numbers; read after all others. */
  looseId?: string
  columns: (string | null)[]
  unknown: string[]
  rows: number
  /** How many rows are read at once without weighing them first; absent where a row may weigh much. */
  light?: number
}

const mostRows = 500
// So little that what is swept for a new batch is garbage already: strings of 8 MB cost a third of the time in copies.
const mostBytes = 256_000
// What the heaviest rows of a table that is not weighed may add up to.
const mostBytesUnweighed = 16_000_000

/** The tables of the plan in its order, then the rest. */
export function listTables(db: DatabaseSync): TableShape[] {
  const { tables } = listRealTables(db)
  return tables.map((table) => shapeOf(db, table)).toSorted((a, b) => rank(a) - rank(b))
}

function rank({ plan: known, name }: TableShape): number {
  if (known) return plan.indexOf(known)
  return plan.length + (frameworkTables.includes(name) ? 0 : 1)
}

function shapeOf(db: DatabaseSync, table: RealTable): TableShape {
  const { name } = table
  const present = table.columns.filter(({ isGenerated }) => !isGenerated)
  const nameOf = (wanted: string) => columnNamed(present, wanted)?.name
  const known = plan.find(({ source }) => source === name.toLowerCase())
  const id = known && (table.isIdRowid ? { key: table.rowid! } : wholeId(db, name, nameOf('id')))
  const { rowid } = table
  const order = present
    .filter(({ keyPlace }) => keyPlace > 0 && !table.hasRowid)
    .toSorted((a, b) => a.keyPlace - b.keyPlace)
    .map((column) => quoted(column.name))
    .join(', ')
  if (!known || !id) {
    return {
      name,
      plan: undefined,
      key: rowid ?? '',
      isSought: rowid !== null,
      rowid,
      order,
      keyName: table.isIdRowid ? nameOf('id')! : (table.rowid ?? ''),
      columns: [],
      unknown: present.map((column) => column.name),
      rows: Number(db.prepare(`select count(*) as n from ${quoted(name)}`).get()?.n),
    }
  }
  const columns = known.columns.map(({ source, alias }) => nameOf(source) ?? (alias && nameOf(alias)) ?? null)
  const used = new Set([...columns, nameOf('id')])
  const unknown = present.map((column) => column.name).filter((column) => !used.has(column))
  return {
    name,
    plan: known,
    ...id,
    isSought: table.isIdRowid,
    rowid,
    order,
    keyName: nameOf('id')!,
    columns,
    unknown,
    ...weighed(db, name, wantedOf({ columns, unknown })),
  }
}

/** One look at every row, so that the readings need none. */
function weighed(db: DatabaseSync, table: string, columns: string[]): { rows: number; light?: number } {
  // The limit keeps SQLite from working each weight out twice.
  const { rows, heaviest, bytes } = db
    .prepare(
      `select count(*) as rows, max(w) as heaviest, total(w) as bytes
        from (select ${weightOf(columns)} as w from ${quoted(table)} not indexed limit -1)`,
    )
    .get() as { rows: number; heaviest: number | null; bytes: number }
  const light = Math.min(mostRows, Math.ceil((rows * mostBytes) / Math.max(bytes, 1)))
  return { rows, ...(light * (heaviest ?? 0) <= mostBytesUnweighed && { light }) }
}

/**
 * The ids, also where text or real numbers stand for them: '12 ' and 12.0 are 12. A table whose ids are not whole or not
 * unique is read like a stranger's: nothing can be told by them.
 */
function wholeId(db: DatabaseSync, table: string, name: string | undefined) {
  if (!name) return undefined
  const id = quoted(name)
  const number = `cast(${id} as integer)`
  const text = `trim(${id}, ' \t\n\r')`
  const { n, whole, loose } = db
    .prepare(
      `select count(*) as n, total(typeof(${id}) <> 'integer') as loose, count(distinct case typeof(${id})
          when 'integer' then ${id}
          when 'real' then case when ${id} = ${number} and abs(${id}) < 9007199254740992 then ${number} end
          when 'text' then case when cast(${number} as text) = ${text} then ${number} end end) as whole
        from ${quoted(table)}`,
    )
    .get() as { n: number; whole: number; loose: number }
  if (n !== whole) return undefined
  return loose > 0 ? { key: number, looseId: id } : { key: id }
}

/** Of an id in text: which it was is kept. */
export function noteLooseId({ looseId, columns, unknown }: TableShape, row: Raw[], notes: RowNotes): void {
  const id = looseId ? row[columns.length + unknown.length] : undefined
  if (typeof id === 'string') notes.change('text-to-number', 'id', id)
}

export class TableReader {
  readonly shape: TableShape
  readonly #db: DatabaseSync
  readonly #weight: string
  #statements: { weigh: StatementSync; read: StatementSync } | undefined
  #cursor: RowCursor | undefined
  /** How many rows weigh little enough, as far as is known. */
  #limit = mostRows

  constructor(db: DatabaseSync, shape: TableShape) {
    this.shape = shape
    this.#db = db
    this.#weight = weightOf(wantedOf(shape))
  }

  /** The rows after this key; undefined at the end. A row too large to be read comes with null for its values. */
  next(after: Key | null): Batch | undefined {
    if (after === highestKey) return undefined
    if (this.shape.isSought) return this.#seek(following(after))
    if (this.#cursor?.after !== after) this.#cursor = undefined
    this.#cursor ??= new RowCursor(this.#db, this.shape, after)
    return this.#cursor.next(mostRows, mostBytes)
  }

  /** Of the rows that come along, for the rows that name them. */
  *ids(): Generator<number> {
    if (!this.shape.isSought) return yield* readableKeys(this.#db, this.shape)
    const { name, key, light } = this.shape
    const isReadable = light ? 'true' : `${this.#weight} <= ${largestRowBytes}`
    const statement = this.#db.prepare(
      `select ${key} from ${quoted(name)} where ${key} > ? and ${key} <= 9007199254740991
        and ${isReadable} order by ${key} limit 10000`,
    )
    statement.setReturnArrays(true)
    for (let after = Number.MIN_SAFE_INTEGER; ;) {
      const rows = statement.all(after) as unknown as [number][]
      for (const [id] of rows) yield id
      if (rows.length === 0) return
      after = rows.at(-1)![0]
    }
  }

  /** The bytes of a text as they lie in the file. `column` is what the plan calls it. */
  bytesOf(key: Key, column: string): Uint8Array {
    const { plan: known, columns } = this.shape
    const index = known?.columns.findIndex(({ source }) => source === column) ?? -1
    return bytesIn(this.#db, this.shape, key, columns[index] ?? column)
  }

  #seek(from: Key): Batch | undefined {
    const { weigh, read } = (this.#statements ??= this.#prepare())
    if (this.shape.light) return batchOf(readAll(read, from, this.shape.light))
    let limit = this.#limit
    for (;;) {
      const { n, w } = weigh.get(from, limit) as { n: number; w: number }
      if (n === 0) return undefined
      if (w <= mostBytes || n === 1) {
        if (w > largestRowBytes) return this.#tooLarge(from)
        this.#limit = w > mostBytes / 2 ? limit : Math.min(mostRows, limit * 2)
        break
      }
      limit = Math.max(1, Math.min(n - 1, Math.floor((n * mostBytes) / w)))
    }
    return batchOf(readAll(read, from, limit))
  }

  #prepare() {
    const { name, key } = this.shape
    const from = `from ${quoted(name)} not indexed where ${key} >= ?1 order by ${key} limit ?2`
    const read = this.#db.prepare(`select ${[key, ...wantedOf(this.shape)].join(', ')} ${from}`)
    read.setReturnArrays(true)
    const weigh = this.#db.prepare(`select count(*) as n, total(w) as w from (select ${this.#weight} as w ${from})`)
    return { weigh, read }
  }

  #tooLarge(from: Key): Batch {
    const { name, key } = this.shape
    const row = this.#db
      .prepare(`select ${key} as k from ${quoted(name)} where ${key} >= ? order by ${key} limit 1`)
      .get(from)
    return { keys: [row!.k as Key], rows: [emptyRow(this.shape)] }
  }
}

/** The bytes of a text as they lie in the file, by what the file calls the column. */
export function bytesIn(db: DatabaseSync, shape: TableShape, key: Key, column: string): Uint8Array {
  const { name, key: rowid, isSought } = shape
  if (!isSought) return cursorOf(db, shape, column).find(key) ?? new Uint8Array()
  const row = db
    .prepare(`select cast(${quoted(column)} as blob) as bytes from ${quoted(name)} where ${rowid} = ?`)
    .get(key)
  return (row?.bytes as Uint8Array | null) ?? new Uint8Array()
}

const cursors = new WeakMap<TableShape, Map<string, BytesCursor>>()

function cursorOf(db: DatabaseSync, shape: TableShape, column: string): BytesCursor {
  const ofTable = cursors.get(shape) ?? new Map<string, BytesCursor>()
  cursors.set(shape, ofTable)
  const cursor = ofTable.get(column) ?? new BytesCursor(db, shape, column)
  ofTable.set(column, cursor)
  return cursor
}

/** Of rows that begin with their key. */
function batchOf(rows: Raw[][]): Batch | undefined {
  if (rows.length === 0) return undefined
  return { keys: rows.map((row) => row.shift() as Key), rows }
}

function wantedOf({ columns, unknown, looseId }: Pick<TableShape, 'columns' | 'unknown' | 'looseId'>): string[] {
  const wanted = [...columns, ...unknown].map((column) => (column === null ? 'null' : quoted(column)))
  return looseId ? [...wanted, looseId] : wanted
}

function readAll(read: StatementSync, from: Key, limit: number): Raw[][] {
  try {
    read.setReadBigInts(false)
    const rows = read.all(from, limit) as unknown as Raw[][]
    // The one that node:sqlite 24 takes for a number it can hold.
    if (!rows.some((row) => row.includes(lowestInteger))) return rows
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_OUT_OF_RANGE') throw error
  }
  read.setReadBigInts(true)
  const rows = read.all(from, limit) as unknown as Raw[][]
  return rows.map((row) => row.map(narrowed))
}

const lowestInteger = -(2 ** 63)
