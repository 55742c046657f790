// The list of posts at the desk: what narrows it, who sees what, and how it is walked through.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { newcomer } from '../../test/cast.ts'
import { nextPage, publishPost, unescaped, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'
import { mostBytesLookedThrough, mostCounted, mostLookedThrough, postsOnPage } from './filters.ts'

const { app, cast, db } = await testApp()
const { ada, ben, bea, rosa, dev } = cast

describe('the list of posts', () => {
  test('is narrowed by each state', async () => {
    const writer = await newcomer(app, db, 'Sam', 'author')
    const draft = await writePost(writer, { title: 'Only begun' })
    const waiting = await writePost(writer, { title: 'Soon to come' })
    const out = await publishPost(writer, { title: 'Out and done' })
    const rewritten = await publishPost(writer, { title: 'Out and rewritten' })
    await writer.post(paths.admin.schedule(waiting.id), { appears_at: '2031-01-01T10:00' })
    await writer.post(paths.admin.post(rewritten.id), { title: 'Better', body: 'x', version: '1', draft: 'yes' })

    assert.deepEqual(await shown(writer, { state: 'draft' }), [draft.id])
    assert.deepEqual(await shown(writer, { state: 'scheduled' }), [waiting.id])
    assert.deepEqual((await shown(writer, { state: 'published' })).toSorted(), [out.id, rewritten.id].toSorted())
    assert.deepEqual(await shown(writer, { state: 'rewritten' }), [rewritten.id])
    assert.equal((await shown(writer, {})).length, 4)
    await writer.post(paths.admin.postDeletion(draft.id))
    assert.deepEqual(await shown(writer, { state: 'draft' }), [])
  })

  test('is narrowed by an author, named by address or by name, for those who see everybody’s', async () => {
    const { id } = await writePost(bea, { title: 'By Bea' })
    for (const author of ['bea', 'Bea', ' BEA ']) {
      const found = await shown(ada, { author })
      assert.ok(found.includes(id), author)
    }
    assert.ok(!(await shown(ada, { author: 'ben' })).includes(id))
    const shared = await writePost(ben, { title: 'By Ben and Bea', authors: 'bea' })
    for (const author of ['ben', 'bea']) assert.ok((await shown(ada, { author })).includes(shared.id), author)
    assert.deepEqual(await shown(ada, { author: 'bea', text: 'Ben and Bea' }), [shared.id])
    assert.deepEqual(await shown(ada, { author: 'bea', text: 'nd', in: 'texts' }), [shared.id])
    // For others the filter does not exist: it neither widens their list nor tells who is there.
    const own = await shown(ben, {})
    assert.deepEqual(await shown(ben, { author: 'bea' }), own)
    assert.doesNotMatch((await ben.get(paths.admin.posts())).body, /id="filter-author"|<datalist id="authors"/)
  })

  test('is narrowed by a tag', async () => {
    const { id } = await writePost(ben, { title: 'Tagged', tags: 'Night trains, Sleep' })
    await writePost(ben, { title: 'Not tagged' })
    for (const tag of ['Night trains', 'night-trains', 'sleep']) assert.deepEqual(await shown(ben, { tag }), [id], tag)
    assert.match((await page(ada, { tag: 'nobody-uses-this' })).body, /No post has the tag nobody-uses-this/)
    assert.match((await page(ada, { author: 'Nemo' })).body, /Nobody here is called Nemo/)
  })

  test('does not tell an author which tags the drafts of others have', async () => {
    await writePost(bea, { title: 'Hidden', tags: 'Very secret' })
    await publishPost(bea, { title: 'Open', tags: 'Well known' })
    const [secret, none] = [await page(ben, { tag: 'very-secret' }), await page(ben, { tag: 'very-little' })]
    assert.equal(secret.body.replaceAll('very-secret', ''), none.body.replaceAll('very-little', ''))
    assert.match(secret.body, /<option value="well-known">/)
    assert.doesNotMatch(secret.body, /Very secret/)
    const { body } = await page(ada, {})
    assert.match(body, /<option value="very-secret">Very secret<\/option>/)
    // The fields for many posts suggest the same as the filters.
    for (const [id, list] of [
      ['filter-tag', 'tags'],
      ['change-tag', 'tags'],
      ['filter-author', 'authors'],
      ['change-author', 'authors'],
    ]) {
      assert.match(body, new RegExp(`<input id="${id}"[^>]* list="${list}"`), id)
      assert.match(body, new RegExp(`<datalist id="${list}"><option`), list)
    }
  })

  test('is narrowed by words of the title, in any case, as they stand', async () => {
    const { id } = await writePost(ben, { title: 'Über 100% Öl_und\\Essig', body: 'nothing of it' })
    for (const text of ['über', 'ÖL', '100%', 'öl_und', 'l_und\\ess', 'Über 100']) {
      assert.deepEqual(await shown(ben, { text }), [id], text)
    }
    for (const text of ['über%essig', 'öl-und', '1000%', 'nothing of']) {
      assert.deepEqual(await shown(ben, { text }), [], text)
    }
  })

  test('is narrowed by words of the texts when that is asked for', async () => {
    const { id } = await writePost(ben, { title: 'Hay', body: 'Somewhere in here is a NEEDLE.' })
    assert.deepEqual(await shown(ben, { text: 'needle' }), [])
    const { body } = await page(ben, { text: 'needle' })
    assert.match(body, /Look in the texts, too/)
    assert.deepEqual(await shown(ben, { text: 'needle', in: 'texts' }), [id])
    assert.match((await page(ben, { text: 'needle', in: 'texts' })).body, /1 found in \d+ posts/)
    assert.deepEqual(await shown(bea, { text: 'needle', in: 'texts' }), [])
  })

  test('takes filters together, shows each with a way out, and keeps them in the form', async () => {
    const { id } = await publishPost(ben, { title: 'All at once', tags: 'Joined' })
    await writePost(ben, { title: 'All at twice', tags: 'Joined' })
    const filters = { state: 'published', tag: 'Joined', text: 'all at' }
    assert.deepEqual(await shown(ben, filters), [id])
    const { body } = await page(ben, filters)
    const links = [...body.matchAll(/<a href="([^"]+)" aria-label="Without/g)].map(([, href]) => unescaped(href ?? ''))
    assert.deepEqual(links.toSorted(), [
      paths.admin.posts({ state: 'published', tag: 'Joined' }),
      paths.admin.posts({ state: 'published', text: 'all at' }),
      paths.admin.posts({ tag: 'Joined', text: 'all at' }),
    ])
    assert.match(body, /<option value="published" selected>/)
    assert.match(body, /name="tag" value="Joined"/)
  })

  test('ignores filters that make no sense', async () => {
    const all = await shown(ben, {})
    for (const query of [
      'state=nonsense',
      'state=toString',
      'state=draft&state=published',
      'in=texts',
      'x=1',
      'text=+',
    ]) {
      const response = await ben.get(`${paths.admin.posts()}?${query}`)
      assert.equal(response.statusCode, 200, query)
      assert.deepEqual(idsIn(response.body), all, query)
    }
    assert.equal((await ben.get(`${paths.admin.posts()}?text=${'x'.repeat(5000)}`)).statusCode, 200)
    assert.equal((await ben.get(`${paths.admin.posts()}?text=%00`)).statusCode, 404)
    assert.equal((await ben.get(`${paths.admin.posts()}?state=draft&before=nonsense`)).statusCode, 404)
  })

  test('is for writers', async () => {
    assert.equal((await dev.get(paths.admin.posts({ state: 'draft' }))).statusCode, 303)
    assert.equal((await rosa.get(paths.admin.posts({ state: 'draft' }))).statusCode, 403)
  })
})

