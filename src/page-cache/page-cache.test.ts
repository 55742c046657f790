import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request as ask } from 'node:http'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { sql } from 'kysely'
import { type Blog, newBlog, testApp } from '../../test/app.ts'
import { webSettings } from '../../test/browser.ts'
import { testLimits } from '../../test/database.ts'
import { fieldOf, publishPost, writePost } from '../../test/pages.ts'
import { openDatabase } from '../db/pool.ts'
import { listen } from '../http/listen.ts'
import { paths } from '../paths.ts'

const web = await webSettings()
const blog = await testApp(web)
const { cast, db, target } = blog
const { ben, rosa, dev } = cast
after((await listen(blog.app, '127.0.0.1', Number(web.PORT))).stop)
const elsewhere = await another(openDatabase(target, testLimits))

type Answer = { status: number; headers: Record<string, string | undefined>; body: Buffer; text: string }
type Asking = { headers?: Record<string, string>; method?: string; port?: number; host?: string }

/** As it comes, without a client that opens it. */
async function get(
  path: string,
  { headers = {}, method = 'GET', port = Number(web.PORT), host = '127.0.0.1' }: Asking = {},
): Promise<Answer> {
  const sent = ask({ host, port, path, method, headers, agent: false }).end()
  const [response] = await once(sent, 'response')
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  return { status: response.statusCode, headers: response.headers, body, text: body.toString() }
}

const isKept = ({ headers }: Answer) => headers['etag']?.startsWith('"') === true

/** The page from memory, once it is there. */
async function kept(path: string, asking: Asking = {}): Promise<Answer> {
  await get(path, { ...asking, headers: {} })
  const answer = await get(path, asking)
  assert.ok(isKept(answer) || answer.status === 304, `${path} is not kept.`)
  return answer
}

/** One more process's worth: a server and a cache of its own. */
async function another(
  database: ReturnType<typeof openDatabase>,
  more: Record<string, string> = {},
): Promise<Blog & { port: number }> {
  const settings = { ...(await webSettings()), ...more }
  const other = await newBlog(settings, { target, limits: testLimits, database, db: database.db })
  after(() => database.close(1))
  after((await listen(other.app, '127.0.0.1', Number(settings.PORT))).stop)
  return Object.assign(other, { port: Number(settings.PORT) })
}

/** How many pages of this route were made, which is what the log does not mark. */
const made = ({ logged }: Blog, path: string) =>
  logged()
    .split('\n')
    .filter((line) => line.includes(`"path":"${path}"`) && !/"isKept":true|"visitor"/.test(line)).length

