import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newTurns } from './turns.ts'

test('nobody comes in between one who is done and the next in line', async () => {
  const inTurn = newTurns(1, 10)
  const order: string[] = []
  let underWay = 0
  const work = (name: string) => async () => {
    order.push(name)
    assert.equal(++underWay, 1, order.join())
    await Promise.resolve()
    underWay--
  }
  let late: Promise<void> | undefined
  const first = inTurn(async () => {
    await work('first')()
    // Asks at the moment between the end of the first and the waking of the second.
    queueMicrotask(() => queueMicrotask(() => (late = inTurn(work('late')))))
  })
  const second = inTurn(work('second'))
  await Promise.all([first, second])
  await late
  assert.deepEqual(order, ['first', 'second', 'late'])
})

test('work that fails gives its turn on, and a line too long is sent away', async () => {
  const inTurn = newTurns(1, 1)
  const failing = inTurn(() => Promise.reject(new Error('It failed.')))
  const waiting = inTurn(async () => 'done')
  await assert.rejects(
    inTurn(async () => {}),
    { kind: 'busy', retryAfter: 5, message: /^Very many people are signing in/ },
  )
  await assert.rejects(failing, /It failed/)
  assert.equal(await waiting, 'done')
  assert.equal(await inTurn(async () => 'again'), 'again')
})
