import { hash } from 'node:crypto'

export type RowSum = { rows: number; sum: string }

/**
 * A checksum of rows that does not mind their order: the sum of their SHA-256 hashes, of each the first 128 bits. Rows are
 * lines, as COPY writes them in its text format.
 */
export class RowSummer {
  #rest: Buffer[] = []
  #rows = 0
  readonly #sums = new BigUint64Array(2)

  add(part: Buffer): void {
    let start = 0
    for (let end = part.indexOf(newline); end >= 0; end = part.indexOf(newline, start)) {
      const line = part.subarray(start, end)
      this.#addRow(this.#rest.length > 0 ? Buffer.concat([...this.#rest, line]) : line)
      this.#rest = []
      start = end + 1
    }
    if (start < part.length) this.#rest.push(Buffer.from(part.subarray(start)))
  }

  result(): RowSum {
    const [high = 0n, low = 0n] = this.#sums
    const hex = (value: bigint) => value.toString(16).padStart(16, '0')
    return { rows: this.#rows, sum: hex(high) + hex(low) }
  }

  get rows(): number {
    return this.#rows
  }

  #addRow(row: Buffer): void {
    const digest = hash('sha256', row, 'buffer')
    this.#sums[0] = (this.#sums[0] ?? 0n) + digest.readBigUInt64BE(0)
    this.#sums[1] = (this.#sums[1] ?? 0n) + digest.readBigUInt64BE(8)
    this.#rows++
  }
}

const newline = 0x0a
