// Bugs: what the visitor sees, what the log holds, what is reported.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, test } from 'node:test'
import { sql } from 'kysely'
import { type TestApp, testApp } from '../../test/app.ts'
import { fieldOf, publishPost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

type Report = { url: string; headers: IncomingMessage['headers']; text: string }

const reports: Report[] = []
const tracker = createServer((request, response) => {
  let text = ''
  request.setEncoding('utf8').on('data', (part) => (text += part))
  request.on('end', () => {
    reports.push({ url: request.url ?? '', headers: request.headers, text })
    response.end('{}')
    tracker.emit('report')
  })
})
tracker.listen(0, '127.0.0.1')
await once(tracker, 'listening')
after(() => tracker.close())

const blog = await testApp({
  SENTRY_DSN: `http://thekey@127.0.0.1:${(tracker.address() as AddressInfo).port}/below/42`,
})
const { ben, dev, rosa } = blog.cast

describe('a bug', () => {
  test('is told plainly, with the number under which it is in the log, once', async () => {
    const { path } = await publishPost(ben)
    const response = await withoutComments(blog, () => ben.get(path))

    const id = String(response.headers['x-request-id'])
    assert.equal(response.statusCode, 500)
    assert.equal(response.headers['cache-control'], 'no-store')
    assert.match(response.body, /Something went wrong/)
    assert.ok(response.body.includes(id))
    assert.doesNotMatch(response.body, /comments_away|relation|at file|node_modules|select /)
    const lines = blog
      .logged()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ level, reqId }) => level === 50 && reqId === id)
    assert.equal(lines.length, 1)
    assert.match(lines[0].err.message, /relation "comments" does not exist/)
    assert.match(lines[0].err.stack, /^ {4}at /m)
  })

  test('is told to programs as JSON', async () => {
    const { path } = await publishPost(ben)
    const response = await withoutComments(blog, () => dev.get(path, { accept: 'application/json' }))

    assert.equal(response.statusCode, 500)
    assert.equal(response.json().error.kind, 'internal')
    assert.doesNotMatch(response.body, /relation/)
  })

  test('is reported with its stack and its route, without cookie, address or body', async () => {
    const { slug } = await publishPost(ben)
    reports.length = 0
    const reported = once(tracker, 'report')
    const response = await withoutComments(blog, () =>
      ben.post(
        `${paths.postComments(slug)}?secret=question`,
        { body: 'A very private thought' },
        { 'user-agent': 'Private browser' },
      ),
    )
    await reported

    assert.equal(response.statusCode, 500)
    assert.equal(reports.length, 1)
    const [{ url, headers, text } = { url: '', headers: {}, text: '' }] = reports
    assert.equal(url, '/below/api/42/envelope/')
    assert.equal(headers['content-type'], 'application/x-sentry-envelope')
    assert.match(String(headers['x-sentry-auth']), /sentry_key=thekey/)
    const [head, item, event, rest] = text.split('\n').map((line) => (line ? JSON.parse(line) : undefined))
    assert.equal(item.type, 'event')
    assert.equal(head.event_id, event.event_id)
    assert.equal(event.transaction, 'POST /posts/:slug/comments')
    assert.equal(event.tags.request_id, response.headers['x-request-id'])
    const [exception] = event.exception.values
    assert.match(exception.value, /relation "comments" does not exist/)
    const { frames } = exception.stacktrace
    assert.ok(frames.length > 3)
    for (const { filename, lineno, colno } of frames) assert.ok(filename && lineno > 0 && colno > 0)
    assert.equal(rest, undefined)
    for (const secret of [
      'private',
      'Private',
      'secret',
      slug,
      ben.cookie.split('=')[1] ?? '-',
      ben.email,
      '127.0.0.1',
    ]) {
      assert.ok(!text.includes(secret), `The report holds ${secret}.`)
    }
  })

  test('that a person can mend is none: nothing is reported or logged as an error', async () => {
    reports.length = 0
    const before = blog.logged().match(/"level":50/g)?.length
    await Promise.all([
      dev.get('/nowhere'),
      dev.post(paths.admin.posts(), {}),
      ben.post(paths.admin.posts(), {}),
      dev.get('/%ff'),
      dev.post(paths.signIn(), 'x', { 'content-type': 'a/b' }),
    ])

    assert.equal(blog.logged().match(/"level":50/g)?.length, before)
    assert.deepEqual(reports, [])
  })
})

test('a text that is refused is shown again without the rest of its form, with the way back to its page', async () => {
  const { slug, path } = await publishPost(ben)
  const page = (await rosa.get(path)).body
  const form = { body: 'The last straw', mark: fieldOf(page, 'mark') ?? '', tell_thread: 'yes' }
  const referer = `${blog.config.siteUrl.origin}${path}`
  let refused = await rosa.post(paths.postComments(slug), form, { referer })
  for (let count = 0; refused.statusCode !== 429 && count < 40; count++)
    refused = await rosa.post(paths.postComments(slug), form, { referer })
  assert.equal(refused.statusCode, 429)
  const kept = [...refused.body.matchAll(/<pre[^>]*>([^<]*)/g)].map(([, text]) => text?.trim())
  assert.deepEqual(kept, ['The last straw'])
  assert.ok(refused.body.includes(`<a href="${path}">Back`))
  // Also where nothing was typed.
  const empty = await rosa.post(paths.postComments(slug), { body: ' x' }, { referer, 'content-type': 'a/b' })
  assert.ok(empty.body.includes(`<a href="${path}">Back`))
  for (const other of ['https://elsewhere.example/x', 'javascript:alert(1)', '::'])
    assert.doesNotMatch((await rosa.post(paths.postComments(slug), form, { referer: other })).body, />Back/, other)
})

test('a page that is not there has a field to search from, for readers', async () => {
  for (const path of ['/nowhere', paths.post('nowhere')])
    assert.match((await dev.get(path)).body, /<form [^>]*role="search"[^>]*>[^]*name="q"/)
  assert.doesNotMatch((await ben.get(paths.admin.post(999_999))).body, /role="search"/)
})

test('a tracker that is dead or silent changes nothing for the visitor', async () => {
  const silent = createServer(() => {})
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  after(() => {
    silent.closeAllConnections()
    silent.close()
  })
  for (const port of [1, (silent.address() as AddressInfo).port]) {
    const other = await testApp({ SENTRY_DSN: `http://thekey@127.0.0.1:${port}/42` })
    const { path } = await publishPost(other.cast.ben)
    const begun = Date.now()
    for (let count = 0; count < 8; count++) {
      assert.equal((await withoutComments(other, () => other.cast.dev.get(path))).statusCode, 500)
    }
    // Waiting for the tracker would take three seconds each.
    assert.ok(Date.now() - begun < 12_000, `${Date.now() - begun} ms`)
    assert.equal((await other.cast.dev.get(path)).statusCode, 200)
  }
})

/** A table that is suddenly not there is a bug as real as any. */
async function withoutComments<T>({ db }: TestApp, work: () => Promise<T>): Promise<T> {
  await sql`alter table comments rename to comments_away`.execute(db)
  try {
    return await work()
  } finally {
    await sql`alter table comments_away rename to comments`.execute(db)
  }
}
