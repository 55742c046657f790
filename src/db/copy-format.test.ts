// The binary format of COPY, against PostgreSQL itself.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { testDatabase } from '../../test/database.ts'
import { RowReader, RowWriter, copyHeader, copyTrailer, readInt64, writeInt64 } from './copy-format.ts'
import { BulkConnection } from './copy.ts'

const { target, limits } = await testDatabase()
let db: BulkConnection
before(async () => {
  db = await BulkConnection.open(target, limits, 'bloggy test')
  await db.query('create table things (id bigint, text text, data jsonb, raw bytea)')
})
after(() => db.close())

type Thing = { id: number | bigint | null; text: string | null; data: unknown; raw: Buffer | null }

const edges = [
  0n,
  1n,
  -1n,
  2n ** 31n,
  -(2n ** 31n),
  2n ** 32n,
  2n ** 53n - 1n,
  1n - 2n ** 53n,
  2n ** 63n - 1n,
  -(2n ** 63n),
]
const things: Thing[] = [
  ...edges.map((id) => ({ id, text: String(id), data: null, raw: null })),
  { id: 3_000_000_000, text: '-'.repeat(3), data: { a: [1, 'ü', null] }, raw: Buffer.from([0, 255, 1]) },
  { id: -4_294_967_297, text: '', data: {}, raw: Buffer.alloc(0) },
  { id: null, text: null, data: null, raw: null },
  { id: 7, text: 'ä日🚀\\.\\N\t\r\n\u2028', data: 'text', raw: Buffer.from('\xff\xff', 'latin1') },
  { id: 8, text: 'x日'.repeat(200_000), data: ['y'.repeat(300_000)], raw: Buffer.alloc(500_000, 9) },
]

function write(writer: RowWriter, { id, text, data, raw }: Thing): void {
  writer.startRow(4)
  if (id === null) writer.null()
  else writer.int64(id)
  if (text === null) writer.null()
  else writer.text(text)
  if (data === null) writer.null()
  else writer.json(data)
  if (raw === null) writer.null()
  else writer.raw(raw)
}

async function fill(parts: Uint8Array[]): Promise<number> {
  await db.query('truncate things')
  return await db.copyIn('things', parts)
}

