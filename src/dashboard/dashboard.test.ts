// The dashboard: what needs attention, and only what the visitor may see.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { newcomer, type Person } from '../../test/cast.ts'
import { publishPost, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'
import { version } from '../version.ts'
import { mostShown } from './dashboard.ts'

const { app, cast, db } = await testApp()
const { ada, ben, bea, cleo, rosa, dev } = cast

test('a new blog is told what to do first', async () => {
  const { body } = await ada.get(paths.admin.dashboard())
  for (const path of [paths.admin.newPost(), paths.admin.settings(), paths.admin.imports()])
    assert.match(body, new RegExp(`<a href="${path}"`))
  assert.match(body, /Nothing here yet/)
  const author = (await ben.get(paths.admin.dashboard())).body
  assert.match(author, /Write the first post/)
  assert.doesNotMatch(author, new RegExp(`${paths.admin.settings()}|${paths.admin.imports()}|This installation`))
})

describe('the dashboard', () => {
  test('has the own drafts, and apart those that nobody touched for four weeks', async () => {
    const who = await newcomer(app, db, 'Una', 'author')
    const fresh = await writePost(who, { title: 'Fresh thought' })
    const stale = await writePost(who, { title: 'Stale thought' })
    await sql`update posts set updated_at = now() - interval '29 days' where id = ${stale.id}`.execute(db)
    const page = await dashboard(who)
    assert.deepEqual(page['Your drafts'], [paths.admin.post(fresh.id)])
    assert.deepEqual(page['Your drafts that nobody touched for four weeks'], [paths.admin.post(stale.id)])
    // Drafts of others are theirs to remember, also for who may edit them.
    assert.ok(!(await dashboard(ada))['Your drafts']?.includes(paths.admin.post(fresh.id)))
    for (let count = 0; count < mostShown; count++) await writePost(who)
    assert.equal((await dashboard(who))['Your drafts']?.length, mostShown)
  })

  test('has what is scheduled next, and what readers do not see yet', async () => {
    const later = await writePost(ben, { title: 'Later' })
    const sooner = await writePost(ben, { title: 'Sooner' })
    await ben.post(paths.admin.schedule(later.id), { appears_at: '2032-01-01T00:00' })
    await ben.post(paths.admin.schedule(sooner.id), { appears_at: '2031-01-01T00:00' })
    const rewritten = await publishPost(ben, { title: 'Rewritten' })
    await ben.post(paths.admin.post(rewritten.id), { title: 'New', body: 'x', version: '1', draft: 'yes' })
    for (const who of [ben, cleo, ada]) {
      const page = await dashboard(who)
      assert.deepEqual(page['Scheduled next'], [paths.admin.post(sooner.id), paths.admin.post(later.id)], who.name)
      assert.deepEqual(page['Published, with changes that readers do not see yet'], [paths.admin.post(rewritten.id)])
    }
    const { body } = await bea.get(paths.admin.dashboard())
    assert.doesNotMatch(body, /Sooner|Rewritten/)
  })

  test('has what others write together with the visitor, among the own', async () => {
    const who = await newcomer(app, db, 'Zoe', 'author')
    const both = { authors: who.name.toLowerCase() }
    const older = await writePost(ben, { title: 'Of two, older', ...both })
    const own = await writePost(who, { title: 'Of one' })
    const draft = await writePost(ben, { title: 'Of two', ...both })
    const waiting = await writePost(ben, { title: 'Of two, later', ...both })
    await ben.post(paths.admin.schedule(waiting.id), { appears_at: '2031-06-01T00:00' })
    const rewritten = await publishPost(ben, { title: 'Of two, out', ...both })
    await ben.post(paths.admin.post(rewritten.id), { title: 'New', body: 'x', version: '1', draft: 'yes' })
    const page = await dashboard(who)
    assert.deepEqual(
      page['Your drafts'],
      [draft, own, older].map(({ id }) => paths.admin.post(id)),
    )
    assert.deepEqual(page['Scheduled next'], [paths.admin.post(waiting.id)])
    assert.deepEqual(page['Published, with changes that readers do not see yet'], [paths.admin.post(rewritten.id)])
    await sql`update posts set updated_at = now() - interval '29 days' where id = ${older.id}`.execute(db)
    const stale = 'Your drafts that nobody touched for four weeks'
    assert.deepEqual((await dashboard(who))[stale], [paths.admin.post(older.id)])
    for (const { id } of [draft, older, waiting, rewritten]) await ben.post(paths.admin.postDeletion(id))
    assert.deepEqual((await dashboard(who))['Your drafts'], [paths.admin.post(own.id)])
  })

  test('has what is soon gone from the bin, for those who may have it back', async () => {
    const [soon, later] = [
      await writePost(ben, { title: 'Nearly gone' }),
      await writePost(ben, { title: 'Long to go' }),
    ]
    for (const { id } of [soon, later]) await ben.post(paths.admin.postDeletion(id))
    await sql`update post_bin set deleted_at = now() - interval '24 days' where post_id = ${soon.id}`.execute(db)
    for (const who of [ben, cleo, ada]) {
      const { body } = await who.get(paths.admin.dashboard())
      assert.match(body, /Nearly gone/, who.name)
      assert.doesNotMatch(body, /Long to go/)
    }
    assert.doesNotMatch((await bea.get(paths.admin.dashboard())).body, /Nearly gone/)
  })

  test('says that nothing needs attention when nothing does', async () => {
    const who = await newcomer(app, db, 'Ivy', 'author')
    await publishPost(who)
    assert.match((await who.get(paths.admin.dashboard())).body, /Nothing needs your attention/)
  })

  test('is not calm before somebody who moderates while comments wait', async () => {
    const calm = /Nothing needs your attention/
    const who = await newcomer(app, db, 'Vera', 'author')
    await writePost(who)
    const post = await publishPost(ben)
    await db
      .insertInto('comments')
      .values({ post_id: post.id, author_id: rosa.id, body: 'x', state: 'waiting', held_for: 'every' })
      .execute()
    const { body } = await ada.get(paths.admin.dashboard())
    assert.doesNotMatch(body, calm)
    assert.match(body, new RegExp(`readers reported: 1\\. <a href="${paths.admin.comments()}"`))
    const other = (await who.get(paths.admin.dashboard())).body
    assert.match(other, calm)
    assert.doesNotMatch(other, /readers reported/)
  })

  test('is for writers', async () => {
    assert.equal((await rosa.get(paths.admin.dashboard())).statusCode, 403)
    assert.equal((await dev.get(paths.admin.dashboard())).statusCode, 303)
  })
})

describe('the owner’s dashboard', () => {
  test('has the jobs that failed for good, with the first line of the reason', async () => {
    await sql`select graphile_worker.add_job('send-confirmation', '{}'::json)`.execute(db)
    await sql`select graphile_worker.add_job('render-again', '{}'::json)`.execute(db)
    await sql`update graphile_worker._private_jobs set attempts = max_attempts,
      last_error = 'The mail server <refused>.' || chr(10) || 'at secret/stack.ts'
      where task_id = (select id from graphile_worker._private_tasks where identifier = 'send-confirmation')`.execute(
      db,
    )
    const { body } = await ada.get(paths.admin.dashboard())
    assert.match(body, /<strong>send-confirmation<\/strong>/)
    assert.match(body, /The mail server &lt;refused&gt;\./)
    assert.doesNotMatch(body, /secret\/stack|<strong>render-again/)
    for (const who of [ben, cleo])
      assert.doesNotMatch((await who.get(paths.admin.dashboard())).body, /send-confirmation/, who.name)
  })

  test('says when jobs wait and nobody does them', async () => {
    assert.doesNotMatch((await ada.get(paths.admin.dashboard())).body, /quarter of an hour/)
    await sql`update graphile_worker._private_jobs set run_at = now() - interval '20 minutes' 
      where task_id = (select id from graphile_worker._private_tasks where identifier = 'render-again')`.execute(db)
    assert.match((await ada.get(paths.admin.dashboard())).body, /1 job waits/)
    assert.doesNotMatch((await cleo.get(paths.admin.dashboard())).body, /quarter of an hour/)
  })

  test('has imports that failed, were interrupted or kept rows aside, and no others', async () => {
    const report = (kept: number) => JSON.stringify({ tables: [{ kept_aside: kept > 0 ? { 'no author': kept } : {} }] })
    const add = (name: string, state: string, kept = 0, days = 1, isRehearsal = false) =>
      sql`
      insert into imports (source, file_name, file_bytes, fingerprint, family, state, report, started_at, is_rehearsal)
      values ('bloggy-sqlite', ${name}, 1, ${name}, 'x', ${state}, ${report(kept)}::text::jsonb,
        now() - make_interval(days => ${days}), ${isRehearsal})`.execute(db)
    await add('failed.db', 'failed')
    await add('broken-off.db', 'running')
    await add('with-leftovers.db', 'complete', 3)
    await add('clean.db', 'complete')
    await add('seen-long-ago.db', 'complete', 3, 31)
    await add('undone.db', 'undone', 3)
    await add('rehearsal.db', 'failed', 0, 1, true)
    const { body } = await ada.get(paths.admin.dashboard())
    for (const name of ['failed.db', 'broken-off.db', 'with-leftovers.db']) assert.ok(body.includes(name), name)
    for (const name of ['clean.db', 'seen-long-ago.db', 'undone.db', 'rehearsal.db'])
      assert.ok(!body.includes(name), name)
    assert.match(body, /complete, 3 kept aside/)
    assert.doesNotMatch((await cleo.get(paths.admin.dashboard())).body, /failed\.db/)
  })

  test('says which program this is', async () => {
    const { body } = await ada.get(paths.admin.dashboard())
    assert.match(body, /This installation/)
    assert.ok(body.includes(`<dd>${version}</dd>`))
    assert.match(body, /<dt>PostgreSQL<\/dt><dd>\d+\.\d+, the database has \d+/)
    assert.doesNotMatch((await cleo.get(paths.admin.dashboard())).body, /This installation/)
  })
})

describe('the menu of the desk', () => {
  test('marks where one is, also below', async () => {
    const { id } = await writePost(ben)
    const current = async (path: string) => {
      const { body } = await ben.get(path)
      return [...body.matchAll(/aria-current="(\w+)">([^<]+)</g)].map(([, kind, text]) => `${kind} ${text}`)
    }
    assert.deepEqual(await current(paths.admin.dashboard()), ['page Dashboard'])
    assert.deepEqual(await current(paths.admin.posts({ state: 'draft' })), ['page Posts'])
    assert.deepEqual(await current(paths.admin.post(id)), ['true Posts'])
    assert.deepEqual(await current(paths.admin.calendar('2020-01')), ['page Calendar'])
    assert.deepEqual(await current(paths.admin.newPost()), ['page Write'])
  })

  test('leads from the blog to the dashboard those who write, and nobody else', async () => {
    const link = `href="${paths.admin.dashboard()}"`
    for (const [who, sees] of [
      [ada, true],
      [ben, true],
      [rosa, false],
      [dev, false],
    ] as const) {
      assert.equal((await who.get(paths.home())).body.includes(link), sees, who.name)
    }
  })
})

/** The links of each section by its heading. */
async function dashboard(who: Person): Promise<Record<string, string[]>> {
  const { body } = await who.get(paths.admin.dashboard())
  const sections = body.split('<section').slice(1)
  return Object.fromEntries(
    sections.map((text) => [
      /<h2[^>]*>([^<]+)/.exec(text)?.[1] ?? '',
      [...(text.split('</section>')[0] ?? '').matchAll(/<li><a href="([^"]+)"/g)].map(([, href]) => href ?? ''),
    ]),
  )
}
