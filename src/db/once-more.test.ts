import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { sql } from 'kysely'
import { testDatabase, testLimits } from '../../test/database.ts'
import { startRelay } from '../../test/relay.ts'
import { compiled } from './compiled.ts'
import { isRead, onceMore } from './once-more.ts'
import { openDatabase } from './pool.ts'

const { db, database, target } = await testDatabase()
const { reader } = database

describe('a statement whose connection was lost', () => {
  test('is asked once more where it only reads', async () => {
    for (let round = 0; round < 5; round++) {
      const asked = db.selectFrom('tags').select([sql<number>`1`.as('one'), sql`pg_sleep(0.4)`.as('slept')])
      const one = asked.where(sql<boolean>`true`).execute()
      const slow = sql`select pg_sleep(0.4)`.execute(db)
      await new Promise((resolve) => setTimeout(resolve, 100))
      await reader`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and query like '%pg_sleep(0.4)%' and pid <> pg_backend_pid()`
      await Promise.all([one, slow])
    }
  })

  test('is not asked again where it may have written something', async () => {
    const written = sql`with done as (insert into tags (name, slug) values ('Once', 'once') returning 1)
      select pg_sleep(0.4) from done`.execute(db)
    written.catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 100))
    await reader`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and query like '%pg_sleep(0.4)%' and pid <> pg_backend_pid()`
    await assert.rejects(written, ({ code }: { code: string }) => /^(57P01|CONNECTION_CLOSED)$/.test(code))
  })

  // The driver hears of the error, tells of it, and hears of the end a moment later.
  test(
    'is asked on another connection, also where the end of its own is not known yet',
    { timeout: 30_000 },
    async () => {
      const relay = await startRelay(target)
      const over = openDatabase(relay.target, testLimits)
      after(async () => {
        await over.close(0)
        await relay.remove()
      })
      const one = compiled((_, { value }: { value: number }) => sql<{ value: number }>`select ${value}::int as value`)
      const inTransaction = async (value: number) =>
        await onceMore(() => over.db.transaction().execute(async (db) => await one(db, { value })))
      for (let round = 0; round < 10; round++) {
        await Promise.all([one(over.db, { value: 0 }), inTransaction(0)])
        relay.stopReading()
        const asked = Promise.all([one(over.db, { value: 1 }), one(over.db, { value: 2 }), inTransaction(3)])
        asked.catch(() => {})
        await new Promise((resolve) => setTimeout(resolve, 20))
        relay.reset()
        const values = (await asked).map(([row]) => row?.value)
        assert.deepEqual(values, [1, 2, 3])
      }
    },
  )

  test('is asked a third time and no fourth', async () => {
    let turns = 0
    const lost = () => {
      turns++
      return Promise.reject(Object.assign(new Error('Lost.'), { code: 'CONNECTION_CLOSED' }))
    }
    await assert.rejects(onceMore(lost))
    assert.equal(turns, 3)
  })

  test('is known for what it is by its words', () => {
    for (const text of ['select 1', '\n  with a as (select 1) select * from a', 'select updated_at from posts'])
      assert.ok(isRead(text), text)
    for (const text of [
      'insert into tags values (1)',
      'with a as (delete from tags returning id) select * from a',
      `select graphile_worker.add_job('x')`,
      `select pg_notify('x', '')`,
      'select pg_try_advisory_lock(1)',
      `select nextval('x')`,
      'begin',
    ])
      assert.ok(!isRead(text), text)
  })
})
