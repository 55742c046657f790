// Rows of ours in the binary format of COPY, and the checksums of what they hold.
import { type ColumnSum, murmur128, murmur128OfInteger, shortened } from '../../checksum.ts'
import { RowWriter, writeInt64 } from '../../../db/copy-format.ts'
import { renderPlain } from '../../../markdown/plain.ts'
import type { Rendered } from '../../../markdown/render.ts'
import { slugOf } from '../../../slug.ts'
import type { Converted } from './convert.ts'
import type { Column, TablePlan } from '../plan.ts'

/** What a row becomes here, beyond its values: its id, and the ids of those it names. */
export type Placed = { id: number; references: (number | null)[] }
export type Extras = { slug: string | null; body_format?: string; rendered?: Rendered }

type Encoder = {
  columns: string[]
  write: (writer: RowWriter, values: Converted[], placed: Placed, extras?: Extras) => void
}

/** The tables that are streamed. `references` has the place of each column, null where it is none. */
export const encoders: Record<string, Encoder> = {
  posts: {
    columns: [
      'id',
      'slug',
      'title',
      'body',
      'body_format',
      'body_html',
      'excerpt',
      'author_id',
      'published_at',
      'created_at',
      'updated_at',
    ],
    write: (writer, [title, body, date], { id, references }, extras) => {
      const { html, excerpt } = extras?.rendered ?? renderPlain(body as string)
      writer.startRow(11)
      writer.int64(id)
      writer.text(extras?.slug ?? slugOf(title as string, `post-${id}`))
      writer.text(title as string)
      writer.text(body as string)
      writer.text(extras?.body_format ?? 'plain')
      writer.text(html)
      writer.text(excerpt)
      nullable(writer, references[3]!)
      nullable(writer, date as number | null)
      writer.int64((date as number | null) ?? now())
      writer.int64((date as number | null) ?? now())
    },
  },
  comments: {
    columns: ['id', 'body', 'created_at', 'author_id', 'post_id'],
    write: (writer, [body, date], { id, references }) => {
      writer.startRow(5)
      writer.int64(id)
      writer.text(body as string)
      writer.int64(date as number)
      nullable(writer, references[2]!)
      writer.int64(references[3]!)
    },
  },
  auth_events: {
    columns: ['id', 'created_at', 'actor_id', 'client_ip', 'origin', 'description', 'action'],
    write: (writer, [date, , ip, origin, description], { id, references }) => {
      writer.startRow(7)
      writer.int64(id)
      writer.int64(date as number)
      nullable(writer, references[1]!)
      if (ip === null) writer.null()
      else writer.text(ip as string)
      writer.text(origin as string)
      writer.text(description as string)
      writer.text('legacy.event')
    },
  },
}

function nullable(writer: RowWriter, value: number | null): void {
  if (value === null) writer.null()
  else writer.int64(value)
}

/** In PostgreSQL's count; only for drafts, of which the file has no moment. */
function now(): number {
  return (Date.now() - 946_684_800_000) * 1000
}

const hash = new Uint32Array(4)
const hashes = new Uint32Array(4 * 16)
const hashBytes = new Uint8Array(hashes.buffer)
let scratch = Buffer.allocUnsafeSlow(1 << 16)

/**
 * The checksum of the values as they are proven: text as UTF-8, moments and ids as eight bytes, ids of the file. Adds
 * the hash of each to the sum of its column.
 */
export function checksumOf(columns: Column[], values: Converted[], key: number, sums?: ColumnSum[]): number {
  for (let index = 0; index < columns.length; index++) {
    const value = values[index]!
    if (typeof value === 'number') {
      murmur128OfInteger(value, seedOf(key, index), hash)
      keepHash(index, sums)
      continue
    }
    const length = encodeForHash(value)
    addHash(index, scratch, length < 0 ? -1 : 0, length, key, sums)
  }
  return combined(columns.length)
}

/** The same from the fields of a row of COPY that begin with the key. */
export function addHash(
  index: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  key: number,
  sums?: ColumnSum[],
): void {
  const seed = seedOf(key, index)
  // Nothing is not the same as an empty text.
  if (start < 0) murmur128(bytes, 0, 0, seed ^ 0x6e756c6c, hash)
  else murmur128(bytes, start, end, seed, hash)
  keepHash(index, sums)
}

function keepHash(index: number, sums?: ColumnSum[]): void {
  const at = index * 4
  hashes[at] = hash[0]!
  hashes[at + 1] = hash[1]!
  hashes[at + 2] = hash[2]!
  hashes[at + 3] = hash[3]!
  sums?.[index]?.add(hash)
}

/** Of the hashes that were added last. */
export function combined(columns: number): number {
  murmur128(hashBytes, 0, columns * 16, columns, hash)
  return shortened(hash)
}

function seedOf(key: number, index: number): number {
  return (
    (Math.imul(key >>> 0, 0x9e3779b1) ^ Math.imul(Math.floor(key / 0x1_0000_0000), 0x85ebca6b)) + index * 0x27d4eb2f
  )
}

/** The length in `scratch`, -1 for null. */
function encodeForHash(value: Converted): number {
  if (value === null) return -1
  if (typeof value === 'string') {
    if (value.length * 3 > scratch.length) scratch = Buffer.allocUnsafeSlow(value.length * 3)
    return scratch.write(value)
  }
  return writeInt64(scratch, value, 0)
}

/** Where in a row's values references are; the rest is null. */
export function referencesOf({ columns }: TablePlan): (Column['to'] | null)[] {
  return columns.map(({ to }) => to ?? null)
}
