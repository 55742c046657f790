// Two servers of PostgreSQL, of which one follows the other.
import { failover } from '../failover.ts'
import { type Fault, byTest } from '../fault.ts'

const writableWithinMs = 5000

export const promoted: Fault = {
  number: 16,
  name: 'failover',
  what: 'the synchronous standby is promoted under load, 10 times; the primary is killed or frozen',
  expected: 'writes again within 5 seconds of the promotion, 0 lost',
  seconds: 240,
  run: async ({ isShort }) => {
    const found = await failover({ rounds: isShort ? 1 : 10, isSynchronous: true, report: () => {} })
    const { acknowledged, lost, doubled, slowestMs, longestGapMs, longestRequestMs, areSame } = found
    const seen = [
      ...(lost + doubled > 0 ? [`${lost} lost, ${doubled} doubled`] : []),
      ...(slowestMs > writableWithinMs ? [`writes again after ${slowestMs} ms`] : []),
      ...(areSame ? [] : ['a process of Bloggy was restarted or is not ready']),
    ]
    const figures = {
      acknowledged,
      lost,
      doubled,
      'longest from the promotion to a write, ms': slowestMs,
      'longest without a write, ms': longestGapMs,
      'longest answer, ms': longestRequestMs,
    }
    return { result: seen.length === 0 ? 'passes' : 'fails', seen, figures }
  },
}

export const oldPrimary = byTest(
  {
    number: 17,
    name: 'old-primary',
    what: 'the old primary comes back read-only (25006)',
    expected: 'connections to it are dropped and not used for writes',
    seconds: 60,
  },
  ['src/db/failover.slow.test.ts'],
)

export const replicaLag = byTest(
  {
    number: 18,
    name: 'replica-lag',
    what: 'a replica is 30 seconds behind',
    expected: 'who wrote sees it at once; beyond 10 seconds the replica is out',
    seconds: 60,
  },
  ['src/replicas/replicas.slow.test.ts'],
)

export const replicaKilled = byTest(
  {
    number: 19,
    name: 'replica-killed',
    what: 'a replica is killed, or cancels a query',
    expected: 'asked again of the primary; nobody notices',
    seconds: 60,
  },
  ['src/replicas/replicas.slow.test.ts'],
)
