// What caches of others may keep: every page, asked for by a stranger and by somebody who is signed in.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testApp } from './app.ts'
import { serve, webSettings } from './browser.ts'
import { listRoutes } from './documents.ts'
import { objectsOf } from './rights-objects.ts'

const web = await webSettings()
const blog = await testApp({ ...web, CACHE_PURGE_URL: 'http://127.0.0.1:9/purge' })
const { app, cast } = blog
await serve(blog)
const objects = objectsOf(blog)

const isPage = (type: string | null) => type?.startsWith('text/html') ?? false
/** Files and pictures under addresses of their own, and what says for how long it is true. */
const isFile = /^\/(assets|theme|media|\.well-known|oembed)|\/picture/

test('no cache keeps what is for one person, and each knows what an answer depends on', async () => {
  const routes = listRoutes(app.printRoutes({ commonPrefix: false })).filter(
    (route) => route.startsWith('GET ') && !route.includes('*') && !route.endsWith('/live'),
  )
  assert.ok(routes.length > 150)
  const wrong: string[] = []
  let kept = 0
  for (const route of routes) {
    const pattern = route.slice('GET '.length)
    const made = await objects(pattern)
    const path = pattern.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(made[name] ?? '1'))
    for (const who of ['stranger', 'author', 'owner'] as const) {
      const cookie = { stranger: '', author: cast.ben.cookie, owner: cast.ada.cookie }[who]
      const answer = await fetch(`http://127.0.0.1:${web.PORT}${path}`, {
        headers: { host: new URL(web.SITE_URL).host, ...(cookie && { cookie }) },
        redirect: 'manual',
        signal: AbortSignal.timeout(10_000),
      })
      await answer.arrayBuffer()
      const { headers, status } = answer
      const rule = headers.get('cache-control') ?? ''
      const vary = headers.get('vary') ?? ''
      const say = (words: string) => wrong.push(`${who}: ${route} (${status}, "${rule}", vary "${vary}") ${words}`)

      const isForOne = /no-store|private/.test(rule)
      const isShared = headers.has('surrogate-control')
      if (isShared) kept++
      if (status >= 500) say('fails')
      // A redirect without a word about caches is kept by none unless it is for ever.
      if (rule === '' && ![302, 303, 307].includes(status)) say('says nothing of caches')
      if (headers.has('set-cookie') && !isForOne) say('gives everybody one cookie')
      if (isPage(headers.get('content-type'))) {
        if (cookie && !/no-store/.test(rule)) say('is kept for somebody else')
        if (!/cookie/.test(vary) && !/no-store/.test(rule)) say('does not depend on who asks')
        if (/max-age=[1-9]/.test(rule) && !/private/.test(rule)) say('is old before anybody is told')
      }
      if (isShared && (cookie || rule !== 'public, no-cache')) say('is shared')
      if (isShared && !/(^| )site( |$)/.test(headers.get('surrogate-key') ?? '')) say('has no key')
      if (/public/.test(rule) && /max-age=[1-9]/.test(rule) && status === 200 && !isFile.test(path))
        say('is kept without asking')
    }
  }
  assert.deepEqual(wrong, [])
  assert.ok(kept >= 15, `${kept} pages are for shared caches.`)
})
