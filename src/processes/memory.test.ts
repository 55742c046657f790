import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { watchMemory } from './memory.ts'

test('a process that holds too much asks to be replaced, and later again while it was not', async () => {
  const asked: [string, number][] = []
  const begun = performance.now()
  const note = (why: string) => void asked.push([why, performance.now() - begun])
  const timer = watchMemory(1, note, { lookMs: 10, againMs: 200 })
  while (asked.length < 3) await sleep(10)
  clearInterval(timer)
  for (const [why] of asked) assert.match(why, /^holds \d+ MB$/)
  const [first = 0, , third = 0] = asked.map(([, ms]) => ms)
  assert.ok(third - first >= 400, 'Not with each look.')
})

test('a process that holds less than it may asks for nothing', async () => {
  const asked: string[] = []
  const timer = watchMemory(1_000_000, (why) => void asked.push(why), { lookMs: 5 })
  await sleep(100)
  clearInterval(timer)
  assert.deepEqual(asked, [])
})
