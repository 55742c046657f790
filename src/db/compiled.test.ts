import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql, type RawBuilder } from 'kysely'
import { testDatabase, testLimits } from '../../test/database.ts'
import { compiled } from './compiled.ts'
import { openJobPool } from './job-pool.ts'
import { connect, openDatabase } from './pool.ts'

const context = await testDatabase()

const findTag = compiled((db, values: { slug: string }) =>
  db.selectFrom('tags').select(['slug', 'name']).where('slug', '=', values.slug),
)

describe('a compiled statement', () => {
  test('finds with the values of each call', async () => {
    await addTags('bread', 'trains')
    assert.deepEqual(rows(await findTag(context.db, { slug: 'bread' })), [{ slug: 'bread', name: 'Bread' }])
    assert.deepEqual(rows(await findTag(context.db, { slug: 'trains' })), [{ slug: 'trains', name: 'Trains' }])
    assert.deepEqual(rows(await findTag(context.db, { slug: 'none' })), [])
  })

  test('binds values as values, whatever they hold', async () => {
    for (const slug of [`x'; drop table tags; --`, '$1', `\\'"`, '\u{1f600}', 'or 1=1']) {
      assert.deepEqual(rows(await findTag(context.db, { slug })), [], slug)
    }
    await addTags('safe')
    assert.equal((await findTag(context.db, { slug: 'safe' })).length, 1)
  })

  test('puts several values where they belong, one of them twice', async () => {
    const echo = compiled((db, values: { one: string; two: number; three: Date; four: string | null }) =>
      db.selectNoFrom(() => [
        sql<number>`${values.two}::bigint`.as('two'),
        sql<string>`${values.one}::text`.as('one'),
        sql<string | null>`${values.four}::text`.as('four'),
        sql<string>`${values.one}::text || '!'`.as('again'),
        sql<Date>`${values.three}::timestamptz`.as('three'),
        sql<number>`${sql.lit(7)}`.as('literal'),
      ]),
    )
    const moment = new Date('2026-02-03T04:05:06.789Z')
    const expected = { two: 2, one: 'a', four: null, again: 'a!', three: moment, literal: 7 }
    assert.deepEqual(rows(await echo(context.db, { one: 'a', two: 2, three: moment, four: null })), [expected])
    assert.deepEqual(rows(await echo(context.db, { one: 'b', two: 3, three: moment, four: 'c' })), [
      { ...expected, two: 3, one: 'b', four: 'c', again: 'b!' },
    ])
  })

  test('keeps apart a hundred calls at once', async () => {
    const echo = compiled((db, values: { number: number }) =>
      db.selectNoFrom(() => sql<number>`${values.number}::int`.as('number')),
    )
    const numbers = Array.from({ length: 100 }, (_, index) => index)
    const answers = await Promise.all(numbers.map((number) => echo(context.db, { number })))
    assert.deepEqual(
      answers.map(([row]) => row?.number),
      numbers,
    )
  })

  test('is built once', async () => {
    let builds = 0
    const one = compiled((db, _: {}) => {
      builds++
      return db.selectNoFrom(() => sql<number>`1`.as('one'))
    })
    for (let round = 0; round < 5; round++) await one(context.db, {})
    assert.equal(builds, 1)
  })

  test('sees in a transaction what the transaction wrote, and nobody else does', async () => {
    await assert.rejects(
      context.db.transaction().execute(async (db) => {
        await db.insertInto('tags').values({ slug: 'unborn', name: 'Unborn' }).execute()
        assert.deepEqual(rows(await findTag(db, { slug: 'unborn' })), [{ slug: 'unborn', name: 'Unborn' }])
        assert.deepEqual(rows(await findTag(context.db, { slug: 'unborn' })), [])
        throw new Error('Back to before.')
      }),
      /Back to before/,
    )
    assert.deepEqual(rows(await findTag(context.db, { slug: 'unborn' })), [])
  })

  test('runs without prepared statements too', async () => {
    const database = openDatabase(context.target, { ...testLimits, preparesStatements: false })
    try {
      await addTags('plain')
      for (let round = 0; round < 3; round++) {
        assert.deepEqual(rows(await findTag(database.db, { slug: 'plain' })), [{ slug: 'plain', name: 'Plain' }])
      }
      const kept = await database.reader`select 1 from pg_prepared_statements where statement like '%tags%'`
      assert.equal(kept.length, 0)
    } finally {
      await database.close()
    }
  })

  test('fails alone when PostgreSQL refuses it', async () => {
    const broken = compiled((db, values: { text: string }) =>
      db.selectNoFrom(() => sql<number>`${values.text}::text::int`.as('number')),
    )
    await assert.rejects(broken(context.db, { text: 'no number' }), { code: '22P02' })
    assert.deepEqual(rows(await broken(context.db, { text: '12' })), [{ number: 12 }])
  })
})

