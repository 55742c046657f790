// What readers get to see of posts.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newBlog, testApp } from '../../test/app.ts'
import { listedPosts, publishPost, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const { app, cast, db } = await testApp()
const { ben, bea, ada, cleo, dev } = cast
const emptyBlog = await testApp()
const newOne = await newBlog()

describe('an empty blog', () => {
  test('says that there are no posts so far', async () => {
    const response = await emptyBlog.cast.dev.get(paths.home())

    assert.equal(response.statusCode, 200)
    assert.match(response.body, /No posts here so far/)
  })

  test('invites who may write, and nobody else', async () => {
    const toWrite = new RegExp(`class="button" href="${paths.admin.newPost()}"`)

    assert.match((await emptyBlog.cast.ben.get(paths.home())).body, toWrite)
    assert.doesNotMatch((await emptyBlog.cast.rosa.get(paths.home())).body, toWrite)
    assert.doesNotMatch((await emptyBlog.cast.dev.get(paths.home())).body, toWrite)
  })

  test('says that it was not set up when it was not', async () => {
    const response = await newOne.app.inject(paths.home())

    assert.equal(response.statusCode, 200)
    assert.match(response.body, /has not been set up yet/)
    assert.doesNotMatch(response.body, /No posts here so far/)
  })
})

describe('a published post', () => {
  test('is on the front page and has a page of its own', async () => {
    const response = await ben.post(paths.admin.posts(), { title: 'Hello', body: 'A *first* post.', publish: 'yes' })

    assert.equal(response.statusCode, 303)
    assert.equal(response.headers.location, paths.post('hello'))
    assert.match((await dev.get(paths.home())).body, /<a href="\/posts\/hello" class="u-url">Hello<\/a>/)
    assert.match((await dev.get(paths.post('hello'))).body, /A <em>first<\/em> post\./)
  })

  test('shows its title, author and date on the front page', async () => {
    const { path } = await publishPost(bea, { title: 'Who and when' })

    const { body } = await dev.get(paths.home())
    const entry = body.split('<li>').find((part) => part.includes(`href="${path}"`)) ?? ''
    assert.match(entry, />Who and when</)
    assert.match(entry, /<a href="\/authors\/bea" rel="author">.*Bea/)
    assert.match(entry, new RegExp(`<time datetime="${new Date().toISOString().slice(0, 10)}T`))
  })

  test('comes before what was published earlier', async () => {
    const first = await publishPost(ben)
    const second = await publishPost(bea)
    const third = await publishPost(ben)

    assert.deepEqual(listedPosts((await dev.get(paths.home())).body).slice(0, 3), [third.path, second.path, first.path])
  })

  test('belongs to the moment of its publication, not of its writing', async () => {
    const draft = await writePost(ben, { title: 'Written first' })
    const other = await publishPost(ben)
    await ben.post(paths.admin.publication(draft.id))

    assert.deepEqual(listedPosts((await dev.get(paths.home())).body).slice(0, 2), [
      paths.post('written-first'),
      other.path,
    ])
  })

  test('says that there are no comments yet', async () => {
    const { path } = await publishPost(ben)

    assert.match((await dev.get(path)).body, /No comments yet/)
  })

  test('has its address in a canonical link, whatever host was asked', async () => {
    const { path } = await publishPost(ben)

    const { body } = await dev.get(path, { host: 'evil.example', 'x-forwarded-host': 'evil.example' })
    assert.match(body, new RegExp(`<link rel="canonical" href="http://localhost:8081${path}">`))
    assert.doesNotMatch(body, /evil/)
  })

  test('tells other sites what to show where it is linked to', async () => {
    const picture = { picture_url: 'https://example.com/a.png', picture_alt: 'A "hill"' }
    const { path, id } = await publishPost(ben, { title: 'Card & <b>', excerpt: 'What it is.', ...picture })
    const wanted = [
      '<meta property="og:type" content="article">',
      '<meta property="og:title" content="Card &amp; &lt;b&gt;">',
      '<meta property="og:description" content="What it is.">',
      `<meta property="og:url" content="http://localhost:8081${path}">`,
      '<meta property="og:image" content="https://example.com/a.png">',
      '<meta property="og:image:alt" content="A &quot;hill&quot;">',
      '<meta name="twitter:card" content="summary_large_image">',
    ]
    const { body } = await dev.get(path)
    for (const line of wanted) assert.ok(body.includes(line), line)
    assert.match(body, /<meta property="article:published_time" content="\d{4}-/)
    await db.updateTable('posts').set({ picture_url: '' }).where('id', '=', id).execute()
    assert.match((await dev.get(path)).body, /<meta property="og:image" content="[^"]*\/picture\/[0-9a-f]{20}\.png">/)
    await db.updateTable('posts').set({ visibility: 'private' }).where('id', '=', id).execute()
    assert.doesNotMatch((await ben.get(path)).body, /og:/)
  })

  test('shows its title as text', async () => {
    const title = `<script>alert("1")</script> & 'two' <b>`
    const { path } = await publishPost(ben, { title })

    for (const page of [path, paths.home(), paths.author('ben')]) {
      const { body } = await dev.get(page)
      assert.match(body, /&lt;script&gt;alert\(&quot;1&quot;\)&lt;\/script&gt; &amp; &#39;two&#39; &lt;b&gt;/)
      // The one is what search engines are told, which structured-data.test.ts looks into.
      assert.doesNotMatch(body.replace('<script type="application/ld+json">', ''), /<script|<b>/)
    }
  })

  test('keeps every script, emoji and quotation mark of its text', async () => {
    const words = `„Grüße“ 日本語 العربية עברית 👩‍👩‍👧‍👦 e\u0301 'it''s' \\ $1 %s {{x}} NULL; drop table posts;--`
    const { path } = await publishPost(ben, { title: words, body: `\`${words}\`` })

    const { body } = await dev.get(path)
    const escaped = words.replaceAll("'", '&#39;')
    assert.ok(body.includes(`<h1 class="p-name">${escaped}</h1>`))
    assert.ok(body.includes(`<code>${words}</code>`))
    assert.deepEqual(await db.selectFrom('posts').select('title').where('title', '=', words).execute(), [
      { title: words },
    ])
  })

  test('can be found under an address of 80 letters of any script', async () => {
    for (const letter of ['字', '𠀀', 'ж', 'a']) {
      const { path, slug } = await publishPost(ben, { title: letter.repeat(100) })

      assert.equal(slug, letter.repeat(80))
      assert.equal((await dev.get(path)).statusCode, 200, `${letter}: ${path}`)
    }
  })
})

describe('what is not published', () => {
  test('answers like a post that never was', async () => {
    const draft = await writePost(ben, { title: 'Not yet shown' })
    const future = await publishPost(ben, { title: 'Of tomorrow' })
    await db
      .updateTable('posts')
      .set({ published_at: new Date(Date.now() + 86_400_000) })
      .where('id', '=', future.id)
      .execute()

    const slugs = ['not-yet-shown', 'of-tomorrow', 'never-written']
    const answers = await Promise.all(
      slugs.map(async (slug) => {
        const { body, headers, statusCode } = await dev.get(paths.post(slug))
        // The ways in lead back to the address that was asked for. Its length is another by that.
        return { body: body.replaceAll(slug, ''), headers: { ...headers, 'content-length': '' }, statusCode }
      }),
    )
    for (const answer of answers) {
      assert.equal(answer.statusCode, 404)
      assert.equal(answer.body, answers[2]?.body)
      assert.deepEqual(withoutChance(answer.headers), withoutChance(answers[2]?.headers ?? {}))
    }
    assert.equal((await dev.get(paths.legacy.post(draft.id))).statusCode, 404)
    assert.equal((await dev.get(paths.legacy.post(future.id))).statusCode, 404)
  })

  test('is not shown on its address to the writer either: the admin has it', async () => {
    await writePost(ben, { title: 'Only in the admin' })

    for (const person of [ben, ada, cleo])
      assert.equal((await person.get(paths.post('only-in-the-admin'))).statusCode, 404)
  })

  test('is on no list', async () => {
    await publishPost(bea, { title: 'Shown in lists', tags: 'half open' })
    await writePost(bea, { title: 'Hidden from lists', tags: 'half open' })
    const future = await publishPost(bea, { title: 'Hidden until tomorrow', tags: 'half open' })
    await db
      .updateTable('posts')
      .set({ published_at: new Date(Date.now() + 86_400_000) })
      .where('id', '=', future.id)
      .execute()

    for (const list of [paths.home(), paths.author('bea'), paths.tag('half-open')]) {
      const { body } = await dev.get(list)
      assert.match(body, /Shown in lists/)
      assert.doesNotMatch(body, /Hidden/)
    }
  })
})

describe('an address of the older system', () => {
  test('leads to the post for good', async () => {
    const { id, path } = await publishPost(ben)

    const response = await dev.get(paths.legacy.post(id))
    assert.equal(response.statusCode, 301)
    assert.equal(response.headers.location, path)
  })

  test('is not found without such a post', async () => {
    for (const id of [
      '0',
      '-1',
      '1.5',
      '1e3',
      '999999999',
      '9007199254740993',
      '99999999999999999999',
      'one',
      '%20',
      '1%00',
    ]) {
      assert.equal((await dev.get(`/post/${id}`)).statusCode, 404, id)
    }
  })

  test('leads to the page that took its place', async () => {
    const moves = {
      '/new': '/admin/posts/new',
      '/auth/login': '/sign-in',
      '/auth/profile': '/profile',
      '/auth/email_verification/abc': '/sign-in',
    }
    for (const [from, to] of Object.entries(moves)) {
      const response = await dev.get(from)
      assert.equal(response.statusCode, 301, from)
      assert.equal(response.headers.location, to)
    }
  })
})

describe('an author', () => {
  test('has a page with own posts only', async () => {
    const own = await publishPost(bea)
    const other = await publishPost(ben)

    const listed = listedPosts((await dev.get(paths.author('bea'))).body)
    assert.ok(listed.includes(own.path))
    assert.ok(!listed.includes(other.path))
  })

  test('who published nothing is not found, on no page of the list', async () => {
    for (const path of [
      paths.author('rosa'),
      paths.author('rosa', '9000000000000000-1'),
      paths.author('nobody', '9000000000000000-1'),
    ]) {
      const response = await dev.get(path)
      assert.equal(response.statusCode, 404, path)
      assert.doesNotMatch(response.body, /Rosa/)
    }
  })

  test('sees the own page before there is anything on it', async () => {
    assert.equal((await cast.rosa.get(paths.author('rosa'))).statusCode, 200)
  })

  test('who is gone leaves the posts behind', async () => {
    const { id, path } = await publishPost(ben, { title: 'An orphan' })
    await db.updateTable('posts').set({ author_id: null }).where('id', '=', id).execute()

    const post = await app.inject(path)
    assert.equal(post.statusCode, 200)
    assert.doesNotMatch(post.body, /rel="author"/)
    assert.match((await app.inject(paths.home())).body, /An orphan/)
  })
})

function withoutChance({ 'x-request-id': _, date: __, ...headers }: Record<string, unknown>) {
  return headers
}
