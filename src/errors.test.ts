import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tooMany } from './errors.ts'

test('who tried too often reads how many minutes to wait, and one is "a minute"', () => {
  assert.match(tooMany(1).message, /Please wait a minute\.$/)
  assert.match(tooMany(60).message, /Please wait a minute\.$/)
  assert.match(tooMany(61).message, /Please wait 2 minutes\.$/)
})
