// The binary format of COPY: https://www.postgresql.org/docs/16/sql-copy.html, "Binary Format".

export const copyHeader = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
export const copyTrailer = Buffer.from([0xff, 0xff])

/**
 * Writes rows one after another into one buffer. Ask for `length` before a row to be able to take it back. `allocate`
 * may give buffers that other threads see as well.
 */
export class RowWriter {
  bytes: Buffer
  length = 0
  readonly #size: number
  readonly #allocate: (size: number) => Buffer

  constructor(size = 1 << 20, allocate = (size: number): Buffer => Buffer.allocUnsafeSlow(size)) {
    this.#size = size
    this.#allocate = allocate
    this.bytes = allocate(size)
  }

  startRow(fields: number): void {
    this.#reserve(2)
    this.length = this.bytes.writeInt16BE(fields, this.length)
  }

  null(): void {
    this.#reserve(4)
    this.length = this.bytes.writeInt32BE(-1, this.length)
  }

  int64(value: number | bigint): void {
    this.#reserve(12)
    const { bytes } = this
    const at = bytes.writeInt32BE(8, this.length)
    this.length = writeInt64(bytes, value, at)
  }

  text(value: string): void {
    // No character of a string takes more than three bytes of UTF-8.
    this.#reserve(4 + value.length * 3)
    const at = this.length + 4
    const written = this.bytes.write(value, at)
    this.bytes.writeInt32BE(written, this.length)
    this.length = at + written
  }

  raw(value: Uint8Array): void {
    this.#reserve(4 + value.length)
    const at = this.bytes.writeInt32BE(value.length, this.length)
    this.bytes.set(value, at)
    this.length = at + value.length
  }

  /** jsonb in its binary form: a version and the text. */
  json(value: unknown): void {
    this.text(`\u0001${JSON.stringify(value)}`)
  }

  /** What was written, in a buffer of its own to be given away. The writer goes on with `next`, if there is one. */
  take(next?: Buffer): Buffer {
    const { bytes, length } = this
    this.length = 0
    // Little is copied instead, so that a buffer that is nearly empty does not travel.
    if (length < bytes.length / 4) {
      const copy = Buffer.allocUnsafeSlow(length)
      bytes.copy(copy, 0, 0, length)
      return copy
    }
    this.bytes = next ?? this.#allocate(this.#size)
    return bytes.subarray(0, length)
  }

  #reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return
    const larger = this.#allocate(Math.max(this.bytes.length * 2, this.length + more))
    this.bytes.copy(larger, 0, 0, this.length)
    this.bytes = larger
  }
}

export function writeInt64(bytes: Buffer, value: number | bigint, at: number): number {
  if (typeof value === 'bigint') return bytes.writeBigInt64BE(value, at)
  bytes.writeInt32BE(Math.floor(value / 0x1_0000_0000), at)
  return bytes.writeUInt32BE(value >>> 0, at + 4)
}

/** Exact below 2^53. */
export function readInt64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4)
}

/** Cuts a stream of COPY … TO STDOUT (FORMAT binary) into rows. */
export class RowReader {
  /** What has come and was not read lies at the start of this, and how much there has to be to go on. */
  #waiting = Buffer.allocUnsafeSlow(0)
  #length = 0
  #wanted = copyHeader.length
  #hasHeader = false
  /** Where the fields of the row lie in `bytes`; a start of -1 is NULL. */
  readonly starts: number[] = []
  readonly ends: number[] = []

  /** Calls `onRow` for every whole row; `bytes` is only good until it returns. */
  push(part: Buffer, onRow: (bytes: Buffer) => void): void {
    // A row comes in as many parts as it likes, and is looked at when it is whole.
    const bytes = this.#length === 0 ? part : this.#withWaiting(part)
    if (bytes.length < this.#wanted) return this.#keep(bytes, 0)
    let at = 0
    if (!this.#hasHeader) {
      this.#hasHeader = true
      at = copyHeader.length
    }
    for (;;) {
      const end = this.#row(bytes, at)
      if (end < 0) break
      onRow(bytes)
      at = end
    }
    this.#wanted -= at
    this.#keep(bytes, at)
  }

  #withWaiting(part: Buffer): Buffer {
    const length = this.#length + part.length
    if (length > this.#waiting.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#waiting.length * 2, length, 1 << 17))
      this.#waiting.copy(larger, 0, 0, this.#length)
      this.#waiting = larger
    }
    part.copy(this.#waiting, this.#length)
    return this.#waiting.subarray(0, length)
  }

  #keep(bytes: Buffer, from: number): void {
    const rest = bytes.subarray(from)
    this.#length = 0
    if (rest.buffer === this.#waiting.buffer) this.#waiting.copyWithin(0, from, bytes.length)
    else if (rest.length > 0) this.#withWaiting(rest)
    this.#length = rest.length
  }

  /** The end of the row that starts here, or -1 when it is not whole, or is the trailer. */
  #row(bytes: Buffer, at: number): number {
    if (!this.#has(bytes, at + 2)) return -1
    const fields = bytes.readInt16BE(at)
    if (fields < 0) {
      this.#wanted = Number.POSITIVE_INFINITY
      return -1
    }
    at += 2
    for (let field = 0; field < fields; field++) {
      if (!this.#has(bytes, at + 4)) return -1
      const length = bytes.readInt32BE(at)
      at += 4
      if (length < 0) {
        this.starts[field] = -1
        this.ends[field] = -1
        continue
      }
      if (!this.#has(bytes, at + length)) return -1
      this.starts[field] = at
      at += length
      this.ends[field] = at
    }
    return at
  }

  #has(bytes: Buffer, length: number): boolean {
    this.#wanted = length
    return length <= bytes.length
  }
}
