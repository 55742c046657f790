// Checksums of table contents that do not depend on the order of rows: the hash of each value, seeded with the key of
// its row, summed column by column. Two values that changed places change the sum. It guards against accidents, not
// against somebody who looks for a collision.

/** Of one column: four sums modulo 2^32, so 128 bits. */
export class ColumnSum {
  readonly lanes = new Uint32Array(4)

  /** Of a hash, or of another sum. */
  add(hash: Uint32Array): void {
    this.lanes[0]! += hash[0]!
    this.lanes[1]! += hash[1]!
    this.lanes[2]! += hash[2]!
    this.lanes[3]! += hash[3]!
  }

  toString(): string {
    return Array.from(this.lanes, (lane) => lane.toString(16).padStart(8, '0')).join('')
  }
}

/** A number below 2^53 from the first two words of a hash: exact in JavaScript and in a bigint. */
export function shortened(hash: Uint32Array): number {
  return (hash[1]! & 0x1fffff) * 0x1_0000_0000 + hash[0]!
}

/**
 * MurmurHash3_x86_128 (https://github.com/aappleby/smhasher) of `bytes` from `start` to `end`, into `into`: four
 * unsigned words. The seed may be any 32 bits.
 */
export function murmur128(bytes: Uint8Array, start: number, end: number, seed: number, into: Uint32Array): void {
  const length = end - start
  const blocksEnd = start + (length & ~15)
  let h1 = seed | 0
  let h2 = h1
  let h3 = h1
  let h4 = h1
  let at = start
  for (; at < blocksEnd; at += 16) {
    h1 ^= Math.imul(rotl(Math.imul(word(bytes, at), c1), 15), c2)
    h1 = (Math.imul((rotl(h1, 19) + h2) | 0, 5) + 0x561ccd1b) | 0
    h2 ^= Math.imul(rotl(Math.imul(word(bytes, at + 4), c2), 16), c3)
    h2 = (Math.imul((rotl(h2, 17) + h3) | 0, 5) + 0x0bcaa747) | 0
    h3 ^= Math.imul(rotl(Math.imul(word(bytes, at + 8), c3), 17), c4)
    h3 = (Math.imul((rotl(h3, 15) + h4) | 0, 5) + 0x96cd1c35) | 0
    h4 ^= Math.imul(rotl(Math.imul(word(bytes, at + 12), c4), 18), c1)
    h4 = (Math.imul((rotl(h4, 13) + h1) | 0, 5) + 0x32ac3b17) | 0
  }
  if (end > at) {
    h4 ^= Math.imul(rotl(Math.imul(rest(bytes, at + 12, end), c4), 18), c1)
    h3 ^= Math.imul(rotl(Math.imul(rest(bytes, at + 8, end), c3), 17), c4)
    h2 ^= Math.imul(rotl(Math.imul(rest(bytes, at + 4, end), c2), 16), c3)
    h1 ^= Math.imul(rotl(Math.imul(rest(bytes, at, end), c1), 15), c2)
  }
  finish(h1, h2, h3, h4, length, into)
}

/** The same of a whole number as eight bytes, the highest first. Numbers are most of what is hashed. */
export function murmur128OfInteger(value: number, seed: number, into: Uint32Array): void {
  const first = reversed(Math.floor(value / 0x1_0000_0000))
  const second = reversed(value >>> 0)
  const h1 = seed ^ Math.imul(rotl(Math.imul(first, c1), 15), c2)
  const h2 = seed ^ Math.imul(rotl(Math.imul(second, c2), 16), c3)
  finish(h1, h2, seed, seed, 8, into)
}

function finish(h1: number, h2: number, h3: number, h4: number, length: number, into: Uint32Array): void {
  h1 ^= length
  h2 ^= length
  h3 ^= length
  h4 ^= length
  h1 = (h1 + h2 + h3 + h4) | 0
  h2 = (h2 + h1) | 0
  h3 = (h3 + h1) | 0
  h4 = (h4 + h1) | 0
  h1 = mixed(h1)
  h2 = mixed(h2)
  h3 = mixed(h3)
  h4 = mixed(h4)
  h1 = (h1 + h2 + h3 + h4) | 0
  into[0] = h1
  into[1] = h2 + h1
  into[2] = h3 + h1
  into[3] = h4 + h1
}

const c1 = 0x239b961b
const c2 = 0xab0e9789
const c3 = 0x38b34ae5
const c4 = 0xa1e38b93

function rotl(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by))
}

function mixed(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

function reversed(word: number): number {
  return ((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

/** As word(), with zeros for what lies beyond the end. */
function rest(bytes: Uint8Array, at: number, end: number): number {
  let value = 0
  for (let index = Math.min(at + 4, end) - 1; index >= at; index--) value = (value << 8) | bytes[index]!
  return value
}
