// What a shared cache in front is told, by a stand-in that writes down what it hears.
import assert from 'node:assert/strict'
import { type IncomingHttpHeaders, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { publishPost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

type Heard = { method: string; path: string; headers: IncomingHttpHeaders; body: string }
const heard: Heard[] = []
/** Statuses of the next answers; 'silence' for none. */
const answers: (number | 'silence')[] = []
const edge = createServer((request, response) => {
  const { method = '', url: path = '', headers } = request
  let body = ''
  request.on('data', (chunk) => (body += chunk))
  request.on('end', () => {
    heard.push({ method, path, headers, body })
    const answer = answers.shift() ?? 200
    if (answer !== 'silence') response.writeHead(answer).end('{}')
  })
})
await new Promise<void>((resolve) => edge.listen(0, '127.0.0.1', resolve))
const { port } = edge.address() as AddressInfo
after(() => {
  edge.close()
  edge.closeAllConnections()
})

const { app, cast, db, logged } = await testApp({
  CACHE_PURGE_URL: `http://127.0.0.1:${port}/purge?of=blog`,
  CACHE_PURGE_HEADER: 'Authorization: Bearer secret-of-the-edge',
})
const { ada, ben } = cast

const keysOf = ({ headers }: Heard) => String(headers['surrogate-key']).split(' ')
const hears = async (key: string, times: number, withinMs = 5000) => {
  const count = () => heard.filter((one) => keysOf(one).includes(key)).length
  for (const began = performance.now(); performance.now() - began < withinMs && count() < times;) await sleep(5)
  assert.ok(count() >= times, `${key} was told ${count()} times of ${times}.`)
}
/** Everything so far was told twice. */
const quiet = async () => {
  for (let before = -1; before !== heard.length; await sleep(1300)) before = heard.length
  heard.length = 0
}

describe('a shared cache', () => {
  test('is told to forget everything when Bloggy starts', async () => {
    await hears('site', 1)
  })

  test('is told of a comment with the key of its post alone, at once and a second later', async () => {
    const { id, slug } = await publishPost(ben)
    await quiet()
    const began = performance.now()
    assert.equal((await ada.post(paths.postComments(slug), { body: 'Words.' })).statusCode, 303)
    await hears(`post-${id}`, 1)
    assert.ok(performance.now() - began < 2000)
    await hears(`post-${id}`, 2)
    await sleep(1300)
    assert.equal(heard.length, 2)
    assert.ok(heard.every((one) => !keysOf(one).includes('site')))
    const [first] = heard
    assert.deepEqual([first?.method, first?.path], ['POST', '/purge?of=blog'])
    assert.equal(first?.headers.authorization, 'Bearer secret-of-the-edge')
    assert.deepEqual(JSON.parse(first?.body ?? ''), { tags: keysOf(first as Heard) })
    assert.equal(logged().includes('secret-of-the-edge'), false)
  })

  test('hears of many changes in few requests, and of very many as one', async () => {
    await quiet()
    const change = (many: number) =>
      sql`insert into page_changes (key) select 'post:' || (1000000 + n) from generate_series(1, ${many}) n`.execute(db)
    await change(60)
    await hears('post-1000060', 1)
    assert.ok(heard.length <= 3, `${heard.length} requests for 60 posts.`)
    await change(300)
    await hears('site', 1)
    assert.ok(heard.every((one) => keysOf(one).length <= 100))
  })

  test('that fails or keeps silent is told again, and nobody who writes waits for it', async () => {
    const { id, slug } = await publishPost(ben)
    await quiet()
    answers.push(503, 'silence', 403)
    const began = performance.now()
    assert.equal((await ada.post(paths.postComments(slug), { body: 'Words.' })).statusCode, 303)
    assert.ok(performance.now() - began < 2000)
    await hears(`post-${id}`, 5, 15_000)
    assert.equal(answers.length, 0)
    assert.match(logged(), /the shared cache was not told/)
    assert.match(logged(), /the shared cache is told again/)
  })
})

test('pages say what they are made of and for how long they may be kept, to shared caches alone', async () => {
  const { id, path } = await publishPost(ben)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  // Made, and from memory.
  for (let round = 0; round < 2; round++) {
    const { headers } = await fetch(origin + path)
    assert.equal(headers.get('cache-control'), 'public, no-cache')
    assert.equal(headers.get('surrogate-key'), `site post-${id}`)
    assert.equal(headers.get('cache-tag'), `site,post-${id}`)
    assert.equal(headers.get('surrogate-control'), 'max-age=600')
    assert.equal(headers.get('cdn-cache-control'), 'max-age=600')
  }
  assert.equal((await fetch(origin + paths.home())).headers.get('surrogate-key'), 'site posts')
  for (const [name, value] of [
    ['cookie', ben.cookie],
    ['authorization', 'Bearer x'],
  ] as const) {
    const own = await fetch(origin + path, { headers: { [name]: value } })
    assert.equal(own.headers.get('surrogate-control'), null)
    assert.match(own.headers.get('cache-control') ?? '', /no-store/)
  }
})

test('without an address to purge at, nothing is said to shared caches', async () => {
  const plain = await testApp()
  const { path } = await publishPost(plain.cast.ben)
  await plain.app.listen({ host: '127.0.0.1', port: 0 })
  const { headers } = await fetch(`http://127.0.0.1:${(plain.app.server.address() as AddressInfo).port}${path}`)
  assert.equal(headers.get('cache-control'), 'public, no-cache')
  for (const name of ['surrogate-key', 'surrogate-control', 'cache-tag', 'cdn-cache-control'])
    assert.equal(headers.get(name), null)
})
