// A table of the file as rows for COPY: what comes along, what became of every row, and what has no home.
import { RowWriter, writeInt64 } from '../../../db/copy-format.ts'
import { type Converted, type Leftover, type Raw, RowNotes, convertRow } from './convert.ts'
import { type Extras, type Placed, checksumOf, encoders, referencesOf } from './encode.ts'
import { applyDraft, isWhollyUsed } from './extras.ts'
import { leftoverRow, rowJson } from './leftover.ts'
import { type Chunk, type Fate, type IdMap, type Prior, type ReadRequest, count, noCounts } from '../messages.ts'
import { type Column, extrasTable, isUsableId, provenColumns } from '../plan.ts'
import type { OpenFile } from './reader-thread.ts'
import { type Batch, type Key, TableReader, type TableShape, noteLooseId } from './table.ts'

type Port = {
  send: (chunk: Chunk, buffers: ArrayBuffer[]) => Promise<void>
  wantPrior: (from: number, to: number) => Promise<Prior>
  /** A buffer to be filled again. */
  spare: () => Promise<Buffer | undefined>
}

// With room for a long text in the first buffer of a writer.
const chunkBytes = 750_000

export async function streamTable(file: OpenFile, shape: TableShape, request: ReadRequest, port: Port): Promise<void> {
  const stream = new Stream(file, shape, request)
  const reader = new TableReader(file.db, shape)
  const extrasOf = shape.plan?.source === 'posts' ? file.extras : undefined
  let after: Key | null = request.after === null ? null : BigInt(request.after)
  for (let batch = reader.next(after); batch; batch = reader.next(after)) {
    if (request.hasPrior) stream.prior = priorByKey(await port.wantPrior(...boundsOf(batch)))
    for (let index = 0; index < batch.rows.length; index++) {
      const key = (after = batch.keys[index]!)
      const row = batch.rows[index]!
      const extras = extrasOf && typeof key === 'number' ? await extrasOf.find(key, row[1] as string) : undefined
      stream.add(key, row, extras)
      if (stream.isFull()) await stream.flush(port)
    }
  }
  await stream.flush(port)
}

/** Seen by both threads: one that travels counts as garbage on one side and as new on the other, and both collect. */
function shared(size: number): Buffer {
  return Buffer.from(new SharedArrayBuffer(size))
}

class Stream {
  prior: Map<number, { target: number; checksum: number }> | undefined
  readonly #file: OpenFile
  readonly #shape: TableShape
  /** Those of the plan's columns come first that are stored. */
  readonly #proven: Column[]
  readonly #taken: Taken
  readonly #maps: (IdMap | undefined)[]
  readonly #content = new RowWriter(1 << 20, shared)
  readonly #rows = new RowWriter(1 << 14)
  readonly #block = new Block()
  readonly #updates = new RowWriter(1 << 12)
  readonly #leftovers = new RowWriter(1 << 14)
  readonly #notes = new RowNotes()
  readonly #values: Converted[] = []
  readonly #placed: Placed = { id: 0, references: [] }
  #counts = noCounts()
  #read = 0
  #lastKey = ''

  constructor(file: OpenFile, shape: TableShape, request: ReadRequest) {
    this.#file = file
    this.#shape = shape
    this.#proven = shape.plan ? provenColumns(shape.plan) : []
    this.#taken = new Taken(request.taken)
    this.#maps = shape.plan ? referencesOf(shape.plan).map((to) => (to ? request.maps?.[to] : undefined)) : []
  }

