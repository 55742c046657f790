// Where search engines find everything, and nothing else.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { validateXML } from 'xmllint-wasm'
import { testApp } from '../../test/app.ts'
import { publishPost, writePost } from '../../test/pages.ts'
import { countPosts } from '../archive/queries.ts'
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
    await countPosts(db)
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

  test('has a part with a new post before anything is counted, and none with drafts alone', async () => {
    await sql`
      insert into posts (id, slug, title, body, body_html, published_at) overriding system value
        select ${9 * postsInPart}::int + n, 'newest-' || n, 'Newest', 'x', '<p>x</p>', case when n = 1 then now() end
          from generate_series(1, 50) n`.execute(db)
    const partsNow = async () =>
      (await addressesIn(paths.sitemap())).map((address) => Number(address.split('/').at(-1)))
    assert.deepEqual(await partsNow(), [0, 6, 9])
    await sql`update posts set published_at = null where slug = 'newest-1'`.execute(db)
    assert.deepEqual(await partsNow(), [0, 6])
  })

  test('has each part once, however parts come together and fall apart', async () => {
    const moment = async (id: number, at: string | null) => {
      await sql`
        insert into posts (id, slug, title, body, body_html, published_at) overriding system value
          values (${id}, ${`part-${id}`}, 'Part', 'x', '<p>x</p>', ${at}::text::timestamptz)
          on conflict (id) do update set published_at = excluded.published_at`.execute(db)
    }
    const numbers = async () => {
      await countPosts(db)
      const addresses = await addressesIn(paths.sitemap())
      return addresses.map((address) => Number(address.split('/').at(-1))).join(' ')
    }
    const now = new Date().toISOString()
    for (const part of [1, 2, 4]) await moment(part * postsInPart + 1, now)
    assert.equal(await numbers(), '0 1 2 4 6')
    await moment(3 * postsInPart + 1, now)
    assert.equal(await numbers(), '0 1 2 3 4 6')
    const { rows } = await sql`select first_part, last_part from sitemap_runs order by 1`.execute(db)
    assert.deepEqual(rows, [
      { first_part: 0, last_part: 4 },
      { first_part: 6, last_part: 6 },
    ])
    await moment(2 * postsInPart + 1, null)
    // Not out yet.
    await moment(4 * postsInPart + 1, new Date(Date.now() + 86_400_000).toISOString())
    assert.equal(await numbers(), '0 1 3 6')
  })
})

test('robots are told where the sitemap is, and where they need not look', async () => {
  const { body, headers } = await dev.get(paths.robots())
  assert.equal(headers['content-type'], 'text/plain; charset=utf-8')
  assert.match(body, /^User-agent: \*\nDisallow: \/admin\n/)
  assert.match(body, /\nSitemap: https:\/\/blog\.example\/sitemap\.xml\n$/)
})
