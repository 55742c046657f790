// The thread that reads the file: nothing else touches it. It turns rows into what COPY takes and waits to be asked.
import type { DatabaseSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import { parentPort } from 'node:worker_threads'
import { sweepAll } from '../../../db/sweep.ts'
import { hashPassword, verifyPassword } from '../../../passwords/password.ts'
import { checkTable } from './check-table.ts'
import { type Converted, RowNotes, type Source, convertRow } from './convert.ts'
import { type PostExtras, readExtras } from './extras.ts'
import { IdRanges } from './id-ranges.ts'
import type { Chunk, FromReader, OpenRequest, Prior, ReadRequest, TableInfo, ToReader } from '../messages.ts'
import { openPath } from '../file/open.ts'
import { type SourceTable, largestKeptId, plan } from '../plan.ts'
import { readRows } from './read-rows.ts'
import { streamTable } from './stream-table.ts'
import { quoted } from '../file/real-tables.ts'
import { TableReader, type TableShape, listTables } from './table.ts'

/** The open file, and what is known of it. */
export type OpenFile = {
  db: DatabaseSync
  tables: TableShape[]
  source: Source
  extras: PostExtras | undefined
  chainId: number
  importId: number
}

const port = parentPort!
// Enough to go on with while PostgreSQL commits.
const mostUnderWay = 5
const readings = new Map<number, Reading>()
/** Buffers that were sent, filled with rows, and came back. */
const spare: Buffer[] = []
let file: OpenFile

port.on('message', (message: ToReader) => {
  try {
    if (message.do === 'open') file = open(message)
    else if (message.do === 'reuse') spare.push(Buffer.from(message.buffer))
    else if (message.do === 'match') void answer(message).catch(fail)
    else if (message.do === 'read') void read(file, message).catch(fail)
    else readings.get(message.serial)?.hear(message)
  } catch (error) {
    fail(error)
  }
})

function say(message: FromReader, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer)
}

/** A table on its way to the other side. */
class Reading {
  readonly #serial: number
  #credit = mostUnderWay
  #isStopped = false
  #prior: Prior | undefined
  #wake: (() => void) | undefined

  constructor(serial: number) {
    this.#serial = serial
  }

  hear(message: Extract<ToReader, { do: 'more' | 'stop' | 'prior' }>): void {
    if (message.do === 'more') this.#credit++
    else if (message.do === 'stop') this.#isStopped = true
    else this.#prior = message.prior
    this.#wake?.()
  }