describe('a page in memory', () => {
  test('is the page, in the form that is asked for, each with a tag of its own', async () => {
    const { path } = await publishPost(ben, { title: 'Kept', body: 'Some words. '.repeat(300) })
    const plain = await kept(path)
    const forms: [string, string | undefined, (body: Buffer) => Buffer][] = [
      ['gzip, deflate', 'gzip', gunzipSync],
      ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
      ['br;q=0, gzip', 'gzip', gunzipSync],
      ['identity', undefined, (body) => body],
      ['gzip;q=0', undefined, (body) => body],
      ['gzip;Q=0', undefined, (body) => body],
      ['GZip', 'gzip', gunzipSync],
    ]
    const tags = new Set<string>()
    for (const [accepted, encoding, open] of forms) {
      // Brotli is made when a page is asked for often.
      for (let times = 0; times < 3; times++) await get(path, { headers: { 'accept-encoding': accepted } })
      await sleep(100)
      const { headers, body } = await get(path, { headers: { 'accept-encoding': accepted } })
      assert.equal(headers['content-encoding'], encoding, accepted)
      assert.equal(headers['content-length'], String(body.length))
      assert.equal(headers['vary'], 'accept-encoding, cookie')
      assert.equal(headers['cache-control'], 'public, no-cache')
      assert.equal(open(body).toString(), plain.text, accepted)
      tags.add(`${headers['etag']}`)
      const known = await get(path, {
        headers: { 'accept-encoding': accepted, 'if-none-match': `"x", ${headers['etag']}` },
      })
      assert.deepEqual([known.status, known.body.length, known.headers['etag']], [304, 0, headers['etag']])
    }
    assert.equal(tags.size, 3)
    assert.equal((await get(path, { headers: { 'if-none-match': '"another"' } })).status, 200)
    assert.equal((await get(path, { headers: { 'if-none-match': '*' } })).status, 304)
  })

  test('has the headers of one that is made for the request', async () => {
    const { path } = await publishPost(ben)
    const [old, fresh] = [await kept(path), await blog.app.inject(path)]
    for (const name of ['content-type', 'content-security-policy', 'referrer-policy', 'x-content-type-options', 'vary'])
      assert.equal(old.headers[name], fresh.headers[name], name)
    assert.equal(old.text, fresh.body)
    assert.notEqual(old.headers['x-request-id'], (await get(path)).headers['x-request-id'])
    assert.equal(old.headers['set-cookie'], undefined)
  })

  test('is answered to HEAD without its text, and by its date where no tag is named', async () => {
    await publishPost(ben)
    const page = await kept('/atom.xml')
    const head = await get('/atom.xml', { method: 'HEAD' })
    assert.deepEqual([head.status, head.body.length], [200, 0])
    assert.equal(head.headers['content-length'], String(page.body.length))
    const since = { 'if-modified-since': `${page.headers['last-modified']}` }
    assert.equal((await get('/atom.xml', { headers: since })).status, 304)
    assert.equal((await get('/atom.xml', { headers: { ...since, 'if-none-match': '"x"' } })).status, 200)
  })

  test('is for nobody who is known: a cookie of ours or a token gets a page of its own', async () => {
    const { path } = await publishPost(ben)
    await kept(path)
    const own = await get(path, { headers: { cookie: ben.cookie } })
    assert.match(own.text, /Sign out/)
    assert.equal(own.headers['cache-control'], 'no-store')
    for (const headers of [{ cookie: 'x=y; bloggy-guest=1' }, { authorization: 'Bearer x' }] as Record<
      string,
      string
    >[])
      assert.equal((await get(path, { headers })).headers['cache-control'], 'no-store')
    // Of somebody else's making.
    assert.ok(isKept(await get(path, { headers: { cookie: '_ga=1' } })))
    assert.doesNotMatch((await get(path)).text, /Sign out/)
  })

  test('is the same with parameters of others, also when it is made for such a request', async () => {
    const { path } = await publishPost(ben)
    const first = await get(`${path}?utm_source=mail&fbclid=one`)
    assert.doesNotMatch(first.text, /utm_source|fbclid/)
    const { text } = await get(`${path}?fbclid=two`)
    assert.equal(text, first.text)
    assert.ok(isKept(await get(path)))
    assert.equal(made(blog, path), 1)
    // One of these makes another page.
    assert.match((await get(`${path}?utm_source=mail&comment=999`)).text, /not here/)
  })

  test('is one, however its address is spelt and whatever it is asked for that it does not know', async () => {
    const { path, slug } = await publishPost(ben, { title: 'Spelt in ways' })
    await get(path)
    for (const asked of [
      `/posts/%${slug.charCodeAt(0).toString(16)}${slug.slice(1)}`,
      `/%70osts/${slug}`,
      `${path}?utm=1&x=2&before[]=1`,
    ]) {
      const answer = await get(asked)
      assert.ok(isKept(answer), asked)
      assert.match(answer.text, /Spelt in ways/)
    }
    assert.equal(made(blog, path), 1)
    // A comment is none of a list, nor a page of a list one of a feed; and nobody answers anything there.
    for (const [page, asked] of [
      [paths.home(), '/?comment=5&after=x&reply=7'],
      ['/atom.xml', '/atom.xml?before=1-1'],
      [paths.sitemapPart(0), '/sitemap/0?comment=1'],
    ] as const) {
      const { text } = await kept(page)
      const answer = await get(asked)
      assert.ok(isKept(answer), asked)
      assert.equal(answer.text, text)
    }
    assert.equal((await get('/posts/%ff')).status, 404)
    assert.equal((await get('/posts/%')).status, 404)
  })

  test('is never that of another address, though two question marks look like it', async () => {
    const { path } = await publishPost(ben)
    for (const asked of [`${path}??comment=998`, `${paths.home()}??before=1-1`]) {
      await get(asked)
      assert.equal((await get(asked)).status, 200)
    }
    assert.match((await get(`${path}?comment=998`)).text, /not here/)
    assert.match((await get(`${paths.home()}?before=1-1`)).text, /<h1>Earlier posts/)
  })

  test('is not made of a request that names the whole address, or a place in it', async () => {
    const { path } = await publishPost(ben)
    for (const asked of [`http://elsewhere.example${path}`, `${path}#comments`]) {
      await get(asked)
      assert.ok(!isKept(await get(asked)), asked)
    }
    assert.doesNotMatch((await kept(path)).text, /elsewhere\.example/)
  })

  test('is not there for what is not found, leads on, fails or is for one person', async () => {
    const { path, slug } = await publishPost(ben)
    const id = await comment(slug, 'To be answered')
    for (const [address, status] of [
      ['/nowhere', 404],
      [`${paths.post(slug)}?reply=${id}`, 200],
      [`/posts/${slug}?comment[]=x`, 200],
      [paths.signIn(), 200],
      [paths.search(), 200],
      [`/?before=${'x'.repeat(80)}`, 404],
    ] as const) {
      const answers = [await get(address), await get(address)]
      assert.ok(
        answers.every((answer) => !isKept(answer) || status === 200),
        address,
      )
      assert.ok(status === 200 || answers.every((answer) => answer.status === status), address)
    }
    assert.ok(!isKept(await get(`${path}?reply=${id}`)))
  })

  test('goes when memory is full, the one that nobody asked for first', async () => {
    const small = await another(openDatabase(target, testLimits), { PAGE_CACHE_MB: '1' })
    const posts = []
    for (let count = 0; count < 16; count++)
      posts.push(await publishPost(ben, { title: `Full ${count}`, body: 'x '.repeat(50_000) }))
    await sleep(200)
    const first = posts[0]?.path ?? ''
    for (const { path } of posts) {
      await get(path, { port: small.port })
      await get(first, { port: small.port })
    }
    assert.ok(isKept(await get(first, { port: small.port })))
    assert.equal(made(small, first), 1)
    let again = 0
    for (const { path } of posts) {
      const before = made(small, path)
      await get(path, { port: small.port })
      again += made(small, path) - before
    }
    assert.ok(again >= 4, `${again} were made again.`)
  })
})

