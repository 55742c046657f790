// Reads a streamed table once more, for the proof: checksums of what each row must have become.
import { ColumnSum } from '../../checksum.ts'
import { type Converted, RowNotes, convertRow } from './convert.ts'
import { checksumOf } from './encode.ts'
import { applyDraft } from './extras.ts'
import type { Chunk, ReadRequest } from '../messages.ts'
import { provenColumns } from '../plan.ts'
import type { OpenFile } from './reader-thread.ts'
import { type Key, TableReader, type TableShape } from './table.ts'

const chunkRows = 20_000

export async function checkTable(
  file: OpenFile,
  shape: TableShape,
  request: ReadRequest,
  { send }: { send: (chunk: Chunk, buffers: ArrayBuffer[]) => Promise<void> },
): Promise<void> {
  const plan = shape.plan!
  const proven = provenColumns(plan)
  const reader = new TableReader(file.db, shape)
  const notes = new RowNotes()
  const values: Converted[] = []
  let after: Key | null = request.after === null ? null : BigInt(request.after)
  let part = newPart(proven.length)

  const flush = async () => {
    if (part.read === 0) return
    const sums = Uint32Array.from(part.sums.flatMap(({ lanes }) => Array.from(lanes)))
    const keys = Float64Array.from(part.keys)
    const checksums = Float64Array.from(part.checksums)
    const aside = Uint8Array.from(part.aside)
    const { read, bytes } = part
    part = newPart(proven.length)
    await send({ kind: 'check', keys, checksums, aside, sums, lastKey: String(after), read, bytes }, [
      keys.buffer,
      checksums.buffer,
      aside.buffer,
      sums.buffer,
    ])
  }

  for (let batch = reader.next(after); batch; batch = reader.next(after)) {
    for (let index = 0; index < batch.rows.length; index++) {
      const key = (after = batch.keys[index]!)
      const row = batch.rows[index]!
      part.read++
      // These have no number that JavaScript can hold; the count of rows covers them.
      if (typeof key === 'bigint') continue
      notes.begin(key)
      const isTooLarge = 'isTooLarge' in row
      if (!isTooLarge) convertRow(plan, row, file.source, notes, values)
      if (plan.source === 'posts') applyDraft(file.extras, key, values, notes)
      const isAside = isTooLarge || notes.reason !== null
      part.keys.push(key)
      part.aside.push(isAside ? 1 : 0)
      part.checksums.push(isAside ? 0 : checksumOf(proven, values, key, part.sums))
      for (const value of values) part.bytes += typeof value === 'string' ? value.length : 8
    }
    if (part.read >= chunkRows) await flush()
  }
  await flush()
}

function newPart(columns: number) {
  return {
    keys: [] as number[],
    checksums: [] as number[],
    aside: [] as number[],
    sums: Array.from({ length: columns }, () => new ColumnSum()),
    read: 0,
    bytes: 0,
  }
}
