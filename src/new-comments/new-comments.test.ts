// Comments that come at once.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { statementsOf } from '../../test/counted-statements.ts'
import { publishPost } from '../../test/pages.ts'
import { createComment } from '../comments/queries.ts'
import { paths } from '../paths.ts'

const { cast, database, db } = await testApp({
  PAGE_CACHE_MB: '0',
  DB_LOCK_TIMEOUT: '60',
  DB_STATEMENT_TIMEOUT: '60',
  DB_POOL_SIZE: '20',
})
const { ben, bea, rosa } = cast
const many = Array.from({ length: 12 }, (_, n) => n)

describe('comments that come at once', () => {
  test('are written in few statements, each once, with its line in the log and its place among those to tell of', async () => {
    const { id: post_id, slug } = await publishPost(ben)
    const keys = many.map(() => crypto.randomUUID())
    const answers = await heldUp(async () =>
      // Each by two connections, as by a finger that slipped.
      [...many, ...many].map((n) =>
        (n % 2 ? rosa : bea).post(paths.postComments(slug), { body: `Said ${n}.`, submission_key: keys[n] ?? '' }),
      ),
    )
    for (const { statusCode } of answers.all) assert.equal(statusCode, 303)
    // Those who came twice are led to the same comment.
    for (const n of many)
      assert.equal(answers.all[n]?.headers.location, answers.all[n + many.length]?.headers.location, `${n}`)
    assert.ok(answers.inserts < answers.all.length, `${answers.inserts} statements`)
    const rows = await db
      .selectFrom('comments')
      .select(['id', 'body', 'author_id', 'state', 'shown', 'path', 'root_id', 'body_format'])
      .where('post_id', '=', post_id)
      .orderBy('body')
      .execute()
    const expected = many.map((n) => [`Said ${n}.`, (n % 2 ? rosa : bea).id]).toSorted()
    assert.deepEqual(
      rows.map(({ body, author_id }) => [body, author_id]),
      expected,
    )
    for (const { id, author_id, ...row } of rows) {
      const { state, shown, root_id, body_format } = row
      assert.deepEqual([state, shown, root_id, body_format], ['approved', 'whole', null, 'markdown'])
      const line = await db
        .selectFrom('audit_events')
        .select(['actor_id', 'action', 'client_ip', 'details'])
        .where('subject_type', '=', 'comment')
        .where('subject_id', '=', id)
        .execute()
      assert.deepEqual(line, [{ actor_id: author_id, action: 'comment.created', client_ip: '127.0.0.1', details: {} }])
    }
    const changes = await db.selectFrom('comment_changes').select('comment_id').where('post_id', '=', post_id).execute()
    assert.equal(changes.length, many.length)
  })

  test('are no harm to each other: one that PostgreSQL refuses is refused alone', async () => {
    const { id: post_id } = await publishPost(ben)
    const outcomes = await heldUp(async () =>
      many.map(async (n) => {
        const rendered = { body: `Of ${n}.`, body_format: 'markdown', body_html: `<p>Of ${n}.</p>` }
        // A post that went meanwhile, as the database alone knows.
        const place = n === 5 ? 999_999_999 : post_id
        const input = { body: rendered.body, submission_key: crypto.randomUUID(), rendered }
        return await createComment(db, place, input, { id: rosa.id, ip: '192.0.2.1' }).then(
          () => 'written',
          (error: { code?: string }) => error.code,
        )
      }),
    )
    assert.deepEqual(
      outcomes.all,
      many.map((n) => (n === 5 ? '23503' : 'written')),
    )
    const { count } = await db
      .selectFrom('comments')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('post_id', '=', post_id)
      .executeTakeFirstOrThrow()
    assert.equal(Number(count), many.length - 1)
  })

  test(
    'wait for nobody else: who comments on a post that is held just now waits alone',
    { timeout: 30_000 },
    async () => {
      const [held, free] = [await publishPost(ben), await publishPost(ben)]
      let late: Promise<{ statusCode: number }>[] = []
      await db.transaction().execute(async (db) => {
        await sql`select from posts where id = ${held.id} for update`.execute(db)
        // The comments of one account take turns.
        const send = (n: number, isLate: boolean) =>
          (isLate ? ben : n % 2 ? rosa : bea).post(paths.postComments((isLate ? held : free).slug), {
            body: `Said ${n} of twelve.`,
          })
        const answers = many.map((n) => [n === 3, send(n, n === 3)] as const)
        late = answers.filter(([isLate]) => isLate).map(([, answer]) => answer)
        // The limit for a lock is longer than this test.
        for (const [isLate, answer] of answers) if (!isLate) assert.equal((await answer).statusCode, 303)
      })
      for (const { statusCode } of await Promise.all(late)) assert.equal(statusCode, 303)
    },
  )
})

/** Nothing is written meanwhile, so that all of them wait; and how many statements they were written in. */
async function heldUp<T>(send: () => Promise<Promise<T>[]>): Promise<{ all: T[]; inserts: number }> {
  let answers: Promise<T>[] = []
  const statements = await statementsOf(database, async () => {
    await db.transaction().execute(async (db) => {
      await sql`lock table comments in share mode`.execute(db)
      answers = await send()
      await sleep(700)
    })
    await Promise.all(answers)
  })
  return {
    all: await Promise.all(answers),
    inserts: statements.filter((text) => text.includes('insert into comments (id')).length,
  }
}
