import assert from 'node:assert/strict'
import { describe, mock, test } from 'node:test'
import { AppError } from '../errors.ts'
import { type Turn, inBackground, limits, newLine } from './line.ts'

const [ada, ben] = [1, 2]
const save = (account: number): Turn => ({ purpose: 'save', account })
const preview = (account: number): Turn => ({ purpose: 'preview', account })

describe('in a line', () => {
  test('saves go before previews, and what runs in the background goes last', async () => {
    const { ask, done, order } = newOrder()
    ask('background', inBackground)
    ask('preview', preview(ada))
    ask('save', save(ben))
    await done()
    assert.deepEqual(order, ['save', 'preview', 'background'])
  })

  test('accounts take turns, whoever asked first and however often', async () => {
    const { ask, done, order } = newOrder(save(ada))
    ask('ada 1', save(ada))
    ask('ada 2', save(ada))
    ask('ben 1', save(ben))
    ask('ben 2', save(ben))
    await done()
    assert.deepEqual(order, ['ben 1', 'ada 1', 'ben 2', 'ada 2'])
  })

  test('the newest preview of an account has the place of its older one, which is told so', async () => {
    const { ask, done, order } = newOrder()
    const older = ask('older', preview(ada))
    ask('of ben', preview(ben))
    ask('newest', preview(ada))
    assert.match(await refusal(older, 'conflict'), /newer preview/)
    await done()
    assert.deepEqual(order, ['newest', 'of ben'])
  })

  test('one account has two saves at most, and the others are not told to wait for it', async () => {
    const { ask, done, order } = newOrder()
    ask('first', save(ada))
    ask('second', save(ada))
    assert.match(await refusal(ask('third', save(ada)), 'busy'), /busy turning texts into pages/)
    ask('of ben', save(ben))
    await done()
    assert.equal(order.length, 3)
  })

  test('that is full the next is refused, but for one that is more urgent', async () => {
    const { ask, done, order } = newOrder()
    for (let account = 0; account < limits.ofPurpose; account++) ask(`preview ${account}`, preview(account))
    const refused = await refusal(ask('one more', preview(100)), 'busy')
    assert.doesNotMatch(refused, /too often/)
    ask('again', preview(0))
    ask('save', save(100))
    await done()
    assert.equal(order.length, limits.ofPurpose + 1)
    assert.deepEqual(order.slice(0, 2), ['save', 'again'])
  })

  test('nobody is passed over for ever', async () => {
    const { ask, done, order } = newOrder()
    ask('background', inBackground)
    ask('preview', preview(ada))
    for (let account = 0; account < limits.ofPurpose; account++) ask('save', save(account))
    await done()
    assert.equal(order.indexOf('background'), limits.passedOver)
    assert.equal(order.indexOf('preview'), limits.passedOver + 1)
  })

  test('who waited too long is told so and not served later; what runs in the background waits', async () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    const { ask, done, order } = newOrder()
    const late = ask('late', save(ada))
    ask('background', inBackground)
    mock.timers.tick(limits.waitMs)
    await refusal(late, 'busy')
    mock.timers.reset()
    await done()
    assert.deepEqual(order, ['background'])
  })

  test('a work that fails is the matter of who asked for it', async () => {
    const inTurn = newLine()
    const failing = inTurn(save(ada), async () => {
      throw new Error('of Ada')
    })
    const next = inTurn(save(ben), async () => 'of Ben')
    await assert.rejects(failing, /of Ada/)
    assert.equal(await next, 'of Ben')
    assert.equal(await inTurn(preview(ada), async () => 'free again'), 'free again')
  })
})

/** A line whose first work goes on until `done` is called: whatever is asked meanwhile waits. */
function newOrder(first: Turn = inBackground) {
  const inTurn = newLine()
  const order: string[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const asked: Promise<unknown>[] = [inTurn(first, () => promise)]
  return {
    order,
    ask: (name: string, turn: Turn) => {
      const answer = inTurn(turn, async () => void order.push(name))
      asked.push(answer)
      return answer
    },
    done: async () => {
      resolve()
      await Promise.allSettled(asked)
    },
  }
}

async function refusal(answer: Promise<unknown>, kind: string): Promise<string> {
  const error = await answer.then(
    () => assert.fail('It was taken.'),
    (error: unknown) => error,
  )
  assert.ok(error instanceof AppError)
  assert.equal(error.kind, kind)
  return error.message
}
