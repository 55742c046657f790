// Connections and statements: all taken, all waiting, one that never ends, two that wait for each other.
import { setTimeout as sleep } from 'node:timers/promises'
import connect, { type Sql } from 'postgres'
import { paths } from '../../src/paths.ts'
import { onTwoInstances } from '../fault.ts'
import { between, countsOf, isGood, longestAnswer, percentile } from '../seen.ts'
import { bearerOf, cookieOf, slugOf } from '../seed.ts'
import { recoveryMs, requireSameProcesses } from './killed-postgres.ts'

const lockedMs = 12_000

export const exhaustedPool = onTwoInstances(
  {
    number: 9,
    name: 'pool-exhausted',
    what: 'every connection waits for slow statements',
    expected: 'waiting ends; then 503; the health check has a way of its own; pages come from memory',
    seconds: 40,
  },
  {},
  async (scene, { isShort }) => {
    const { postgres, instances, startLoad, must, mustInTime, figure } = scene
    const load = startLoad()
    await sleep(2000)
    let from = 0
    let to = 0
    const ready: boolean[] = []
    await postgres.asSuperuser(
      async (sql) =>
        await sql.begin(async (sql) => {
          await sql`lock table comments in access exclusive mode`
          from = load.now()
          for (const begun = Date.now(); Date.now() - begun < (isShort ? 5000 : lockedMs); await sleep(500))
            for (const instance of instances) ready.push(await instance.isReady())
        }),
    )
    to = load.now()
    await sleep(4000)
    const back = recoveryMs(scene, load, to)
    await load.stop()
    const during = between(load.answers(), from + 100, to)
    const cached = during.filter(({ kind }) => kind === 'cached')
    const longest = longestAnswer(during)
    figure('longest answer while locked ms', longest)
    figure('back ms', back)
    figure('asked for readiness', ready.length)
    must(ready.every(Boolean), '/readyz says that PostgreSQL is there', ready.filter((one) => !one).length)
    must(cached.every(isGood), 'pages from memory go on', countsOf(cached))
    mustInTime(longest <= 10_000, 'every request ends within 10 seconds', longest)
    requireSameProcesses(scene)
  },
)

export const noConnectionLeft = onTwoInstances(
  {
    number: 10,
    name: 'no-connection-left',
    what: 'PostgreSQL has no connection left (53300)',
    expected: 'as 9',
    seconds: 30,
  },
  { settings: { max_connections: '60' } },
  async (scene, { isShort }) => {
    const { postgres, startLoad, must, mustInTime, figure } = scene
    const load = startLoad()
    await sleep(2000)
    const [address] = postgres.target.addresses
    const hogs: Sql[] = []
    const hog = async () => {
      const sql = connect({
        host: address?.host,
        port: address?.port,
        username: 'bloggy',
        database: 'bloggy',
        max: 1,
        backoff: false,
      })
      hogs.push(sql)
      return await sql`select 1`.then(
        () => true,
        () => false,
      )
    }
    while (await hog()) await sleep(0)
    const from = load.now()
    // Bloggy's own go, too, and somebody else has their places.
    for (const begun = Date.now(); Date.now() - begun < (isShort ? 4000 : 10_000);) {
      await postgres.asSuperuser(
        async (sql) =>
          await sql`
          select pg_terminate_backend(pid) from pg_stat_activity
            where usename = 'bloggy' and application_name in ('bloggy', 'bloggy jobs')`,
      )
      await Promise.all(Array.from({ length: 20 }, hog))
      await sleep(200)
    }
    await Promise.all(hogs.map((sql) => sql.end({ timeout: 0 })))
    const to = load.now()
    await sleep(4000)
    const back = recoveryMs(scene, load, to)
    await load.stop()
    const during = between(load.answers(), from, to)
    const cached = during.filter(({ kind }) => kind === 'cached')
    figure('taken connections', hogs.length)
    figure('longest answer meanwhile ms', longestAnswer(during))
    figure('back ms', back)
    must(cached.every(isGood), 'pages from memory go on', countsOf(cached))
    mustInTime(percentile(during, 0.99) <= 5000, '99 of 100 end within 5 seconds', percentile(during, 0.99))
    requireSameProcesses(scene)
  },
)

