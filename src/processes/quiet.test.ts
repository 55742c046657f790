import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'node:test'
import { shrink } from '../db/sweep.ts'
import { shrinkWhenQuiet } from './quiet.ts'

void test('what a rush left behind is given back in a quiet moment, once, and again after the next', async (t) => {
  let times = 0
  const sweep = () => {
    times++
    shrink()
  }
  const timer = shrinkWhenQuiet({ lookMs: 20, againMs: 0, sweep })
  t.after(() => clearInterval(timer))
  for (let rushes = 1; rushes <= 2; rushes++) {
    rush()
    for (const begun = performance.now(); times < rushes && performance.now() - begun < 20_000;) await sleep(20)
    await sleep(200)
    assert.equal(times, rushes)
  }
})

/** Objects that grow old, and that nobody needs any more after. */
function rush(): void {
  const held: object[] = []
  for (let count = 0; count < 1_500_000; count++) held.push({ count, words: [count] })
  assert.equal(held.length, 1_500_000)
}
