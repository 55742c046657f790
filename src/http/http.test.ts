// What every answer has in common: headers, methods, limits of what is taken.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { publishPost } from '../../test/pages.ts'
import { newApp } from './app.ts'
import { handleErrors } from './errors.ts'
import { assetPath } from '../html/assets.ts'
import { paths } from '../paths.ts'

const { app, cast, config, db, logged } = await testApp()
const { ben, dev } = cast
const encrypted = await testApp({ SITE_URL: 'https://blog.example' })

after(() => assert.doesNotMatch(logged(), /"level":[56]0/, 'Something was an error of ours.'))

test('a handler that says nothing is answered for, also when it was sent something', async () => {
  const slow = newApp({ db, config, logger: app.log, errors: () => {} })
  handleErrors(slow)
  const never = { handlerTimeout: 200, handler: () => new Promise(() => {}) }
  slow.route({ method: ['GET', 'POST'], url: '/slow', ...never })
  const address = await slow.listen({ host: '127.0.0.1', port: 0 })
  for (const init of [{}, { method: 'POST', body: new URLSearchParams({ a: 'b' }) }])
    assert.equal((await fetch(`${address}/slow`, init)).status, 503)
  await slow.close()
})

test('what is waited for before a handler begins belongs to its time', async () => {
  const slow = newApp({ db, config, logger: app.log, errors: () => {} })
  handleErrors(slow)
  slow.addHook('onRequest', async () => await new Promise((resolve) => setTimeout(resolve, 1000)))
  slow.post('/slow', { handlerTimeout: 1500 }, () => new Promise(() => {}))
  const address = await slow.listen({ host: '127.0.0.1', port: 0 })
  const begun = performance.now()
  const { status } = await fetch(`${address}/slow`, { method: 'POST', body: new URLSearchParams({ a: 'b' }) })
  const took = performance.now() - begun
  assert.equal(status, 503)
  assert.ok(took > 1400 && took < 2300, `${took} ms`)
  await slow.close()
})

describe('every answer', () => {
  test('carries the security headers, errors and files too', async () => {
    const { path } = await publishPost(ben)
    const answers = await Promise.all([
      ...[
        path,
        paths.home(),
        paths.admin.bin(),
        '/assets/style.css',
        paths.livez(),
        paths.readyz(),
        '/nowhere',
        '/%',
        '/%ff',
        '/posts/%00',
      ].map((url) => ben.get(url)),
      dev.get(paths.admin.posts()),
      dev.get(`/posts/${'a'.repeat(5000)}`),
      dev.get(paths.legacy.signIn()),
      dev.post(path),
      dev.post('/nowhere'),
      dev.post(paths.signIn(), 'x'.repeat(70_000)),
      dev.post(paths.admin.posts(), 'x'.repeat(7_000_000)),
      dev.post(paths.signIn(), '{}', { 'content-type': 'application/json' }),
      dev.post(paths.signIn(), 'email=x', { 'sec-fetch-site': 'cross-site' }),
      app.inject({ method: 'HEAD', url: path }),
      app.inject({ method: 'OPTIONS', url: path }),
    ])
    const statuses = [...new Set(answers.map(({ statusCode }) => statusCode))].toSorted()
    assert.deepEqual(statuses, [200, 301, 303, 401, 403, 404, 405, 413, 415])
    for (const { headers, raw } of answers) {
      const where = `${raw.req.method} ${String(raw.req.url).slice(0, 50)}`
      assert.match(String(headers['content-security-policy']), /^default-src 'none'; /, where)
      assert.match(String(headers['content-security-policy']), /frame-ancestors 'none'/)
      assert.match(String(headers['content-security-policy']), /base-uri 'none'/)
      assert.doesNotMatch(String(headers['content-security-policy']), /unsafe|nonce|script-src|\*/)
      assert.equal(headers['x-content-type-options'], 'nosniff', where)
      assert.equal(headers['referrer-policy'], 'strict-origin-when-cross-origin', where)
      assert.equal(headers['cross-origin-opener-policy'], 'same-origin', where)
      assert.match(String(headers['x-request-id']), /^[0-9a-f-]{36}$/, where)
      assert.equal(headers['x-powered-by'], undefined)
      assert.equal(headers.server, undefined)
    }
  })

  test('asks for encryption where the blog is encrypted, and only there', async () => {
    const [plain, secure] = await Promise.all([dev.get(paths.home()), encrypted.cast.dev.get(paths.home())])

    assert.equal(secure.headers['strict-transport-security'], 'max-age=31536000')
    assert.match(String(secure.headers['content-security-policy']), /upgrade-insecure-requests/)
    assert.equal(plain.headers['strict-transport-security'], undefined)
    assert.doesNotMatch(String(plain.headers['content-security-policy']), /upgrade-insecure-requests/)
  })

  test('holds no script, no inline style and no handler', async () => {
    const { path, id } = await publishPost(ben)
    for (const url of [path, paths.home(), paths.admin.post(id), paths.admin.newPost(), paths.profile(), '/nowhere']) {
      const ours = `<script type="module" src="${assetPath('editor.js')}"></script>`
      // Data for search engines: no browser runs a script of that type.
      const body = (await ben.get(url)).body.replace(ours, '').replace('<script type="application/ld+json">', '')
      assert.doesNotMatch(body, /<script|<style|\sstyle=|\son\w+=/, url)
    }
  })

  test('of the desk lets scripts come from this blog alone', async () => {
    for (const url of [paths.admin.dashboard(), paths.admin.posts(), paths.admin.calendar()]) {
      const { headers, body } = await ben.get(url)
      assert.match(
        String(headers['content-security-policy']),
        /^default-src 'none'; .*; script-src 'self'; connect-src 'self'$/,
      )
      assert.doesNotMatch(
        body,
        /<script(?! type="module" src="\/assets\/desk\.[0-9a-f]+\.js"><\/script>)|<style|\sstyle=|\son\w+=/,
        url,
      )
    }
  })

  test('that is a page is kept by nobody', async () => {
    const { path } = await publishPost(ben)
    for (const url of [path, paths.home(), paths.admin.posts(), paths.profile(), '/nowhere']) {
      assert.equal((await ben.get(url)).headers['cache-control'], 'no-store', url)
    }
    assert.equal((await dev.get(paths.signIn())).headers['cache-control'], 'no-store')
  })
})

