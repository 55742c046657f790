import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { IdRanges } from './id-ranges.ts'

describe('a set of ids', () => {
  test('has what was added and nothing else', () => {
    let state = 7
    const chance = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
    const ranges = new IdRanges()
    const added = new Set<number>()
    for (let id = -50; id < 5000; id += chance() < 0.7 ? 1 : Math.ceil(chance() * 9)) {
      ranges.add(id)
      added.add(id)
    }
    for (let id = -60; id < 5020; id++) assert.equal(ranges.has(id), added.has(id), String(id))
    assert.equal(ranges.size, added.size)
  })

  test('may be empty, and may reach from one end of the numbers to the other', () => {
    assert.equal(new IdRanges().has(0), false)
    const ranges = new IdRanges()
    for (const id of [Number.MIN_SAFE_INTEGER, -1, 0, 1, 3_000_000_000, Number.MAX_SAFE_INTEGER]) ranges.add(id)
    for (const id of [-1, 0, 1, 3_000_000_000, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])
      assert.ok(ranges.has(id))
    for (const id of [2, -2, 2_999_999_999, 3_000_000_001]) assert.ok(!ranges.has(id))
  })

  test('takes them in rising order only, and none twice', () => {
    const ranges = new IdRanges()
    ranges.add(5)
    assert.throws(() => ranges.add(5), /5 was added after 5/)
    assert.throws(() => ranges.add(4), /4 was added after 5/)
  })
})
