// A post that waits appears at its moment, by the clock of the database, and what follows from it happens once.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { errorAt, fieldOf, publishPost, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'
import { noteAppearance } from './queries.ts'

const context = await testApp()
const { cast, db } = context
const { ada, ben, bea, rosa, dev } = cast

async function schedule(id: number, appears_at: string, who = ben) {
  return await who.post(paths.admin.schedule(id), { appears_at })
}

async function publishedAt(id: number) {
  const { published_at } = await db
    .selectFrom('posts')
    .select('published_at')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return published_at?.toISOString()
}

const isWaiting = async (id: number) =>
  (await db.selectFrom('scheduled_posts').select('post_id').where('post_id', '=', id).execute()).length === 1

async function publications(id: number): Promise<(number | null)[]> {
  const events = await db
    .selectFrom('audit_events')
    .select('actor_id')
    .where('action', '=', 'post.published')
    .where('subject_id', '=', id)
    .execute()
  return events.map(({ actor_id }) => actor_id)
}

/** As if the moment had come: the clock of the database cannot be set in a test, moments can. */
async function letItBeTime(id: number) {
  const past = sql<Date>`now() - interval '1 second'`
  await db.updateTable('posts').set({ published_at: past }).where('id', '=', id).execute()
  await db.updateTable('scheduled_posts').set({ appears_at: past }).where('post_id', '=', id).execute()
  await sql`select graphile_worker.reschedule_jobs(array[id], run_at := now() - interval '1 second')
    from graphile_worker.jobs where key = ${`note-appearance ${id}`}`.execute(db)
}

const jobsOf = async (id: number) => {
  const { rows } = await sql<{ run_at: Date }>`
    select run_at from graphile_worker.jobs where key = ${`note-appearance ${id}`}`.execute(db)
  return rows.map(({ run_at }) => run_at.toISOString())
}

describe('a post that waits for its moment', () => {
  test('is out of sight until then, and seen from then on', async () => {
    const { id } = await writePost(ben, { title: 'Patience', tags: 'waiting' })
    const response = await schedule(id, '2033-05-01T09:30')
    assert.equal(response.statusCode, 303)
    assert.equal(await publishedAt(id), '2033-05-01T09:30:00.000Z')
    assert.equal((await dev.get(paths.post('patience'))).statusCode, 404)
    assert.doesNotMatch((await dev.get(paths.home())).body, /Patience/)
    for (const page of [paths.admin.post(id), paths.admin.posts()])
      assert.match((await ben.get(page)).body, /Appears <time datetime="2033-05-01T09:30:00\.000Z">[^<]*\(UTC\)/)

    await letItBeTime(id)
    assert.equal((await dev.get(paths.post('patience'))).statusCode, 200)
    assert.match((await dev.get(paths.home())).body, /Patience/)
    assert.match((await dev.get(paths.tag('waiting'))).body, /Patience/)
  })

  test('is noted once, whoever notices it and however often', async () => {
    const { id } = await writePost(ben, { title: 'Once' })
    await schedule(id, '2033-01-01T00:00')
    assert.equal(await noteAppearance(db, id), false)
    assert.deepEqual(await publications(id), [])

    await letItBeTime(id)
    await Promise.all(Array.from({ length: 50 }, () => noteAppearance(db, id)))
    assert.deepEqual(await publications(id), [ben.id])
  })

  test('is noted by the job runner, also one that was down at the moment', async () => {
    const { id } = await writePost(ben, { title: 'Late runner' })
    await schedule(id, '2033-01-01T00:00')
    await context.deliverMail()
    assert.deepEqual(await publications(id), [])
    await letItBeTime(id)
    await context.deliverMail()
    await context.deliverMail()
    assert.deepEqual(await publications(id), [ben.id])
    const notes = db.selectFrom('audit_events').select('origin').where('action', '=', 'post.published')
    assert.deepEqual(await notes.where('subject_id', '=', id).execute(), [{ origin: 'job' }])
    assert.deepEqual(await jobsOf(id), [])
  })

  test('can be moved: one job waits, for the new moment', async () => {
    const { id } = await writePost(ben, { title: 'Moved' })
    await schedule(id, '2033-01-01T00:00')
    await schedule(id, '2031-02-03T04:05')
    assert.equal(await publishedAt(id), '2031-02-03T04:05:00.000Z')
    assert.deepEqual(await jobsOf(id), ['2031-02-03T04:05:00.000Z'])
  })

  test('can be rewritten meanwhile, and waits on', async () => {
    const { id } = await writePost(ben, { title: 'Rewritten', body: 'First.' })
    await schedule(id, '2033-01-01T00:00')
    const version = fieldOf((await ben.get(paths.admin.post(id))).body, 'version') ?? ''
    const saved = await ben.post(paths.admin.post(id), { title: 'Rewritten', body: 'Second.', version })
    assert.equal(saved.headers.location, paths.admin.post(id))
    assert.ok(await isWaiting(id))
    await letItBeTime(id)
    assert.match((await dev.get(paths.post('rewritten'))).body, /Second\./)
  })

  test('can be published at once, made a draft again, or thrown away: then nothing waits', async () => {
    const now = await writePost(ben, { title: 'At once' })
    const draft = await writePost(ben, { title: 'Draft again' })
    const binned = await writePost(ben, { title: 'Binned' })
    for (const { id } of [now, draft, binned]) await schedule(id, '2033-01-01T00:00')
    await ben.post(paths.admin.publication(now.id))
    await ben.post(paths.admin.publicationEnd(draft.id))
    await ben.post(paths.admin.postDeletion(binned.id))

    for (const { id } of [now, draft, binned]) assert.equal(await isWaiting(id), false)
    assert.equal((await dev.get(paths.post('at-once'))).statusCode, 200)
    assert.equal(await publishedAt(draft.id), undefined)
    await ben.post(paths.admin.binRestoration(binned.id))
    assert.equal(await publishedAt(binned.id), undefined)
    await context.deliverMail()
    assert.deepEqual(await publications(draft.id), [])
  })
})