describe('a page that is being made', () => {
  test('is made once for a thousand who ask at once', async () => {
    const { path } = await publishPost(ben, { body: 'Wanted by many. '.repeat(100) })
    const answers = await Promise.all(Array.from({ length: 1000 }, () => get(path)))
    assert.ok(answers.every(({ status, text }) => status === 200 && text.includes('Wanted by many')))
    assert.equal(made(blog, path), 1)
  })

  test('is made to its end for the others when the one who asked first leaves', async () => {
    const { path } = await publishPost(ben)
    const answers = await whileLocked(async () => {
      const first = ask({ host: '127.0.0.1', port: web.PORT, path }).end()
      first.on('error', () => {})
      await sleep(200)
      const others = Array.from({ length: 20 }, () => get(path))
      await sleep(200)
      first.destroy()
      await sleep(200)
      return others
    })
    assert.ok(answers.every(({ status }) => status === 200))
    // The log has no line of whom left.
    assert.equal(made(blog, path), 0)
  })

  test('is not kept, nor joined, when it changed since it began', async () => {
    const { id, path } = await publishPost(ben, { title: 'Began before' })
    const [early, late] = await whileLocked(async () => {
      const early = get(path)
      await sleep(300)
      const form = { title: 'Changed since', body: 'x', version: '1' }
      assert.equal((await ben.post(paths.admin.post(id), form)).statusCode, 303)
      const late = get(path)
      await sleep(300)
      return [early, late]
    })
    assert.match(early?.text ?? '', /Began before/)
    assert.match(late?.text ?? '', /Changed since/)
    assert.equal(made(blog, path), 2)
    assert.match((await kept(path)).text, /Changed since/)
  })

  /** Readers of posts wait meanwhile. */
  async function whileLocked(work: () => Promise<Promise<Answer>[]>): Promise<Answer[]> {
    let answers: Promise<Answer>[] = []
    await db.transaction().execute(async (db) => {
      await sql`lock table comments in access exclusive mode`.execute(db)
      answers = await work()
    })
    return await Promise.all(answers)
  }
})

describe('after a write is answered', () => {
  test('its process shows it at once, another sooner than it looks by itself', async () => {
    const { id, path } = await publishPost(ben, { title: 'Number 0' })
    let late = 0
    for (let version = 1; version <= 20; version++) {
      await kept(path)
      await get(path, { port: elsewhere.port })
      const form = { title: `Number ${version}`, body: 'x', version: String(version) }
      assert.equal((await ben.post(paths.admin.post(id), form)).statusCode, 303)
      const began = performance.now()
      assert.match((await get(path)).text, new RegExp(`Number ${version}<`))
      while (!(await get(path, { port: elsewhere.port })).text.includes(`Number ${version}<`)) await sleep(2)
      late += performance.now() - began
    }
    // It looks every two seconds: unheard, twenty writes would be late by twenty seconds.
    assert.ok(late < 10_000, `${Math.round(late)} ms`)
  })

  test('also one of the API, of a comment, and of a form that is sent as nobody', async () => {
    const { path, slug } = await publishPost(ben)
    await kept(path)
    await comment(slug, 'Said just now')
    assert.match((await get(path)).text, /Said just now/)
  })
})

