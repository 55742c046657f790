// Tables of people and rights: few rows, each of them decided for itself on the other side.
import { type Converted, type Raw, RowNotes, convertRow } from './convert.ts'
import { checksumOf } from './encode.ts'
import { provenColumns } from '../plan.ts'
import { rowJson } from './leftover.ts'
import type { Chunk, ConvertedRow, ReadRequest } from '../messages.ts'
import type { OpenFile } from './reader-thread.ts'
import { type Key, TableReader, type TableShape, noteLooseId } from './table.ts'

type Port = {
  send: (chunk: Chunk, buffers: ArrayBuffer[]) => Promise<void>
  hashPassword: (password: string) => Promise<string>
}

export async function readRows(file: OpenFile, shape: TableShape, request: ReadRequest, port: Port): Promise<void> {
  const reader = new TableReader(file.db, shape)
  let after: Key | null = request.after === null ? null : BigInt(request.after)
  for (let batch = reader.next(after); batch; batch = reader.next(after)) {
    const secrets: (string | null)[] = []
    const rows = batch.rows.map((row, index) => rowOf(file, shape, batch.keys[index]!, row, secrets))
    after = batch.keys.at(-1)!
    if (request.purpose === 'copy') await hashPasswords(shape, rows, secrets, port.hashPassword)
    const bytes = batch.rows.length * 100
    await port.send({ kind: 'rows', rows, lastKey: String(after), read: rows.length, bytes }, [])
  }
}

function rowOf(file: OpenFile, shape: TableShape, key: Key, row: Raw[], secrets: (string | null)[]): ConvertedRow {
  const plan = shape.plan!
  const notes = new RowNotes()
  const values: Converted[] = []
  notes.begin(Number(key))
  if ('isTooLarge' in row) notes.aside('too-large')
  else if (typeof key === 'bigint') notes.aside('id-out-of-range')
  else {
    convertRow(plan, row, file.source, notes, values)
    noteLooseId(shape, row, notes)
    const left = shape.unknown.length > 0 ? rowJson(file, shape, key, row, shape.columns.length) : undefined
    if (left) notes.leftovers.push({ column: null, reason: 'unknown-column', data: left })
  }
  secrets.push(notes.secret)
  // The other side may set it aside as well.
  const whole = rowJson(file, shape, key, row, 0) ?? {}
  const proven = provenColumns(plan)
  const checksum = notes.reason
    ? checksumOf([{ source: '', target: '', as: 'text' }], [JSON.stringify(whole)], Number(key))
    : checksumOf(
        proven,
        plan.columns.flatMap((column, index) => (proven.includes(column) ? [values[index]!] : [])),
        Number(key),
      )
  return {
    key: Number(key),
    keyText: String(key),
    values,
    checksum,
    changes: notes.changes,
    original: notes.original,
    leftovers: notes.leftovers,
    reason: notes.reason,
    whole,
  }
}

/** Here, so that a password in clear never leaves this thread. Two at a time, as each takes a processor and 20 MB. */
async function hashPasswords(
  shape: TableShape,
  rows: ConvertedRow[],
  secrets: (string | null)[],
  hashPassword: (password: string) => Promise<string>,
): Promise<void> {
  const at = shape.plan!.columns.findIndex((column) => column.as === 'password')
  const waiting = rows.map((row, index) => ({ row, secret: secrets[index] })).filter(({ secret }) => secret)
  const worker = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      next.row.values[at] = await hashPassword(next.secret!)
    }
  }
  await Promise.all([worker(), worker()])
}
