// The thread that reads the file: nothing else touches it. It turns rows into what COPY takes and waits to be asked.
import type { DatabaseSync } from 'node:sqlite'
import { parentPort } from 'node:worker_threads'
import { hashPassword, verifyPassword } from '../../../passwords/password.ts'
import { checkTable } from './check-table.ts'
import { type Converted, RowNotes, type Source, convertRow } from './convert.ts'
import { type PostExtras, readExtras } from './extras.ts'
import { IdRanges } from './id-ranges.ts'
import type { Chunk, FromReader, OpenRequest, Prior, ReadRequest, TableInfo, ToReader } from '../messages.ts'
import { openPath } from '../file/open.ts'
import { type SourceTable, plan } from '../plan.ts'
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
const mostUnderWay = 8
const inbox: ToReader[] = []
let wake: (() => void) | undefined
let credit = mostUnderWay
/** Buffers that were sent, filled with rows, and came back. */
let spare: Buffer[] = []

port.on('message', (message: ToReader) => {
  if (message.do === 'reuse') return void spare.push(...message.buffers.map((buffer) => Buffer.from(buffer)))
  inbox.push(message)
  wake?.()
  // Asked while a table is read.
  if (message.do === 'match') void answer().catch(fail)
})

async function receive<T extends ToReader['do']>(...wanted: T[]): Promise<Extract<ToReader, { do: T }>> {
  for (;;) {
    const index = inbox.findIndex((message) => (wanted as string[]).includes(message.do))
    if (index >= 0) return inbox.splice(index, 1)[0] as Extract<ToReader, { do: T }>
    await new Promise<void>((resolve) => (wake = resolve))
  }
}

function say(message: FromReader, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer)
}

/** Waits while the other side is behind; throws when it wants no more. */
async function send(serial: number, chunk: Chunk, buffers: ArrayBuffer[]): Promise<void> {
  while (credit === 0 || inbox.some((message) => message.do === 'more' || message.do === 'stop')) {
    const message = await receive('more', 'stop')
    // What came late belongs to a table that is done.
    if (message.serial !== serial) continue
    if (message.do === 'stop') throw new Stopped()
    credit++
  }
  credit--
  say({ kind: 'part', serial, chunk }, buffers)
}

class Stopped extends Error {}

async function wantPrior(serial: number, from: number, to: number): Promise<Prior> {
  say({ kind: 'want prior', serial, from, to })
  return (await receive('prior')).prior
}

let file: OpenFile

async function work(): Promise<void> {
  file = open(await receive('open'))
  for (;;) await read(file, await receive('read'))
}

async function answer(): Promise<void> {
  const { key, hash } = await receive('match')
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
  const usable = `${key} between 1 and 4503599627370496`
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
    .prepare(
      `select max(seq) as seq from sqlite_sequence where name = ? and typeof(seq) = 'integer' and seq <= 4503599627370496`,
    )
    .get(name)
  return Math.max(0, Number(row?.seq ?? 0))
}

async function read(file: OpenFile, request: ReadRequest): Promise<void> {
  const shape = file.tables.find(({ name }) => name === request.table)!
  const { serial } = request
  const port = {
    send: (chunk: Chunk, buffers: ArrayBuffer[]) => send(serial, chunk, buffers),
    wantPrior: (from: number, to: number) => wantPrior(serial, from, to),
    spare: () => spare.pop(),
    hashPassword,
  }
  if (request.purpose === 'check' || shape.plan?.way === 'rows') dropSpare()
  credit = mostUnderWay
  try {
    if (request.purpose === 'check' && shape.plan?.way === 'stream') await checkTable(file, shape, request, port)
    else if (shape.plan?.way === 'rows') await readRows(file, shape, request, port)
    else await streamTable(file, shape, request, port)
  } catch (error) {
    if (!(error instanceof Stopped)) throw error
  }
  say({ kind: 'end', serial })
}

/** At once: garbage would wait to be collected while nothing else of this thread takes memory. */
function dropSpare(): void {
  for (const { buffer } of spare) (buffer as ArrayBuffer).transfer(0)
  spare = []
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

work().catch(fail)
