// What is deleted can be had back for thirty days.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { nextPage, publishPost, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'
import { binPageSize } from './bin.ts'
import { removeOldFromBin } from './queries.ts'

const { cast, db } = await testApp()
const { ada, ben, bea, rosa, dev } = cast

const exists = async (id: number) =>
  (await db.selectFrom('posts').select('id').where('id', '=', id).executeTakeFirst()) !== undefined

describe('a deleted post', () => {
  test('is gone for readers and writers, and is in the bin', async () => {
    const { id, path } = await publishPost(ben, { title: 'Thrown away', tags: 'rubbish' })
    const response = await ben.post(paths.admin.postDeletion(id))
    assert.equal(response.statusCode, 303)
    assert.equal(response.headers.location, paths.admin.bin())

    for (const gone of [path, paths.legacy.post(id)]) assert.equal((await dev.get(gone)).statusCode, 404, gone)
    for (const list of [paths.home(), paths.tag('rubbish'), paths.author('ben')])
      assert.doesNotMatch((await dev.get(list)).body, /Thrown away/, list)
    for (const gone of [paths.admin.post(id), paths.admin.revisions(id)])
      assert.equal((await ben.get(gone)).statusCode, 404, gone)
    assert.doesNotMatch((await ben.get(paths.admin.posts())).body, /Thrown away/)
    assert.match((await ben.get(paths.admin.bin())).body, /Thrown away/)
  })

  test('is as it was when it is restored, with its date, tags and comments', async () => {
    const { id, path } = await publishPost(ben, { title: 'Missed', tags: 'kept' })
    const { statusCode } = await rosa.post(paths.postComments('missed'), { body: 'Still here?' })
    assert.equal(statusCode, 303)
    const before = await db.selectFrom('posts').select('published_at').where('id', '=', id).executeTakeFirstOrThrow()
    await ben.post(paths.admin.postDeletion(id))
    assert.equal((await ben.post(paths.admin.binRestoration(id))).headers.location, paths.admin.post(id))

    const { body } = await dev.get(path)
    assert.match(body, /Still here\?/)
    assert.match((await dev.get(paths.tag('kept'))).body, /Missed/)
    const after = await db.selectFrom('posts').select('published_at').where('id', '=', id).executeTakeFirstOrThrow()
    assert.deepEqual(after, before)
    assert.doesNotMatch((await ben.get(paths.admin.bin())).body, /Missed/)
  })

  test('that was a draft is a draft again', async () => {
    const { id } = await writePost(ben, { title: 'Half a thought' })
    await ben.post(paths.admin.postDeletion(id))
    await ben.post(paths.admin.binRestoration(id))
    assert.equal((await dev.get(paths.post('half-a-thought'))).statusCode, 404)
    assert.equal((await ben.get(paths.admin.post(id))).statusCode, 200)
  })

  test('cannot be changed, published or commented in the bin', async () => {
    const { id } = await publishPost(ben, { title: 'Untouchable' })
    await ben.post(paths.admin.postDeletion(id))
    const form = { title: 'Changed', body: 'Changed', version: '2', publish: 'yes' }
    for (const path of [paths.admin.post(id), paths.admin.publication(id), paths.admin.postDeletion(id)])
      assert.equal((await ben.post(path, form)).statusCode, 404, path)
    assert.equal((await rosa.post(paths.postComments('untouchable'), { body: 'x' })).statusCode, 404)
    const { title, published_at } = await db
      .selectFrom('posts')
      .select(['title', 'published_at'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    assert.deepEqual({ title, published_at }, { title: 'Untouchable', published_at: null })
  })

  test('keeps its address: a new post of the same title gets another', async () => {
    const { id, path } = await publishPost(ben, { title: 'One address' })
    await ben.post(paths.admin.postDeletion(id))
    const second = await publishPost(ben, { title: 'One address' })
    assert.notEqual(second.path, path)
    await ben.post(paths.admin.binRestoration(id))
    assert.equal((await dev.get(path)).statusCode, 200)
  })

  test('is deleted and restored once, however many ask at once', async () => {
    const { id } = await publishPost(ben, { title: 'Contested' })
    await Promise.all(Array.from({ length: 5 }, () => ben.post(paths.admin.postDeletion(id))))
    await Promise.all(Array.from({ length: 5 }, () => ben.post(paths.admin.binRestoration(id))))
    const deeds = await db
      .selectFrom('audit_events')
      .select('action')
      .where('subject_type', '=', 'post')
      .where('subject_id', '=', id)
      .where('action', 'in', ['post.deleted', 'post.undeleted'])
      .orderBy('id')
      .execute()
    assert.deepEqual(
      deeds.map(({ action }) => action),
      ['post.deleted', 'post.undeleted'],
    )
    assert.equal((await dev.get(paths.post('contested'))).statusCode, 200)
  })

  test('goes for good when asked to, from the bin only', async () => {
    const { id } = await writePost(ben, { title: 'For good' })
    assert.equal((await ben.post(paths.admin.binRemoval(id))).statusCode, 404)
    assert.ok(await exists(id))
    await ben.post(paths.admin.postDeletion(id))
    assert.equal((await ben.post(paths.admin.binRemoval(id))).statusCode, 303)
    assert.ok(!(await exists(id)))
  })

  test('goes by itself after thirty days, and not before', async () => {
    const [old, young] = [await writePost(ben, { title: 'Old' }), await writePost(ben, { title: 'Young' })]
    for (const { id } of [old, young]) await ben.post(paths.admin.postDeletion(id))
    const age = (id: number, days: number) =>
      db
        .updateTable('post_bin')
        .set({ deleted_at: sql<Date>`now() - make_interval(days => ${days}, mins => 1)` })
        .where('post_id', '=', id)
        .execute()
    await age(old.id, 30)
    await age(young.id, 29)

    assert.equal(await removeOldFromBin(db), 1)
    assert.deepEqual([await exists(old.id), await exists(young.id)], [false, true])
    assert.equal(await removeOldFromBin(db), 0)
  })

  test('is in the bin of who may delete it, and is found by nobody else', async () => {
    const { id } = await writePost(ben, { title: 'Private rubbish' })
    await ben.post(paths.admin.postDeletion(id))
    for (const who of [ben, ada]) assert.match((await who.get(paths.admin.bin())).body, /Private rubbish/, who.name)
    for (const who of [bea, rosa]) {
      assert.doesNotMatch((await who.get(paths.admin.bin())).body, /Private rubbish/, who.name)
      for (const path of [paths.admin.binRestoration(id), paths.admin.binRemoval(id)])
        assert.equal((await who.post(path)).statusCode, 404, who.name)
    }
    assert.equal((await dev.get(paths.admin.bin())).statusCode, 303)
    assert.ok(await exists(id))
  })
})

test('the bin shows fifty posts at a time, all of which the visitor may have back', async () => {
  for (let count = 0; count < binPageSize + 2; count++) {
    const { id } = await writePost(bea, { title: `Rubbish ${count}` })
    await bea.post(paths.admin.postDeletion(id))
  }
  // At one moment, as of a deletion of many.
  await sql`update post_bin set deleted_at = now() where deleted_by = ${bea.id}`.execute(db)
  // Ben may edit the posts of others, and delete his own alone.
  const { id } = await writePost(ben, { title: 'Below the rubbish of others' })
  await ben.post(paths.admin.postDeletion(id))
  await sql`update post_bin set deleted_at = now() - interval '1 day' where post_id = ${id}`.execute(db)
  await sql`insert into role_permissions (role_id, permission_id) select roles.id, permissions.id from roles, permissions
    where roles.name = 'author' and resource = 'post' and action = 'edit' and scope = 'any'`.execute(db)

  const rubbish = ({ body }: { body: string }) => body.match(/Rubbish \d+(?=<\/strong>)/g) ?? []
  const first = await bea.get(paths.admin.bin())
  const second = await bea.get(nextPage(first.body) ?? '')
  assert.deepEqual([rubbish(first).length, rubbish(second).length], [binPageSize, 2])
  assert.equal(new Set([first, second].flatMap(rubbish)).size, binPageSize + 2)
  assert.equal(nextPage(second.body), undefined)
  const bens = (await ben.get(paths.admin.bin())).body
  assert.match(bens, /Below the rubbish of others/)
  assert.doesNotMatch(bens, /Rubbish \d/)
  assert.equal((await bea.get(paths.admin.bin('x'))).statusCode, 404)
})