describe('long texts', async () => {
  const writer = await newcomer(app, db, 'Max', 'author')
  await sql`insert into posts (slug, title, body, body_html, author_id, updated_at)
    select 'max-' || n, 'Tome ' || n, repeat('x', 900000) || 'Ünd', '', ${writer.id}, now() - n * interval '1 day'
      from generate_series(1, 20) n`.execute(db)

  test('are looked through so many bytes at a time', async () => {
    const onPage = Math.ceil(mostBytesLookedThrough / 900_003)
    const seen: number[] = []
    for (let next: string | undefined = paths.admin.posts({ text: 'xÜND', in: 'texts' }); next;) {
      const { body } = await writer.get(next)
      seen.push(...idsIn(body))
      assert.ok(idsIn(body).length <= onPage)
      next = nextPage(body)
    }
    assert.ok(onPage < 10)
    assert.equal(seen.length, 20)
    assert.equal(new Set(seen).size, 20)
    // Titles are short, whatever stands below them.
    assert.match((await page(writer, { text: 'e2' })).body, /0 found in 20 posts\./)
  })
})

describe('a long list', async () => {
  const writer = await newcomer(app, db, 'Lou', 'author')
  const many = mostCounted + 1 + postsOnPage
  await sql`insert into posts (slug, title, body, body_html, author_id, updated_at)
    select 'lou-' || n, 'Leaf ' || n, case when n = 1 then 'the oldest has a pearl' else 'x' end, '', ${writer.id},
      timestamptz '2020-01-01' + n * interval '1 minute' from generate_series(1, ${many}::int) n`.execute(db)

  test('says "1,000+" where counting would go on, and counts what is less', async () => {
    assert.match((await page(writer, {})).body, /1,000\+ posts/)
    assert.match((await page(writer, { text: 'leaf 10' })).body, /(?<![\d,])6\d posts/)
    assert.match((await page(writer, { text: 'leaf 777' })).body, /1 post,/)
  })

  test('is walked through with its filters kept, each post once', async () => {
    const seen: number[] = []
    for (let next: string | undefined = paths.admin.posts({ text: 'leaf 1', state: 'draft' }); next;) {
      assert.match(next, /text=leaf\+1&state=draft|state=draft&text=leaf\+1/)
      const { body } = await writer.get(next)
      const ids = idsIn(body)
      assert.ok(ids.length <= postsOnPage)
      seen.push(...ids)
      next = nextPage(body)
    }
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from posts where author_id = ${writer.id} and title ilike 'leaf 1%'`.execute(db)
    assert.equal(seen.length, rows[0]?.count)
    assert.equal(new Set(seen).size, seen.length)
  })

  test('is searched in its texts a part at a time, and says how far', async () => {
    await sql`insert into posts (slug, title, body, body_html, author_id, updated_at)
      select 'lou-more-' || n, 'More ' || n, 'x', '', ${writer.id}, timestamptz '2021-01-01' + n * interval '1 minute'
        from generate_series(1, ${mostLookedThrough}::int) n`.execute(db)
    const first = await page(writer, { text: 'PEARL', in: 'texts' })
    assert.deepEqual(idsIn(first.body), [])
    assert.match(first.body, /0 found in 1,000 posts,\s+back to the one changed on <time/)
    assert.doesNotMatch(first.body, /No post is like that/)
    const found: number[] = []
    for (let next = nextPage(first.body); next;) {
      const { body } = await writer.get(next)
      found.push(...idsIn(body))
      next = nextPage(body)
    }
    assert.equal(found.length, 1)
    // Two letters have no place in the index of titles: they are looked for in the same way.
    assert.match((await page(writer, { text: 'zz' })).body, /0 found in 1,000 posts/)
  })
})

async function page(who: typeof ben, filters: Record<string, string>) {
  const response = await who.get(paths.admin.posts(filters))
  assert.equal(response.statusCode, 200, response.body)
  return response
}

async function shown(who: typeof ben, filters: Record<string, string>): Promise<number[]> {
  return idsIn((await page(who, filters)).body)
}

function idsIn(html: string): number[] {
  return [...html.matchAll(/<a href="\/admin\/posts\/(\d+)">/g)].map(([, id]) => Number(id))
}
