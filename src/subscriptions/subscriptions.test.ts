// Mail about comments: who gets it, how often, and how it ends.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { type Person, newcomer } from '../../test/cast.ts'
import { publishPost } from '../../test/pages.ts'
import { send } from '../../test/people.ts'
import type { Mail } from '../mail/mailer.ts'
import { paths } from '../paths.ts'
import { askForMail, noteTellings } from './queries.ts'

const { app, cast, db, deliverMail } = await testApp()
const { ben, bea, cleo, rosa } = cast
let people = 0

describe('who asked to be told of answers', () => {
  test('gets one mail for an answer, and none for what they write themselves or for other threads', async () => {
    const [asking, answering] = [await somebody(), await somebody()]
    const post = await quietPost()
    const root = await comment(asking, post.slug, { body: 'A question.', tell_thread: 'yes' })
    await comment(asking, post.slug, { body: 'To myself.', parent: String(root) })
    await comment(answering, post.slug, { body: 'Another thread.' })
    assert.deepEqual(await mailsTo(asking), [])

    const reply = await comment(answering, post.slug, { body: 'An *answer*,\nof two lines.', parent: String(root) })
    const [mail, ...more] = await mailsTo(asking)
    assert.ok(mail)
    assert.deepEqual(more, [])
    assert.equal(mail.subject, `New answer on ${post.title}`)
    assert.match(
      mail.text,
      new RegExp(`^${answering.name} on ${post.title}:\n\n> An \\*answer\\*,\n> of two lines\\.\n`),
    )
    assert.match(mail.text, new RegExp(`http://localhost:\\d+/comments/${reply}\n`))
    const link = linkOf(mail)
    assert.equal(mail.headers?.['List-Unsubscribe'], `<${link}>`)
    assert.equal(mail.headers?.['List-Unsubscribe-Post'], 'List-Unsubscribe=One-Click')
    assert.ok(mail.text.includes(link))
    assert.deepEqual(await mailsTo(asking), [])
  })

  test('of the whole post hears of every comment', async () => {
    const [asking, answering] = [await somebody(), await somebody()]
    const post = await quietPost()
    await comment(asking, post.slug, { body: 'First.', tell_post: 'yes' })
    await comment(answering, post.slug, { body: 'A thread of its own.' })
    const [mail] = await mailsTo(asking)
    assert.equal(mail?.subject, `New comment on ${post.title}`)
    assert.match(mail?.text ?? '', /A thread of its own/)
  })

  test('hears nothing of what waits or is hidden, and once of what is approved, however often', async () => {
    const asking = await somebody()
    const post = await quietPost()
    await comment(asking, post.slug, { body: 'First.', tell_post: 'yes' })
    const row = { post_id: post.id, author_id: rosa.id, body: 'Was waiting.', body_format: 'markdown' }
    const insert = db
      .insertInto('comments')
      .values({ ...row, state: 'waiting' })
      .returning('id')
    const { id } = await insert.executeTakeFirstOrThrow()
    const set = async (state: string) =>
      void (await db.updateTable('comments').set({ state }).where('id', '=', id).execute())
    assert.deepEqual(await mailsTo(asking), [])
    await set('approved')
    await set('hidden')
    assert.deepEqual(await mailsTo(asking), [])
    await set('approved')
    assert.match((await mailsTo(asking))[0]?.text ?? '', /Was waiting/)
    await set('hidden')
    await set('approved')
    assert.deepEqual(await mailsTo(asking), [])
  })

  test('hears of what was hidden before its mail went, once it is approved again', async () => {
    const asking = await somebody()
    const post = await quietPost()
    await comment(asking, post.slug, { body: 'First.', tell_post: 'yes' })
    for (let count = 1; count <= 5; count++) {
      await comment(rosa, post.slug, { body: `Single ${count}.` })
      assert.equal((await mailsTo(asking)).length, 1, String(count))
    }
    // Its mail has to wait for the next hour.
    const id = await comment(rosa, post.slug, { body: 'Hidden for a while.' })
    const set = async (state: string) =>
      void (await db.updateTable('comments').set({ state }).where('id', '=', id).execute())
    assert.deepEqual(await mailsTo(asking), [])
    await set('hidden')
    await anHourLater(asking)
    assert.deepEqual(await mailsTo(asking), [])
    await set('approved')
    assert.match((await mailsTo(asking))[0]?.text ?? '', /Hidden for a while/)
    await set('hidden')
    await set('approved')
    assert.deepEqual(await mailsTo(asking), [])
  })

  test('hears nothing of a post that they may not open any more, nor with an address that is not confirmed', async () => {
    const [asking, unconfirmed, writing] = [await somebody(), await somebody(), await somebody()]
    const post = await quietPost()
    for (const person of [asking, unconfirmed]) await comment(person, post.slug, { body: 'First.', tell_post: 'yes' })
    await deliverMail()
    await db.updateTable('users').set({ email_confirmed_at: null }).where('id', '=', unconfirmed.id).execute()
    await comment(writing, post.slug, { body: 'Second.' })
    const sent = await deliverMail()
    assert.deepEqual([toldOf(sent, asking).length, toldOf(sent, unconfirmed).length], [1, 0])

    await comment(writing, post.slug, { body: 'Third.' })
    await db.updateTable('posts').set({ visibility: 'private' }).where('id', '=', post.id).execute()
    assert.deepEqual(await mailsTo(asking), [])
    assert.doesNotMatch((await asking.get(paths.profile())).body, new RegExp(post.title))
  })

  test('is told together of what comes after five mails in an hour', async () => {
    const asking = await somebody()
    const post = await quietPost()
    await comment(asking, post.slug, { body: 'First.', tell_post: 'yes' })
    for (let count = 1; count <= 5; count++) {
      await comment(rosa, post.slug, { body: `Single ${count}.` })
      assert.equal((await mailsTo(asking)).length, 1, String(count))
    }
    for (let count = 1; count <= 3; count++) await comment(rosa, post.slug, { body: `Together ${count}.` })
    assert.deepEqual(await mailsTo(asking), [])

    await anHourLater(asking)
    const [mail, ...more] = await mailsTo(asking)
    assert.deepEqual(more, [])
    assert.equal(mail?.subject, `3 new comments on ${post.title}`)
    for (let count = 1; count <= 3; count++) assert.match(mail?.text ?? '', new RegExp(`> Together ${count}\\.`))
  })

  test('is told once of what comes while a mail is on its way, however many processes do jobs', async () => {
    const asking = await somebody()
    const post = await quietPost()
    await comment(asking, post.slug, { body: 'First.', tell_post: 'yes' })
    await comment(rosa, post.slug, { body: 'Before the mail.' })
    const [isSending, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const slow = deliverMail(async () => {
      isSending.resolve()
      await mayEnd.promise
    })
    await isSending.promise
    await comment(rosa, post.slug, { body: 'During the mail.' })
    // Another process, which has nothing else to do.
    const elsewhere = await deliverMail()
    mayEnd.resolve()
    const mails = toldOf([...(await slow), ...elsewhere, ...(await deliverMail())], asking)
    assert.deepEqual(
      mails.map(({ text }) => text.match(/> \w+ the mail\./g)),
      [['> Before the mail.'], ['> During the mail.']],
    )
  })

  test('finds their ticks again in a form that is refused', async () => {
    const { slug } = await quietPost()
    const page = await rosa.post(paths.postComments(slug), { body: ' ', tell_thread: 'yes' })
    assert.equal(page.statusCode, 422)
    assert.match(page.body, /name="tell_thread" value="yes" checked/)
    assert.doesNotMatch(page.body, /name="tell_post" value="yes" checked/)
  })
})

describe('the writers of a post', () => {
  test('are told of comments on it, but for their own, until they say no on their profile', async () => {
    const writer = await newcomer(app, db, `Writer${++people}`, 'author')
    const post = await publishPost(writer)
    await comment(writer, post.slug, { body: 'My own.' })
    assert.deepEqual(await mailsTo(writer), [])
    await comment(rosa, post.slug, { body: 'From a reader.' })
    assert.equal((await mailsTo(writer)).length, 1)

    assert.match((await writer.get(paths.profile())).body, /name="is_told_of_comments" value="yes" checked/)
    assert.equal((await writer.post(paths.commentMail(), {})).statusCode, 303)
    await comment(rosa, post.slug, { body: 'One more.' })
    assert.deepEqual(await mailsTo(writer), [])
    await writer.post(paths.commentMail(), { is_told_of_comments: 'yes' })
    await comment(rosa, post.slug, { body: 'Yet one more.' })
    assert.equal((await mailsTo(writer)).length, 1)
  })
})

describe('the link in a mail', () => {
  test('changes nothing when it is opened, and ends the mails about the post when the button is pressed', async () => {
    const [asking, post, link] = await subscribed()
    const { pathname } = new URL(link)
    for (const method of ['GET', 'HEAD'] as const)
      assert.equal((await app.inject({ method, url: pathname })).statusCode, 200)
    const page = await app.inject(pathname)
    assert.match(page.body, new RegExp(post.title))
    assert.match(page.body, new RegExp(`<form method="post" action="${pathname}">`))
    await comment(cleo, post.slug, { body: 'Still told.' })
    assert.equal((await mailsTo(asking)).length, 1)

    assert.match((await send({ app }, pathname, {})).body, /You get no more mail about this/)
    await comment(cleo, post.slug, { body: 'Not told.' })
    assert.deepEqual(await mailsTo(asking), [])
  })

  test('takes one click of a mail provider, in either type of form, once and again', async () => {
    const types = {
      'application/x-www-form-urlencoded': 'List-Unsubscribe=One-Click',
      'multipart/form-data; boundary=x':
        '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n',
    }
    for (const [type, payload] of Object.entries(types)) {
      const [asking, post, link] = await subscribed()
      for (let count = 0; count < 2; count++) {
        const { pathname: url } = new URL(link)
        const answer = await app.inject({ method: 'POST', url, headers: { 'content-type': type }, payload })
        assert.equal(answer.statusCode, 200, type)
      }
      await comment(cleo, post.slug, { body: 'Not told.' })
      assert.deepEqual(await mailsTo(asking), [], type)
    }
  })

  test('is recorded when something ended, and not each time it is sent', async () => {
    const writer = await newcomer(app, db, `Writer${++people}`, 'author')
    const post = await publishPost(writer)
    await comment(bea, post.slug, { body: 'One.' })
    const [mail] = await mailsTo(writer)
    assert.ok(mail)
    const [reader, , linkOfReader] = await subscribed()
    const links: [Person, string][] = [
      [writer, linkOf(mail)],
      [reader, linkOfReader],
    ]
    for (const [person, link] of links) {
      const url = new URL(link).pathname
      const answers = await Promise.all(Array.from({ length: 10 }, () => send({ app }, url, {})))
      for (const { statusCode } of [...answers, await send({ app }, url, {})]) assert.equal(statusCode, 200)
      const events = db.selectFrom('audit_events').select('id').where('action', '=', 'subscription.ended')
      assert.equal((await events.where('actor_id', '=', person.id).execute()).length, 1)
    }
  })

  test('ends the mails of a writer about that post alone', async () => {
    const writer = await newcomer(app, db, `Writer${++people}`, 'author')
    const [one, other] = [await publishPost(writer), await publishPost(writer)]
    await comment(bea, one.slug, { body: 'One.' })
    const [mail] = await mailsTo(writer)
    assert.ok(mail)
    await send({ app }, new URL(linkOf(mail)).pathname, {})
    await comment(bea, one.slug, { body: 'Not told.' })
    assert.deepEqual(await mailsTo(writer), [])
    await comment(bea, other.slug, { body: 'Of the other.' })
    assert.equal((await mailsTo(writer)).length, 1)
  })

  test('is stored as a hash, and another one leads nowhere', async () => {
    const [, , link] = await subscribed()
    const token = link.split('/').at(-1) ?? ''
    const rows = await db.selectFrom('unsubscribe_tokens').selectAll().execute()
    assert.ok(!JSON.stringify(rows.map((row) => row.token_hash.toString())).includes(token))
    const other = paths.unsubscribe('x'.repeat(43))
    for (const { body, statusCode } of [await app.inject(other), await send({ app }, other, {})]) {
      assert.equal(statusCode, 404)
      assert.match(body, /older than 180 days/)
      assert.ok(body.includes(`href="${paths.profile()}"`))
    }
  })
})

test('the profile lists what somebody follows, and ends one at a time; nobody ends those of others', async () => {
  const asking = await somebody()
  const [one, other] = [await quietPost(), await quietPost()]
  for (const { slug } of [one, other])
    await comment(asking, slug, { body: 'First.', tell_post: 'yes', tell_thread: 'yes' })
  const ends = async () => {
    const { body } = await asking.get(paths.profile())
    return [...body.matchAll(/action="(\/profile\/subscriptions\/\d+\/end)"/g)].map(([, path]) => path ?? '')
  }
  const [first = ''] = await ends()
  assert.equal((await ends()).length, 4)
  assert.equal((await rosa.post(first)).statusCode, 303)
  assert.equal((await ends()).length, 4)
  assert.equal((await asking.post(first)).statusCode, 303)
  assert.equal((await ends()).length, 3)
})

test('an account has 500 subscriptions; the oldest makes room', async () => {
  const asking = await somebody()
  const posts = await db
    .insertInto('posts')
    .values(
      Array.from({ length: 501 }, (_, count) => ({ title: 'x', slug: `many-${count}`, body: 'x', body_html: 'x' })),
    )
    .returning('id')
    .execute()
  const at = (index: number) => new Date(Date.now() - (1000 - index) * 1000)
  const rows = posts.map(({ id }, index) => ({ user_id: asking.id, post_id: id, created_at: at(index) }))
  await db.insertInto('subscriptions').values(rows).execute()
  const post = await quietPost()
  await comment(asking, post.slug, { body: 'One more.', tell_post: 'yes' })
  const kept = await db.selectFrom('subscriptions').select('post_id').where('user_id', '=', asking.id).execute()
  assert.equal(kept.length, 500)
  const ids = kept.map(({ post_id }) => post_id)
  assert.deepEqual(
    [posts[0], posts[1], post].map((one) => ids.includes(one?.id ?? 0)),
    [false, false, true],
  )
})

// The last one, because the mails are not sent.
test('more than a thousand are told in turns', async () => {
  const post = await quietPost()
  const person = (name: string) => ({ name, slug: name, email: `${name}@example.com`, email_confirmed_at: new Date() })
  const users = Array.from({ length: 1001 }, (_, count) => person(`many-${count}`))
  const rows = await db.insertInto('users').values(users).returning('id').execute()
  await db
    .insertInto('subscriptions')
    .values(rows.map(({ id }) => ({ user_id: id, post_id: post.id })))
    .execute()
  const comment_id = await comment(rosa, post.slug, { body: 'For many.' })
  const told = async () => {
    const query = db.selectFrom('comment_tellings').select('user_id').where('comment_id', '=', comment_id)
    return (await query.execute()).length
  }
  const counts = []
  const since = new Date().toISOString()
  for (let count = 0; count < 3; count++) {
    await noteTellings(db, { comment_id, since })
    counts.push(await told())
  }
  assert.deepEqual(counts, [1000, 1001, 1001])
})

async function somebody(): Promise<Person> {
  return await newcomer(app, db, `Person${++people}`, 'viewer')
}

/** One whose writer hears nothing, so that what is sent is for readers. */
async function quietPost() {
  const title = `Quiet ${++people}`
  const post = await publishPost(ben, { title })
  await db.updateTable('users').set({ is_told_of_comments: false }).where('id', '=', ben.id).execute()
  return { ...post, title }
}

/** So that the mail that waits for it can go. */
async function anHourLater(asking: Person): Promise<void> {
  const past = new Date(Date.now() - 2 * 3600_000)
  await db.updateTable('comment_tellings').set({ mailed_at: past }).where('mailed_at', 'is not', null).execute()
  await askForMail(db, { user_id: asking.id })
}

async function subscribed() {
  const asking = await somebody()
  const post = await quietPost()
  await comment(asking, post.slug, { body: 'First.', tell_post: 'yes', tell_thread: 'yes' })
  await comment(bea, post.slug, { body: 'An answer.' })
  const [mail] = await mailsTo(asking)
  assert.ok(mail)
  return [asking, post, linkOf(mail)] as const
}

async function comment(person: Person, slug: string, form: Record<string, string>): Promise<number> {
  const answer = await person.post(paths.postComments(slug), form)
  assert.equal(answer.statusCode, 303, answer.body)
  return Number(/comment=(\d+)/.exec(String(answer.headers.location))?.[1])
}

/** What is sent to somebody now. */
async function mailsTo(person: Person): Promise<Mail[]> {
  return toldOf(await deliverMail(), person)
}

function toldOf(mails: Mail[], person: Person): Mail[] {
  return mails.filter(({ to }) => to === person.email)
}

function linkOf(mail: Mail): string {
  return /http\S+\/unsubscribe\/\S+/.exec(mail.text)?.[0] ?? assert.fail('There is no link.')
}