describe('an address', () => {
  test('that is not there has a page that says so', async () => {
    for (const url of [
      '/nowhere',
      '/Posts/x',
      '//posts',
      '/posts/',
      '/posts//x',
      '/posts/../posts',
      '/.env',
      '/.git/config',
      '/index.php',
    ]) {
      const response = await dev.get(url)
      assert.equal(response.statusCode, 404, url)
      assert.match(String(response.headers['content-type']), /^text\/html/)
      assert.match(response.body, /Nothing here/)
      assert.match(response.body, /href="\/"/)
    }
  })

  test('that cannot be read leads nowhere', async () => {
    for (const url of [
      '/%',
      '/%zz',
      '/%ff',
      '/%c0%af',
      '/%ed%a0%80',
      '/posts/%',
      '/posts/%e0%a4',
      '/posts/%00',
      '/posts/a%00b',
      '/%00',
      '/?before=%00',
      '/?%00=1',
      '/posts/x?before=%',
      '/?x=%ed%a0%80%',
    ]) {
      const response = await ben.get(url)
      assert.ok([200, 404].includes(response.statusCode), `${url}: ${response.statusCode}`)
      assert.match(String(response.headers['content-type']), /^text\/html/, url)
      if (!url.startsWith('/?x=')) assert.equal(response.statusCode, 404, url)
    }
  })

  test('of any length has an answer', async () => {
    for (const length of [100, 499, 501, 5000, 60_000]) {
      for (const url of [
        `/posts/${'a'.repeat(length)}`,
        `/${'a'.repeat(length)}`,
        `/admin/posts/${'1'.repeat(length)}`,
        `/confirm/${'a'.repeat(length)}`,
      ]) {
        const response = await ben.get(url)
        assert.ok([200, 404].includes(response.statusCode), `${url.slice(0, 30)} ${length}: ${response.statusCode}`)
        assert.match(String(response.headers['content-type']), /^text\/html/)
      }
    }
  })

  test('that has other methods says which', async () => {
    const { path, slug } = await publishPost(ben)
    const wrong = [
      ['POST', paths.home(), 'GET, HEAD'],
      ['DELETE', path, 'GET, HEAD'],
      ['GET', paths.postComments(slug), 'POST'],
      ['GET', paths.signOut(), 'POST'],
      ['PUT', paths.signIn(), 'GET, HEAD, POST'],
      ['PATCH', paths.admin.post(1), 'GET, HEAD, POST'],
    ] as const
    for (const [method, url, allow] of wrong) {
      const response = await app.inject({ method, url })
      assert.equal(response.statusCode, 405, `${method} ${url}`)
      assert.equal(String(response.headers.allow).split(', ').toSorted().join(', '), allow)
    }
    assert.equal((await app.inject({ method: 'DELETE', url: '/nowhere' })).statusCode, 404)
  })

  test('is asked for another method by no header and no field', async () => {
    const { path, id } = await publishPost(ben)
    for (const name of ['x-http-method-override', 'x-method-override']) {
      const headers = { [name]: 'DELETE' }
      assert.equal((await ben.post(path, { _method: 'DELETE' }, headers)).statusCode, 405)
      assert.equal(
        (await ben.post(`${paths.admin.post(id)}?_method=DELETE`, { title: '', body: '' }, headers)).statusCode,
        422,
      )
    }
    assert.equal((await dev.get(path)).statusCode, 200)
  })
})

test('a page is compressed for who asks, and the same', async () => {
  const { path } = await publishPost(ben, { body: 'Many words. '.repeat(500) })
  const plain = await dev.get(path)
  const packed = await dev.get(path, { 'accept-encoding': 'gzip, deflate, br' })

  assert.equal(plain.headers['content-encoding'], undefined)
  assert.equal(packed.headers['content-encoding'], 'gzip')
  assert.equal(packed.headers['content-type'], 'text/html; charset=utf-8')
  assert.match(String(packed.headers.vary), /accept-encoding/)
  const { gunzipSync } = await import('node:zlib')
  assert.equal(gunzipSync(packed.rawPayload).toString(), plain.body)
  assert.equal((await dev.get(path, { 'accept-encoding': 'br' })).headers['content-encoding'], undefined)
  // Named to say no to it.
  for (const address of [path, assetPath('style.css')])
    assert.equal(
      (await dev.get(address, { 'accept-encoding': 'gzip;q=0, br;q=0' })).headers['content-encoding'],
      undefined,
    )
  assert.equal((await app.inject({ method: 'HEAD', url: path, headers: { 'accept-encoding': 'gzip' } })).body, '')
})

test('programs get errors as JSON', async () => {
  const response = await dev.get('/nowhere', { accept: 'application/json' })

  assert.equal(response.statusCode, 404)
  assert.deepEqual(response.json(), { error: { kind: 'not_found', message: 'There is no such page here.' } })
  assert.equal(
    (await dev.get(paths.admin.posts(), { accept: 'application/json' })).json().error.kind,
    'unauthenticated',
  )
})