  add(key: Key, row: Raw[], extras?: Extras): void {
    const { plan, columns, unknown } = this.#shape
    const notes = this.#notes
    this.#read++
    this.#lastKey = String(key)
    notes.begin(Number(key))
    if ('isTooLarge' in row) return this.#aside(key, 'too-large', row)
    if (!plan) return this.#stranger(key, row)
    if (typeof key === 'bigint') return this.#aside(key, 'id-out-of-range', row)
    convertRow(plan, row, this.#file.source, notes, this.#values)
    if (notes.reason) return this.#aside(key, notes.reason, row)
    if (plan.source === 'posts') applyDraft(this.#file.extras, key, this.#values, notes)

    const known = this.prior?.get(key)
    const checksum = checksumOf(this.#proven, this.#values, key)
    if (known?.checksum === checksum) return count(this.#counts.fates, 'already there')
    const left = unknown.length > 0 ? rowJson(this.#file, this.#shape, key, row, columns.length) : undefined
    if (left) notes.leftovers.push({ column: null, reason: 'unknown-column', data: left })
    // What was set aside earlier has no target: it comes along now.
    const id = known?.target || this.#taken.idFor(key)
    if (id !== key && !known?.target) notes.change('new-id', 'id', key)
    noteLooseId(this.#shape, row, notes)
    this.#place(id)
    encoders[plan.source]!.write(this.#content, this.#values, this.#placed, extras)
    const fate = notes.changes.length > 0 ? 'changed' : 'copied'
    this.#record(known ? this.#updates : this.#rows, key, fate, id, checksum)
    this.#keep(key, notes.leftovers)
  }

  isFull(): boolean {
    return this.#content.length + this.#rows.length + this.#leftovers.length > chunkBytes || this.#block.isFull()
  }

  async flush(port: Port): Promise<void> {
    if (this.#read === 0) return
    const bytes = this.#content.length
    const blocks = new RowWriter(1 << 10)
    this.#block.write(blocks, this.#file, this.#shape.plan?.source ?? this.#shape.name)
    const [content, rows, updates, leftovers] = [
      this.#content.take(await port.spare()),
      this.#rows.take(),
      this.#updates.take(),
      this.#leftovers.take(),
    ]
    const counts = this.#counts
    const [read, lastKey, newIds] = [this.#read, this.#lastKey, this.#taken.given]
    this.#counts = noCounts()
    this.#read = 0
    await port.send(
      {
        kind: 'stream',
        content,
        rows,
        blocks: blocks.take(),
        updates,
        leftovers,
        counts,
        lastKey,
        read,
        newIds,
        bytes,
      },
      [content, rows, updates, leftovers].flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? buffer : [])),
    )
  }

  #place(id: number): void {
    this.#placed.id = id
    for (let index = 0; index < this.#values.length; index++) {
      const value = this.#values[index]!
      this.#placed.references[index] = typeof value === 'number' ? (this.#maps[index]?.get(value) ?? value) : null
    }
  }

  /** A table that has no place here, and the one that our own export adds. */
  #stranger(key: Key, row: Raw[]): void {
    const { name, unknown } = this.#shape
    if (name === extrasTable && typeof key === 'number') {
      const isPost = (id: number) => this.#file.source.ids.get('posts')?.has(id) ?? false
      if (this.#file.extras && isWhollyUsed(unknown, row, isPost)) {
        return this.#record(this.#rows, key, 'copied', row[unknown.indexOf('post')] as number, checksumOf([], [], key))
      }
    }
    this.#aside(key, 'no-home', row)
  }

  #aside(key: Key, reason: string, row: Raw[]): void {
    const data = rowJson(this.#file, this.#shape, key, row, 0) ?? {}
    const checksum = checksumOf(jsonColumn, [JSON.stringify(data)], Number(key))
    if (this.prior?.get(Number(key))?.checksum === checksum) {
      return count(this.#counts.fates, 'already there')
    }
    this.#notes.changes = []
    this.#notes.original = null
    this.#record(this.prior?.has(Number(key)) ? this.#updates : this.#rows, key, 'set aside', null, checksum)
    this.#keep(key, [{ column: null, reason, data }])
  }

  #record(writer: RowWriter, key: Key, fate: Fate, target: number | null, checksum: number): void {
    const { changes, original } = this.#notes
    count(this.#counts.fates, fate)
    if (writer === this.#rows && fate === 'copied' && key === target) return this.#block.add(target, checksum)
    for (const name of changes) count(this.#counts.changes, name)
    writer.startRow(9)
    writer.int64(this.#file.chainId)
    writer.text(this.#shape.plan?.source ?? this.#shape.name)
    writer.int64(key)
    writer.int64(this.#file.importId)
    writer.text(fate)
    if (target === null) writer.null()
    else writer.int64(target)
    writer.int64(checksum)
    if (changes.length > 0) writer.text(changes.join(' '))
    else writer.null()
    if (original) writer.json(original)
    else writer.null()
  }

  #keep(key: Key, leftovers: Leftover[]): void {
    for (const leftover of leftovers) {
      count(this.#counts.reasons, leftover.reason)
      leftoverRow(this.#leftovers, this.#file.importId, this.#shape.plan?.source ?? this.#shape.name, key, leftover)
    }
  }
}

/** Keys and checksums of rows of which there is nothing else to say. */
class Block {
  #length = 0
  #first = 0
  #last = 0
  readonly #keys = Buffer.allocUnsafeSlow(blockRows * 8)
  readonly #checksums = Buffer.allocUnsafeSlow(blockRows * 8)

  add(key: number, checksum: number): void {
    if (this.#length === 0) this.#first = key
    this.#last = key
    writeInt64(this.#keys, key, this.#length * 8)
    writeInt64(this.#checksums, checksum, this.#length * 8)
    this.#length++
  }

  isFull(): boolean {
    return this.#length === blockRows
  }

  write(writer: RowWriter, { chainId, importId }: OpenFile, table: string): void {
    if (this.#length === 0) return
    writer.startRow(7)
    writer.int64(chainId)
    writer.text(table)
    writer.int64(this.#first)
    writer.int64(this.#last)
    writer.int64(importId)
    writer.raw(this.#keys.subarray(0, this.#length * 8))
    writer.raw(this.#checksums.subarray(0, this.#length * 8))
    this.#length = 0
  }
}

const blockRows = 8000

const jsonColumn = [{ source: '', target: '', as: 'text' as const }]

/** Gives ids: the row's own while nobody here has it. */
class Taken {
  given = 0
  readonly #starts: number[]
  readonly #ends: number[]
  readonly #firstFree: number

  constructor({ starts, ends, firstFree }: NonNullable<ReadRequest['taken']> = { starts: [], ends: [], firstFree: 0 }) {
    this.#starts = starts
    this.#ends = ends
    this.#firstFree = firstFree
  }

  idFor(key: number): number {
    if (isUsableId(key) && !this.#has(key)) return key
    return this.#firstFree + this.given++
  }

  #has(key: number): boolean {
    let low = 0
    let high = this.#starts.length - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      if (key < this.#starts[middle]!) high = middle - 1
      else if (key > this.#ends[middle]!) low = middle + 1
      else return true
    }
    return false
  }
}

/** Keys beyond what JavaScript counts are set aside; looking beyond them finds them all. */
function boundsOf({ keys }: Batch): [number, number] {
  const [first, last] = [keys[0]!, keys.at(-1)!]
  // Beyond what JavaScript counts, all that lies there: a single key has no number of its own.
  const low = typeof first === 'number' ? first : first > 0n ? Number.MAX_SAFE_INTEGER : -(2 ** 63)
  const high = typeof last === 'number' ? last : last > 0n ? 2 ** 63 : Number.MIN_SAFE_INTEGER
  return [low, high]
}

function priorByKey({ keys, targets, checksums }: Prior) {
  return new Map(Array.from(keys, (key, index) => [key, { target: targets[index]!, checksum: checksums[index]! }]))
}
