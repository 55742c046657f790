import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, beforeEach, describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { newcomer } from '../../test/cast.ts'
import { moderating } from '../../test/moderating.ts'
import { errorAt, fieldOf, publishPost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const asked: { method: string | undefined; form: URLSearchParams }[] = []
let answer = {
  status: 200,
  body: 'false',
  headers: { 'content-type': 'text/plain; charset=utf-8' } as Record<string, string>,
}
let meanwhile: (() => Promise<unknown>) | undefined
const service = createServer((request, response) => {
  let text = ''
  request.on('data', (part: Buffer) => (text += part.toString()))
  request.on('end', async () => {
    asked.push({ method: request.method, form: new URLSearchParams(text) })
    await meanwhile?.()
    meanwhile = undefined
    response.writeHead(answer.status, answer.headers).end(answer.body)
  })
})
await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
after(() => service.close())
const address = `http://127.0.0.1:${(service.address() as AddressInfo).port}/1.1/comment-check`

const blog = await testApp({ OUTBOUND_ALLOW: '127.0.0.1' })
const { app, cast, db, deliverMail, settings } = blog
const { ada, ben, cleo, dev } = cast
const { change, decide, say, setRules, stateOf } = moderating(blog)
let count = 0
const stranger = () => newcomer(app, db, `Newcomer${++count}`, 'viewer')

beforeEach(async () => {
  asked.length = 0
  answer = { status: 200, body: 'false', headers: { 'content-type': 'text/plain; charset=utf-8' } }
  await setRules({ spam_check_address: address, spam_check_key: 'a-key' })
})

describe('a comment that a service is asked about', () => {
  test('waits, and is shown when the answer is that it is none', async () => {
    const post = await publishPost(ben)
    const person = await stranger()
    const id = await say(person, post.slug, 'Is & this = spam?')
    assert.deepEqual(await stateOf(id), ['waiting', 'asked'])
    assert.match((await person.get(post.path)).body, /Only you and the moderators see it/)
    await deliverMail()
    assert.equal((await stateOf(id))[0], 'approved')
    assert.match((await dev.get(post.path)).body, /Is &amp; this = spam/)
    assert.deepEqual(
      asked.map(({ method, form }) => [method, form.get('comment_content'), form.get('api_key'), form.get('user_ip')]),
      [['POST', 'Is & this = spam?', 'a-key', '127.0.0.1']],
    )
    // Who is known is not asked about.
    assert.deepEqual(await stateOf(await say(person, post.slug, 'Again')), ['approved', null])
  })

  test('goes to the spam when that is the answer', async () => {
    answer.body = 'true'
    const id = await say(await stranger(), (await publishPost(ben)).slug, 'Spam')
    await deliverMail()
    assert.deepEqual(await stateOf(id), ['spam', 'asked'])
  })

  for (const [name, wrong] of Object.entries({
    'an answer that is none': { body: 'invalid' },
    'a failure': { status: 500 },
    'a redirect': { status: 302, headers: { location: address } },
    'an endless answer': { body: 'x'.repeat(2000) },
  })) {
    test(`goes on waiting after ${name}, for a person`, async () => {
      Object.assign(answer, wrong)
      const id = await say(await stranger(), (await publishPost(ben)).slug, name)
      await deliverMail()
      assert.equal(asked.length, 1)
      assert.deepEqual(await stateOf(id), ['waiting', 'asked'])
      await decide(cleo, 'approve', [[id, 'waiting']])
      assert.equal((await stateOf(id))[0], 'approved')
    })
  }

  test('that was decided about or changed meanwhile is not overruled', async () => {
    const post = await publishPost(ben)
    const id = await say(await stranger(), post.slug, 'Hidden meanwhile')
    meanwhile = () => decide(cleo, 'hide', [[id, 'waiting']])
    await deliverMail()
    assert.equal((await stateOf(id))[0], 'hidden')

    const other = await say(await stranger(), post.slug, 'Changed meanwhile')
    meanwhile = () =>
      sql`update comments set body = 'Another text', version = version + 1 where id = ${other}`.execute(db)
    await deliverMail()
    assert.equal((await stateOf(other))[0], 'approved')
    assert.equal(asked.at(-1)?.form.get('comment_content'), 'Another text')
  })

  test('that is changed to what a rule puts aside waits for a person, whatever the service answers', async () => {
    await setRules({ spam_check_address: address, comment_words_wait: 'casino', comment_links_wait: 2 })
    const post = await publishPost(ben)
    const bodies = { words: 'Best casino here', links: 'https://a.example https://b.example' }
    for (const [held_for, body] of Object.entries(bodies)) {
      const person = await stranger()
      const id = await say(person, post.slug, 'Harmless')
      assert.deepEqual(await stateOf(id), ['waiting', 'asked'])
      await change(person, id, body)
      assert.deepEqual(await stateOf(id), ['waiting', held_for])
      await change(person, id, 'Harmless again')
      await deliverMail()
      assert.deepEqual(await stateOf(id), ['waiting', held_for])
    }
    assert.equal(asked.length, 0)
  })

  test('that was approved is asked about again when its author changes it, who is known by nothing else', async () => {
    const post = await publishPost(ben)
    const person = await stranger()
    const id = await say(person, post.slug, 'Lovely post')
    await deliverMail()
    assert.equal((await stateOf(id))[0], 'approved')
    answer.body = 'true'
    await change(person, id, 'Buy pills')
    assert.deepEqual(await stateOf(id), ['waiting', 'asked'])
    assert.doesNotMatch((await dev.get(post.path)).body, /Buy pills/)
    await deliverMail()
    assert.deepEqual(await stateOf(id), ['spam', 'asked'])
    assert.equal(asked.at(-1)?.form.get('comment_content'), 'Buy pills')
  })

  test('and deleted meanwhile gets no verdict', async () => {
    const person = await stranger()
    const id = await say(person, (await publishPost(ben)).slug, 'Deleted meanwhile')
    meanwhile = () => person.post(paths.commentDeletion(id))
    await deliverMail()
    assert.equal(asked.length, 1)
    assert.deepEqual(await stateOf(id), ['waiting', 'asked'])
  })

  test('lets mail go first, so that a service which does not answer holds up none for longer than one question', async () => {
    const post = await publishPost(ben)
    const ids = []
    for (let count = 0; count < 3; count++) ids.push(await say(await stranger(), post.slug, `One of three: ${count}`))
    const askedBefore: number[] = []
    const forget = async () => {
      await sql`delete from attempts`.execute(db)
      assert.equal((await dev.post(paths.forgottenPassword(), { email: ben.email })).statusCode, 200)
    }
    await forget()
    const [isAsked, mayAnswer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    meanwhile = async () => {
      meanwhile = undefined
      isAsked.resolve()
      await mayAnswer.promise
    }
    const note = async () => void askedBefore.push(asked.length)
    const one = deliverMail(note)
    await isAsked.promise
    await forget()
    const [mail] = await deliverMail(note)
    assert.equal(mail?.to, ben.email)
    mayAnswer.resolve()
    await one
    assert.deepEqual(askedBefore, [0, 1])
    await deliverMail()
    for (const id of ids) assert.equal((await stateOf(id))[0], 'approved')
  })

  test('below a post of moderators and authors is asked about for readers alone', async () => {
    const post = await publishPost(ben)
    for (const person of [ada, cleo, ben]) await say(person, post.slug, 'At home')
    await deliverMail()
    assert.equal(asked.length, 0)
  })
})

test('the key is shown to nobody, in no log, and kept when the field is empty', async () => {
  const form = async (more: Record<string, string>) => ({
    comments_wait: 'none',
    comment_links_wait: '0',
    comment_words_wait: '',
    comment_words_spam: '',
    version: fieldOf((await ada.get(paths.admin.commentRules())).body, 'version') ?? '',
    ...more,
  })
  const save = async (more: Record<string, string>) => await ada.post(paths.admin.commentRules(), await form(more))
  assert.equal((await save({ spam_check_address: address, spam_check_key: 'hush-hush' })).statusCode, 303)
  assert.equal((await save({ spam_check_address: address })).statusCode, 303)
  assert.equal(settings.get().spam_check_key, 'hush-hush')
  assert.doesNotMatch((await ada.get(paths.admin.commentRules())).body, /hush-hush/)
  const { rows } = await sql`select from audit_events where details::text like '%hush-hush%'`.execute(db)
  assert.equal(rows.length, 0)
  for (const wrong of ['javascript:alert(1)', 'akismet', 'https://a:b@example.com/']) {
    const response = await save({ spam_check_address: wrong })
    assert.equal(response.statusCode, 422)
    assert.ok(errorAt(response.body, 'spam_check_address'), wrong)
  }
})
