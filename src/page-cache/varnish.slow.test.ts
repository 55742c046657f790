// Readers behind Debian's Varnish with the configuration of docs/varnish.vcl.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { testApp } from '../../test/app.ts'
import { publishPost } from '../../test/pages.ts'
import { freePort } from '../../test/tcp-server.ts'
import { type Varnish, hasVarnish, startVarnish } from '../../test/varnish.ts'
import { assetPath } from '../html/assets.ts'
import { paths } from '../paths.ts'

const options = hasVarnish ? {} : { skip: 'There is no /usr/sbin/varnishd here: apt-get install varnish.' }

describe('behind Varnish', options, async () => {
  if (!hasVarnish) return
  const front = await freePort()
  const blog = await testApp({
    PORT: String(await freePort()),
    SITE_URL: `http://localhost:${front}`,
    CACHE_PURGE_URL: `http://127.0.0.1:${front}/purge`,
    CACHE_PURGE_HEADER: 'Authorization: Bearer change-this',
  })
  const { app, cast, config, db, settings } = blog
  const { ada, ben } = cast
  let varnish: Varnish

  before(async () => {
    await app.listen({ host: '127.0.0.1', port: config.port })
    varnish = await startVarnish(front, String(config.port))
  })
  after(() => varnish?.stop())

  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(varnish.origin + path, { headers, redirect: 'manual' })
  const isHit = async (path: string, headers = {}) => {
    const answer = await get(path, headers)
    await answer.arrayBuffer()
    return answer.headers.get('x-cache') === 'hit'
  }
  /** What was told of earlier writes, and once more a second later, is over. */
  const quiet = () => sleep(1500)

  test('a page comes from there, to browsers that ask each time', async (t) => {
    const { path } = await publishPost(ben, { title: 'Bread' })
    await quiet()
    const pages = [path, paths.home(), paths.archive(), '/atom.xml']
    let hits = 0
    for (let round = 0; round < 100; round++) for (const page of pages) if (await isHit(page)) hits++
    t.diagnostic(`${hits} of 400 requests were hits.`)
    assert.ok(hits >= 380, `${hits} of 400 requests were hits.`)

    const { headers } = await get(path)
    assert.equal(headers.get('cache-control'), 'public, no-cache')
    for (const name of ['surrogate-key', 'surrogate-control', 'cache-tag', 'cdn-cache-control', 'set-cookie'])
      assert.equal(headers.get(name), null, name)
    const again = await get(path, { 'if-none-match': headers.get('etag') ?? '' })
    assert.equal(again.status, 304)
  })

  test('a write is there within 250 ms, and other posts stay', async (t) => {
    const { path, slug } = await publishPost(ben, { title: 'Written often' })
    const other = await publishPost(ben, { title: 'Written once' })
    await quiet()
    const delays: number[] = []
    for (let count = 1; count <= 10; count++) {
      await get(path)
      assert.ok(await isHit(path))
      await get(other.path)
      const posted = await ada.post(paths.postComments(slug), { body: `Comment ${count}.` })
      assert.equal(posted.statusCode, 303)
      const began = performance.now()
      while (!(await (await get(path)).text()).includes(`Comment ${count}.`)) {
        assert.ok(performance.now() - began < 250, 'The old page was there for more than 250 ms.')
        await sleep(2)
      }
      delays.push(Math.round(performance.now() - began))
      assert.ok(await isHit(other.path), 'A comment took another page out.')
    }
    t.diagnostic(`The new page was there after ${delays.toSorted((a, b) => a - b).join(', ')} ms.`)
  })

  test('who is signed in gets pages of their own, and cookies of others make no difference', async () => {
    const { path } = await publishPost(ben, { title: 'For everybody' })
    await quiet()
    await get(path)
    const own = await get(path, { cookie: ben.cookie })
    assert.equal(own.headers.get('x-cache'), 'miss')
    assert.match(own.headers.get('cache-control') ?? '', /no-store/)
    assert.match(await own.text(), /Ben/)
    assert.ok(await isHit(path, { cookie: '_ga=GA1.1.1; consent=yes' }))
    assert.ok(!(await (await get(path)).text()).includes('/sign-out'))
    for (let round = 0; round < 2; round++) {
      assert.ok(!(await isHit('/admin', { cookie: ben.cookie })))
      assert.ok(!(await isHit('/sign-in')))
      assert.ok(!(await isHit('/api/v1/posts')))
    }
    await get(assetPath('style.css'), { cookie: ben.cookie })
    assert.ok(await isHit(assetPath('style.css'), { cookie: ben.cookie }))
  })

  test('a live stream passes as it comes', async () => {
    await db.updateTable('settings').set({ comments_are_live: true }).execute()
    const { path, slug } = await publishPost(ben, { title: 'Live' })
    await settings.refresh()
    await quiet()
    const since = /data-since="([^"]*)"/.exec(await (await get(path)).text())?.[1] ?? ''
    const gone = new AbortController()
    const stream = `${varnish.origin}${paths.liveComments(slug)}?after=${encodeURIComponent(since)}`
    const answer = await fetch(stream, { signal: gone.signal })
    assert.match(answer.headers.get('content-type') ?? '', /^text\/event-stream/)
    await ada.post(paths.postComments(slug), { body: 'Told.' })
    const reader = answer.body?.getReader()
    const first = await Promise.race([reader?.read(), sleep(3000)])
    assert.ok(first && !first.done)
    gone.abort()
  })

  test('only Bloggy purges', async () => {
    const purge = (headers: Record<string, string>) =>
      fetch(`${varnish.origin}/purge`, { method: 'POST', headers }).then(({ status }) => status)
    assert.equal(await purge({ 'surrogate-key': 'site' }), 403)
    assert.equal(await purge({ 'surrogate-key': 'site', authorization: 'Bearer wrong' }), 403)
    const authorization = 'Bearer change-this'
    assert.equal(await purge({ authorization }), 400)
    assert.equal(await purge({ authorization, 'surrogate-key': 'x" || obj.status == "200' }), 400)
    assert.equal(await purge({ authorization, 'surrogate-key': 'post-0' }), 200)
  })

  test('pages stay while Bloggy is away', async () => {
    const { path } = await publishPost(ben, { title: 'Stays' })
    await quiet()
    await get(path)
    assert.ok(await isHit(path))
    await app.close()
    await sleep(100)
    const answer = await get(path)
    assert.equal(answer.status, 200)
    assert.match(await answer.text(), /Stays/)
    assert.equal((await get('/sign-in')).status, 503)
  })
})
