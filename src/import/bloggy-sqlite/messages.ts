// What the thread that reads the file and the one that writes to PostgreSQL say to each other.
import type { SourceTable } from './plan.ts'
import type { Json } from './reading/raw-json.ts'
import type { Converted, Leftover } from './reading/convert.ts'

export type Fate = 'copied' | 'changed' | 'set aside' | 'already there'

export type Counts = {
  fates: Partial<Record<Fate, number>>
  changes: Record<string, number>
  reasons: Record<string, number>
}

export const noCounts = (): Counts => ({ fates: {}, changes: {}, reasons: {} })

export function count<K extends string>(counts: Partial<Record<K, number>>, name: K, by = 1): void {
  counts[name] = (counts[name] ?? 0) + by
}

export function addCounts(total: Counts, { fates, changes, reasons }: Counts): void {
  for (const [name, by] of Object.entries(fates)) count(total.fates, name as Fate, by)
  for (const [name, by] of Object.entries(changes)) count(total.changes, name, by)
  for (const [name, by] of Object.entries(reasons)) count(total.reasons, name, by)
}

/** Ids of rows here that lead to another id than theirs in the file. */
export type IdMap = Map<number, number>

export type TableInfo = {
  name: string
  /** The table of the plan, null for strangers. */
  source: SourceTable | null
  rows: number
  /** Of the ids that can be kept. */
  highestId: number
  /** How many rows have an id that cannot. */
  oddIds: number
  /** What sqlite_sequence says. */
  counter: number
}

export type OpenRequest = { do: 'open'; path: string; chainId: number; importId: number }

export type ReadRequest = {
  do: 'read'
  /** Comes back with every part. */
  serial: number
  table: string
  /** In text, as it may be beyond a number. */
  after: string | null
  purpose: 'copy' | 'check'
  /** Ids that are others' here, as starts and ends of ranges, and the first one that is free. */
  taken?: { starts: number[]; ends: number[]; firstFree: number }
  maps?: Partial<Record<string, IdMap>>
  /** Ask for what earlier imports of this blog brought. */
  hasPrior?: boolean
}

/** A part of a table that is streamed. The buffers are rows for COPY. */
export type StreamChunk = {
  kind: 'stream'
  content: Uint8Array
  rows: Uint8Array
  blocks: Uint8Array
  updates: Uint8Array
  leftovers: Uint8Array
  counts: Counts
  lastKey: string
  read: number
  newIds: number
  bytes: number
}

export type ConvertedRow = {
  key: number
  /** The same to the last digit. */
  keyText: string
  values: Converted[]
  checksum: number
  changes: string[]
  original: Record<string, Json> | null
  leftovers: Leftover[]
  reason: string | null
  /** The row as it lies in the file, for the case that it cannot come along. */
  whole: Record<string, Json>
}

export type RowsChunk = { kind: 'rows'; rows: ConvertedRow[]; lastKey: string; read: number; bytes: number }

/** What the file says a part of a table holds, row by row and column by column. */
export type CheckChunk = {
  kind: 'check'
  keys: Float64Array
  checksums: Float64Array
  /** 1 where the row cannot come along. */
  aside: Uint8Array
  /** Four words for each column. */
  sums: Uint32Array
  lastKey: string
  read: number
  bytes: number
}

export type Chunk = StreamChunk | RowsChunk | CheckChunk

/** In the order of keys. What was set aside has the target 0. */
export type Prior = { keys: Float64Array; targets: Float64Array; checksums: Float64Array }

export type ToReader =
  | OpenRequest
  | ReadRequest
  | { do: 'more'; serial: number }
  | { do: 'stop'; serial: number }
  /** Of parts whose rows PostgreSQL has. */
  | { do: 'reuse'; buffer: SharedArrayBuffer }
  | { do: 'prior'; serial: number; prior: Prior }
  | { do: 'match'; key: number; hash: string }

export type FromReader =
  | { kind: 'opened'; tables: TableInfo[] }
  | { kind: 'part'; serial: number; chunk: Chunk }
  | { kind: 'end'; serial: number }
  | { kind: 'want prior'; serial: number; from: number; to: number }
  | { kind: 'matched'; isRight: boolean }
  | { kind: 'failed'; message: string; stack: string }
