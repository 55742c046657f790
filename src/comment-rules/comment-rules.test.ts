import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { newcomer } from '../../test/cast.ts'
import { moderating } from '../../test/moderating.ts'
import { errorAt, fieldOf, publishPost } from '../../test/pages.ts'
import { signed } from './form-mark.ts'
import { paths } from '../paths.ts'

const blog = await testApp()
const { cast, app, db, settings } = blog
const { ada, bea, ben, cleo, dev, rosa } = cast
const { setRules, say, change, decide, stateOf, lastComment, formOf, formIn } = moderating(blog)

beforeEach(async () => {
  await sql`delete from attempts`.execute(db)
  await setRules()
})

describe('what the owner lets wait', () => {
  test('is nothing at first', async () => {
    const post = await publishPost(ben)
    const id = await say(rosa, post.slug, 'Hello')
    assert.deepEqual(await stateOf(id), ['approved', null])
    assert.match((await dev.get(post.path)).body, /Hello/)
  })

  test('is the first comment of each person, until one of theirs is shown', async () => {
    await setRules({ comments_wait: 'first' })
    const post = await publishPost(ben)
    const person = await newcomer(app, db, 'Firstly', 'viewer')
    const first = await say(person, post.slug, 'My first words')
    assert.deepEqual(await stateOf(first), ['waiting', 'first'])
    const second = await say(person, post.slug, 'My second words')
    assert.deepEqual(await stateOf(second), ['waiting', 'first'])
    assert.doesNotMatch((await dev.get(post.path)).body, /My (first|second)/)
    const own = (await person.get(post.path)).body
    assert.match(own, /My first words/)
    assert.match(own, /Only you and the moderators see it/)
    await decide(cleo, 'approve', [[first, 'waiting']])
    assert.match((await dev.get(post.path)).body, /My first words/)
    assert.deepEqual(await stateOf(await say(person, post.slug, 'Known by now')), ['approved', null])
  })

  test('is the first comment again when it is changed before another one is shown', async () => {
    await setRules({ comments_wait: 'first' })
    const post = await publishPost(ben)
    const person = await newcomer(app, db, 'Baiting', 'viewer')
    const first = await say(person, post.slug, 'Bait')
    await decide(cleo, 'approve', [[first, 'waiting']])
    await change(person, first, 'Switched to pills')
    assert.deepEqual(await stateOf(first), ['waiting', 'first'])
    assert.doesNotMatch((await dev.get(post.path)).body, /Switched to pills/)
    await decide(cleo, 'approve', [[first, 'waiting']])
    await say(person, post.slug, 'Known by the first')
    await change(person, first, 'Known by the second')
    assert.equal((await stateOf(first))[0], 'approved')
  })

  test('is every comment, but for those of moderators and of who wrote the post', async () => {
    await setRules({ comments_wait: 'every' })
    const post = await publishPost(ben, { authors: 'bea' })
    assert.deepEqual(await stateOf(await say(rosa, post.slug, 'A reader')), ['waiting', 'every'])
    for (const person of [ada, cleo, ben, bea])
      assert.deepEqual(await stateOf(await say(person, post.slug, 'At home')), ['approved', null], person.name)
    const other = await publishPost(ada)
    assert.deepEqual(await stateOf(await say(ben, other.slug, 'A guest here')), ['waiting', 'every'])
  })

  test('is also what a change makes of a comment that was shown; a change shows nothing that waits', async () => {
    const post = await publishPost(ben)
    const id = await say(rosa, post.slug, 'Harmless')
    await setRules({ comment_words_wait: 'casino' })
    await change(rosa, id, 'My casino')
    assert.deepEqual(await stateOf(id), ['waiting', 'words'])
    await change(rosa, id, 'Harmless again')
    assert.deepEqual(await stateOf(id), ['waiting', 'words'])
    await decide(cleo, 'spam', [[id, 'waiting']])
    await change(rosa, id, 'My casino, once more')
    assert.equal((await stateOf(id))[0], 'spam')
  })
})