export const slowStatement = onTwoInstances(
  {
    number: 11,
    name: 'slow-statement',
    what: 'a statement that takes a minute, and an instance that stands still within a transaction',
    expected: 'cancelled at the limit; a transaction that does nothing is ended after 10 seconds',
    seconds: 40,
  },
  {},
  async (scene) => {
    const { postgres, instances, must, mustInTime, figure } = scene
    const [first, second] = instances
    const comment = async (origin = '', body = 'slow', key = crypto.randomUUID()) =>
      await fetch(origin + paths.api.postComments(20), {
        method: 'POST',
        headers: { authorization: bearerOf(1), 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify({ body }),
      }).then(
        ({ status }) => status,
        () => 0,
      )
    const sleepOn = async (seconds: number) =>
      await postgres.asSuperuser(async (sql) => {
        await sql.unsafe(`create or replace function be_slow() returns trigger language plpgsql as
          $$ begin if new.body like 'slow%' then perform pg_sleep(${seconds}); end if; return new; end $$`)
        await sql`drop trigger if exists be_slow on comments`
        await sql`create trigger be_slow before insert on comments for each row execute function be_slow()`
      })
    await sleepOn(60)
    const begun = performance.now()
    const status = await comment(first?.origin)
    figure('answered after ms', Math.round(performance.now() - begun))
    must(status === 503, 'it is answered with 503', status)
    mustInTime(performance.now() - begun < 6500, 'at the limit of a statement')
    const others = await fetch((first?.origin ?? '') + paths.post(slugOf(1)), { headers: { cookie: cookieOf(1) } })
    must(others.status === 200, 'others are served', others.status)
    const sleeping = async () =>
      await postgres.asSuperuser(async (sql) => {
        const [{ count = 0 } = {}] = await sql<{ count: number }[]>`
          select count(*)::int as count from pg_stat_activity
            where application_name = 'bloggy' and (wait_event = 'PgSleep' or state like 'idle in transaction%')`
        return count
      })
    must((await sleeping()) === 0, 'nothing of it runs on in PostgreSQL')

    // Long enough to stop the process within the transaction.
    await sleepOn(1)
    const key = crypto.randomUUID()
    const asked = comment(first?.origin, 'slow again', key)
    while ((await sleeping()) === 0) await sleep(10)
    first?.kill('SIGSTOP')
    const frozen = performance.now()
    while ((await sleeping()) > 0 && performance.now() - frozen < 20_000) await sleep(100)
    const took = Math.round(performance.now() - frozen)
    figure('frozen transaction ended after ms', took)
    mustInTime(took < 13_000, 'a transaction in which nothing happens is ended', took)
    const elsewhere = await comment(second?.origin, 'slow again', key)
    must(elsewhere === 201, 'the other instance takes the same write', elsewhere)
    first?.kill('SIGCONT')
    await asked
    await postgres.asSuperuser(async (sql) => {
      const [{ count = 0 } = {}] = await sql<{ count: number }[]>`
        select count(*)::int as count from comments where body = 'slow again'`
      must(count === 1, 'and it is there once', count)
      await sql`drop function be_slow cascade`
    })
    requireSameProcesses(scene)
  },
)

export const undone = onTwoInstances(
  {
    number: 20,
    name: 'undone-by-postgres',
    what: 'deadlocks (40P01) and serialisation failures (40001), forced on one in three writes',
    expected: 'repeated up to 3 times with a pause of chance, then 503',
    seconds: 20,
  },
  {},
  async (scene, { isShort }) => {
    const { postgres, startLoad, must, figure } = scene
    await postgres.asSuperuser(async (sql) => {
      await sql.unsafe(`create function undo() returns trigger language plpgsql as
        $$ begin
          if random() < 0.17 then raise exception 'forced' using errcode = '40P01'; end if;
          if random() < 0.2 then raise exception 'forced' using errcode = '40001'; end if;
          return new;
        end $$`)
      for (const table of ['comments', 'posts'])
        await sql.unsafe(`create trigger undo before insert on ${table} for each row execute function undo()`)
    })
    const load = startLoad()
    await sleep(isShort ? 4000 : 12_000)
    await load.stop()
    const writes = load.answers().filter(({ kind }) => kind === 'write')
    const refused = writes.filter((answer) => !isGood(answer)).length
    figure('writes', writes.length)
    figure('answered with 503', refused)
    // One in 27 fails three times.
    must(refused < writes.length * 0.15, 'most are repeated and succeed', `${refused} of ${writes.length}`)
    must(
      writes.every((answer) => isGood(answer) || answer.status === 503),
      'the others are 503',
      countsOf(writes),
    )
    await postgres.asSuperuser(async (sql) => await sql`drop function undo cascade`)
    requireSameProcesses(scene)
  },
)
