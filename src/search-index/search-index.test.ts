// What is searched follows the posts, and no save waits for it.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { bloggy } from '../../test/bloggy.ts'
import { publishPost, unescaped, writePost } from '../../test/pages.ts'
import { formatConnectionString } from '../db/connection-string.ts'
import { paths } from '../paths.ts'
import { indexAll } from './jobs.ts'
import { askToIndexAll } from './queries.ts'

const context = await testApp()
const { cast, db, logged } = context
const { ada, ben, rosa } = cast

after(() => assert.doesNotMatch(logged(), /"level":[56]0/, 'Something was an error of ours.'))

const settle = async () => void (await context.deliverMail())
const find = async (q: string) => {
  const { body, statusCode } = await rosa.get(paths.search({ q }))
  assert.equal(statusCode, 200)
  return [...body.matchAll(/<h2 dir="auto"><a href="([^"]+)"/g)].map(([, href]) => unescaped(href ?? '')).toSorted()
}
const rowsOf = async (id: number) =>
  await db.selectFrom('search_posts').select(['audience', 'published_at']).where('post_id', '=', id).execute()

describe('what is searched', () => {
  test('follows each change of a post once the job was there', async () => {
    const { id, path } = await publishPost(ben, { title: 'Basilisk', body: 'one', tags: 'lizards' })
    await settle()
    assert.deepEqual(await find('basilisk lizard'), [path])

    await ben.post(paths.admin.post(id), { title: 'Basilisk', body: 'two', tags: 'reptiles', version: '1' })
    await settle()
    assert.deepEqual(await find('basilisk lizard'), [])
    assert.deepEqual(await find('basilisk two reptile'), [path])
    assert.deepEqual(await find('tag:lizards'), [])
    assert.deepEqual(await find('basilisk tag:reptiles'), [path])

    const form = { title: 'Basilisk', body: 'two', version: '2', slug: 'elsewhere', authors: 'bea' }
    await ben.post(paths.admin.post(id), form)
    await settle()
    assert.deepEqual(await find('basilisk author:bea'), ['/posts/elsewhere'])
    assert.deepEqual(await find('basilisk author:ben'), ['/posts/elsewhere'])

    for (const visibility of ['unlisted', 'public', 'private', 'public']) {
      const { version } = await db.selectFrom('posts').select('version').where('id', '=', id).executeTakeFirstOrThrow()
      await ben.post(paths.admin.post(id), { title: 'Basilisk', body: 'two', version: String(version), visibility })
      await settle()
      assert.equal((await find('basilisk')).length, visibility === 'public' ? 1 : 0, visibility)
    }
    await ben.post(paths.admin.postDeletion(id))
    await settle()
    assert.deepEqual(await rowsOf(id), [])
    await ben.post(paths.admin.binRestoration(id))
    await settle()
    assert.equal((await find('basilisk')).length, 1)
    await ben.post(paths.admin.postDeletion(id))
    await ada.post(paths.admin.binRemoval(id))
    await settle()
    assert.deepEqual(await rowsOf(id), [])
    assert.deepEqual(await db.selectFrom('search_queue').selectAll().execute(), [])
  })

  test('has a scheduled post from its moment on, without another job', async () => {
    const { id } = await writePost(ben, { title: 'Chimera', body: 'later' })
    await sql`update posts set published_at = now() + interval '1.5 seconds' where id = ${id}`.execute(db)
    await settle()
    assert.deepEqual(await find('chimera'), [])
    for (let tries = 0; (await find('chimera')).length === 0; tries++) {
      assert.ok(tries < 100)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  })

  test('has nothing of drafts, and a draft costs the queue nothing', async () => {
    await writePost(ben, { title: 'Only a draft', body: 'x' })
    assert.deepEqual(await db.selectFrom('search_queue').selectAll().execute(), [])
  })
})

describe('a text that is more than PostgreSQL takes for one post', () => {
  test('is saved, and found by its beginning', async () => {
    const words = Array.from({ length: 120_000 }, (_, index) => `w${index.toString(36)}x${(index * 7919).toString(36)}`)
    const { id, path } = await publishPost(ben, { title: 'Huge', body: 'Beginning here.' })
    await sql`update posts set body_html = ${`<p>Leviathan ${words.join(' ')}</p>`} where id = ${id}`.execute(db)
    await settle()
    assert.deepEqual(await find('leviathan'), [path])
    assert.deepEqual(await find(`leviathan ${words[5]}`), [path])
    assert.equal((await rowsOf(id)).length, 1)
  })

  test('so does one word without an end', async () => {
    const { id, path } = await publishPost(ben, { title: 'Endless', body: 'x' })
    await sql`update posts set body_html = ${`<p>Kraken ${'y'.repeat(900_000)}</p>`} where id = ${id}`.execute(db)
    await settle()
    assert.deepEqual(await find('kraken'), [path])
  })
})

describe('a save', () => {
  test('waits for nobody who is writing what is searched', async () => {
    const { id } = await publishPost(ben, { title: 'Griffin', body: 'x' })
    await settle()
    await db.transaction().execute(async (locked) => {
      await sql`select from search_posts where post_id = ${id} for update`.execute(locked)
      await sql`lock table search_queue in row exclusive mode`.execute(locked)
      assert.equal((await ben.post(paths.admin.publicationEnd(id))).statusCode, 303)
    })
    // The row is there still, and its post is not shown.
    assert.equal((await rowsOf(id)).length, 1)
    assert.deepEqual(await find('griffin'), [])
    await settle()
    assert.deepEqual(await rowsOf(id), [])
  })
})

describe('posts that came without a word to the queue', () => {
  test('are found by the walk through all posts, which goes on where it was', async () => {
    const { id, path } = await publishPost(ben, { title: 'Hydra', body: 'x' })
    await settle()
    await sql`delete from search_posts where post_id = ${id}`.execute(db)
    await sql`update search_state set swept_to = 0`.execute(db)
    await indexAll(db, () => 'en')
    assert.deepEqual(await find('hydra'), [path])
    const { swept_to } = await db.selectFrom('search_state').select('swept_to').executeTakeFirstOrThrow()
    assert.equal(swept_to, null)
  })

  test('and those of an import take no place in the queue', async () => {
    await db.transaction().execute(async (db) => {
      await sql`set local bloggy.brings_many = 'yes'`.execute(db)
      await sql`insert into posts (slug, title, body, body_html, published_at) values ('imp', 'Imp', '', '', now())`.execute(
        db,
      )
      await sql`update posts set title = 'Hippogriff' where title = 'Hydra'`.execute(db)
      await sql`insert into imports (source, file_name, file_bytes, fingerprint, family, state)
        values ('bloggy-sqlite', 'x', 1, 'x', 'x', 'complete')`.execute(db)
    })
    assert.deepEqual(await db.selectFrom('search_queue').selectAll().execute(), [])
    assert.deepEqual(await find('imp'), [])
    await askToIndexAll(db)
    await settle()
    assert.deepEqual(await find('imp'), ['/posts/imp'])
    assert.equal((await find('hippogriff')).length, 1)
    await askToIndexAll(db)
    const { rows } = await sql`select from graphile_worker.jobs where task_identifier = 'index-all'`.execute(db)
    assert.equal(rows.length, 0)
  })
})

describe('bloggy search rebuild', () => {
  test('makes it all anew, and says how many', async () => {
    const { path, id } = await publishPost(ben, { title: 'Phoenix', body: 'Ashes' })
    await settle()
    await sql`update search_posts set words = '', title_words = '' where post_id = ${id}`.execute(db)
    await sql`insert into search_posts select 999999, audience, published_at, version, made_by, config, title_words, words, body
      from search_posts where post_id = ${id}`.execute(db)
    assert.deepEqual(await find('phoenix'), [])
    const run = () => bloggy(['search', 'rebuild'], { DATABASE_URL: formatConnectionString(context.target) })
    const first = run()
    assert.equal(await first.ended, 0, first.stderr())
    assert.match(first.stdout(), /^The search knows \d+ posts: [\d.]+ seconds, [\d,]+ a second\.$/m)
    assert.deepEqual(await find('phoenix'), [path])
    assert.deepEqual(await rowsOf(999_999), [])

    // Into an empty table the index is made afterwards.
    await sql`truncate search_posts`.execute(db)
    assert.equal(await run().ended, 0)
    assert.deepEqual(await find('phoenix'), [path])
    const { rows } = await sql`select from pg_indexes where indexname = 'search_posts_words_idx'`.execute(db)
    assert.equal(rows.length, 1)
    assert.match((await rosa.get(paths.search({ q: 'pheonix' }))).body, /Did you mean/)
  })
})
