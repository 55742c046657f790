// Files where the application listens: answered before it, and the same as by it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request as ask } from 'node:http'
import { after, describe, test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { webSettings } from '../../test/browser.ts'
import { assetPath, assets } from '../html/assets.ts'
import { paths } from '../paths.ts'
import { listen } from './listen.ts'

const web = await webSettings()
const { app, logged } = await testApp({ ...web, METRICS_TOKEN: 'a token of the tests' })
after((await listen(app, '127.0.0.1', Number(web.PORT))).stop)

const files = [assetPath('style.css'), assetPath('favicon.svg'), '/assets/desk.js', '/assets/sample/desk-with-lamp.svg']
const asked: Record<string, string>[] = [
  {},
  { 'accept-encoding': 'gzip' },
  { 'accept-encoding': 'gzip, deflate, br' },
  { 'accept-encoding': 'br;q=0, gzip;q=0' },
  { 'if-none-match': `"${assets.get('style.css')?.etag}"` },
]
// What is of the connection, of the moment, or of one request alone.
const others = ['connection', 'keep-alive', 'date', 'x-request-id']

describe('a file', () => {
  for (const method of ['GET', 'HEAD'] as const)
    test(`is the same as the application itself would send it, ${method}`, async () => {
      for (const path of files)
        for (const headers of asked) {
          const own = await app.inject({ url: path, method, headers })
          const sent = await get(path, { method, headers })
          assert.equal(sent.status, own.statusCode, path)
          assert.deepEqual(sent.body, own.rawPayload)
          // To HEAD the application says of what has no body that it would be empty.
          if (sent.status === 304) delete own.headers['content-length']
          assert.deepEqual(without(sent.headers), without(own.headers), `${path} ${JSON.stringify(headers)}`)
          assert.match(String(sent.headers['x-request-id']), /^[\da-f-]{36}$/)
        }
    })

  test('has a tag in each form of its bytes, by any of which it is known', async () => {
    const path = assetPath('style.css')
    const tags = []
    for (const accepted of ['identity', 'gzip', 'GZIP;q=0.5, br;Q=0;x', 'br'])
      tags.push((await get(path, { headers: { 'accept-encoding': accepted } })).headers.etag)
    const [plain, gzip, again, brotli] = tags
    assert.equal(gzip, again)
    assert.equal(new Set(tags).size, 3)
    for (const known of [plain, gzip, brotli, '*', `"other", W/${String(gzip)}`])
      assert.equal((await get(path, { headers: { 'if-none-match': String(known) } })).status, 304, String(known))
    const longer = `"x${String(plain).slice(1, -1)}y"`
    assert.equal((await get(path, { headers: { 'if-none-match': longer } })).status, 200)
  })

  test('has its line in the log, without the query, and is counted', async () => {
    const path = assetPath('style.css')
    const { status, headers } = await get(`${path}?x=1`)
    assert.equal(status, 200)
    const line = logged()
      .split('\n')
      .find((line) => line.includes(String(headers['x-request-id'])))
    const { method, path: noted, status: told } = JSON.parse(line ?? '{}') as Record<string, unknown>
    assert.deepEqual([method, noted, told], ['GET', path, 200])
    const authorization = 'Bearer a token of the tests'
    const figures = (await app.inject({ url: paths.metrics(), headers: { authorization } })).body
    assert.match(figures, new RegExp(`requests_total\\{method="GET",route="${path}",status="200"\\} [1-9]`))
  })

  test('is read and nothing else: anything but that goes to the application', async () => {
    const path = assetPath('style.css')
    assert.equal(
      (await get(path, { method: 'POST' })).status,
      (await app.inject({ url: path, method: 'POST' })).statusCode,
    )
    assert.equal((await get('/assets/%73tyle.css')).status, 200)
    for (const missing of ['/assets/', '/assets/none.css', '/assets/../package.json', '/assets/style.css/'])
      assert.equal((await get(missing)).status, 404, missing)
  })
})

async function get(path: string, { method = 'GET', headers = {} }: { method?: string; headers?: object } = {}) {
  const sent = ask({
    host: '127.0.0.1',
    port: Number(web.PORT),
    path,
    method,
    headers: { ...headers },
    agent: false,
  }).end()
  const [response] = await once(sent, 'response')
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return {
    status: response.statusCode as number,
    headers: response.headers as object,
    body: Buffer.concat(chunks),
  } as {
    status: number
    headers: Record<string, unknown>
    body: Buffer
  }
}

function without(headers: object): object {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !others.includes(name)))
}
