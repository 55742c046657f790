// The card of a post that other sites ask for.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { validateXML } from 'xmllint-wasm'
import { testApp } from '../../test/app.ts'
import { publishPost, unescaped, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const origin = 'https://blog.example'
const { cast, db } = await testApp({ SITE_URL: origin })
const { ben, dev } = cast

/** https://oembed.com/#section2.3: what the type `rich` has to say. */
const Card = Type.Object(
  {
    version: Type.Literal('1.0'),
    type: Type.Literal('rich'),
    title: Type.String({ minLength: 1 }),
    author_name: Type.Optional(Type.String()),
    author_url: Type.Optional(Type.String({ pattern: '^https://' })),
    provider_name: Type.String(),
    provider_url: Type.String({ pattern: '^https://' }),
    cache_age: Type.Integer(),
    thumbnail_url: Type.Optional(Type.String({ pattern: '^https://' })),
    thumbnail_width: Type.Optional(Type.Integer()),
    thumbnail_height: Type.Optional(Type.Integer()),
    html: Type.String({ minLength: 1 }),
    width: Type.Integer(),
    height: Type.Integer(),
  },
  { additionalProperties: false },
)

async function cardOf(path: string, more: Record<string, string> = {}) {
  const { body, headers, statusCode } = await dev.get(paths.oembed({ url: origin + path, ...more }))
  assert.equal(statusCode, 200, body)
  assert.equal(headers['content-type'], 'application/json; charset=utf-8')
  const card = JSON.parse(body) as Record<string, string | number>
  assert.deepEqual(Value.Errors(Card, card), [])
  return card
}

describe('the card of a post', () => {
  test('is found from its page, and says what it is', async () => {
    const { path } = await publishPost(ben, { title: 'A "card" & <more>', excerpt: 'Words > words.' })
    const found = /<link rel="alternate" type="application\/json\+oembed"[^>]* href="([^"]*)"/.exec(
      (await dev.get(path)).body,
    )
    const address = new URL(unescaped(found?.[1] ?? ''))
    assert.equal(address.origin, origin)
    const { body, headers } = await dev.get(address.pathname + address.search)
    const card = JSON.parse(body) as Record<string, unknown>
    assert.deepEqual(card, await cardOf(path))
    assert.equal(card.title, 'A "card" & <more>')
    assert.equal(card.author_url, `${origin}/authors/ben`)
    assert.equal(headers['access-control-allow-origin'], '*')
    assert.equal(headers['cache-control'], 'public, max-age=3600')
    assert.equal(
      card.html,
      `<blockquote cite="${origin}${path}"><p>Words &gt; words.</p><p><a href="${origin}${path}">A &quot;card&quot; &amp; &lt;more&gt;</a> – Ben</p></blockquote>`,
    )
    const picture = await dev.get(String(card.thumbnail_url).slice(origin.length))
    assert.equal(picture.headers['content-type'], 'image/png')
  })

  test('keeps to the room there is', async () => {
    const { path } = await publishPost(ben, { title: 'Roomy' })
    const small = await cardOf(path, { maxwidth: '300', maxheight: '100' })
    assert.deepEqual([small.width, small.height, small.thumbnail_url], [300, 100, undefined])
    const large = await cardOf(path, { maxwidth: '4000', maxheight: '4000' })
    assert.deepEqual([large.width, large.height, large.thumbnail_width], [600, 240, 1200])
  })

  test('is XML, too, whatever is in it', async () => {
    const { path } = await publishPost(ben, { title: `]]> <b> & "q" \u0001\u000b\uffff 😀 \u202e end` })
    const { body, headers } = await dev.get(paths.oembed({ url: origin + path, format: 'xml' }))
    assert.equal(headers['content-type'], 'text/xml; charset=utf-8')
    const { normalized } = await validateXML({ xml: body, normalization: 'format' })
    assert.match(
      String(normalized),
      /<oembed>\s*<version>1\.0<\/version>\s*<type>rich<\/type>\s*<title>\]\]&gt; &lt;b&gt;/,
    )
  })

  test('is there for public posts and pages alone', async () => {
    const { path, id } = await publishPost(ben, { title: 'Hidden soon' })
    await publishPost(ben, { title: 'A page', kind: 'page', slug: 'a-page' })
    assert.equal((await cardOf('/a-page')).title, 'A page')
    await cardOf(`${path}?utm=1#part`)
    const status = async (url: string) => (await dev.get(paths.oembed({ url }))).statusCode
    for (const visibility of ['unlisted', 'members', 'private']) {
      await db.updateTable('posts').set({ visibility }).where('id', '=', id).execute()
      assert.equal(await status(origin + path), 404, visibility)
      assert.doesNotMatch((await dev.get(path)).body, /oembed/)
    }
    const draft = await writePost(ben, { title: 'Only a draft' })
    const others = [
      `${origin}/posts/only-a-draft`,
      `${origin}/posts/none`,
      `${origin}/admin/posts/${draft.id}`,
      `${origin}/`,
      `${origin}/posts/%ff`,
      `${origin}/posts/%00`,
      'https://elsewhere.example/posts/hidden-soon',
      'x',
      `${origin}/posts/${'a'.repeat(1900)}`,
    ]
    for (const url of others) assert.equal(await status(url), 404, url.slice(0, 80))
    for (const query of ['', '?url=', `?url=${'a'.repeat(3000)}`, '?url=x&maxwidth=-1', '?url=a&url=b'])
      assert.equal((await dev.get(`/oembed${query}`)).statusCode, 404, query.slice(0, 40))
  })

  test('comes in no other format', async () => {
    const { path } = await publishPost(ben, { title: 'Formats' })
    assert.equal((await dev.get(paths.oembed({ url: origin + path, format: 'yaml' }))).statusCode, 501)
  })
})
