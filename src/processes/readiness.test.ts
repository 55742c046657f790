import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { newReadiness } from './readiness.ts'

describe('a process that is told to stop', () => {
  test('does not wait where nobody asks whether it is ready, or somebody asked once', async () => {
    for (const times of [0, 1]) {
      const readiness = newReadiness()
      for (let time = 0; time < times; time++) assert.equal(readiness.isLeaving(), false)
      const begun = performance.now()
      await readiness.leave()
      assert.ok(performance.now() - begun < 400)
      assert.equal(readiness.isLeaving(), true)
    }
  })

  test('goes on until who asks again and again has heard no three times', async () => {
    const readiness = newReadiness()
    readiness.isLeaving()
    readiness.isLeaving()
    let hasLeft = false
    const left = readiness.leave().then(() => (hasLeft = true))
    await sleep(700)
    for (let time = 0; time < 2; time++) assert.equal(readiness.isLeaving(), true)
    await sleep(700)
    assert.equal(hasLeft, false)
    assert.equal(readiness.isLeaving(), true)
    await left
  })

  test('forgets who asked long ago', async () => {
    let now = 0
    const readiness = newReadiness(() => now)
    readiness.isLeaving()
    readiness.isLeaving()
    now = 60_000
    await readiness.leave()
  })
})