describe('the moment', () => {
  test('is typed in the zone of the blog, in summer and in winter', async () => {
    const { id } = await writePost(ben, { title: 'Zones' })
    const { version } = await db.selectFrom('settings').select('version').executeTakeFirstOrThrow()
    const form = { title: 'Test Notes', description: '', language: 'en', time_zone: 'Europe/Berlin' }
    assert.equal((await ada.post(paths.admin.settings(), { ...form, version: String(version) })).statusCode, 303)
    await schedule(id, '2031-07-01T09:00')
    assert.equal(await publishedAt(id), '2031-07-01T07:00:00.000Z')
    const { body } = await ben.get(paths.admin.post(id))
    assert.equal(fieldOf(body, 'appears_at'), '2031-07-01T09:00')
    assert.match(body, /9:00[^<]*\(Europe\/Berlin\)/)
    await schedule(id, '2031-12-01T09:00')
    assert.equal(await publishedAt(id), '2031-12-01T08:00:00.000Z')
    await db.updateTable('settings').set({ time_zone: 'UTC' }).execute()
    await context.settings.refresh()
  })

  test('that clocks leave out is refused, and the one after it taken', async () => {
    const { id } = await writePost(ben, { title: 'Clocks' })
    await db.updateTable('settings').set({ time_zone: 'Europe/Berlin' }).execute()
    await context.settings.refresh()
    const refused = await schedule(id, '2031-03-30T02:30')
    assert.equal(refused.statusCode, 422)
    assert.match(errorAt(refused.body, 'appears_at') ?? '', /There is no 02:30 on that day in Europe\/Berlin/)
    assert.equal(await isWaiting(id), false)
    assert.equal((await schedule(id, '2031-03-30T03:00')).statusCode, 303)
    assert.equal(await publishedAt(id), '2031-03-30T01:00:00.000Z')
    // What comes twice is taken.
    assert.equal((await schedule(id, '2031-10-26T02:30')).statusCode, 303)
    await db.updateTable('settings').set({ time_zone: 'UTC' }).execute()
    await context.settings.refresh()
  })

  test('of a zone that is none is refused', async () => {
    const { version } = await db.selectFrom('settings').select('version').executeTakeFirstOrThrow()
    const form = { title: 'Test Notes', description: '', language: 'en', time_zone: 'Middle/Earth' }
    const response = await ada.post(paths.admin.settings(), { ...form, version: String(version) })
    assert.equal(response.statusCode, 422)
    assert.ok(errorAt(response.body, 'time_zone'))
  })

  for (const [what, appears_at] of [
    ['that has passed', '2020-01-01T00:00'],
    ['too far ahead', '2999-01-01T00:00'],
    ['in the year 0', '0000-01-01T00:00'],
    ['in a year of six digits', '275760-09-13T00:00'],
    ['that is none', '2031-02-30T10:00'],
    ['in words', 'tomorrow'],
    ['left out', ''],
    ['of a day that is no day', '2031-13-45T99:99'],
    ['of the year 0', '0000-01-01T00:00'],
  ] as const) {
    test(`${what} is refused, and changes nothing`, async () => {
      const { id } = await writePost(ben, { title: 'Refused' })
      const response = await schedule(id, appears_at)
      assert.equal(response.statusCode, 422)
      const message = errorAt(response.body, 'appears_at') ?? ''
      // Above the text, too: the form stands far below it.
      assert.match(response.body, new RegExp(`class="error-summary" role="alert">${message}<`))
      assert.equal(fieldOf(response.body, 'appears_at'), appears_at)
      assert.equal(await publishedAt(id), undefined)
      assert.equal(await isWaiting(id), false)
    })
  }

  test('of a post that is out cannot be set', async () => {
    const { id, path } = await publishPost(ben, { title: 'Out already' })
    assert.equal((await schedule(id, '2033-01-01T00:00')).statusCode, 422)
    assert.equal((await dev.get(path)).statusCode, 200)
  })

  test('is set by who may publish the post, and by nobody else', async () => {
    const { id } = await writePost(ben, { title: 'Not yours' })
    for (const who of [bea, rosa]) assert.equal((await schedule(id, '2033-01-01T00:00', who)).statusCode, 404, who.name)
    assert.equal((await schedule(id, '2033-01-01T00:00', dev)).statusCode, 401)
    assert.equal(await isWaiting(id), false)
    assert.equal((await schedule(id, '2033-01-01T00:00', ada)).statusCode, 303)
  })
})
