// What happens to one post at the same moment: each deed is whole, and one of them was first.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { publishPost, writePost } from '../../test/pages.ts'
import { addPicture } from '../../test/pictures.ts'
import { paths } from '../paths.ts'
import { removeOldFromBin, removePost, restorePost } from '../post-bin/queries.ts'

const context = await testApp()
const { app, cast, db } = context
const { bea, ben, dev } = cast
const actor = { id: ben.id, ip: '127.0.0.1' }

const stands = async (id: number) =>
  await db
    .selectFrom('posts')
    .leftJoin('post_bin', 'post_bin.post_id', 'posts.id')
    .select(['posts.published_at', 'posts.version', 'post_bin.post_id as binned'])
    .where('posts.id', '=', id)
    .executeTakeFirst()

describe('a post that is deleted', () => {
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 16)
  const deeds: Record<string, (id: number) => Promise<unknown>> = {
    published: (id) => ben.post(paths.admin.publication(id)),
    scheduled: (id) => ben.post(paths.admin.schedule(id), { appears_at: tomorrow }),
    'saved and published': (id) =>
      ben.post(paths.admin.post(id), { title: 'A', body: 'x', version: '1', publish: 'yes' }),
  }
  for (const [deed, act] of Object.entries(deeds)) {
    test(`while it is ${deed} has no date when it ends in the bin`, async () => {
      for (let round = 0; round < 8; round++) {
        const { id } = await writePost(ben, { title: 'A', body: 'x' })
        await Promise.all([ben.post(paths.admin.postDeletion(id)), act(id)])
        const { published_at, binned } = (await stands(id)) ?? {}
        assert.ok(binned === null || published_at === null, String(id))
      }
    })
  }

  test('gets no date by any statement', async () => {
    const { id } = await writePost(ben)
    await ben.post(paths.admin.postDeletion(id))
    const update = db.updateTable('posts').set({ published_at: new Date() }).where('id', '=', id)
    await assert.rejects(update.execute(), /is in the bin/)
  })
})

describe('a post that is being restored', () => {
  const removals: Record<string, (id: number) => Promise<unknown>> = {
    'by somebody': (id) => removePost(db, id, actor),
    'by the clock': () => removeOldFromBin(db),
  }
  for (const [who, remove] of Object.entries(removals)) {
    test(`is not removed ${who} at the same moment`, async () => {
      const { id, path } = await publishPost(ben, { title: `Back ${who}` })
      await ben.post(paths.admin.postDeletion(id))
      await sql`update post_bin set deleted_at = now() - interval '31 days' where post_id = ${id}`.execute(db)
      const { removal } = await db.transaction().execute(async (db) => {
        await restorePost(db, id, actor)
        const removal = remove(id)
        await Promise.race([removal, untilSomebodyWaits()])
        return { removal }
      })
      await removal
      assert.equal((await dev.get(path)).statusCode, 200)
    })
  }
})

test('a link is made by nobody who leaves the post at the same moment', async () => {
  const { id } = await publishPost(ben, { title: 'Left', authors: 'bea' })
  for (let round = 0; round < 8; round++) {
    const { version = 0 } = (await stands(id)) ?? {}
    await ben.post(paths.admin.post(id), { title: 'Left', body: 'x', authors: 'bea', version: String(version) })
    await Promise.all([bea.post(paths.admin.coAuthorshipEnd(id)), bea.post(paths.admin.postLinks(id), { days: '7' })])
    const links = await db.selectFrom('post_links').select('id').where('created_by', '=', bea.id).execute()
    assert.equal(links.length, 0)
  }
})

test('a draft that is thrown away while it is saved costs nobody an answer', async () => {
  const { id } = await publishPost(ben, { title: 'Drafts', body: 'x' })
  for (let round = 0; round < 15; round++) {
    const { version = 0 } = (await stands(id)) ?? {}
    await ben.post(paths.admin.autosave(id), { title: 'Drafts', body: `x ${round}`, version: String(version) })
    const answers = await Promise.all([
      ben.post(paths.admin.draftDeletion(id)),
      ben.post(paths.admin.autosave(id), { title: 'Drafts', body: `x ${round} on`, version: String(version + 1) }),
    ])
    for (const { statusCode } of answers) assert.ok(statusCode < 500, String(statusCode))
  }
})

test('a picture that changes while a post with it is saved is in its page as it is now', async () => {
  const added = await addPicture(app, ben, undefined, { name: 'now.jpg', fields: { alt: 'Before' } })
  const { id, path } = await publishPost(ben, { title: 'Pictured', body: 'x' })
  const { saving } = await db.transaction().execute(async (db) => {
    await sql`select from posts where id = ${id} for update`.execute(db)
    const form = { title: 'Pictured', body: `![](${added.url})`, version: '1' }
    const saving = ben.post(paths.admin.post(id), form)
    await untilSomebodyWaits()
    await ben.post(paths.admin.medium(added.id), { name: 'now.jpg', alt: 'After', version: '1' })
    return { saving }
  })
  assert.equal((await saving).statusCode, 303)
  await context.deliverMail()
  assert.match((await dev.get(path)).body, /alt="After"/)
})

test('two that wait for each other in a circle are both done', async () => {
  const posts = [await writePost(ben), await writePost(ben)]
  const [first = 0, second = 0] = posts.map(({ id }) => id)
  const both = (ids: number[]) =>
    db.transaction().execute(async (db) => {
      for (const id of ids) {
        await sql`update posts set version = version + 1 where id = ${id}`.execute(db)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    })
  await Promise.all([both([first, second]), both([second, first])])
  for (const { id } of posts) assert.equal((await stands(id))?.version, 3)
})

/** Until a statement of this database waits for a lock. */
async function untilSomebodyWaits(): Promise<void> {
  for (let look = 0; look < 500; look++) {
    const { rows } = await sql`
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
    if (rows.length > 0) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.fail('Nobody waits.')
}
