// Where search engines find everything, and nothing else.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { validateXML } from 'xmllint-wasm'
import { testApp } from '../../test/app.ts'
import { publishPost, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'
import { postsInPart } from './sitemap.ts'

const { cast, db } = await testApp({ SITE_URL: 'https://blog.example' })
const { ben, dev } = cast

async function addressesIn(path: string): Promise<string[]> {
  const { body, headers, statusCode } = await dev.get(path)
  assert.equal(statusCode, 200, path)
  assert.equal(headers['content-type'], 'application/xml; charset=utf-8')
  const { normalized } = await validateXML({ xml: body, normalization: 'format' })
  assert.ok(normalized, 'It is well-formed.')
  return [...normalized.matchAll(/<loc>([^<]*)<\/loc>/g)].map(([, address = '']) => address)
}

describe('the sitemap', () => {
  test('is not there while nothing is out', async () => {
    await writePost(ben)
    assert.equal((await dev.get(paths.sitemap())).statusCode, 404)
  })

  test('has posts and pages that anybody may find, and no others', async () => {
    const { path } = await publishPost(ben, { title: 'Found & <listed>' })
    const members = await publishPost(ben, { title: 'For members', visibility: 'members' })
    await publishPost(ben, { title: 'About', kind: 'page' })
    await publishPost(ben, { title: 'Copied', canonical_url: 'https://elsewhere.example/x' })
    for (const visibility of ['unlisted', 'private']) await publishPost(ben, { title: visibility, visibility })
    const [part = '', ...more] = await addressesIn(paths.sitemap())
    assert.deepEqual(more, [])
    assert.deepEqual(
      (await addressesIn(new URL(part).pathname)).toSorted(),
      ['/about', path, members.path].map((one) => `https://blog.example${one}`).toSorted(),
    )
  })

  test('has parts by the numbers of posts, and skips those without one', async () => {
    await sql`
      insert into posts (id, slug, title, body, body_html, published_at) overriding system value
        values (${7 * postsInPart}, 'far-away', 'Far away', 'x', '<p>x</p>', now())`.execute(db)
    const parts = await addressesIn(paths.sitemap())
    assert.deepEqual(parts, ['https://blog.example/sitemap/0', 'https://blog.example/sitemap/6'])
    assert.deepEqual(await addressesIn('/sitemap/6'), ['https://blog.example/posts/far-away'])
    for (const wrong of [
      '/sitemap/3',
      '/sitemap/7',
      '/sitemap/-1',
      '/sitemap/x',
      '/sitemap/99999999999',
      '/sitemap/01',
    ])
      assert.equal((await dev.get(wrong)).statusCode, 404, wrong)
  })
})

test('robots are told where the sitemap is, and where they need not look', async () => {
  const { body, headers } = await dev.get(paths.robots())
  assert.equal(headers['content-type'], 'text/plain; charset=utf-8')
  assert.match(body, /^User-agent: \*\nDisallow: \/admin\n/)
  assert.match(body, /\nSitemap: https:\/\/blog\.example\/sitemap\.xml\n$/)
})
