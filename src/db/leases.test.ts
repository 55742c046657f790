import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { testDatabase, testLimits } from '../../test/database.ts'
import { freePort } from '../../test/tcp-server.ts'
import { isOutage } from '../http/outage.ts'
import { type Db, openDatabase } from './pool.ts'

const { db, reader, target } = await testDatabase().then(({ database, ...more }) => ({
  ...more,
  reader: database.reader,
}))

describe('a connection for transactions', () => {
  test('that is lost in the middle keeps nothing, says why, and is replaced', async () => {
    const trouble = await db
      .transaction()
      .execute(async (db) => {
        await addTag(db, 'before')
        const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db)
        await reader`select pg_terminate_backend(${rows[0]?.pid ?? 0}, 5000)`
        await new Promise((resolve) => setTimeout(resolve, 100))
        await addTag(db, 'after')
      })
      .then(
        () => assert.fail('It was kept.'),
        (error: unknown) => error,
      )
    assert.ok(isOutage(trouble), String(trouble))
    const names = await db.selectFrom('tags').select('name').execute()
    assert.deepEqual(names, [])
    await Promise.all(
      Array.from({ length: 30 }, (_, index) => db.transaction().execute((db) => addTag(db, `tag ${index}`))),
    )
  })

  test('is given back after a failed statement', async () => {
    for (let round = 0; round < testLimits.poolSize * 2; round++) {
      await assert.rejects(
        db.transaction().execute((db) => sql`select 1 / 0`.execute(db)),
        /division by zero/,
      )
    }
    await db.transaction().execute((db) => addTag(db, 'still here'))
  })

  test('refuses every borrower, also more than there are connections, while nobody is there', async () => {
    const nobody = openDatabase({ ...target, addresses: [{ host: '127.0.0.1', port: await freePort() }] }, testLimits)
    for (let round = 0; round < 3; round++) {
      const found = await Promise.allSettled(
        Array.from({ length: testLimits.poolSize * 3 }, () => nobody.db.selectFrom('tags').select('id').execute()),
      )
      for (const one of found) assert.ok(one.status === 'rejected' && isOutage(one.reason))
    }
    await nobody.close(1)
  })
})

async function addTag(db: Db, name: string): Promise<void> {
  await db
    .insertInto('tags')
    .values({ name, slug: name.replace(' ', '-') })
    .execute()
}
