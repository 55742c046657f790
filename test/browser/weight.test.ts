import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { assetPath, assets } from '../../src/html/assets.ts'
import { paths } from '../../src/paths.ts'
import { fillSample } from '../../src/sample/queries.ts'
import { presets } from '../../src/themes/presets.ts'
import { defaultTheme, valuesOf } from '../../src/themes/theme.ts'
import { testApp } from '../app.ts'
import { publishPost } from '../pages.ts'
import { assertQuiet, serve, startBrowser, visit, webSettings } from '../browser.ts'

const browser = await startBrowser()
const context = await testApp(await webSettings())
await fillSample(context.db)
const origin = await serve(context)

describe('what a reader has to load', () => {
  test('the front page with 20 posts, style and icon, is below 14 KB', async () => {
    const response = await context.app.inject({ url: paths.home(), headers: { 'accept-encoding': 'gzip' } })
    assert.equal(response.headers['content-encoding'], 'gzip')
    const parts = [
      response.rawPayload.length,
      ...['style.css', 'favicon.svg'].map((name) => gzipSync(assets.get(name)?.body ?? '', { level: 9 }).length),
    ]
    const sum = parts.reduce((total, size) => total + size, 0)
    assert.ok(sum < 14_000, `${parts.join(' + ')} = ${sum} bytes`)
    const page = await visit(browser, origin)
    await page.page.goto(paths.home())
    assert.equal(await page.page.locator('.posts > li').count(), 20)
  })

  test('a page asks for its style, its icon and the pictures of its post, and for nothing else', async () => {
    const [author, tag] = await Promise.all([
      context.db
        .selectFrom('posts')
        .innerJoin('users', 'users.id', 'posts.author_id')
        .select('users.slug')
        .executeTakeFirstOrThrow(),
      context.db.selectFrom('tags').select('slug').executeTakeFirstOrThrow(),
    ])
    const pages = [
      [paths.home(), 0],
      [paths.post('a-loaf-for-people-who-forget'), 1],
      [paths.author(author.slug), 0],
      [paths.tag(tag.slug), 0],
      [paths.tags(), 0],
      [paths.archive(), 0],
      ['/nothing-here', 0],
    ] as const
    for (const [path, pictures] of pages) {
      const reader = await visit(browser, origin, { viewport: { width: 1280, height: 5000 } })
      await reader.page.goto(path)
      // They come when they are about to be seen.
      const images = reader.page.locator('.prose img')
      await images.evaluateAll((found) => Promise.all(found.map((image) => (image as HTMLImageElement).decode())))
      const asked = reader.requests.map(({ url }) => new URL(url).pathname)
      const own = [path, assetPath('style.css'), assetPath('favicon.svg')]
      const more = asked.filter((address) => !own.includes(address))
      assert.equal(more.length, pictures, `${path} asked for ${asked.join(', ')}`)
      assert.ok(more.every((address) => address.startsWith('/assets/sample/')))
      assertQuiet(reader)
      await reader.context.close()
    }
  })

  test('no page of the blog has a script', async () => {
    const { slug } = await context.db.selectFrom('posts').select('slug').executeTakeFirstOrThrow()
    for (const path of [paths.home(), paths.post(slug), paths.admin.bin(), paths.profile()]) {
      const { body, headers } = await context.cast.ada.get(path)
      // Data for search engines is no script: no browser runs it.
      assert.doesNotMatch(body, /<script(?! type="application\/ld\+json">)|javascript:/, path)
      assert.doesNotMatch(String(headers['content-security-policy']), /script-src/, path)
    }
  })

  test('with each theme to begin with, the front page and a post of text, style and icon, are below 14 KB', async (t) => {
    const body = Array.from({ length: 400 }, (_, index) => `word${(index * 7919) % 5003}`).join(' ')
    const { slug } = await publishPost(context.cast.ben, { title: 'A text', body })
    const icon = gzipSync(assets.get('favicon.svg')?.body ?? '', { level: 9 }).length
    for (const [key, looks] of Object.entries(presets)) {
      await context.settings.refresh()
      const number = String(context.settings.get().theme_number)
      const form = {
        ...valuesOf({ ...defaultTheme, ...looks, footer_text: 'Words', footer_menu: 'Imprint /x' }),
        number,
      }
      assert.equal((await context.cast.ada.post(paths.admin.appearance(), form)).statusCode, 303)
      for (const path of [paths.home(), paths.post(slug)]) {
        const headers = { 'accept-encoding': 'gzip' }
        const page = await context.app.inject({ url: path, headers })
        assert.equal(page.statusCode, 200)
        const whole = (await context.app.inject(path)).body
        const address = /<link rel="stylesheet" href="([^"]+)">/.exec(whole)?.[1] ?? ''
        assert.equal(whole.match(/rel="stylesheet"/g)?.length, 1)
        const style = await context.app.inject({ url: address, headers })
        assert.equal(style.headers['content-encoding'], 'gzip')
        const parts = [page.rawPayload.length, style.rawPayload.length, icon]
        const sum = parts.reduce((total, size) => total + size, 0)
        t.diagnostic(`${key} ${path}: ${parts.join(' + ')} = ${sum} bytes`)
        assert.ok(sum < 14_000, `${key} ${path}: ${sum} bytes`)
      }
    }
    await context.cast.ada.post(paths.admin.appearanceVersionRestoration(0))
  })
})

describe('the editor', () => {
  test('is loaded where a post is written, and is below 200 KB', async () => {
    const { body, headers } = await context.cast.ada.get(paths.admin.newPost())
    assert.deepEqual(body.match(/<script[^>]*>/g), [`<script type="module" src="${assetPath('editor.js')}">`])
    assert.match(
      String(headers['content-security-policy']),
      /style-src 'self';.*script-src 'self'; connect-src 'self'$/,
    )
    const response = await context.app.inject({ url: assetPath('editor.js'), headers: { 'accept-encoding': 'gzip' } })
    assert.equal(response.headers['cache-control'], 'public, max-age=31536000, immutable')
    assert.ok(response.rawPayload.length < 200_000, `${response.rawPayload.length} bytes`)
    const style = await context.app.inject({ url: assetPath('editor.css'), headers: { 'accept-encoding': 'gzip' } })
    assert.ok(style.rawPayload.length < 5000, `${style.rawPayload.length} bytes`)
  })
})
