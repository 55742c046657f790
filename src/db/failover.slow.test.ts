// Two real servers, one streaming to the other: what becomes of connections when another one takes the writes.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { testLimits } from '../../test/database.ts'
import { startPair, targetOf } from '../../test/standby.ts'
import { until } from '../../test/waiting.ts'
import { openJobPool } from './job-pool.ts'
import { openDatabase } from './pool.ts'

const limits = { ...testLimits, connectTimeoutSeconds: 5, statementTimeoutSeconds: 5 }

describe('DATABASE_URL with two hosts', { concurrency: false }, async () => {
  const pair = await startPair({ fsync: 'off' })
  let [primary, standby] = [pair.first, pair.second]
  // The standby is named first: what is named first is not what takes writes.
  const target = targetOf(standby, primary)
  const database = openDatabase(target, limits)
  const { db, reader, listener } = database
  const jobs = await openJobPool(target, limits)
  after(async () => {
    await jobs.end()
    await database.close()
    await pair.remove()
  })
  const heard: string[] = []
  await listener.listen('news', (text) => heard.push(text))
  await sql`create table notes (id bigint primary key, body text)`.execute(db)

  let last = 0
  const write = async () => {
    const id = ++last
    await db.transaction().execute(async (db) => {
      await sql`insert into notes values (${id}, 'x')`.execute(db)
    })
    return id
  }
  const portOf = async () => {
    const [row] = await reader<{ port: number }[]>`select inet_server_port() as port`
    return row?.port
  }
  const jobPort = async () => {
    const { rows } = await jobs.query<{ port: number }>('select inet_server_port() as port')
    return rows[0]?.port
  }
  /** Milliseconds until a write is taken. */
  const untilWritten = async () => {
    const began = performance.now()
    for (;;) {
      try {
        await write()
        return performance.now() - began
      } catch {
        assert.ok(performance.now() - began < 20_000, 'No write was taken within 20 seconds.')
        await sleep(20)
      }
    }
  }
  /** The other one takes the writes; the old primary becomes its standby afterwards. */
  const change = async (take: () => Promise<void>) => {
    await take()
    await standby.promote()
    const ms = await untilWritten()
    ;[primary, standby] = [standby, primary]
    return ms
  }
  const everythingIsAt = async (port: number) => {
    await until(async () => (await portOf().catch(() => 0)) === port)
    await until(async () => (await jobPort().catch(() => 0)) === port)
    heard.length = 0
    await until(async () => {
      await sql`select pg_notify('news', 'after')`.execute(db).catch(() => {})
      return heard.length > 0
    })
  }

  test('leads readers, transactions, jobs and the ear to the one that takes writes', async () => {
    await write()
    await everythingIsAt(primary.port)
  })

  test('is written to within 5 seconds of a promotion when the primary was killed, without a restart', async (t) => {
    const ms = await change(() => primary.stop('SIGKILL'))
    t.diagnostic(`${Math.round(ms)} ms after the promotion`)
    assert.ok(ms < 5000, `${ms} ms`)
    await everythingIsAt(primary.port)
    await standby.follow(primary)
  })

  test('is written to within 5 seconds of a promotion when the primary says nothing more, with statements under way', async (t) => {
    const stuck = Array.from({ length: 4 }, () => write().catch(() => 0))
    const ms = await change(async () => {
      primary.freeze(true)
      void Promise.all(Array.from({ length: 20 }, () => write().catch(() => 0)))
      await sleep(100)
    })
    t.diagnostic(`${Math.round(ms)} ms after the promotion`)
    assert.ok(ms < 5000, `${ms} ms`)
    await Promise.all(stuck)
    await everythingIsAt(primary.port)
    // The old one wakes up and thinks that it is the primary: the newer history wins.
    standby.freeze(false)
    await sleep(3000)
    assert.equal(await portOf(), primary.port)
    await standby.follow(primary)
  })

  test('drops connections to a primary that becomes read-only', async (t) => {
    const ms = await change(async () => {
      await primary.asSuperuser((sql) => sql`alter system set default_transaction_read_only = on`)
      await primary.asSuperuser((sql) => sql`select pg_reload_conf()`)
      await until(async () => (await write().catch((error: { code?: string }) => error.code)) === '25006')
    })
    t.diagnostic(`${Math.round(ms)} ms after the promotion`)
    assert.ok(ms < 5000, `${ms} ms`)
    await everythingIsAt(primary.port)
    for (let count = 0; count < 50; count++) await write()
    const left = await standby.asSuperuser(
      (sql) => sql<{ n: number }[]>`
        select count(*)::int as n from pg_stat_activity where usename = 'bloggy' and application_name <> 'bloggy watch'`,
    )
    assert.equal(left[0]?.n, 0)
    await primary.asSuperuser((sql) => sql`alter system reset default_transaction_read_only`)
    await standby.follow(primary)
  })

  test('fails fast while no server takes writes, and goes on when one does', async () => {
    await primary.stop('SIGQUIT')
    await standby.stop('SIGQUIT')
    await sleep(500)
    const began = performance.now()
    const failures = await Promise.all(
      Array.from({ length: 10 }, () =>
        write().then(
          () => 'written',
          (error: { code?: string }) => String(error.code),
        ),
      ),
    )
    assert.ok(performance.now() - began < 5000, `${performance.now() - began} ms`)
    assert.ok(!failures.includes('written'))
    await primary.start()
    const ms = await untilWritten()
    assert.ok(ms < 3000, `${ms} ms`)
  })
})
