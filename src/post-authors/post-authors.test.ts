// Who writes a post together with its author, and what that lets them do.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { newcomer } from '../../test/cast.ts'
import { errorAt, fieldOf, publishPost, unescaped, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const { app, cast, db } = await testApp()
const { ben, bea, cleo, dev } = cast

const find = async (id: number) =>
  await db.selectFrom('posts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

const authorsOf = async (post_id: number) => {
  const rows = await db.selectFrom('post_authors').select('user_id').where('post_id', '=', post_id).execute()
  return rows.map(({ user_id }) => user_id)
}

async function change(id: number, fields: Record<string, string>, who = ben) {
  const { title, body, version } = await find(id)
  return await who.post(paths.admin.post(id), { title, body, version: String(version), ...fields })
}

async function linkTo(id: number, who = ben, days = '7'): Promise<string> {
  const response = await who.post(paths.admin.postLinks(id), { days })
  assert.equal(response.statusCode, 201)
  return new URL(unescaped(/<a class="long" href="([^"]+)"/.exec(response.body)?.[1] ?? '')).pathname
}

describe('a co-author', () => {
  test('puts nothing of the author’s unfinished choices before readers', async () => {
    const { id, path } = await publishPost(ben, { title: 'Not yet open', authors: 'bea', visibility: 'private' })
    await change(id, { visibility: 'public', authors: 'bea, cleo', draft: 'yes' })
    assert.equal((await change(id, { body: 'By Bea' }, bea)).statusCode, 303)
    assert.equal((await find(id)).visibility, 'private')
    assert.deepEqual(await authorsOf(id), [bea.id])
    assert.equal((await dev.get(path)).statusCode, 404)
  })

  test('changes the text and the details, but not who writes and who reads it', async () => {
    const { id, path } = await publishPost(ben, { title: 'Shared', authors: 'bea' })
    const form = { body: 'By Bea', excerpt: 'Of Bea', authors: 'cleo', visibility: 'private' }
    assert.equal((await change(id, form, bea)).statusCode, 303)
    const { body, own_excerpt, visibility } = await find(id)
    assert.deepEqual({ body, own_excerpt, visibility }, { body: 'By Bea', own_excerpt: 'Of Bea', visibility: 'public' })
    assert.deepEqual(await authorsOf(id), [bea.id])
    // Not by way of a draft that somebody else saves for readers, either.
    await change(id, { ...form, draft: 'yes' }, bea)
    await change(id, {})
    assert.equal((await dev.get(path)).statusCode, 200)
    assert.deepEqual(await authorsOf(id), [bea.id])
  })

  test('is told about these, and asked for the rest', async () => {
    const { id } = await publishPost(ben, { title: 'Shown to both', authors: 'bea', visibility: 'unlisted' })
    const page = (await bea.get(paths.admin.post(id))).body
    assert.equal(fieldOf(page, 'authors'), undefined)
    assert.doesNotMatch(page, /name="visibility"|Take off the blog/)
    assert.match(page, /Everybody who has its address[^]*Written together with: bea/)
    assert.equal(fieldOf(page, 'language'), '')
    for (const who of [ben, cleo]) assert.equal(fieldOf((await who.get(paths.admin.post(id))).body, 'authors'), 'bea')
  })

  test('does not take the post off the blog, alone or among others', async () => {
    const { id, path } = await publishPost(ben, { title: 'Stays out', authors: 'bea' })
    assert.equal((await bea.post(paths.admin.publicationEnd(id))).statusCode, 403)
    await bea.post(paths.admin.postChanges(), { change: 'unpublish', post: `${id}-${(await find(id)).version}` })
    assert.equal((await dev.get(path)).statusCode, 200)
    assert.equal((await ben.post(paths.admin.publicationEnd(id))).statusCode, 303)
  })

  test('makes links with an end, which end with the work on it', async () => {
    const { id } = await writePost(ben, { title: 'Linked', authors: 'bea' })
    assert.equal((await bea.post(paths.admin.postLinks(id), { days: '0' })).statusCode, 403)
    assert.doesNotMatch((await bea.get(paths.admin.postLinks(id))).body, /Until it is taken back/)
    const [hers, his] = [await linkTo(id, bea), await linkTo(id, ben, '0')]
    await change(id, { body: 'Still together' })
    assert.equal((await dev.get(hers)).statusCode, 200)
    await change(id, { authors: '' })
    assert.deepEqual([(await dev.get(hers)).statusCode, (await dev.get(his)).statusCode], [404, 200])
  })

  test('may leave, and is not brought back by a draft or a form that was open', async () => {
    const { id } = await publishPost(ben, { title: 'Left', authors: 'bea' })
    const link = await linkTo(id, bea)
    await change(id, { draft: 'yes', body: 'Rewritten' })
    const { version } = await find(id)
    assert.match((await bea.get(paths.admin.post(id))).body, /Leave this post/)
    assert.doesNotMatch((await ben.get(paths.admin.post(id))).body, /Leave this post/)
    for (const who of [ben, cleo]) assert.equal((await who.post(paths.admin.coAuthorshipEnd(id))).statusCode, 404)
    assert.equal((await bea.post(paths.admin.coAuthorshipEnd(id))).statusCode, 303)

    for (const answer of [await bea.get(paths.admin.post(id)), await bea.post(paths.admin.coAuthorshipEnd(id))])
      assert.equal(answer.statusCode, 403)
    assert.equal((await dev.get(link)).statusCode, 404)
    assert.equal(fieldOf((await ben.get(paths.admin.post(id))).body, 'authors'), '')
    assert.equal((await change(id, { authors: 'bea', version: String(version) })).statusCode, 409)
    assert.deepEqual(await authorsOf(id), [])
    const events = await db
      .selectFrom('audit_events')
      .select('actor_id')
      .where('action', '=', 'post.left')
      .where('subject_id', '=', id)
      .execute()
    assert.deepEqual(events, [{ actor_id: bea.id }])
  })
})

describe('names of co-authors', () => {
  test('are taken in capitals too', async () => {
    const { id } = await writePost(ben, { authors: 'Bea, BEA' })
    assert.deepEqual(await authorsOf(id), [bea.id])
  })

  test('that nobody has, or who may not write, are all named at once, with an address that is taken', async () => {
    const { slug } = await publishPost(ben, { title: 'Was here first' })
    const form = { title: 'Wrong', body: 'Kept', authors: 'nobody, bea, rosa, noone', slug }
    const published = await publishPost(ben, { title: 'Checked' })
    for (const refused of [
      await ben.post(paths.admin.posts(), form),
      await change(published.id, form),
      await change(published.id, { ...form, draft: 'yes' }),
    ]) {
      assert.equal(refused.statusCode, 422)
      const message = errorAt(refused.body, 'authors') ?? ''
      assert.match(message, /nobody with the address \/authors\/nobody or \/authors\/noone on this blog/)
      assert.match(message, /Rosa may not write on this blog/)
      assert.match(errorAt(refused.body, 'slug') ?? '', /Another post has the address/)
      assert.equal(fieldOf(refused.body, 'body'), 'Kept')
    }
    const drafts = db.selectFrom('post_drafts').select('post_id').where('post_id', '=', published.id)
    assert.deepEqual(await drafts.execute(), [])
  })

  test('of somebody who may write no more stay until they are taken off', async () => {
    const zoe = await newcomer(app, db, 'Zoe', 'author')
    const { id } = await publishPost(ben, { title: 'With Zoe', authors: 'zoe' })
    await db.updateTable('users').set({ state: 'blocked' }).where('id', '=', zoe.id).execute()
    assert.equal((await change(id, { authors: 'zoe', body: 'Saved' })).statusCode, 303)
    await change(id, { authors: '' })
    assert.equal((await change(id, { authors: 'zoe' })).statusCode, 422)
  })
})
