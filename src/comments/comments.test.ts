// Commenting, and what readers see of it.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { newcomer } from '../../test/cast.ts'
import { errorAt, fieldOf, nextPage, publishPost, unescaped, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const { app, cast, db } = await testApp()
const { ben, rosa, bea, cleo, ada, dev } = cast

describe('a comment', () => {
  test('is stored with its post and author, and shown at once', async () => {
    const post = await publishPost(ben)
    const response = await rosa.post(paths.postComments(post.slug), { body: 'Well said.' })

    const [comment] = await commentsOf(post.id)
    assert.equal(response.statusCode, 303)
    assert.equal(response.headers.location, paths.comment(post.slug, comment?.id ?? 0))
    assert.equal(comment?.author_id, rosa.id)
    assert.equal(comment?.body, 'Well said.')
    const [shown] = thread((await dev.get(post.path)).body)
    assert.equal(shown?.author, 'Rosa')
    assert.equal(shown?.text, 'Well said.')
  })

  test('stands above the earlier ones', async () => {
    const post = await publishPost(ben)
    for (const [person, body] of [
      [rosa, 'first'],
      [bea, 'second'],
      [rosa, 'third'],
    ] as const) {
      await person.post(paths.postComments(post.slug), { body })
    }

    const shown = thread((await dev.get(post.path)).body)
    assert.deepEqual(
      shown.map(({ text }) => text),
      ['third', 'second', 'first'],
    )
    assert.deepEqual(
      shown.map(({ author }) => author),
      ['Rosa', 'Bea', 'Rosa'],
    )
  })

  test('takes author, post and time from no form', async () => {
    const post = await publishPost(ben)
    const other = await publishPost(ben)
    const forged = {
      author_id: String(ada.id),
      post_id: String(other.id),
      created_at: '2001-01-01',
      id: '1',
      version: '9',
    }
    await rosa.post(paths.postComments(post.slug), { body: 'Mine', ...forged })

    const [comment] = await commentsOf(post.id)
    assert.equal(comment?.author_id, rosa.id)
    assert.equal(comment?.version, 1)
    assert.ok(Date.now() - Number(comment?.created_at) < 60_000)
    assert.deepEqual(await commentsOf(other.id), [])
  })

  test('is text: no markup of it ever runs', async () => {
    const post = await publishPost(ben)
    const body = `<script>alert(1)</script><img src=x onerror="alert('2')">\n\n[x](javascript:alert(3)) &amp; <b>`
    await rosa.post(paths.postComments(post.slug), { body })

    const page = (await dev.get(post.path)).body.replace('<script type="application/ld+json">', '')
    assert.doesNotMatch(page, /<script|<img|<b>|href="javascript/)
    assert.match(page, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/)
    assert.match(page, /&amp; &lt;b&gt;/)
  })

  test('keeps all its characters', async () => {
    const post = await publishPost(ben)
    const body = `Quotes ' " \`, emoji 👩‍👩‍👧‍👦, 日本語, עברית, e\u0301, \\ % $1 --;`
    await rosa.post(paths.postComments(post.slug), { body })

    assert.equal((await commentsOf(post.id))[0]?.body, body)
    assert.ok(unescaped((await dev.get(post.path)).body).includes(body))
  })

  test('whose author is gone stays, without a name', async () => {
    const post = await publishPost(ben)
    const guest = await newcomer(app, db, 'Guest', 'viewer')
    await guest.post(paths.postComments(post.slug), { body: 'I was here' })
    await db.deleteFrom('users').where('id', '=', guest.id).execute()

    const [shown] = thread((await dev.get(post.path)).body)
    assert.equal(shown?.text, 'I was here')
    assert.equal(shown?.author, 'Someone')
  })

  test('of 32,768 characters of any kind is taken, one more is not', async () => {
    const post = await publishPost(ben)
    for (const letter of ['x', '字', '😀']) {
      const body = letter.repeat(32_768)
      assert.equal((await rosa.post(paths.postComments(post.slug), { body })).statusCode, 303, letter)
      const refused = await rosa.post(paths.postComments(post.slug), { body: body + letter })
      assert.equal(refused.statusCode, 422, letter)
      assert.match(errorAt(refused.body, 'body') ?? '', /32,768/)
    }
    assert.equal((await commentsOf(post.id)).length, 3)
  })
})

describe('a comment that is refused', () => {
  test('because it is blank shows the post, its comments and the form again', async () => {
    const post = await publishPost(ben, { body: 'The post itself.' })
    await bea.post(paths.postComments(post.slug), { body: 'Said before' })
    for (const body of ['', '   ', '\r\n\t', '\u3000']) {
      const submission_key = randomUUID()
      const response = await rosa.post(paths.postComments(post.slug), { body, submission_key })

      assert.equal(response.statusCode, 422)
      assert.match(response.body, /The post itself\./)
      assert.match(response.body, /Said before/)
      assert.ok(errorAt(response.body, 'body'))
      assert.equal(fieldOf(response.body, 'submission_key'), submission_key)
    }
    assert.equal((await commentsOf(post.id)).length, 1)
  })

  test('because it is too long gives back every character typed', async () => {
    const post = await publishPost(ben)
    const body = `Begin ${'<&">'.repeat(9000)} end`
    const response = await rosa.post(paths.postComments(post.slug), { body })

    assert.equal(response.statusCode, 422)
    assert.equal(fieldOf(response.body, 'body'), body)
  })

  test('because nobody is signed in is shown to be kept', async () => {
    const post = await publishPost(ben)
    const response = await dev.post(paths.postComments(post.slug), { body: 'My <long> thoughts' })

    assert.equal(response.statusCode, 401)
    assert.match(response.body, /My &lt;long&gt; thoughts/)
    assert.deepEqual(await commentsOf(post.id), [])
  })

  test('because the post is not there, or not yet, or not any more', async () => {
    await writePost(ben, { title: 'A draft without talk' })
    const taken = await publishPost(ben, { title: 'Taken off the blog' })
    await ben.post(paths.admin.publicationEnd(taken.id))

    for (const slug of ['never-there', 'a-draft-without-talk', taken.slug]) {
      for (const person of [rosa, ben, ada, dev]) {
        const response = await person.post(paths.postComments(slug), { body: 'Lost words?' })
        assert.equal(response.statusCode, 404, `${person.name} ${slug}`)
        assert.match(response.body, /Lost words\?/)
      }
    }
  })
})

describe('a reader without an account', () => {
  test('sees the comments, no form, and the way to one', async () => {
    const post = await publishPost(ben)
    await rosa.post(paths.postComments(post.slug), { body: 'Visible' })

    const { body } = await dev.get(post.path)
    assert.match(body, /Visible/)
    assert.equal(fieldOf(body, 'body'), undefined)
    assert.ok(unescaped(body).includes(`href="${paths.signIn()}?next=${encodeURIComponent(`${post.path}#comments`)}"`))
    assert.notEqual(fieldOf((await rosa.get(post.path)).body, 'body'), undefined)
  })

  test('is offered no comment to change', async () => {
    const post = await publishPost(ben)
    await rosa.post(paths.postComments(post.slug), { body: 'Visible' })
    const link = `href="${paths.editComment((await commentsOf(post.id))[0]?.id ?? 0)}"`

    for (const [person, sees] of [
      [dev, false],
      [bea, false],
      [rosa, true],
      [cleo, true],
      [ada, true],
    ] as const) {
      assert.equal((await person.get(post.path)).body.includes(link), sees, person.name)
    }
  })
})

describe('a form that is sent twice', () => {
  test('makes one comment', async () => {
    const post = await publishPost(ben)
    const form = { body: 'Pressed twice', submission_key: randomUUID() }
    const answers = await Promise.all([1, 2, 3].map(() => rosa.post(paths.postComments(post.slug), form)))
    answers.push(await rosa.post(paths.postComments(post.slug), form))

    const comments = await commentsOf(post.id)
    assert.equal(comments.length, 1)
    for (const { headers } of answers) assert.equal(headers.location, paths.comment(post.slug, comments[0]?.id ?? 0))
  })

  test('makes none with the key of somebody else', async () => {
    const post = await publishPost(ben)
    const submission_key = randomUUID()
    await rosa.post(paths.postComments(post.slug), { body: 'Rosas', submission_key })
    const response = await bea.post(paths.postComments(post.slug), { body: 'Beas words', submission_key })

    assert.equal(response.statusCode, 409)
    assert.match(response.body, /Beas words/)
    assert.equal((await commentsOf(post.id)).length, 1)
  })

  test('makes none below another post, and does not lead to the first', async () => {
    const [post, other] = [await publishPost(ben), await publishPost(ben)]
    const submission_key = randomUUID()
    await rosa.post(paths.postComments(post.slug), { body: 'Below the first', submission_key })
    const response = await rosa.post(paths.postComments(other.slug), { body: 'Below the other', submission_key })

    assert.equal(response.statusCode, 409)
    assert.match(response.body, /Below the other/)
    assert.equal((await commentsOf(other.id)).length, 0)
  })
})

describe('250 comments', () => {
  test('are three pages, newest first, none twice and none missing', async () => {
    const post = await publishPost(ben)
    // One moment for all: the order does not depend on the clock.
    const rows = Array.from({ length: 250 }, (_, index) => ({
      post_id: post.id,
      author_id: rosa.id,
      body: `Number ${index + 1}`,
    }))
    await db.insertInto('comments').values(rows).execute()

    const pages: string[][] = []
    for (let next: string | undefined = post.path; next && pages.length < 10;) {
      const response = await dev.get(next.replace(/#.*/, ''))
      assert.equal(response.statusCode, 200)
      pages.push(thread(response.body).map(({ text }) => text))
      next = nextPage(response.body)
    }
    assert.deepEqual(
      pages.map(({ length }) => length),
      [100, 100, 50],
    )
    assert.deepEqual(pages.flat(), rows.map(({ body }) => body).toReversed())
  })

  test('have no page at a place that cannot be', async () => {
    const post = await publishPost(ben)
    for (const name of ['before', 'after', 'comment', 'reply', 'quote']) {
      for (const place of ['x', '0', '-1', '1.5', '', '1'.repeat(16), '%00', 'A'.repeat(21), '='.repeat(22)]) {
        assert.equal((await dev.get(`${post.path}?${name}=${place}`)).statusCode, 404, `${name} ${place}`)
      }
    }
    for (const name of ['before', 'after'])
      assert.equal((await dev.get(`${post.path}?${name}=${'A'.repeat(22)}`)).statusCode, 200, name)
  })
})

describe('the thirty-first comment within five minutes', () => {
  test('has to wait, is shown to be kept, and holds up nobody else', async () => {
    const writer = await newcomer(app, db, 'Quick', 'viewer')
    const post = await publishPost(ben)
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => writer.post(paths.postComments(post.slug), { body: `${index}` })),
    )
    assert.deepEqual([...new Set(answers.map(({ statusCode }) => statusCode))], [303])

    const response = await writer.post(paths.postComments(post.slug), { body: 'One too many' })
    assert.equal(response.statusCode, 429)
    assert.ok(Number(response.headers['retry-after']) > 200 && Number(response.headers['retry-after']) <= 300)
    assert.match(response.body, /One too many/)
    assert.equal((await commentsOf(post.id)).length, 30)
    assert.equal((await bea.post(paths.postComments(post.slug), { body: 'Not me' })).statusCode, 303)

    await sql`update attempts set window_ends_at = now() - interval '1 second'`.execute(db)
    assert.equal((await writer.post(paths.postComments(post.slug), { body: 'Later' })).statusCode, 303)
  })
})

async function commentsOf(post_id: number) {
  return await db.selectFrom('comments').selectAll().where('post_id', '=', post_id).orderBy('id').execute()
}

/** The comments of a page in the order shown. */
function thread(html: string): { author: string; text: string }[] {
  return html
    .split(/<li id="comment-\d+"[^>]*>/)
    .slice(1)
    .map((part) => ({
      author: /<bdi[^>]*>([^<]*)<\/bdi>/.exec(part)?.[1] ?? '',
      text: unescaped(/<div class="said[^>]*>(.*?)<\/div>/s.exec(part)?.[1] ?? '')
        .replace(/<\/?p>/g, '')
        .trim(),
    }))
}
