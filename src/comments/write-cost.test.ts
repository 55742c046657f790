// How many statements a write asks of PostgreSQL, each of which waits for the one before. Who it is and what the post is are
// two of them, `begin` and `commit` two more.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { publishPost } from '../../test/pages.ts'
import { statementsOf } from '../../test/counted-statements.ts'
import { paths } from '../paths.ts'

// Kept pages are looked after in the background.
const { cast, database, db, deliverMail } = await testApp({ PAGE_CACHE_MB: '0' })
const { ben, rosa } = cast

describe('a comment', () => {
  test('of an account asks five times: who, where, whether it may, the write, the announcement', async () => {
    const { slug } = await publishPost(ben)
    const body = { body: 'A comment.' }
    await expectCost(5, () => rosa.post(paths.postComments(slug), body))
    const { id } = await db.selectFrom('comments').select('id').orderBy('id', 'desc').executeTakeFirstOrThrow()
    await expectCost(5, () => rosa.post(paths.postComments(slug), { ...body, parent: String(id) }))
  })

  test('that is sent again asks once more for the first', async () => {
    const { slug } = await publishPost(ben)
    const form = { body: 'Twice.', submission_key: crypto.randomUUID() }
    await rosa.post(paths.postComments(slug), form)
    await expectCost(6, () => rosa.post(paths.postComments(slug), form))
    const { count } = await db
      .selectFrom('comments')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('submission_key', '=', form.submission_key)
      .executeTakeFirstOrThrow()
    assert.equal(Number(count), 1)
  })

  test('with a wish to be told asks nine times', async () => {
    const { slug } = await publishPost(ben)
    await expectCost(9, () => rosa.post(paths.postComments(slug), { body: 'Tell me.', tell_thread: 'yes' }))
  })

  test('is told of together with others that wait, by one job', async () => {
    await deliverMail()
    const { slug } = await publishPost(ben)
    await deliverMail()
    await Promise.all(
      Array.from({ length: 12 }, (_, n) => rosa.post(paths.postComments(slug), { body: `Comment ${n}.` })),
    )
    const { rows } = await database.reader`
      select task_identifier from graphile_worker.jobs where task_identifier like 'tell-of-comment%'`.then((rows) => ({
      rows: rows.map(({ task_identifier }) => String(task_identifier)),
    }))
    assert.deepEqual(rows, ['tell-of-comments'])
    const mails = (await deliverMail()).filter(({ to }) => to === ben.email)
    assert.equal(mails.length, 1)
    for (let n = 0; n < 12; n++) assert.match(mails[0]?.text ?? '', new RegExp(`Comment ${n}\\.`))
    assert.deepEqual([...(await database.reader`select comment_id from comments_to_tell`)], [])
  })
})

test('a reaction asks four times', async () => {
  const { slug } = await publishPost(ben)
  await expectCost(4, () => rosa.post(paths.reaction(slug), { reaction: 'like' }))
})

test('a save of a published post asks 17 times, one of a draft beside it 11 times, a new post that is out at once 9 times', async () => {
  const { id } = await publishPost(ben)
  await expectCost(17, () => ben.post(paths.admin.post(id), { title: 'Saved', body: 'New.', version: '1' }))
  const draft = { title: 'Saved', body: 'Newer.', version: '2', draft: 'yes' }
  await expectCost(11, () => ben.post(paths.admin.post(id), draft))
  await expectCost(9, () => ben.post(paths.admin.posts(), { title: 'Out', body: 'New.', publish: 'yes' }))
})

async function expectCost(count: number, write: () => Promise<{ statusCode: number }>): Promise<void> {
  const statements = await statementsOf(database, async () => assert.equal((await write()).statusCode, 303))
  assert.equal(statements.length, count, statements.join('\n'))
}
