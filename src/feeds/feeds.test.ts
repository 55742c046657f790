// What programs that read blogs get: the right posts, whole, in three formats that are what they say.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { validateXML } from 'xmllint-wasm'
import { testApp } from '../../test/app.ts'
import { publishPost, writePost } from '../../test/pages.ts'
import { addPicture } from '../../test/pictures.ts'
import { paths } from '../paths.ts'
import { entriesInFeed, formats, mostText } from './feed.ts'

const { app, cast, db, settings } = await testApp({ SITE_URL: 'https://blog.example' })
const { ada, ben, bea, dev, rosa } = cast

const files = Object.keys(formats)
const schemaOf = (file: string) => readFileSync(new URL(`../../test/schemas/${file}`, import.meta.url), 'utf8')
const schemas: Record<string, string> = { 'atom.xml': schemaOf('atom.rng'), 'rss.xml': schemaOf('rss.rng') }

const Address = Type.String({ pattern: '^https?://' })
const JsonFeed = Type.Object(
  {
    version: Type.Literal('https://jsonfeed.org/version/1.1'),
    title: Type.String(),
    home_page_url: Address,
    feed_url: Address,
    description: Type.Optional(Type.String()),
    language: Type.String({ minLength: 2 }),
    items: Type.Array(
      Type.Object(
        {
          id: Address,
          url: Address,
          title: Type.String({ minLength: 1 }),
          content_html: Type.Optional(Type.String()),
          content_text: Type.Optional(Type.String({ minLength: 1 })),
          summary: Type.Optional(Type.String({ minLength: 1 })),
          image: Type.Optional(Address),
          date_published: Type.Optional(Type.String({ pattern: '^\\d{4}-' })),
          date_modified: Type.String({ pattern: '^\\d{4}-' }),
          authors: Type.Optional(
            Type.Array(Type.Object({ name: Type.String({ minLength: 1 }), url: Type.String() }), { minItems: 1 }),
          ),
          tags: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })),
          language: Type.String({ minLength: 2 }),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
)

/** Each format of a feed, checked against what it has to be. */
async function feedsOf(page: string): Promise<Record<string, string>> {
  const texts: Record<string, string> = {}
  for (const file of files) {
    const { body, headers, statusCode } = await dev.get(paths.feed(page, file))
    assert.equal(statusCode, 200, `${page} ${file}`)
    assert.equal(headers['content-type'], `${formats[file as keyof typeof formats]}; charset=utf-8`)
    const schema = schemas[file]
    if (schema) {
      const { errors } = await validateXML({ xml: body, schema, extension: 'relaxng', maxMemoryPages: 4096 })
      assert.deepEqual(errors, [], `${page} ${file}`)
    } else assert.deepEqual(Value.Errors(JsonFeed, JSON.parse(body)), [], page)
    texts[file] = body
  }
  return texts
}

type Item = { id: string; url: string; title: string; content_html?: string; summary?: string; [name: string]: unknown }

async function itemsOf(page: string): Promise<Item[]> {
  return (JSON.parse((await feedsOf(page))['feed.json'] ?? '') as { items: Item[] }).items
}

const titlesOf = async (page: string) => (await itemsOf(page)).map(({ title }) => title)

describe('the feeds', () => {
  test('of an empty blog are feeds', async () => {
    assert.deepEqual(await itemsOf(''), [])
  })

  test('of the blog, a tag, an author, a series have their posts, newest first', async () => {
    await publishPost(ben, { title: 'First', body: 'One.', tags: 'Bread', series: 'Baking', series_part: '1' })
    await publishPost(ben, { title: 'Second', body: 'Two.', tags: 'Bread', series: 'Baking', series_part: '2' })
    await publishPost(bea, { title: 'Third', body: 'Three.' })
    assert.deepEqual(await titlesOf(''), ['Third', 'Second', 'First'])
    for (const page of [paths.tag('bread'), paths.author('ben'), paths.series('baking')])
      assert.deepEqual(await titlesOf(page), ['Second', 'First'], page)
  })

  test('have what everybody may read, whoever asks', async () => {
    const before = await titlesOf('')
    await writePost(ben, { title: 'A draft', tags: 'hidden' })
    await publishPost(ben, { title: 'About', kind: 'page' })
    for (const visibility of ['unlisted', 'private']) await publishPost(ben, { title: visibility, visibility })
    assert.deepEqual(await titlesOf(''), before)
    const { body } = await ben.get(paths.feed('', 'feed.json'))
    assert.equal(body, (await dev.get(paths.feed('', 'feed.json'))).body)

    await publishPost(ben, { title: 'For members', body: 'Secret words.', excerpt: 'A taste.', visibility: 'members' })
    const [item] = await itemsOf('')
    assert.equal(item?.summary, 'A taste.')
    for (const text of Object.values(await feedsOf(''))) assert.doesNotMatch(text, /Secret words/)
  })

  test('of what nobody knows are not found', async () => {
    for (const page of [
      paths.tag('hidden'),
      paths.tag('none'),
      paths.author('rosa'),
      paths.author('none'),
      '/series/none',
    ])
      for (const file of files) assert.equal((await dev.get(paths.feed(page, file))).statusCode, 404, page)
  })

  test('lead to whole addresses, in texts and pictures too', async () => {
    const { url } = await addPicture(app, ben, undefined, { name: 'cat.jpg' })
    const body = `# A head\n\n[Home](/) [Top](#h-a-head) ![](${url})\n\n\`<a href="/x">\` and [^1]\n\n[^1]: Note.`
    const { path } = await publishPost(ben, { title: 'Links', body, picture_url: url, picture_alt: 'A "cat"' })
    const [item] = await itemsOf('')
    const html = item?.content_html ?? ''
    assert.equal(item?.url, `https://blog.example${path}`)
    assert.equal(item?.image, `https://blog.example${url}`)
    assert.match(html, /<img src="https:\/\/blog\.example\/media\/[^"]*" alt="A &quot;cat&quot;">/)
    assert.match(html, /<a href="https:\/\/blog\.example\/">Home/)
    assert.ok(html.includes(`href="https://blog.example${path}#h-a-head"`))
    assert.match(html, /srcset="https:\/\/blog\.example\/[^ ]+ 480w, https:/)
    assert.match(html, /<code>&lt;a href="\/x"&gt;<\/code>/)
    assert.doesNotMatch(html.replace(/<code>.*?<\/code>/g, ''), /(href|src)="[/#]/)
  })

  test('take every character that a post may have', async () => {
    const every = Array.from({ length: 0x10ffff >> 4 }, (_, at) => at << 4)
      .concat(Array.from({ length: 0x500 }, (_, at) => at))
      .filter((code) => code > 0 && (code < 0xd800 || code > 0xdfff))
      .concat([0xfffe, 0xffff, 0x7f, 0x85, 0x2028, 0x1fffe])
    const body = String.fromCodePoint(...every)
    const title = `]]> <b> & "q" 'a' \u0001\u000b\uffff 😀 \u202e end`
    await publishPost(ben, { title, body, tags: 'a & b, <c>, ]]>' })
    const [item] = await itemsOf('')
    assert.ok(item?.title.includes(`]]> <b> & "q" 'a'`))
    assert.deepEqual(item?.tags, ['a & b', '<c>', ']]>'])
  })

  test('have so many posts and so much text, and no more', async () => {
    for (let count = 0; count <= entriesInFeed; count++)
      await publishPost(bea, { title: `Many ${count}`, tags: 'many' })
    assert.equal((await itemsOf(paths.tag('many'))).length, entriesInFeed)

    const body = 'word '.repeat(80_000)
    for (let count = 0; count < 6; count++) await publishPost(bea, { title: `Long ${count}`, body, tags: 'long' })
    const items = await itemsOf(paths.tag('long'))
    const whole = items.filter(({ content_html }) => content_html !== undefined)
    assert.equal(whole.length, Math.floor(mostText / 400_010))
    assert.equal(items.length, 6)
  })

  test('of comments have those of a post that everybody may read', async () => {
    const { path, id } = await publishPost(ben, { title: 'Talked about', body: 'x' })
    const page = paths.postComments('talked-about')
    assert.deepEqual(await itemsOf(page), [])
    await db
      .insertInto('comments')
      .values({ post_id: id, author_id: rosa.id, body: 'First <b>!\n\nNext & last.' })
      .execute()
    const [item] = await itemsOf(page)
    assert.equal(item?.title, 'Rosa on Talked about')
    assert.equal(item?.content_html, '<p>First &lt;b&gt;!</p>\n<p>Next &amp; last.</p>\n')
    assert.match(item?.url ?? '', new RegExp(`^https://blog.example${path}\\?comment=(\\d+)#comment-\\1$`))
    assert.match(
      (await dev.get(path)).body,
      /<link rel="alternate" type="application\/atom\+xml"[^>]*comments\/atom\.xml"/,
    )
    const parent = /comment-(\d+)$/.exec(item?.url ?? '')?.[1] ?? ''
    await ben.post(page, { body: 'An *answer* with [a link](/about)', parent })
    const [answer] = await itemsOf(page)
    assert.equal(answer?.title, 'Ben on Talked about')
    assert.equal(
      answer?.content_html,
      '<p>An <em>answer</em> with <a href="https://blog.example/about" rel="nofollow ugc">a link</a></p>\n',
    )
    for (const visibility of ['members', 'private']) {
      await db.updateTable('posts').set({ visibility }).where('id', '=', id).execute()
      for (const file of files) assert.equal((await dev.get(paths.feed(page, file))).statusCode, 404, visibility)
    }
  })
})

describe('a feed that is asked for again', () => {
  const path = paths.feed('', 'atom.xml')

  test('is not sent again while it is the same', async () => {
    const { headers } = await dev.get(path)
    const etag = String(headers.etag)
    const since = String(headers['last-modified'])
    const ways: Record<string, string>[] = [
      { 'if-none-match': etag },
      { 'if-none-match': `"x", ${etag}` },
      { 'if-modified-since': since },
    ]
    for (const known of ways) {
      const { statusCode, body } = await dev.get(path, known)
      assert.equal(statusCode, 304)
      assert.equal(body, '')
    }
    const others: Record<string, string>[] = [
      { 'if-none-match': '"x"' },
      { 'if-none-match': '"x"', 'if-modified-since': since },
      { 'if-modified-since': 'Mon, 01 Jan 2024 00:00:00 GMT' },
      { 'if-modified-since': 'yesterday' },
    ]
    for (const old of others) assert.equal((await dev.get(path, old)).statusCode, 200)
  })

  test('is sent again when an older comment is approved, or the newest hidden', async () => {
    const post = await publishPost(ben, { title: 'Discussed' })
    const comments = paths.feed(paths.postComments(post.slug), 'feed.json')
    const row = { post_id: post.id, author_id: rosa.id, body_format: 'markdown' }
    const add = async (body: string, state: string) =>
      (
        await db
          .insertInto('comments')
          .values({ ...row, body, state })
          .returning('id')
          .executeTakeFirstOrThrow()
      ).id
    const set = async (id: number, state: string) =>
      void (await db.updateTable('comments').set({ state }).where('id', '=', id).execute())
    const older = await add('Older', 'waiting')
    await db
      .updateTable('comments')
      .set({ created_at: new Date('2024-01-01') })
      .where('id', '=', older)
      .execute()
    const newest = await add('Newest', 'approved')
    const idsOf = (body: string) => [...body.matchAll(/post\/\d+#comment-(\d+)/g)].map(([, id]) => Number(id))

    let before = ''
    const ask = async () => {
      const { statusCode, headers, body } = await dev.get(comments, { 'if-modified-since': new Date().toUTCString() })
      assert.equal(statusCode, 200)
      assert.equal(headers['last-modified'], undefined)
      const etag = String(headers.etag)
      assert.notEqual(etag, before)
      assert.equal((await dev.get(comments, { 'if-none-match': etag })).statusCode, 304)
      before = etag
      return idsOf(body)
    }
    assert.deepEqual(await ask(), [newest])
    await set(older, 'approved')
    assert.deepEqual(await ask(), [newest, older])
    await set(newest, 'hidden')
    assert.deepEqual(await ask(), [older])
  })

  test('is sent again when anything in it is different', async () => {
    const etag = async () => String((await dev.get(path)).headers.etag)
    const before = await etag()
    await publishPost(ben, { title: 'One more' })
    const after = await etag()
    assert.notEqual(after, before)
    const form = {
      title: 'Another name',
      description: '',
      language: 'en',
      time_zone: 'UTC',
      version: String(settings.get().version),
    }
    await ada.post(paths.admin.settings(), form)
    assert.notEqual(await etag(), after)
  })

  test('is open to programs on pages of others, and says so', async () => {
    const { headers } = await dev.get(path)
    assert.equal(headers['access-control-allow-origin'], '*')
    assert.equal(headers['cross-origin-resource-policy'], 'cross-origin')
    assert.equal(headers['cache-control'], 'public, no-cache')
  })
})

test('the pages of what has a feed say where it is', async () => {
  await publishPost(ben, { title: 'Said', tags: 'Said', series: 'Said' })
  for (const page of ['', paths.tag('said'), paths.author('ben'), paths.series('said')]) {
    const { body } = await dev.get(page || '/')
    assert.ok(body.includes(`href="${page}/atom.xml"`), page)
  }
})

describe('somebody who looks for a feed', () => {
  test('finds a link on every page of readers, and a program all formats in the head', async () => {
    const post = await publishPost(ben, { tags: 'found' })
    for (const [path, of] of [
      [paths.home(), ''],
      [paths.tag('found'), paths.tag('found')],
      [post.path, paths.postComments(post.slug)],
    ] as const) {
      const { body } = await dev.get(path)
      const named = [...body.matchAll(/<link rel="alternate" type="([^"]+)"[^>]* href="([^"]+)"/g)].slice(0, 3)
      assert.deepEqual(
        named.map(([, type, href]) => [type, href]),
        Object.entries(formats).map(([file, type]) => [type, paths.feed(of, file)]),
        path,
      )
      assert.match(body, /<footer[^]*<a href="\/atom\.xml">/, path)
    }
    assert.doesNotMatch((await ben.get(paths.admin.dashboard())).body, /atom\.xml/)
  })

  test('is led to it from where other blogs have theirs, unless the owner leads elsewhere', async () => {
    for (const [path, to] of [
      ['/feed', '/atom.xml'],
      ['/feed/', '/atom.xml'],
      ['/feed.xml', '/atom.xml'],
      ['/atom', '/atom.xml'],
      ['/rss', '/rss.xml'],
      ['/rss/', '/rss.xml'],
    ] as const) {
      const { headers, statusCode } = await dev.get(path)
      assert.deepEqual([statusCode, headers.location], [301, to], path)
    }
    for (const path of ['/feeds', '/constructor', '/feed/more'])
      assert.equal((await dev.get(path)).statusCode, 404, path)
    await ada.post(paths.admin.redirects(), { from_path: '/feed', to_address: '/tags/found' })
    assert.equal((await dev.get('/feed')).headers.location, '/tags/found')
  })
})
