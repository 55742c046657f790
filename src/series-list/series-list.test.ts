// Series at the desk, with their parts in order, and the list of them for readers.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { errorAt, fieldOf, listedPosts, nextPage, publishPost, unescaped, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'
import { mostParts, seriesOnPage } from '../series/series.ts'

const { cast, db } = await testApp()
const { ada, ben, bea, cleo, dev, rosa } = cast
const { admin } = paths

const requireId = async (title: string) => {
  const row = await db.selectFrom('series').select('id').where('title', '=', title).executeTakeFirst()
  return row?.id ?? assert.fail(`There is no series ${title}.`)
}
const titlesIn = (html: string) =>
  [...html.matchAll(/<a href="(?:\/admin)?\/series\/[^"]+"><bdi>([^<]*)<\/bdi>/g)].map(([, name]) =>
    unescaped(name ?? ''),
  )
const list = async (who: typeof ada, query: Record<string, string> = {}) =>
  titlesIn((await who.get(admin.allSeries(query))).body)
const partsIn = (html: string) => [...html.matchAll(/id="part-(\d+)"/g)].map(([, id]) => Number(id))
const numbersOf = async (ids: number[]) => {
  const rows = await db.selectFrom('posts').select(['id', 'series_part']).where('id', 'in', ids).execute()
  return ids.map((id) => rows.find((row) => row.id === id)?.series_part)
}
const events = async (action: string, id: number) =>
  await db
    .selectFrom('audit_events')
    .select(['actor_id', 'description', 'details'])
    .where('action', '=', action)
    .where('subject_id', '=', id)
    .orderBy('id')
    .execute()

test('readers are told that there is no series', async () => {
  const { statusCode, body } = await dev.get(paths.allSeries())
  assert.equal(statusCode, 200)
  assert.match(body, /No post is in a series so far/)
})

describe('the list of series for readers', () => {
  test('has those that they find posts in, with the number of parts', async () => {
    await publishPost(ben, { series: 'Begun' })
    await publishPost(ben, { series: 'Begun' })
    await writePost(ben, { series: 'Begun' })
    await writePost(ben, { series: 'Only a plan' })
    await publishPost(ben, { series: 'Hidden', visibility: 'private' })
    const { body } = await dev.get(paths.allSeries())
    assert.deepEqual(titlesIn(body), ['Begun'])
    assert.match(body, /2 parts, the newest of\s*<time/)
    assert.match((await dev.get(paths.series('begun'))).body, /<a href="\/series">All series<\/a>/)
    assert.match((await dev.get(paths.home())).body, /<a href="\/series">Series<\/a>/)
  })

  test('is read in pages', async () => {
    await sql`insert into series (slug, title) select 'long-' || lpad(n::text, 3, '0'), 'Long ' || n
      from generate_series(1, ${seriesOnPage + 5}::int) n`.execute(db)
    await sql`insert into posts (slug, title, body, body_html, published_at, series_id)
      select 'of-' || slug, title, 'x', '', now() - interval '1 day', id from series where slug like 'long-%'`.execute(
      db,
    )
    const first = await dev.get(paths.allSeries())
    assert.equal(titlesIn(first.body).length, seriesOnPage)
    const second = await dev.get(nextPage(first.body) ?? '')
    assert.equal(titlesIn(second.body).length, 6)
    assert.equal(nextPage(second.body), undefined)
    assert.match((await dev.get(paths.allSeries('zzz'))).body, /There are no more series/)
    assert.equal((await dev.get(`${paths.allSeries()}?after=${'x'.repeat(500)}`)).statusCode, 404)
  })
})

describe('the list of series at the desk', () => {
  test('shows those of drafts to who may edit all posts', async () => {
    await publishPost(ben, { series: 'Walks by day' })
    await writePost(bea, { series: 'Walks by night' })
    assert.deepEqual(await list(ada, { q: 'WALKS by' }), ['Walks by day', 'Walks by night'])
    assert.deepEqual(await list(cleo, { q: 'walks', sort: 'newest' }), ['Walks by night', 'Walks by day'])
    assert.deepEqual(await list(ben, { q: 'walks' }), ['Walks by day'])
    assert.match((await ada.get(admin.allSeries({ q: 'walks by night' }))).body, /one part, none of them for readers/)
    assert.equal((await ben.get(admin.series(await requireId('Walks by night')))).statusCode, 404)
    assert.match((await ada.get(admin.allSeries({ q: 'nowhere' }))).body, /No series is like that/)
    assert.equal((await dev.get(admin.allSeries())).statusCode, 303)
    assert.equal((await rosa.get(admin.allSeries())).statusCode, 403)
    assert.equal((await ada.get(admin.allSeries({ cursor: 'x' }))).statusCode, 404)
  })

  test('is read in pages, each series once', async () => {
    const seen: string[] = []
    for (let next: string | undefined = admin.allSeries({ q: 'long', sort: 'newest' }); next;) {
      const { body } = await ada.get(next)
      seen.push(...titlesIn(body))
      next = nextPage(body)
    }
    assert.equal(seen.length, seriesOnPage + 5)
    assert.equal(new Set(seen).size, seen.length)
  })
})

