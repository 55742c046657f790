// Reads one table of the file in the order of its keys, in batches that are small whatever a row weighs.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Raw, RowNotes } from './convert.ts'
import { type TablePlan, frameworkTables, plan } from '../plan.ts'
import { type RealTable, columnNamed, listRealTables, quoted } from '../file/real-tables.ts'

export type Key = number | bigint
export type Batch = { keys: Key[]; rows: Raw[][] }

/** What of a table is read: its columns in the order of the plan, and those that the plan does not know. */
export type TableShape = {
  name: string
  plan: TablePlan | undefined
  /** What tells rows apart and gives their order: `rowid`, or the id of a table without one. */
  key: string
  /** What leftovers call it. */
  keyName: string
  /** The column of ids, in quotes, when some of them are not kept as whole numbers; read after all others. */
  looseId?: string
  columns: (string | null)[]
  unknown: string[]
  rows: number
}

const mostRows = 500
const mostBytes = 8_000_000
/** A row beyond this stays in the file. */
const largestRowBytes = 32_000_000

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
  const rows = Number(db.prepare(`select count(*) as n from ${quoted(name)}`).get()?.n)
  const id = known && (table.isIdRowid ? { key: table.rowid! } : wholeId(db, name, nameOf('id')))
  if (!known || !id) {
    return {
      name,
      plan: undefined,
      key: table.rowid ?? '',
      keyName: table.isIdRowid ? nameOf('id')! : (table.rowid ?? ''),
      columns: [],
      unknown: present.map((column) => column.name),
      rows,
    }
  }
  const columns = known.columns.map(({ source, alias }) => nameOf(source) ?? (alias && nameOf(alias)) ?? null)
  const used = new Set([...columns, nameOf('id')])
  const unknown = present.map((column) => column.name).filter((column) => !used.has(column))
  return { name, plan: known, ...id, keyName: nameOf('id')!, columns, unknown, rows }
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
  readonly #weigh: StatementSync
  readonly #read: StatementSync
  readonly #weight: string
  #offset = 0

  constructor(db: DatabaseSync, shape: TableShape) {
    this.shape = shape
    this.#db = db
    const { name, key, looseId, columns, unknown } = shape
    const wanted = [...columns, ...unknown].map((column) => (column === null ? 'null' : quoted(column)))
    if (looseId) wanted.push(looseId)
    // Without a key of one number (WITHOUT ROWID), rows are counted off; only strangers' tables are read so.
    const from = key
      ? `from ${quoted(name)} not indexed where ${key} >= ?1 order by ${key} limit ?2`
      : `from ${quoted(name)} limit ?2 offset ?1`
    this.#weight = sumOf(wanted.map((column) => weightOf(column)))
    this.#weigh = db.prepare(`select count(*) as n, total(w) as w from (select ${this.#weight} as w ${from})`)
    this.#read = db.prepare(`select ${[key || 'null', ...wanted].join(', ')} ${from}`)
    this.#read.setReturnArrays(true)
  }

  /** The rows after this key; undefined at the end. A row too large to be read comes with null for its values. */
  next(after: Key | null): Batch | undefined {
    if (after === highestKey) return undefined
    const from = this.shape.key ? following(after) : this.#offset
    let limit = mostRows
    for (;;) {
      const { n, w } = this.#weigh.get(from, limit) as { n: number; w: number }
      if (n === 0) return undefined
      if (w <= mostBytes || n === 1) {
        if (w > largestRowBytes) return this.#tooLarge(from)
        break
      }
      limit = Math.max(1, Math.min(n - 1, Math.floor((n * mostBytes) / w)))
    }
    const rows = this.#all(from, limit)
    const keys = rows.map((row, index) => {
      const key = row.shift() as Key | null
      return key ?? this.#offset + index + 1
    })
    this.#offset += rows.length
    return { keys, rows }
  }

  /** Of the rows that come along, for the rows that name them. */
  *ids(): Generator<number> {
    const { name, key } = this.shape
    const statement = this.#db.prepare(
      `select ${key} from ${quoted(name)} where ${key} > ? and ${key} <= 9007199254740991
        and ${this.#weight} <= ${largestRowBytes} order by ${key} limit 10000`,
    )
    statement.setReturnArrays(true)
    for (let after = Number.MIN_SAFE_INTEGER; ;) {
      const rows = statement.all(after) as unknown as [number][]
      for (const [id] of rows) yield id
      if (rows.length === 0) return
      after = rows.at(-1)![0]
    }
  }

  /** The bytes of a text as they lie in the file. */
  bytesOf(key: Key, column: string): Uint8Array {
    const { name, plan: known, columns } = this.shape
    const index = known?.columns.findIndex(({ source }) => source === column) ?? -1
    const actual = columns[index] ?? column
    const where = this.shape.key ? `where ${this.shape.key} = ?` : 'limit 1 offset ? - 1'
    const row = this.#db
      .prepare(`select cast(${quoted(actual)} as blob) as bytes from ${quoted(name)} ${where}`)
      .get(key)
    return (row?.bytes as Uint8Array | null) ?? new Uint8Array()
  }

  #all(from: Key, limit: number): Raw[][] {
    try {
      this.#read.setReadBigInts(false)
      const rows = this.#read.all(from, limit) as unknown as Raw[][]
      // The one that node:sqlite 24 takes for a number it can hold.
      if (!rows.some((row) => row.includes(lowestInteger))) return rows
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_OUT_OF_RANGE') throw error
    }
    this.#read.setReadBigInts(true)
    const rows = this.#read.all(from, limit) as unknown as Raw[][]
    return rows.map((row) => row.map((value) => (typeof value === 'bigint' ? narrowed(value) : value)))
  }

  #tooLarge(from: Key): Batch {
    const { name, key, columns, unknown } = this.shape
    const where = key ? `where ${key} >= ?1 order by ${key} limit 1` : `limit 1 offset ?1`
    const row = this.#db.prepare(`select ${key || 'null'} as k from ${quoted(name)} ${where}`).get(from)
    this.#offset++
    const empty: Raw[] = Array.from({ length: columns.length + unknown.length }, () => null)
    return { keys: [(row?.k as Key | null) ?? this.#offset], rows: [Object.assign(empty, { isTooLarge: true })] }
  }
}

const lowestInteger = -(2 ** 63)

/** In bytes. Numbers weigh nothing: SQLite would write them out to see how long they are. */
function weightOf(column: string): string {
  return `iif(typeof(${column}) in ('text', 'blob'), octet_length(${column}), 0)`
}

const highestKey = 9223372036854775807n

/** As deep as it has to be: SQLite limits how deep a sum may be, and tables may be wide. */
function sumOf(terms: string[]): string {
  if (terms.length <= 2) return terms.join(' + ') || '0'
  const middle = terms.length >> 1
  return `(${sumOf(terms.slice(0, middle))}) + (${sumOf(terms.slice(middle))})`
}

function following(after: Key | null): Key {
  if (after === null) return -9223372036854775808n
  return typeof after === 'number' && Number.isSafeInteger(after + 1) ? after + 1 : BigInt(after) + 1n
}

function narrowed(value: bigint): Key {
  return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value
}
