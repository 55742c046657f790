import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addHash, checksumOf, combined } from './bloggy-sqlite/reading/encode.ts'
import { ColumnSum, murmur128, shortened } from './checksum.ts'

function murmur(text: string, seed = 0): string {
  const bytes = Buffer.from(text)
  const hash = new Uint32Array(4)
  murmur128(bytes, 0, bytes.length, seed, hash)
  return Array.from(hash, (word) => word.toString(16).padStart(8, '0')).join('')
}

describe('MurmurHash3_x86_128', () => {
  // As other implementations give them; the sum below is that of smhasher itself.
  const vectors: [text: string, seed: number, hash: string][] = [
    ['', 0, '00000000000000000000000000000000'],
    ['', 1, '88c4adec54d201b954d201b954d201b9'],
    ['I will not buy this record, it is scratched.', 0, 'a0a9683b25ac5e40d9af2895890dddf5'],
    ['The quick brown fox jumps over the lazy dog', 0, '2f1583c3ecee2c675d7bf66ce5e91d2c'],
  ]
  for (const [text, seed, hash] of vectors) {
    test(`of ${JSON.stringify(text)} with ${seed}`, () => assert.equal(murmur(text, seed), hash))
  }

  test('gives the known sum over keys of all lengths', () => {
    // The test that comes with it: hashes of 0, 0 1, 0 1 2, … with falling seeds, hashed once more.
    const key = Uint8Array.from({ length: 256 }, (_, index) => index)
    const hashes = new Uint32Array(256 * 4)
    for (let length = 0; length < 256; length++) {
      murmur128(key, 0, length, 256 - length, hashes.subarray(length * 4, length * 4 + 4))
    }
    const sum = new Uint32Array(4)
    murmur128(new Uint8Array(hashes.buffer), 0, 256 * 16, 0, sum)
    assert.equal(sum[0], 0xb3ece62a)
  })

  test('does not look beyond the part it is given', () => {
    for (let length = 0; length < 40; length++) {
      const hash = new Uint32Array(4)
      const part = Buffer.from('x'.repeat(length))
      murmur128(Buffer.concat([Buffer.from('before'), part, Buffer.from('after')]), 6, 6 + length, 5, hash)
      assert.equal(
        Array.from(hash, (word) => word.toString(16).padStart(8, '0')).join(''),
        murmur('x'.repeat(length), 5),
      )
    }
  })
})

describe('a checksum of a column', () => {
  const columns = [
    { source: 'a', target: 'a', as: 'text' as const },
    { source: 'b', target: 'b', as: 'text' as const },
  ]
  type Row = [key: number, a: string | null, b: string | number | null]
  const sumsOf = (rows: Row[]) => {
    const sums = columns.map(() => new ColumnSum())
    for (const [key, ...values] of rows) checksumOf(columns, values, key, sums)
    return sums.map(String)
  }
  const keyAt = (index: number) => index * 7 - 900
  const textAt = (key: number) => `text ${key % 11}`
  const rows: Row[] = Array.from({ length: 300 }, (_, index) => [
    keyAt(index),
    textAt(keyAt(index)),
    index % 3 ? index : null,
  ])

  test('does not depend on the order of rows, nor on how they are divided', () => {
    assert.deepEqual(sumsOf(rows.toReversed()), sumsOf(rows))
    const [one, other] = [new ColumnSum(), new ColumnSum()]
    for (const [key, a] of rows.slice(0, 100)) checksumOf(columns.slice(0, 1), [a], key, [one])
    for (const [key, a] of rows.slice(100)) checksumOf(columns.slice(0, 1), [a], key, [other])
    one.add(other.lanes)
    assert.equal(String(one), sumsOf(rows)[0])
  })

  const replaced = (at: number, row: Partial<Record<0 | 1, unknown>>) =>
    rows.map((old, index) => (index === at ? Object.assign([...old], row) : old) as Row)
  const changes: [what: string, rows: Row[]][] = [
    [
      'two values that changed places',
      rows.map(([key, , b]) => [key, textAt(key === -900 ? -893 : key === -893 ? -900 : key), b]),
    ],
    ['one letter', replaced(5, { 1: 'Text 5' })],
    ['nothing instead of a text', replaced(5, { 1: null })],
    ['a row less', rows.slice(1)],
    ['a row twice', [...rows, ...rows.slice(0, 1)]],
    ['another key', replaced(9, { 0: 1_000_000 })],
    ['a key 2^32 further', replaced(9, { 0: keyAt(9) + 2 ** 32 })],
  ]
  for (const [what, changed] of changes) {
    test(`is another with ${what}`, () => assert.notEqual(sumsOf(changed)[0], sumsOf(rows)[0]))
  }

  test('tells nothing from an empty text, and one column from another', () => {
    assert.notDeepEqual(sumsOf([[1, '', null]]), sumsOf([[1, null, '']]))
    assert.notEqual(checksumOf(columns, ['x', 'y'], 1), checksumOf(columns, ['y', 'x'], 1))
    assert.notEqual(checksumOf(columns, ['xy', ''], 1), checksumOf(columns, ['x', 'y'], 1))
  })

  test('of a row is the same from bytes, whole and small enough for a number', () => {
    const long = 'ü日🚀'.repeat(50_000)
    const checksum = checksumOf(columns, [long, 2 ** 52], 77)
    const bytes = Buffer.concat([Buffer.from(long), Buffer.alloc(8)])
    bytes.writeBigInt64BE(2n ** 52n, bytes.length - 8)
    addHash(0, bytes, 0, bytes.length - 8, 77)
    addHash(1, bytes, bytes.length - 8, bytes.length, 77)
    assert.equal(combined(2), checksum)
    for (const value of [0, 1, -1, 255, 65_537, 2 ** 31, 2 ** 32, -(2 ** 32) - 7, 2 ** 52, -(2 ** 52)]) {
      const eight = Buffer.alloc(8)
      eight.writeBigInt64BE(BigInt(value))
      addHash(0, eight, 0, 8, 5)
      assert.equal(combined(1), checksumOf(columns.slice(0, 1), [value], 5), String(value))
    }
    for (const hash of [
      [0, 0],
      [0xffffffff, 0xffffffff],
    ])
      assert.ok(Number.isSafeInteger(shortened(Uint32Array.from(hash))))
  })
})
