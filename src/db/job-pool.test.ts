import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { testDatabase } from '../../test/database.ts'
import { startRelay } from '../../test/relay.ts'
import { openRunnerPool } from './job-pool.ts'

const { target, limits } = await testDatabase()

test('a runner is told of a PostgreSQL that recovers in words for which the library does not wait for minutes', async () => {
  const relay = await startRelay(target)
  after(() => relay.remove())
  const pool = await openRunnerPool(relay.target, limits)
  relay.refuse('57P03', 'the database system is in recovery mode')
  await assert.rejects(pool.connect(), (error: Error & { code?: string; cause?: { code?: string } }) => {
    assert.deepEqual(
      [error.message, error.code, error.cause?.code],
      ['the database system is in recovery mode', undefined, '57P03'],
    )
    return true
  })
  await relay.mend()
  const client = await pool.connect()
  client.release()
  await pool.end()
})
