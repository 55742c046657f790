// Cards for addresses alone in their paragraph, from sites that run here.
import assert from 'node:assert/strict'
import http, { type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { publishPost } from '../../test/pages.ts'
import { isRendered } from '../import/bloggy-sqlite/settling/sample-pages.ts'
import { newFetcher } from '../outbound/fetcher.ts'
import { fetchEmbed } from './jobs.ts'
import type { Provider } from './providers.ts'
import { paths } from '../paths.ts'
import { renderAgain } from '../renderings/jobs.ts'

const context = await testApp({ OUTBOUND_ALLOW: '127.0.0.1' })
const { cast, db } = context
const { ben, dev } = cast
const fetcher = newFetcher({ allow: ['127.0.0.1'], origin: 'http://localhost' })
const work = () => context.deliverMail()

async function site(answer: RequestListener) {
  const asked: string[] = []
  const server = http.createServer((request, response) => {
    asked.push(request.url ?? '')
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  after(() => server.close())
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { origin, address: `${origin}/page`, asked }
}

const page =
  (head: string, type = 'text/html; charset=utf-8'): RequestListener =>
  (_, response) =>
    response.writeHead(200, { 'content-type': type }).end(`<!doctype html><head>${head}</head><body>x</body>`)

const stored = async (address: string) =>
  await db.selectFrom('embeds').selectAll().where('address', '=', address).executeTakeFirst()
const jobsFor = async (address: string) => {
  const { rows } = await sql<{ run_at: Date }>`
    select run_at from graphile_worker._private_jobs where payload->>'address' = ${address}`.execute(db)
  return rows
}
const expire = async (address: string) =>
  await db
    .updateTable('embeds')
    .set({ expires_at: sql<Date>`now() - interval '1 second'` })
    .where('address', '=', address)
    .execute()

describe('an address alone in its paragraph', () => {
  test('is a link first, and a card once the other site has answered', async () => {
    const { address, asked } = await site(
      page(
        '<title>T</title><meta property="og:title" content="A &amp; B"><meta property="og:description" content="About it">' +
          '<meta property="og:site_name" content="Other"><meta name="author" content="Ann">' +
          '<meta property="og:image" content="/x.png">',
      ),
    )
    const post = await publishPost(ben, { title: 'With a card', body: `Look:\n\n${address}\n\nNice.` })
    const before = await db.selectFrom('posts').selectAll().where('id', '=', post.id).executeTakeFirstOrThrow()
    assert.match(before.body_html, new RegExp(`<p><a href="${address}">${address}</a></p>`))
    assert.deepEqual(asked, [])

    await work()
    const row = await db.selectFrom('posts').selectAll().where('id', '=', post.id).executeTakeFirstOrThrow()
    assert.match(
      row.body_html,
      new RegExp(
        `<p>Look:</p>\n<div class="card">\n<p><a href="${address}">A &amp; B</a></p>\n<p>About it</p>\n` +
          '<p><small>Ann · Other</small></p>\n</div>\n<p>Nice.</p>',
      ),
    )
    assert.doesNotMatch(row.body_html, /<img/)
    assert.deepEqual(row, { ...before, body_html: row.body_html, excerpt: row.excerpt })
    assert.match((await dev.get(post.path)).body, /class="card"/)
    assert.equal(asked.length, 1)
  })

  test('has its card at once in later texts and in the preview, and the other site is not asked again', async () => {
    const { address, asked } = await site(page('<title>Known</title>'))
    await publishPost(ben, { body: address })
    await work()
    const { path } = await publishPost(ben, { body: address })
    assert.match((await dev.get(path)).body, /<a href="[^"]+">Known<\/a>/)
    const preview = await ben.post(paths.admin.newPostPreview(), { title: 'x', body: address })
    assert.match(preview.body, /<a href="[^"]+">Known<\/a>/)
    await work()
    assert.equal(asked.length, 1)
  })

  test('in many posts is fetched once, and all of them get the card', async () => {
    const { address, asked } = await site(page('<title>Everywhere</title>'))
    const posts = []
    for (let count = 0; count < 60; count++) posts.push(await publishPost(ben, { body: `${count}\n\n${address}` }))
    await work()
    assert.equal(asked.length, 1)
    for (const { path } of posts) assert.match((await dev.get(path)).body, /Everywhere<\/a>/)
    assert.deepEqual(await jobsFor(address), [])
  })

  test('gets its card also when the answer came while the post was being saved', async () => {
    const { address } = await site(page('<title>Meanwhile</title>'))
    const post = await publishPost(ben, { body: address })
    await work()
    // As that save leaves it: a page without the card, and the address noted as not shown.
    await db.updateTable('posts').set({ body_html: '<p>old</p>' }).where('id', '=', post.id).execute()
    await db.updateTable('post_embeds').set({ is_shown: false }).where('post_id', '=', post.id).execute()
    await fetchEmbed(db, fetcher, { address })
    await work()
    assert.match((await dev.get(post.path)).body, /Meanwhile<\/a>/)
  })

  test('of a post from before is asked about when the post is rendered again, and an import’s proof minds no card', async () => {
    const { address } = await site(page('<title>From before</title>'))
    const post = await publishPost(ben, { body: `a\n\n${address}\n\nb` })
    await db.deleteFrom('embeds').where('address', '=', address).execute()
    await db.updateTable('posts').set({ renderer_version: 1 }).where('id', '=', post.id).execute()
    await renderAgain(db)
    await work()
    const row = await db.selectFrom('posts').selectAll().where('id', '=', post.id).executeTakeFirstOrThrow()
    assert.match(row.body_html, /From before<\/a>/)
    assert.ok(isRendered(row))
    assert.ok(!isRendered({ ...row, body: `${row.body} c` }))
  })

  test('is forgotten with the last text that has it', async () => {
    const { address } = await site(page('<title>Soon gone</title>'))
    const post = await publishPost(ben, { body: address })
    await work()
    await db.deleteFrom('posts').where('id', '=', post.id).execute()
    const other = await publishPost(ben, { body: 'words' })
    await sql`select graphile_worker.add_job('remove-stale')`.execute(db)
    await work()
    assert.equal(await stored(address), undefined)
    assert.equal((await dev.get(other.path)).statusCode, 200)
  })
})

describe('a site that does not answer', () => {
  test('is asked again, later and later, and then left alone for a day; the address stays a link', async () => {
    const { address, asked } = await site((_, response) => response.writeHead(503).end())
    const { path } = await publishPost(ben, { body: address })
    const pauses: number[] = []
    for (let count = 0; count < 4; count++) {
      await fetchEmbed(db, fetcher, { address })
      const [job] = await jobsFor(address)
      if (job && count < 3) pauses.push(Math.round((job.run_at.getTime() - Date.now()) / 60_000))
    }
    assert.deepEqual(pauses, [1, 10, 60])
    assert.equal(asked.length, 4)
    const kept = await stored(address)
    assert.equal(kept?.title, null)
    assert.equal(Math.round((Number(kept?.expires_at) - Date.now()) / 3_600_000), 24)
    await fetchEmbed(db, fetcher, { address })
    assert.equal(asked.length, 4)
    assert.match((await dev.get(path)).body, new RegExp(`<a href="${address}">`))
  })

  test('is asked once when it says no, has another type or no title, and again after some days', async () => {
    for (const answer of [
      ((_, response) => response.writeHead(404).end()) as RequestListener,
      page('<title>x</title>', 'application/pdf'),
      page('<title> \u202e\u200b </title>'),
    ]) {
      const { address, asked } = await site(answer)
      const { path } = await publishPost(ben, { body: address })
      await work()
      await publishPost(ben, { body: address })
      await work()
      assert.equal(asked.length, 1)
      assert.doesNotMatch((await dev.get(path)).body, /class="card"/)
      await expire(address)
      await publishPost(ben, { body: address })
      await work()
      assert.equal(asked.length, 2)
    }
  })

  test('keeps the card it gave before', async () => {
    let isUp = true
    const { address } = await site((request, response) =>
      isUp ? page('<title>Was here</title>')(request, response as never) : response.writeHead(404).end(),
    )
    const { path } = await publishPost(ben, { body: address })
    await work()
    isUp = false
    await expire(address)
    await fetchEmbed(db, fetcher, { address })
    await work()
    assert.match((await dev.get(path)).body, /Was here<\/a>/)
  })

  test('on this network is never asked, and the post says nothing of it', async () => {
    const { address, asked } = await site(page('<title>Secret</title>'))
    const inside = address.replace('127.0.0.1', 'localhost')
    const { path } = await publishPost(ben, { body: `${inside}\n\nhttp://169.254.169.254/latest/\n\nhttp://[::1]/` })
    await work()
    assert.deepEqual(asked, [])
    assert.doesNotMatch((await dev.get(path)).body, /class="card"|Secret/)
  })
})

describe('what another site says', () => {
  test('is shown as text, without controls, direction marks and towers of accents, and cut', async () => {
    const { address } = await site(
      page(
        `<meta property="og:title" content="&lt;script&gt;alert(1)&lt;/script&gt; \u202eevil\u2066 a${'\u0301'.repeat(50)}\u0000&#x1b;[31m">` +
          `<meta property="og:description" content="${'<img src=x onerror=alert(1)> '.repeat(400)}">` +
          `<meta property="og:site_name" content='" onclick="alert(1)'><meta name=author content="${'👩‍👩‍👧'.repeat(500)}">`,
      ),
    )
    const { path } = await publishPost(ben, { body: address })
    await work()
    const { body } = await dev.get(path)
    assert.match(body, /">&lt;script&gt;alert\(1\)&lt;\/script&gt; evil á\u0301{3} \[31m<\/a>/)
    assert.doesNotMatch(body, /[\u202a-\u202e\u2066-\u2069]|<script(?! type="application\/ld\+json")|<img/)
    assert.ok(!body.includes('\u001b'))
    const kept = await stored(address)
    assert.ok(Number(kept?.description.length) <= 300)
    assert.ok(kept?.author_name.endsWith('👩‍👩‍👧…'))
  })

  test('comes in any encoding, and from the first words of a page that never ends', async () => {
    const { address } = await site((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=iso-8859-1' })
      response.write(Buffer.from('<svg><title>drawing</title></svg><title>Grüße</title>', 'latin1'))
      const chunk = Buffer.alloc(65_536, 'x')
      const timer = setInterval(() => response.write(chunk), 1)
      response.on('close', () => clearInterval(timer))
    })
    await publishPost(ben, { body: address })
    await work()
    assert.equal((await stored(address))?.title, 'Grüße')
  })

  test('of a post on Mastodon has who wrote it, from the address that the page names', async () => {
    const { address, asked } = await site((request, response) => {
      if (request.url?.startsWith('/api/oembed')) {
        response.writeHead(200, { 'content-type': 'application/json' })
        return response.end('{"type":"rich","author_name":"Ann","provider_name":"social.example","html":"<iframe>"}')
      }
      return page(
        '<meta property="og:title" content="Ann (@ann@social.example)"><meta property="og:description" content="A toot">' +
          '<meta property="og:site_name" content="Mastodon">' +
          '<link rel="alternate" type="application/json+oembed" href="/api/oembed?url=x&amp;format=json">',
      )(request, response as never)
    })
    await publishPost(ben, { body: address })
    await work()
    const { title, description, author_name, site_name } = (await stored(address)) ?? {}
    assert.deepEqual(
      [title, description, author_name, site_name],
      ['Ann (@ann@social.example)', 'A toot', 'Ann', 'Mastodon'],
    )
    assert.deepEqual(asked, ['/page', '/api/oembed?url=x&format=json'])
  })

  test('of a film comes from the site that has it, by oEmbed, and its player stays there', async () => {
    const { origin, asked } = await site((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end('{"title":"A film","author_name":"Ann","html":"<iframe src=x>","thumbnail_url":"https://x/y.jpg"}')
    })
    const local: Provider = {
      name: 'Films',
      matches: ({ hostname }) => hostname === 'films.example',
      endpoint: `${origin}/oembed`,
    }
    const address = 'https://films.example/watch?v=1&t=2'
    const { path } = await publishPost(ben, { body: address })
    await fetchEmbed(db, fetcher, { address }, [local])
    await work()
    assert.match((await dev.get(path)).body, /A film<\/a><\/p>\n<p><small>Ann · Films<\/small>/)
    assert.doesNotMatch((await dev.get(path)).body, /iframe|y\.jpg/)
    assert.deepEqual(asked, ['/oembed?url=https%3A%2F%2Ffilms.example%2Fwatch%3Fv%3D1%26t%3D2&format=json'])
  })

  test('that is no answer gives no card: broken JSON, other kinds of values, a private film', async () => {
    const answers = [
      '{',
      '[]',
      'null',
      '"x"',
      '{"title":7}',
      '{"title":{"a":1}}',
      '{"title":""}',
      `${'['.repeat(50_000)}`,
    ]
    for (const [index, answer] of answers.entries()) {
      const { origin } = await site((_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
      })
      const address = `https://films.example/${index}`
      await publishPost(ben, { body: address })
      await fetchEmbed(db, fetcher, { address }, [{ name: 'Films', matches: () => true, endpoint: `${origin}/oembed` }])
      assert.equal((await stored(address))?.title, null, answer)
    }
  })
})

test('twenty addresses of a text are asked about, and a save asks nobody itself', async () => {
  const { origin, asked } = await site(page('<title>One of many</title>'))
  const body = Array.from({ length: 30 }, (_, index) => `${origin}/${index}`).join('\n\n')
  const { path } = await publishPost(ben, { body })
  assert.deepEqual(asked, [])
  await work()
  assert.equal(asked.length, 20)
  assert.equal((await dev.get(path)).body.match(/class="card"/g)?.length, 20)
})

test('addresses that no database could hold as a key make no trouble', async () => {
  for (const body of [
    `https://a.example/${'ü'.repeat(1500)}`,
    `https://a.example/\u202e`,
    'https://\u{e000}.example/',
    'http://a:99999/',
  ]) {
    const response = await ben.post(paths.admin.posts(), { title: 'Odd', body, publish: 'yes' })
    assert.equal(response.statusCode, 303, body)
  }
})