  /** Waits while the other side is behind; throws when it wants no more. */
  async send(chunk: Chunk, buffers: ArrayBuffer[]): Promise<void> {
    while (this.#credit === 0 && !this.#isStopped) await this.#message()
    if (this.#isStopped) throw new Stopped()
    this.#credit--
    say({ kind: 'part', serial: this.#serial, chunk }, buffers)
  }

  async wantPrior(from: number, to: number): Promise<Prior> {
    this.#prior = undefined
    say({ kind: 'want prior', serial: this.#serial, from, to })
    while (!this.#prior && !this.#isStopped) await this.#message()
    if (!this.#prior) throw new Stopped()
    return this.#prior
  }

  async #message(): Promise<void> {
    await new Promise<void>((resolve) => (this.#wake = resolve))
  }
}

class Stopped extends Error {}

async function answer({ key, hash }: Extract<ToReader, { do: 'match' }>): Promise<void> {
  say({ kind: 'matched', isRight: await matches(file, key, hash) })
}

function open({ path, chainId, importId }: OpenRequest): OpenFile {
  const db = openPath(path)
  const tables = listTables(db)
  const readers = new Map(
    tables.flatMap((shape) => (shape.plan ? [[shape.plan.source, new TableReader(db, shape)]] : [])),
  )
  const ids = new Map<SourceTable, IdRanges>()
  const named = new Set(plan.flatMap(({ columns }) => columns.flatMap(({ to }) => to ?? [])))
  for (const [name, reader] of readers) {
    if (!named.has(name)) continue
    const ranges = new IdRanges()
    for (const id of reader.ids()) ranges.add(id)
    ids.set(name, ranges)
  }
  const bytesOf: Source['bytesOf'] = (table, key, column) => readers.get(table)!.bytesOf(key, column)
  say({ kind: 'opened', tables: tables.map((shape) => infoOf(db, shape)) })
  return { db, tables, source: { ids, bytesOf }, extras: readExtras(db), chainId, importId }
}

function infoOf(db: DatabaseSync, { name, plan: known, key, rows }: TableShape): TableInfo {
  const usable = `${key} between 1 and ${largestKeptId}`
  const ids = known
    ? db
        .prepare(
          `select max(${key}) filter (where ${usable}) as highest, total(not (${usable})) as odd from ${quoted(name)}`,
        )
        .get()
    : undefined
  return {
    name,
    source: known?.source ?? null,
    rows,
    highestId: Number(ids?.highest ?? 0),
    oddIds: Number(ids?.odd ?? 0),
    counter: counterOf(db, name),
  }
}

/** What sqlite_sequence says of a table, when that is a usable number. */
function counterOf(db: DatabaseSync, name: string): number {
  const hasCounters = db.prepare(`select 1 from sqlite_schema where name = 'sqlite_sequence'`).get()
  if (!hasCounters) return 0
  const row = db
    .prepare(`select max(seq) as seq from sqlite_sequence where name = ? and typeof(seq) = 'integer' and seq <= ?`)
    .get(name, largestKeptId)
  return Math.max(0, Number(row?.seq ?? 0))
}

async function read(file: OpenFile, request: ReadRequest): Promise<void> {
  const shape = file.tables.find(({ name }) => name === request.table)!
  const { serial } = request
  const reading = new Reading(serial)
  readings.set(serial, reading)
  const port = {
    send: (chunk: Chunk, buffers: ArrayBuffer[]) => reading.send(chunk, buffers),
    wantPrior: (from: number, to: number) => reading.wantPrior(from, to),
    spare: nextSpare,
    hashPassword,
  }
  try {
    if (request.purpose === 'check' && shape.plan?.way === 'stream') await checkTable(file, shape, request, port)
    else if (shape.plan?.way === 'rows') await readRows(file, shape, request, port)
    else await streamTable(file, shape, request, port)
  } catch (error) {
    if (!(error instanceof Stopped)) throw error
  } finally {
    readings.delete(serial)
  }
  sweepAll()
  say({ kind: 'end', serial })
}

/** Undefined when all are still with PostgreSQL, which are then as many as may be under way. */
async function nextSpare(): Promise<Buffer | undefined> {
  // Those that came back meanwhile are messages that nobody had the time to receive.
  if (spare.length === 0) await setImmediate()
  return spare.pop()
}

function rowOf(file: OpenFile, table: string, key: number, notes = new RowNotes()): Converted[] | undefined {
  const shape = file.tables.find(({ name }) => name === table)
  if (!shape?.plan) return undefined
  const batch = new TableReader(file.db, shape).next(key - 1)
  if (!batch || batch.keys[0] !== key) return undefined
  notes.begin(key)
  const into: Converted[] = []
  convertRow(shape.plan, batch.rows[0]!, file.source, notes, into)
  return into
}

/** The password as it was hashed: a number, bytes or a NUL in it became text first. */
async function matches(file: OpenFile, key: number, hash: string): Promise<boolean> {
  const users = file.tables.find(({ plan: known }) => known?.source === 'users')
  const notes = new RowNotes()
  if (!users || !rowOf(file, users.name, key, notes) || notes.secret === null) return false
  return await verifyPassword(notes.secret, hash, '')
}

function fail(error: unknown): void {
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error))
  say({ kind: 'failed', message, stack })
}