describe('the parts of a series', () => {
  test('are put in order one place at a time, and readers find them so', async () => {
    const posts = []
    for (const title of ['One', 'Two', 'Three']) posts.push(await publishPost(ben, { title, series: 'Steps' }))
    const draft = await writePost(bea, { title: 'Four', series: 'Steps' })
    const [one, two, three] = posts.map(({ id }) => id) as [number, number, number]
    const id = await requireId('Steps')
    assert.deepEqual(partsIn((await ada.get(admin.series(id))).body), [one, two, three, draft.id])
    const move = async (post: number, to: number) =>
      await ada.post(admin.seriesOrder(id), { post: String(post), to: String(to) })
    for (let twice = 0; twice < 2; twice++) assert.equal((await move(three, 2)).statusCode, 303)
    assert.deepEqual(partsIn((await ada.get(admin.series(id))).body), [one, three, two, draft.id])
    assert.deepEqual(await numbersOf([one, three, two, draft.id]), [1, 2, 3, 4])
    await move(draft.id, 1)
    assert.deepEqual(await numbersOf([draft.id, one, three, two]), [1, 2, 3, 4])
    const shown = listedPosts((await dev.get(paths.series('steps'))).body)
    assert.deepEqual(shown, [posts[0]?.path, posts[2]?.path, posts[1]?.path])
    assert.deepEqual(await events('series.reordered', id), [
      { actor_id: ada.id, description: 'Steps', details: { post: three, to: 2 } },
      { actor_id: ada.id, description: 'Steps', details: { post: draft.id, to: 1 } },
    ])
  })

  test('keep the numbers that they were given, and so do drafts of them', async () => {
    const ids: number[] = []
    for (const part of ['10', '20', '30'])
      ids.push((await publishPost(ben, { title: `Tens ${part}`, series: 'Tens', series_part: part })).id)
    const [ten = 0, twenty = 0, thirty = 0] = ids
    const form = { title: 'Tens 30', body: 'Anew.', series: 'TENS', series_part: '30', version: '1', draft: 'yes' }
    await ben.post(admin.post(thirty), form)
    const id = await requireId('Tens')
    await ada.post(admin.seriesOrder(id), { post: String(thirty), to: '2' })
    assert.deepEqual(await numbersOf([ten, thirty, twenty]), [10, 20, 30])
    assert.equal(fieldOf((await ben.get(admin.post(thirty))).body, 'series_part'), '20')
    // Who has the form of an older state open is told.
    const late = await ben.post(admin.post(twenty), { title: 'Late', body: 'x', series: 'Tens', version: '1' })
    assert.notEqual(late.statusCode, 303)
  })

  test('are moved by who may edit all posts, within the series', async () => {
    const { id: post } = await publishPost(ben, { series: 'Fixed' })
    await publishPost(ben, { series: 'Fixed' })
    const { id: other } = await publishPost(ben, { series: 'Elsewhere' })
    const id = await requireId('Fixed')
    for (const [who, status] of [
      [dev, 401],
      [rosa, 403],
      [ben, 403],
    ] as const) {
      assert.equal((await who.post(admin.seriesOrder(id), { post: String(post), to: '2' })).statusCode, status)
      assert.equal((await who.post(admin.series(id), { title: 'Taken over' })).statusCode, status)
      assert.equal((await who.post(admin.seriesDeletion(id))).statusCode, status)
    }
    const { body } = await ben.get(admin.series(id))
    assert.doesNotMatch(body, /method="post" action="\/admin\/series/)
    assert.equal((await ada.post(admin.seriesOrder(id), { post: String(other), to: '1' })).statusCode, 303)
    assert.deepEqual(await events('series.reordered', id), [])
    for (const form of [
      {},
      { post: 'x', to: '1' },
      { post: String(post), to: '0' },
      { post: String(post), to: '5000' },
    ])
      assert.equal((await ada.post(admin.seriesOrder(id), form as Record<string, string>)).statusCode, 422)
    assert.equal((await ada.post(admin.seriesOrder(999_999), { post: '1', to: '1' })).statusCode, 404)
  })

  test('are too many at some point', async () => {
    await sql`with made as (insert into series (slug, title) values ('endless', 'Endless') returning id)
      insert into posts (slug, title, body, body_html, published_at, series_id)
      select 'endless-' || n, 'E ' || n, 'x', '', now(), id from made, generate_series(0, ${mostParts}::int) n`.execute(
      db,
    )
    const id = await requireId('Endless')
    const { body } = await ada.get(admin.series(id))
    const parts = partsIn(body)
    assert.equal(parts.length, mostParts)
    const refused = await ada.post(admin.seriesOrder(id), { post: String(parts[1]), to: '1' })
    assert.equal(refused.statusCode, 409)
  })
})

test('a series is renamed, with what cannot be taken shown again', async () => {
  await publishPost(ben, { series: 'Before' })
  await publishPost(ben, { series: 'In the way' })
  const id = await requireId('Before')
  assert.equal((await ada.post(admin.series(id), { title: ' After  it ' })).statusCode, 303)
  assert.equal((await dev.get(paths.series('before'))).headers.location, paths.series('after-it'))
  assert.match((await ada.get(admin.series(id))).body, /<bdi>\/series\/before<\/bdi>/)
  for (const title of ['IN the way', ' ', '\u2800\u200b', 'x'.repeat(201)]) {
    const refused = await ada.post(admin.series(id), { title })
    assert.equal(refused.statusCode, 422)
    assert.ok(errorAt(refused.body, 'title'))
    assert.equal(fieldOf(refused.body, 'title'), title)
  }
  assert.equal((await events('series.renamed', id)).length, 1)
})

test('a series is dissolved after the number of its posts was said, and its posts stay', async () => {
  const { path } = await publishPost(ben, { series: 'Over', series_part: '1' })
  const id = await requireId('Over')
  assert.match((await ada.get(admin.seriesDeletion(id))).body, /One post stays, in no series/)
  const answer = await ada.post(admin.seriesDeletion(id))
  assert.deepEqual([answer.statusCode, answer.headers.location], [303, admin.allSeries({ done: 'gone' })])
  assert.equal((await dev.get(path)).statusCode, 200)
  assert.equal((await dev.get(paths.series('over'))).statusCode, 404)
  assert.equal((await events('series.deleted', id)).length, 1)
})
