// Bytes as they come from a file or a network, taken in the amounts that somebody wants.
import { BackupDamaged } from './damage.ts'

export type Bytes = AsyncIterable<Buffer>

/** Takes from a stream: so many bytes at once, or as they come. */
export class Taker {
  readonly #parts: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)

  constructor(parts: Bytes) {
    this.#parts = parts[Symbol.asyncIterator]()
  }

  /** Exactly so many; fewer at the end of the stream. */
  async upTo(count: number): Promise<Buffer> {
    const taken: Buffer[] = []
    let missing = count
    while (missing > 0) {
      const part = await this.some(missing)
      if (!part) break
      taken.push(part)
      missing -= part.length
    }
    return taken.length === 1 && taken[0] ? taken[0] : Buffer.concat(taken)
  }

  /** Exactly so many, or it throws BackupDamaged. */
  async exactly(count: number): Promise<Buffer> {
    const taken = await this.upTo(count)
    if (taken.length < count) throw new BackupDamaged('it ends too early')
    return taken
  }

  /** At least one and at most so many, what is there; undefined at the end. */
  async some(most: number): Promise<Buffer | undefined> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#parts.next()
      if (done) return undefined
      this.#rest = value
    }
    const part = this.#rest.subarray(0, most)
    this.#rest = this.#rest.subarray(part.length)
    return part
  }

  async close(): Promise<void> {
    await this.#parts.return?.()
  }
}

/** The same bytes in pieces of one length, the last one shorter. Each has memory of its own. */
export async function* inPieces(parts: Bytes, length: number): AsyncGenerator<Buffer> {
  let piece = Buffer.allocUnsafe(length)
  let filled = 0
  for await (const part of parts) {
    for (let at = 0; at < part.length;) {
      const copied = part.copy(piece, filled, at)
      at += copied
      filled += copied
      if (filled < length) continue
      yield piece
      piece = Buffer.allocUnsafe(length)
      filled = 0
    }
  }
  if (filled > 0) yield piece.subarray(0, filled)
}
