// The arithmetic of `npm run bench:timing`, against values that are known.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { median, rankTest } from '../bench/ranks.ts'

test('the rank test holds apart what differs, and nothing else', () => {
  const about = (found: number, wanted: number) =>
    assert.ok(Math.abs(found - wanted) < 0.0001, `${found} for ${wanted}`)
  about(rankTest([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]), 0.01219)
  about(rankTest([6, 7, 8, 9, 10], [1, 2, 3, 4, 5]), 0.01219)
  about(rankTest([1, 4, 5, 8], [2, 3, 6, 7]), 1)
  // Half of each is the same value: ranks are shared, and the spread is smaller by it.
  about(rankTest([1, 1, 2, 2], [2, 2, 3, 3]), 0.08636)
  const [one, other] = [Array.from({ length: 1000 }, (_, n) => n), Array.from({ length: 1000 }, (_, n) => n + 60)]
  assert.ok(rankTest(one, other) < 0.01)
  assert.deepEqual([median([3, 1, 2]), median([4, 1, 2, 3])], [2, 2.5])
})