describe('rows for COPY', () => {
  test('are in PostgreSQL what they were, however they are cut into parts', async () => {
    const writer = new RowWriter(16)
    for (const thing of things) write(writer, thing)
    const bytes = writer.take()
    assert.equal(writer.length, 0)
    const cut = (size: number) =>
      Array.from({ length: Math.ceil(bytes.length / size) }, (_, part) =>
        bytes.subarray(part * size, (part + 1) * size),
      )
    for (const parts of [[bytes], cut(65_536), cut(1000)]) {
      assert.equal(await fill(parts), things.length)
      const rows = await db.query<{ id: string; text: string; data: unknown; raw: Buffer }>(
        'select id::text, text, data, raw from things order by ctid',
      )
      const expected = things.map(({ id, ...thing }) => ({ id: id === null ? null : String(id), ...thing }))
      assert.deepEqual(rows, expected)
    }
  })

  test('go on in a new buffer when the first was given away', async () => {
    const writer = new RowWriter(16)
    const parts = things.map((thing) => {
      write(writer, thing)
      return writer.take()
    })
    const copies = parts.map((part) => Buffer.from(part))
    assert.equal(await fill(parts), things.length)
    assert.deepEqual(parts, copies)
  })

  test('that are not whole are refused, and the connection goes on', async () => {
    const writer = new RowWriter()
    write(writer, { id: 1, text: 'one', data: null, raw: null })
    const bytes = writer.take()
    await assert.rejects(fill([bytes.subarray(0, -3)]), /unexpected EOF|incorrect|row field/)
    assert.equal(await fill([bytes]), 1)
    await assert.rejects(async () => await db.copyIn('nothing_there', [bytes]), /does not exist/)
    const failing = async function* () {
      yield bytes
      throw new Error('The file broke off.')
    }
    await assert.rejects(db.copyIn('things', failing()), /The file broke off/)
    assert.deepEqual(await db.one('select count(*) as count from things'), { count: 1 })
  })

  for (const goesOn of [true, false]) {
    test(`fail in order when the connection is ended before the reader ${goesOn ? 'goes on' : 'fails'}`, async () => {
      const other = await BulkConnection.open(target, limits, 'bloggy test of an end')
      const writer = new RowWriter()
      const long = things.at(-1)
      assert.ok(long)
      write(writer, long)
      const bytes = writer.take()
      const parts = async function* () {
        yield bytes
        await db.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
            where application_name = 'bloggy test of an end' and datname = current_database()`,
        )
        for (let count = 0; count < 500 && goesOn; count++) yield bytes
        throw new Error('The file broke off.')
      }
      await assert.rejects(other.copyIn('things', parts()), goesOn ? /terminat|ended|ECONNRESET|EPIPE/ : /broke off/)
      await assert.rejects(other.query('select 1'))
      await other.close()
    })
  }
})

describe('rows from COPY', () => {
  async function sent(): Promise<Buffer> {
    const writer = new RowWriter()
    for (const thing of things) write(writer, thing)
    await fill([writer.take()])
    const parts: Buffer[] = []
    await db.copyOut('select id, text, data, raw from things', (part) => parts.push(Buffer.from(part)))
    assert.ok(parts.length > 5, 'A long row comes in parts.')
    return Buffer.concat(parts)
  }

  test('are read as they are, however they are cut into parts', async () => {
    const bytes = await sent()
    for (const size of [bytes.length, 65_536, 4096, 100, 7]) {
      const reader = new RowReader()
      const rows: Thing[] = []
      const read = (part: Buffer) =>
        reader.push(part, (row) => {
          const [id, text, data, raw] = [0, 1, 2, 3].map((field) => {
            const start = reader.starts[field] ?? -1
            return start < 0 ? null : Buffer.from(row.subarray(start, reader.ends[field]))
          })
          rows.push({
            id: id?.readBigInt64BE() ?? null,
            text: text?.toString() ?? null,
            data: data ? JSON.parse(data.toString('utf8', 1)) : null,
            raw: raw ?? null,
          })
        })
      // The smallest pieces only for the short rows at the start.
      const end = size < 4096 ? 800 : bytes.length
      for (let at = 0; at < end; at += size) read(bytes.subarray(at, Math.min(end, at + size)))
      const expected = things.map((thing) => ({ ...thing, id: thing.id === null ? null : BigInt(thing.id) }))
      assert.ok(rows.length >= edges.length + 3)
      if (end === bytes.length) assert.equal(rows.length, things.length)
      assert.deepEqual(rows, expected.slice(0, rows.length))
    }
  })

  test('may be none', () => {
    const reader = new RowReader()
    reader.push(Buffer.concat([copyHeader, copyTrailer]), () => assert.fail('There is no row.'))
    reader.push(Buffer.from('after the end'), () => assert.fail('There is no row.'))
  })
})

test('whole numbers are exact up to 2^53, and beyond as bigints', () => {
  const bytes = Buffer.alloc(12)
  for (const value of [0, 1, -1, 2 ** 31, -(2 ** 31), 2 ** 32 - 1, 2 ** 32, -(2 ** 32) - 1, 2 ** 52 + 1]) {
    for (const sign of [1, -1]) {
      assert.equal(writeInt64(bytes, value * sign, 2), 10)
      assert.equal(bytes.readBigInt64BE(2), BigInt(value * sign))
      assert.equal(readInt64(bytes, 2), value * sign + 0)
    }
  }
  for (const value of [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) {
    writeInt64(bytes, value, 0)
    assert.equal(readInt64(bytes, 0), value)
  }
  for (const value of edges) {
    writeInt64(bytes, value, 0)
    assert.equal(bytes.readBigInt64BE(0), value)
  }
})
