// What operators read: health, metrics, logs, files.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { testApp } from '../../test/app.ts'
import { publishPost } from '../../test/pages.ts'
import { assetPath } from '../html/assets.ts'
import { openStore } from '../media/store.ts'
import { paths } from '../paths.ts'
import { newAdminServer, newServer } from '../server.ts'
import { newMetrics } from './metrics.ts'

const token = 'a-token-for-the-metrics'
const { app, cast, config, database, settings, logged } = await testApp({ METRICS_TOKEN: token })
const withoutToken = await testApp()
const { ben, dev } = cast

describe('health', () => {
  test('is told without a session', async () => {
    for (const path of [paths.livez(), paths.readyz()]) {
      const response = await dev.get(path)
      assert.equal(response.statusCode, 200)
      assert.equal(response.body, 'ok\n')
      assert.equal(response.headers['cache-control'], 'no-store')
    }
  })

  test('is not ready any more from the moment the process was told to stop', async () => {
    let isLeaving = false
    const store = openStore(config)
    const server = newServer({ config, database, settings, store, logger: app.log, isLeaving: () => isLeaving })

    assert.equal((await server.inject(paths.readyz())).statusCode, 200)
    isLeaving = true
    assert.equal((await server.inject(paths.readyz())).statusCode, 503)
    assert.equal((await server.inject(paths.livez())).statusCode, 200)
    await server.close()
  })
})