test('a process never opens more connections than DB_POOL_SIZE, readers, transactions and jobs together', async () => {
  const limits = { ...testLimits, poolSize: 6 }
  const database = openDatabase(context.target, limits)
  const jobs = await openJobPool(context.target, limits)
  const observer = connect({ ...context.target }, testLimits, 1)
  await observer`set application_name = 'observer'`
  // What earlier tests of this file hold open, and the pools themselves before their first statement.
  const others = await observer<{ pid: number }[]>`select pid from pg_stat_activity where datname = current_database()`
  const known = others.map(({ pid }) => pid)
  const samples: number[] = []
  let isDone = false
  const sampling = (async () => {
    while (!isDone) {
      const [row] = await observer<{ count: number }[]>`
        select count(*) from pg_stat_activity
        where datname = current_database() and backend_type = 'client backend' and pid <> all (${known})`
      samples.push(row?.count ?? 0)
    }
  })()
  const slow = compiled((db, _: {}) => db.selectNoFrom(() => sql`pg_sleep(0.002)`.as('slept')))
  const statements = Array.from({ length: 200 }, () => slow(database.db, {}))
  const transactions = Array.from({ length: 50 }, (_, index) =>
    database.db.transaction().execute(async (db) => {
      await slow(db, {})
      await db
        .insertInto('tags')
        .values({ slug: `pool-${index}`, name: 'Pool' })
        .execute()
    }),
  )
  const queries = Array.from({ length: 20 }, () => jobs.query('select pg_sleep(0.01)'))
  await Promise.all([...statements, ...transactions, ...queries])
  isDone = true
  await sampling
  await Promise.all([database.close(), jobs.end(), observer.end()])
  assert.ok(samples.length > 20, `${samples.length} samples`)
  assert.ok(Math.max(...samples) >= 3, 'the samples saw too few connections to mean anything')
  assert.ok(Math.max(...samples) <= 6, `${Math.max(...samples)} connections`)
  const written = await context.db.selectFrom('tags').select('slug').where('slug', 'like', 'pool-%').execute()
  assert.equal(written.length, 50)
})

async function addTags(...slugs: string[]): Promise<void> {
  const values = slugs.map((slug) => ({ slug, name: slug.charAt(0).toUpperCase() + slug.slice(1) }))
  await context.db.insertInto('tags').values(values).execute()
}

// The driver's rows are objects of a list that has properties of its own.
function rows<T extends object>(list: T[]): T[] {
  return list.map((row) => ({ ...row }))
}

describe('a statement that PostgreSQL undid because of a circle of waits', () => {
  const ways: [string, (statement: RawBuilder<unknown>) => Promise<unknown>][] = [
    ['compiled', async (statement) => await compiled(() => statement)(context.db, {})],
    ['built', async (statement) => await statement.execute(context.db)],
  ]
  for (const [way, run] of ways) {
    test(`is done again, ${way}, but not for ever`, async () => {
      await run(sql`select ${sql.raw(await undoneTimes(way, 2))}`)
      await assert.rejects(run(sql`select ${sql.raw(await undoneTimes(`${way}_often`, 3))}`), { code: '40P01' })
    })
  }

  // Which side of a real circle PostgreSQL undoes is a matter of time. A sequence counts on through what is undone.
  async function undoneTimes(name: string, times: number): Promise<string> {
    await sql`create sequence ${sql.raw(`tries_${name}`)}`.execute(context.db)
    await sql`
      create function ${sql.raw(`undone_${name}()`)} returns void language plpgsql as $$
      begin
        if nextval('tries_${sql.raw(name)}') <= ${sql.lit(times)} then
          raise exception 'deadlock detected' using errcode = '40P01';
        end if;
      end $$`.execute(context.db)
    return `undone_${name}()`
  }
})
