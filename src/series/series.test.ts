// Series are told apart by their titles and go when nothing is in them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { listedPosts, publishPost, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'
import { deleteEmptySeries } from './queries.ts'

const { cast, db } = await testApp()
const { ben, bea, dev } = cast

const listSeries = async (...titles: string[]) => {
  const rows = await db
    .selectFrom('series')
    .select(['title', 'slug'])
    .where('title', 'in', titles)
    .orderBy('id')
    .execute()
  return rows.map(({ title, slug }) => [title, slug])
}

test('series whose titles differ are different, whatever their addresses would be', async () => {
  for (const series of ['C', 'C++', '???', '♥♥']) await publishPost(ben, { series })
  assert.deepEqual(await listSeries('C', 'C++', '???', '♥♥'), [
    ['C', 'c'],
    ['C++', 'c-2'],
    ['???', 'series'],
    ['♥♥', 'series-2'],
  ])
})

test('a title in capitals is the same series, also somebody else’s', async () => {
  const one = await publishPost(ben, { series: 'Night trains', series_part: '1' })
  const two = await publishPost(bea, { series: 'NIGHT Trains', series_part: '2' })
  assert.deepEqual(listedPosts((await dev.get(paths.series('night-trains'))).body), [one.path, two.path])
})

test('a series that many begin at once is one, with the others that want its address', async () => {
  const titles = ['D', 'd', 'D!', 'd?']
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, index) => publishPost(ben, { series: titles[index % 4] ?? '' })),
  )
  assert.equal(answers.length, 12)
  const rows = await db.selectFrom('series').select('slug').where('slug', 'like', 'd%').execute()
  assert.equal(rows.length, 3)
})

test('a page is no part of a series', async () => {
  await publishPost(ben, { title: 'A page in it', series: 'Parts', kind: 'page' })
  assert.equal((await dev.get(paths.series('parts'))).statusCode, 404)
  const { path } = await publishPost(ben, { series: 'Parts' })
  assert.deepEqual(listedPosts((await dev.get(paths.series('parts'))).body), [path])
})

test('a series goes when no post is in it, draft or published', async () => {
  const { id } = await publishPost(ben, { title: 'Moves on', series: 'Left empty' })
  await writePost(ben, { series: 'Only drafts' })
  await deleteEmptySeries(db)
  assert.equal((await listSeries('Left empty', 'Only drafts')).length, 2)
  await ben.post(paths.admin.post(id), { title: 'Moves on', body: 'x', version: '1', series: '' })
  await deleteEmptySeries(db)
  assert.deepEqual(await listSeries('Left empty', 'Only drafts'), [['Only drafts', 'only-drafts']])
})

test('a series that empties while somebody adds to it is there for them', async () => {
  await db.insertInto('series').values({ slug: 'contested', title: 'Contested' }).execute()
  for (let round = 0; round < 5; round++) {
    const [post] = await Promise.all([writePost(ben, { series: 'Contested' }), deleteEmptySeries(db)])
    const row = await db.selectFrom('posts').select('series_id').where('id', '=', post.id).executeTakeFirstOrThrow()
    assert.notEqual(row.series_id, null)
    await db.deleteFrom('posts').where('id', '=', post.id).execute()
  }
})