describe('metrics', () => {
  test('are not there without the token', async () => {
    const wrong = [
      undefined,
      '',
      'Bearer',
      `Bearer ${token}x`,
      `Bearer ${token.slice(1)}`,
      `Basic ${token}`,
      token,
      'Bearer undefined',
    ]
    for (const authorization of wrong) {
      for (const person of [dev, ben, withoutToken.cast.dev]) {
        const response = await person.get(paths.metrics(), authorization === undefined ? {} : { authorization })
        assert.equal(response.statusCode, 404, authorization)
        assert.match(response.body, /Nothing here/)
      }
    }
  })

  test('count requests by the pattern of their route, never by their address', async () => {
    const { path } = await publishPost(ben, { title: 'Counted here' })
    const before = await value('bloggy_http_requests_total{method="GET",route="/posts/:slug",status="200"}')
    for (let count = 0; count < 3; count++) await dev.get(path)
    for (const odd of ['/nowhere-1', '/nowhere-2', '/posts/x"y', '/posts/%0a', '/%']) await dev.get(odd)

    const text = await metrics()
    assert.equal(await value('bloggy_http_requests_total{method="GET",route="/posts/:slug",status="200"}'), before + 3)
    assert.match(text, /route="none",status="404"/)
    assert.doesNotMatch(text, /counted-here|nowhere/)
    assert.match(text, /^# HELP bloggy_http_requests_total/m)
    assert.match(text, /^# TYPE bloggy_http_request_duration_seconds histogram/m)
    assert.match(text, /^process_resident_memory_bytes \d/m)
  })

  test('are open on the listener of the operator, which serves nothing else', async () => {
    const admin = newAdminServer({ config, database, logger: app.log }, newMetrics())

    assert.equal((await admin.inject(paths.metrics())).statusCode, 200)
    assert.equal((await admin.inject(paths.readyz())).statusCode, 200)
    for (const path of [paths.home(), paths.signIn(), '/assets/style.css'])
      assert.equal((await admin.inject(path)).statusCode, 404, path)
    await admin.close()
  })

  async function metrics(): Promise<string> {
    const response = await dev.get(paths.metrics(), { authorization: `Bearer ${token}` })
    assert.equal(response.statusCode, 200)
    assert.match(String(response.headers['content-type']), /^text\/plain/)
    return response.body
  }

  async function value(series: string): Promise<number> {
    const line = (await metrics()).split('\n').find((line) => line.startsWith(`${series} `))
    return Number(line?.slice(series.length) ?? 0)
  }
})

describe('the log', () => {
  test('has one line of JSON for a request, with its number', async () => {
    const { path } = await publishPost(ben)
    const response = await ben.get(`${path}?comment=1`)

    const [line, ...others] = lines().filter(({ reqId }) => reqId === response.headers['x-request-id'])
    assert.deepEqual(others, [])
    assert.equal(line?.msg, 'request')
    assert.deepEqual([line?.method, line?.path, line?.status, line?.visitor], ['GET', path, 200, ben.id])
    assert.equal(typeof line?.ms, 'number')
  })

  test('never holds a token of a link, a query, a cookie or a form', async () => {
    const secret = 'Sec-ret_Token_0123456789abcdefghijklmnopqrs'
    for (const path of [
      paths.confirmation(secret),
      paths.passwordReset(secret),
      paths.setup(secret),
      paths.legacy.emailVerification(secret),
      paths.legacy.passwordReset(secret),
    ]) {
      for (const method of ['GET', 'POST', 'PUT', 'HEAD'] as const) {
        for (const ending of ['', '/', '.', '?x=1', '%20', '/more']) await app.inject({ method, url: path + ending })
      }
    }
    await dev.get(`${paths.signIn()}?next=${secret}`)
    await dev.get(paths.home(), {
      cookie: `bloggy=${secret}`,
      authorization: `Bearer ${secret}`,
      referer: `http://x/${secret}`,
    })
    await dev.post(paths.signIn(), { email: `${secret}@example.com`, password: secret })
    await ben.post(paths.password(), { old_password: secret, password: secret })

    assert.ok(
      !logged().includes(secret),
      logged()
        .split('\n')
        .find((line) => line.includes(secret)),
    )
    assert.ok(!logged().includes(ben.cookie.split('=')[1] ?? '-'))
  })

  test('is not forged by an address with line ends or colours', async () => {
    const before = lines().length
    await dev.get('/a%0a{"level":50}%1b[31m')
    await dev.get(`/${'long'.repeat(10_000)}`)

    const added = lines().slice(before)
    assert.equal(added.length, 2)
    for (const { path, level } of added) {
      assert.equal(level, 30)
      assert.ok(String(path).length <= 500)
    }
  })

  function lines(): Record<string, unknown>[] {
    return logged()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  }
})

describe('a file', () => {
  test('under the address with its hash is kept for ever', async () => {
    for (const name of ['style.css', 'favicon.svg']) {
      const response = await dev.get(assetPath(name))
      assert.equal(response.statusCode, 200)
      assert.equal(response.headers['cache-control'], 'public, max-age=31536000, immutable')
    }
    assert.equal((await dev.get('/assets/style.0000000000000000.css')).statusCode, 404)
  })

  test('under its plain name is asked for again, and answered briefly when it is the same', async () => {
    const first = await dev.get('/assets/style.css')
    const second = await dev.get('/assets/style.css', { 'if-none-match': String(first.headers.etag) })

    assert.doesNotMatch(String(first.headers['cache-control']), /immutable/)
    assert.equal(second.statusCode, 304)
    assert.equal(second.body, '')
    assert.equal((await dev.get('/assets/style.css', { 'if-none-match': '"other"' })).statusCode, 200)
  })

  test('is sent as small as the browser can read it', async () => {
    const plain = await dev.get('/assets/style.css')
    const gzip = await dev.get('/assets/style.css', { 'accept-encoding': 'gzip' })
    const brotli = await dev.get('/assets/style.css', { 'accept-encoding': 'gzip, deflate, br' })

    assert.equal(plain.headers['content-type'], 'text/css; charset=utf-8')
    assert.equal(gzip.headers['content-encoding'], 'gzip')
    assert.equal(gunzipSync(gzip.rawPayload).toString(), plain.body)
    assert.equal(brotli.headers['content-encoding'], 'br')
    assert.equal(brotliDecompressSync(brotli.rawPayload).toString(), plain.body)
    for (const { headers } of [plain, gzip, brotli]) assert.match(String(headers.vary), /accept-encoding/)
  })

  test('outside public/ cannot be reached', async () => {
    for (const path of [
      '/assets/../package.json',
      '/assets/%2e%2e/package.json',
      '/assets/..%2fpackage.json',
      '/assets/',
      '/assets',
      '/assets/style.css/',
      '/assets/sample',
    ]) {
      assert.equal((await dev.get(path)).statusCode, 404, path)
    }
  })
})
