// Two instances as an operator has them, briefly: `npm run rolling` and `npm run failover` are the same for longer.
import assert from 'node:assert/strict'
import { type TestContext, describe, test } from 'node:test'
import { failover } from '../faults/failover.ts'
import { rolling } from '../faults/rolling.ts'
import { hasPgBouncer } from './pgbouncer.ts'

const report = () => {}
const poolerMissing = 'There is no /usr/sbin/pgbouncer here: apt-get install pgbouncer.'

describe('two instances', { concurrency: false }, () => {
  const restart = async (t: TestContext, isPooled: boolean) => {
    const result = await rolling({ rounds: 1, requestsPerSecond: 60, isPooled, report })
    t.diagnostic(JSON.stringify(result))
    assert.deepEqual(result.failures, [])
    assert.deepEqual(Object.keys(result.writes), ['201'])
    assert.deepEqual([result.lost, result.doubled, result.streamFailures], [0, 0, 0])
    assert.deepEqual(result.codes, [0])
    assert.ok(result.slowestStopMs < 30_000)
    assert.ok(result.streams > 1)
  }

  test('answer everything while they are restarted in turn', async (t) => await restart(t, false))

  test('answer everything behind PgBouncer, too', { skip: !hasPgBouncer && poolerMissing }, async (t) => {
    await restart(t, true)
  })

  test('lose no acknowledged write when the synchronous standby is promoted, and write on', async (t) => {
    const result = await failover({ rounds: 1, isSynchronous: true, report })
    t.diagnostic(JSON.stringify(result))
    assert.deepEqual([result.lost, result.doubled, result.areSame], [0, 0, true])
    assert.ok(result.slowestMs < 5000)
  })
})