describe('words and links', () => {
  const cases: [list: string, body: string, isFound: boolean][] = [
    ['casino', 'The Casino!', true],
    ['casino', 'occasinonal', false],
    ['casino', 'casinos', false],
    ['casino*', 'CASINOS', true],
    ['buy now', 'buy\n  NOW, please', true],
    ['buy now', 'buy it now', false],
    ['cafe', 'Café', true],
    ['ﬁne', 'it is fine', true],
    ['casino', 'ca\u00adsi\u200bno', true],
    ['赌场', '在线赌场开业', true],
    ['.*', 'anything', false],
    ['a+b', 'aaab', false],
    ['(', '((((', false],
    ['x*y', 'x y', true],
    ['straße*', 'STRASSENBAHN straßen', true],
  ]
  for (const [list, body, isFound] of cases) {
    test(`${JSON.stringify(list)} ${isFound ? 'finds' : 'does not find'} ${JSON.stringify(body)}`, async () => {
      await setRules({ comment_words_wait: list })
      const post = await publishPost(ben)
      assert.equal((await stateOf(await say(rosa, post.slug, body)))[0], isFound ? 'waiting' : 'approved')
    })
  }

  test('that are blocked go to the spam, and the writer is told and keeps the text', async () => {
    await setRules({ comment_words_spam: 'pills' })
    const post = await publishPost(ben)
    const response = await rosa.post(paths.postComments(post.slug), {
      ...(await formOf(rosa, post.path)),
      body: 'Buy <pills> here',
    })
    assert.equal(response.statusCode, 202)
    assert.match(response.body, /taken for spam and put aside/)
    assert.equal(fieldOf(response.body, 'body'), 'Buy <pills> here')
    const row = await lastComment()
    assert.deepEqual([row.state, row.held_for], ['spam', 'blocked'])
    assert.doesNotMatch((await dev.get(post.path)).body, /pills/)
    // The form that came back makes another comment.
    const again = { ...formIn(response.body), body: 'Without them' }
    assert.equal((await rosa.post(paths.postComments(post.slug), again)).statusCode, 303)
  })

  test('many links wait, fewer do not', async () => {
    await setRules({ comment_links_wait: 3 })
    const post = await publishPost(ben)
    const links = (count: number) => Array.from({ length: count }, (_, n) => `https://example.com/${n}`).join(' ')
    assert.equal((await stateOf(await say(rosa, post.slug, links(2))))[0], 'approved')
    assert.deepEqual(await stateOf(await say(rosa, post.slug, links(3))), ['waiting', 'links'])
    assert.equal(
      (await stateOf(await say(rosa, post.slug, 'Www.a.example www.b.example HTTP://c.example')))[0],
      'waiting',
    )
  })
})

describe('the form of a comment', () => {
  test('that has the hidden field filled in goes to the spam, and the text comes back', async () => {
    const post = await publishPost(ben)
    const form = { ...(await formOf(rosa, post.path)), body: 'From a program', website: 'https://example.com' }
    const response = await rosa.post(paths.postComments(post.slug), form)
    assert.equal(response.statusCode, 202)
    assert.equal(fieldOf(response.body, 'body'), 'From a program')
    assert.equal((await lastComment()).held_for, 'trap')
  })

  test('that is sent at once, or with a mark that was forged or is of another form, waits for who is not known yet', async () => {
    const person = await newcomer(app, db, 'Hasty', 'viewer')
    const [post, other] = [await publishPost(ben), await publishPost(ben)]
    const form = await formOf(person, post.path)
    const old = (Date.now() - 60_000).toString(36)
    const secret = settings.get().form_secret
    const marks = {
      'at once': form.mark,
      forged: `${old}.${'A'.repeat(43)}`,
      'no mark': 'x',
      'of another post': `${old}.${signed(secret, `comment form ${other.id} ${form.submission_key} ${old}`)}`,
      'of another form': `${old}.${signed(secret, `comment form ${post.id} other ${old}`)}`,
    }
    for (const [name, mark = ''] of Object.entries(marks)) {
      const fresh = name === 'at once' ? await formOf(person, post.path) : { submission_key: crypto.randomUUID(), mark }
      await person.post(paths.postComments(post.slug), { ...fresh, body: name })
      const row = await lastComment()
      assert.deepEqual([row.body, row.state, row.held_for], [name, 'waiting', 'fast'])
    }
    const mark = `${old}.${signed(secret, `comment form ${post.id} ${form.submission_key} ${old}`)}`
    await person.post(paths.postComments(post.slug), { ...form, mark, body: 'Slowly' })
    assert.deepEqual(await stateOf((await lastComment()).id), ['approved', null])
    await person.post(paths.postComments(post.slug), { ...(await formOf(person, post.path)), body: 'Known' })
    assert.equal((await lastComment()).state, 'approved')
  })
})

describe('the rules', () => {
  test('are the owner’s, come back as typed when they cannot be kept, and leave a trace', async () => {
    const form = async () => ({
      comments_wait: 'first',
      comment_links_wait: '2',
      comment_words_wait: 'bread*\r\nnight train',
      comment_words_spam: '',
      version: fieldOf((await ada.get(paths.admin.commentRules())).body, 'version') ?? '',
    })
    assert.equal((await ada.post(paths.admin.commentRules(), await form())).statusCode, 303)
    assert.equal(settings.get().comments_wait, 'first')
    assert.equal(settings.get().comment_words_wait, 'bread*\nnight train')
    assert.match((await ada.get(paths.admin.moderationLog())).body, /changed the rules/)
    const wrong: [string, string][] = [
      ['comment_words_wait', '*'],
      ['comment_words_spam', '!!!'],
      ['comment_words_spam', 'x'.repeat(101)],
      ['comment_words_spam', 'x\n'.repeat(501)],
      ['comment_links_wait', '101'],
      ['comment_links_wait', '-1'],
    ]
    for (const [name, value] of wrong) {
      const response = await ada.post(paths.admin.commentRules(), { ...(await form()), [name]: value })
      assert.equal(response.statusCode, 422, value)
      assert.ok(errorAt(response.body, name), value)
      assert.equal(fieldOf(response.body, name), value)
    }
    const old = { ...(await form()), version: '1' }
    assert.equal((await ada.post(paths.admin.commentRules(), old)).statusCode, 409)
    assert.equal((await cleo.post(paths.admin.commentRules(), await form())).statusCode, 403)
  })
})