describe('what the clock changes', () => {
  test('a post that was given a moment appears in lists by itself', async () => {
    const { id } = await writePost(ben, { title: 'By the clock' })
    await sql`update posts set published_at = clock_timestamp() + interval '1.5 seconds' where id = ${id}`.execute(db)
    await dev.post('/caught-up')
    for (const port of [Number(web.PORT), elsewhere.port]) {
      await get('/', { port })
      assert.doesNotMatch((await get('/', { port })).text, /By the clock/)
    }
    await sleep(1700)
    for (const port of [Number(web.PORT), elsewhere.port]) assert.match((await get('/', { port })).text, /By the clock/)
  })

  test('comments close, and the form is gone', async () => {
    const { id, path } = await publishPost(ben)
    await sql`update settings set comments_close_after_days = 1, guests_may_comment = true`.execute(db)
    await sql`update posts set published_at = clock_timestamp() - interval '1 day' + interval '2 seconds' where id = ${id}`.execute(
      db,
    )
    await dev.post('/caught-up')
    await get(path)
    assert.match((await get(path)).text, /comment-form/)
    await sleep(2100)
    assert.doesNotMatch((await get(path)).text, /comment-form/)
    await sql`update settings set comments_close_after_days = 0, guests_may_comment = false`.execute(db)
    await dev.post('/caught-up')
  })
})

describe('a page with a form of strangers', () => {
  test('is made once, and each copy has a key, a mark and a guest of its own, in every form', async () => {
    await sql`update settings set guests_may_comment = true, reactions = 'everyone'`.execute(db)
    await dev.post('/caught-up')
    const { path, slug } = await publishPost(ben, { body: 'For strangers. '.repeat(200) })
    const answers = []
    for (const accepted of ['identity', 'gzip', 'gzip, br', 'identity', 'gzip', 'gzip', 'br'])
      answers.push(await get(path, { headers: { 'accept-encoding': accepted } }))
    const pages = answers.map(({ headers, body }) =>
      (headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString(),
    )
    assert.equal(made(blog, path), 1)
    for (const name of ['submission_key', 'mark', 'guest'])
      assert.equal(new Set(pages.map((page) => fieldOf(page, name))).size, pages.length, name)
    const bare = new Set(pages.map((page) => page.replace(/name="(submission_key|mark|guest)" value="[^"]*"/g, '')))
    assert.equal(bare.size, 1)
    for (const { headers } of answers)
      assert.deepEqual([headers['cache-control'], headers['etag']], ['private, no-cache', undefined])
    assert.ok(answers.some(({ headers }) => headers['content-encoding'] === 'gzip'))

    await sleep(1100)
    const page = pages.at(-1) ?? ''
    const [submission_key = '', mark = ''] = [fieldOf(page, 'submission_key'), fieldOf(page, 'mark')]
    const form = { body: 'By a guest', guest_name: 'Gus', guest_email: 'gus@example.com', submission_key, mark }
    const sent = await dev.post(paths.postComments(slug), form)
    assert.equal(sent.headers.location, paths.guestSent(slug))
    const { state, held_for } = await db
      .selectFrom('comments')
      .select(['state', 'held_for'])
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow()
    assert.deepEqual([state, held_for], ['waiting', 'unconfirmed'])
    const liked = await dev.post(paths.reaction(slug), { reaction: 'like', guest: fieldOf(page, 'guest') ?? '' })
    assert.equal(liked.statusCode, 303)
    await sql`update settings set guests_may_comment = false, reactions = 'accounts'`.execute(db)
    await dev.post('/caught-up')
  })

  test('takes the room of one copy, however often it is asked for', async () => {
    await sql`update settings set guests_may_comment = true`.execute(db)
    const small = await another(openDatabase(target, testLimits), { PAGE_CACHE_MB: '1' })
    const posts = []
    for (let count = 0; count < 12; count++)
      posts.push(await publishPost(ben, { title: `Once ${count}`, body: 'x '.repeat(25_000) }))
    await sleep(200)
    for (let times = 0; times < 3; times++) for (const { path } of posts) await get(path, { port: small.port })
    assert.deepEqual(
      posts.map(({ path }) => made(small, path)),
      posts.map(() => 1),
    )
    await sql`update settings set guests_may_comment = false`.execute(db)
    await dev.post('/caught-up')
  })
})

test("'localhost' is one server, whatever addresses it stands for", async () => {
  const own = await webSettings()
  const other = await newBlog(own, { target, limits: testLimits, database: blog.database, db })
  const { stop: end } = await listen(other.app, 'localhost', Number(own.PORT))
  after(end)
  const { path } = await publishPost(ben)
  // Until it has heard of the post.
  await sleep(500)
  for (const host of ['127.0.0.1', '::1']) {
    const first = await get(path, { port: Number(own.PORT), host }).catch(() => undefined)
    // The machine may have no IPv6.
    if (!first) continue
    assert.ok(isKept(await get(path, { port: Number(own.PORT), host })), host)
  }
  assert.equal(made(other, path), 1)
})

async function comment(slug: string, body: string): Promise<number> {
  await sql`delete from attempts`.execute(db)
  const response = await rosa.post(paths.postComments(slug), { body })
  assert.equal(response.statusCode, 303, response.body)
  return Number(/#comment-(\d+)$/.exec(String(response.headers.location))?.[1])
}
