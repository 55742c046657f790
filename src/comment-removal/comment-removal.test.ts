import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { moderating } from '../../test/moderating.ts'
import { publishPost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const blog = await testApp()
const { cast, db, deliverMail } = blog
const { ben, cleo, dev, rosa } = cast
const { decide, formOf, lastComment, say, setRules } = moderating(blog)

beforeEach(async () => {
  await sql`delete from attempts`.execute(db)
  await setRules({ guests_may_comment: true, comment_words_spam: 'pills' })
})

describe('what the nightly cleaning removes', () => {
  test('is what nobody confirmed in three days, with its guest, however much spam of guests there is', async () => {
    const post = await publishPost(ben)
    const { id: post_id } = await db
      .selectFrom('posts')
      .select('id')
      .where('slug', '=', post.slug)
      .executeTakeFirstOrThrow()
    await sql`
      with bots as (insert into guests (name, email, created_at)
        select 'Bot', 'bot@example.com', now() - interval '10 days' from generate_series(1, 1000) returning id)
      insert into comments (post_id, guest_id, body, body_format, state, held_for, created_at)
        select ${post_id}, id, 'Spam', 'markdown', 'spam', 'trap', now() - interval '10 days' from bots`.execute(db)
    const late = await ofGuest(post, 'Nevin', 'Never confirmed')
    const fresh = await ofGuest(post, 'Stella', 'Waits still')
    await age(late, 4)
    await deliverMail()
    await sql`update guest_links set expires_at = now() - interval '1 second' where comment_id = ${late}`.execute(db)
    await sql`insert into guest_links values (sha256('ended'), ${fresh}, now() - interval '1 second')`.execute(db)
    await clean()
    assert.deepEqual(await left([late, fresh]), [fresh])
    const links = await db.selectFrom('guest_links').select('comment_id').execute()
    assert.deepEqual(links, [{ comment_id: fresh }])
    const names = await db.selectFrom('guests').select('name').where('name', 'in', ['Nevin', 'Stella']).execute()
    assert.deepEqual(names, [{ name: 'Stella' }])
    assert.equal((await db.selectFrom('comments').select('id').where('body', '=', 'Spam').execute()).length, 1000)
  })

  test('is spam of anybody that is older than thirty days, with guests who said nothing else', async () => {
    const post = await publishPost(ben)
    const ofAccount = await spamOf({ post })
    const ofStranger = await spamOf({ post, guest_name: 'Bot of old' })
    const recent = await spamOf({ post, guest_name: 'Bot of late' })
    const fine = await say(rosa, post.slug, 'Old and fine')
    for (const id of [ofAccount, ofStranger, fine]) await age(id, 31)
    await age(recent, 29)
    await clean()
    assert.deepEqual(await left([ofAccount, ofStranger, recent, fine]), [recent, fine])
    const names = await db.selectFrom('guests').select('name').where('name', 'like', 'Bot of %').execute()
    assert.deepEqual(names, [{ name: 'Bot of late' }])
  })

  test('is also a guest of whom nothing is left, confirmed or not, with the e-mail', async () => {
    const post = await publishPost(ben)
    const [alone, answered, other] = [
      await confirmed(post, 'Gone'),
      await confirmed(post, 'Answered'),
      await confirmed(post, 'Stays'),
    ]
    await say(ben, post.slug, 'An answer that stays', answered)
    for (const id of [alone, answered]) await cleo.post(paths.commentDeletion(id))
    await sql`update guests set created_at = now() - interval '300 days'`.execute(db)
    await clean()
    assert.deepEqual(await named(['Gone', 'Answered', 'Stays']), ['Gone', 'Answered', 'Stays'])
    const longAgo = sql<Date>`now() - interval '31 days'`
    await db.updateTable('comments').set({ deleted_at: longAgo }).where('id', 'in', [alone, answered]).execute()
    await clean()
    assert.deepEqual(await named(['Gone', 'Answered', 'Stays']), ['Stays'])
    assert.deepEqual(await left([alone, answered, other]), [answered, other])
    assert.match((await dev.get(post.path)).body, /This comment was deleted[^]*An answer that stays/)
  })

  test('is a guest who comments just now or not, and never half of it', async () => {
    const post = await publishPost(ben)
    const { response } = await confirmation(post, 'Racing')
    const cookie = String(response.headers['set-cookie']).split(';', 1)[0] ?? ''
    const form = { ...(await formOf(dev, post.path)), body: 'Too late' }
    const answer = await db.transaction().execute(async (other) => {
      await sql`delete from comments where guest_id in (select id from guests where name = 'Racing')`.execute(other)
      await sql`delete from guests where name = 'Racing'`.execute(other)
      const sent = dev.post(paths.postComments(post.slug), form, { cookie })
      await waiting()
      return { sent }
    })
    const { statusCode, body } = await answer.sent
    assert.equal(statusCode, 409)
    assert.match(body, /Too late/)
  })

  test('is not what a moderator has just called spam, however old: that can be taken back', async () => {
    const post = await publishPost(ben)
    const id = await say(rosa, post.slug, 'Said long ago')
    await age(id, 400)
    const page = await decide(cleo, 'spam', [[id, 'approved']])
    await clean()
    assert.deepEqual(await left([id]), [id])
    const event = /name="event" value="(\d+)"/.exec(page)?.[1] ?? ''
    assert.equal((await cleo.post(paths.admin.commentDecisionEnds(), { event })).statusCode, 200)
    assert.match((await dev.get(post.path)).body, /Said long ago/)
  })

  test('leaves the place of spam that was answered, without its text, to nobody’s way back', async () => {
    const post = await publishPost(ben)
    const id = await say(rosa, post.slug, 'Spam after all')
    await say(ben, post.slug, 'An answer to it', id)
    await decide(cleo, 'spam', [[id, 'approved']])
    await age(id, 31)
    await clean()
    assert.match((await dev.get(post.path)).body, /This comment is not shown[^]*An answer to it/)
    const row = await db.selectFrom('comments').select('body').where('id', '=', id).executeTakeFirst()
    assert.deepEqual(row, { body: '' })
    assert.doesNotMatch((await cleo.get(paths.admin.comments({ tab: 'spam', post: post.slug }))).body, /Rosa/)
    assert.equal((await cleo.post(paths.commentRestoration(id))).statusCode, 404)
  })
})

type Post = { path: string; slug: string }

async function ofGuest(post: Post, guest_name: string, body: string): Promise<number> {
  const form = await formOf(dev, post.path)
  const person = { guest_name, guest_email: 'somebody@example.com' }
  const response = await dev.post(paths.postComments(post.slug), { ...form, ...person, body })
  assert.ok([202, 303].includes(response.statusCode), response.body)
  return (await lastComment()).id
}

async function confirmation(post: Post, name: string) {
  const id = await ofGuest(post, name, `Words of ${name}`)
  const mails = (await deliverMail()).filter(({ to }) => to === 'somebody@example.com')
  const link = new URL(/^http\S+$/m.exec(mails.at(-1)?.text ?? '')?.[0] ?? '').pathname
  const response = await dev.post(link)
  assert.equal(response.statusCode, 303)
  return { id, response }
}

async function confirmed(post: Post, name: string): Promise<number> {
  return (await confirmation(post, name)).id
}

async function named(names: string[]): Promise<string[]> {
  const rows = await db.selectFrom('guests').select('name').where('name', 'in', names).orderBy('id').execute()
  return rows.map(({ name }) => name)
}

/** Until a statement of this database waits for a lock. */
async function waiting(): Promise<void> {
  for (;;) {
    const { rows } = await sql`select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
    if (rows.length > 0) return
    await setTimeout(20)
  }
}

async function spamOf({ post, guest_name }: { post: Post; guest_name?: string }): Promise<number> {
  if (guest_name) return await ofGuest(post, guest_name, 'pills')
  assert.equal((await rosa.post(paths.postComments(post.slug), { body: 'pills' })).statusCode, 202)
  return (await lastComment()).id
}

/** As if all that happened to it had happened so many days ago. */
async function age(id: number, days: number): Promise<void> {
  const then = sql<Date>`now() - make_interval(days => ${days})`
  await db.updateTable('comments').set({ created_at: then }).where('id', '=', id).execute()
  await sql`update guests set created_at = ${then} where id = (select guest_id from comments where id = ${id})`.execute(
    db,
  )
  await sql`update audit_events set created_at = ${then} where subject_type = 'comment' and subject_id = ${id}`.execute(
    db,
  )
}

async function clean(): Promise<void> {
  await sql`select graphile_worker.add_job('remove-stale')`.execute(db)
  await deliverMail()
}

async function left(ids: number[]): Promise<number[]> {
  const rows = await db.selectFrom('comments').select('id').where('id', 'in', ids).orderBy('id').execute()
  return rows.map(({ id }) => id)
}
