// A set of passwords that tells whether one is in it, but not which ones are: two bytes and a half each. One in 65,536 that
// are not in it is said to be. An xor filter: https://arxiv.org/abs/1912.08258
import { createHash } from 'node:crypto'

export type Filter = { seed: number; length: number; prints: Uint16Array }

const magic = 'bloggyX1'
const headBytes = 20
const mostSeeds = 100

/** The first 64 bits of the SHA-1, since that is what lists of breached passwords are kept as. */
export function keyOf(password: string): bigint {
  return createHash('sha1').update(password).digest().readBigUInt64BE(0)
}

export function holdsKey({ seed, length, prints }: Filter, key: bigint): boolean {
  if (length === 0) return false
  const [high, low] = halves(key)
  let found = printOf(high, low, seed)
  for (let block = 0; block < 3; block++) found ^= prints[place(high, low, seed, block, length)] ?? 0
  return found === 0
}

/** Keys may come twice. */
export function makeFilter(all: BigUint64Array): Filter {
  const keys = withoutTwins(all)
  const length = keys.length === 0 ? 0 : Math.ceil((keys.length * 1.23 + 32) / 3)
  for (let seed = 1; seed <= mostSeeds; seed++) {
    const order = peel(keys, length, seed)
    if (order) return { seed, length, prints: assign(keys, length, seed, order) }
  }
  throw new Error('No filter can be made of these passwords.')
}

export function writeFilter({ seed, length, prints }: Filter): Buffer {
  const head = Buffer.alloc(headBytes)
  head.write(magic, 'latin1')
  head.writeUInt32LE(seed, 8)
  head.writeUInt32LE(length, 12)
  return Buffer.concat([head, Buffer.from(prints.buffer, prints.byteOffset, prints.byteLength)])
}

/** Undefined for bytes that are none. */
export function readFilter(bytes: Buffer): Filter | undefined {
  if (bytes.length < headBytes || bytes.toString('latin1', 0, 8) !== magic) return undefined
  const [seed, length] = [bytes.readUInt32LE(8), bytes.readUInt32LE(12)]
  if (bytes.length !== headBytes + length * 6) return undefined
  // A copy, because what was read may begin at an odd place.
  const prints = new Uint16Array(length * 3)
  for (let index = 0; index < prints.length; index++) prints[index] = bytes.readUInt16LE(headBytes + index * 2)
  return { seed, length, prints }
}

function withoutTwins(all: BigUint64Array): BigUint64Array {
  const sorted = all.toSorted()
  let count = 0
  for (const [index, key] of sorted.entries()) {
    if (index === 0 || key !== sorted[count - 1]) sorted[count++] = key
  }
  return sorted.subarray(0, count)
}

/** The order in which each key has a place of its own, with that place; undefined where this seed gives none. */
function peel(keys: BigUint64Array, length: number, seed: number): Uint32Array | undefined {
  const degrees = new Uint32Array(length * 3)
  const mixed = new Uint32Array(length * 3)
  const places = (index: number) => {
    const [high, low] = halves(keys[index] ?? 0n)
    return [0, 1, 2].map((block) => place(high, low, seed, block, length))
  }
  const change = (index: number, by: number) => {
    for (const at of places(index)) {
      degrees[at] = (degrees[at] ?? 0) + by
      mixed[at] = (mixed[at] ?? 0) ^ index
    }
  }
  for (let index = 0; index < keys.length; index++) change(index, 1)
  const waiting: number[] = []
  for (let at = 0; at < degrees.length; at++) if (degrees[at] === 1) waiting.push(at)
  const order = new Uint32Array(keys.length * 2)
  let done = 0
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (degrees[at] !== 1) continue
    const index = mixed[at] ?? 0
    order[done * 2] = index
    order[done * 2 + 1] = at
    done++
    change(index, -1)
    for (const other of places(index)) if (degrees[other] === 1) waiting.push(other)
  }
  return done === keys.length ? order : undefined
}

function assign(keys: BigUint64Array, length: number, seed: number, order: Uint32Array): Uint16Array {
  const prints = new Uint16Array(length * 3)
  for (let step = order.length / 2 - 1; step >= 0; step--) {
    const [high, low] = halves(keys[order[step * 2] ?? 0] ?? 0n)
    let print = printOf(high, low, seed)
    for (let block = 0; block < 3; block++) print ^= prints[place(high, low, seed, block, length)] ?? 0
    prints[order[step * 2 + 1] ?? 0] = print
  }
  return prints
}

function halves(key: bigint): [high: number, low: number] {
  return [Number(key >> 32n), Number(key & 0xffffffffn)]
}

function place(high: number, low: number, seed: number, block: number, length: number): number {
  return block * length + Math.floor((mix(high, low, seed * 4 + block) / 2 ** 32) * length)
}

function printOf(high: number, low: number, seed: number): number {
  return mix(high, low, seed * 4 + 3) & 0xffff
}

function mix(high: number, low: number, salt: number): number {
  return scramble(scramble(low ^ Math.imul(salt, 0x9e3779b9)) ^ high) >>> 0
}

/** The end of MurmurHash3. */
function scramble(word: number): number {
  let mixed = word
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
