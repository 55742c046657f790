// How many statements a page asks of PostgreSQL.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { publishPost } from '../../test/pages.ts'
import { statementsOf as statementsIn } from '../../test/counted-statements.ts'
import { paths } from '../paths.ts'

// The journal of what changed is read when it likes.
const { app, cast, db, database, deliverMail, settings } = await testApp({ PAGE_CACHE_MB: '0' })
const { ben, dev, rosa } = cast

test('the statements are counted on both ways to PostgreSQL', async () => {
  const form = { title: 'Counted', body: 'x' }

  assert.ok((await statementsOf(() => ben.post(paths.admin.posts(), form))).length > 3)
  assert.equal((await statementsOf(() => app.inject(paths.home()))).length, 1)
  assert.equal((await statementsOf(() => app.inject(paths.readyz()))).length, 1)
})

test('a post page asks twice for a reader without an account, however much stands around it', async () => {
  for (const series_part of ['1', '3']) await publishPost(ben, { tags: 'one, two', series: 'Counted', series_part })
  const { id, path } = await publishPost(ben, { tags: 'one, two, three', series: 'Counted', series_part: '2' })
  await deliverMail()
  await rosa.post(paths.reaction(path.slice(paths.post('').length)), { reaction: 'like' })
  for (const count of [0, 1, 99, 900]) {
    const comments = Array.from({ length: count }, () => ({ post_id: id, author_id: rosa.id, body: 'A comment.' }))
    if (count > 0) await db.insertInto('comments').values(comments).execute()
    const statements = await statementsOf(() => dev.get(path))
    assert.equal(statements.length, 2, `${count} comments: ${statements.join('\n')}`)
  }
})

test('live comments cost the page no statement', async () => {
  const { path } = await publishPost(ben)
  await db.updateTable('settings').set({ comments_are_live: true }).execute()
  await settings.refresh()
  const statements = await statementsOf(async () => assert.match((await dev.get(path)).body, /data-live/))
  await db.updateTable('settings').set({ comments_are_live: false }).execute()
  await settings.refresh()

  assert.equal(statements.length, 2, statements.join('\n'))
})

test('the front page asks once', async () => {
  for (let count = 0; count < 25; count++) await publishPost(ben, { tags: 'many' })

  assert.equal((await statementsOf(() => dev.get(paths.home()))).length, 1)
})

test('pages of an author and of a tag ask twice', async () => {
  await publishPost(ben, { tags: 'asked' })

  assert.equal((await statementsOf(() => dev.get(paths.author('ben')))).length, 2)
  assert.equal((await statementsOf(() => dev.get(paths.tag('asked')))).length, 2)
})

test('a month and the list of tags ask once, the archive and a year twice', async () => {
  await publishPost(ben, { tags: 'kept' })
  await deliverMail()
  const year = String(new Date().getUTCFullYear())

  for (const path of [paths.tags(), paths.archiveMonth(year, thisMonth())])
    assert.equal((await statementsOf(() => dev.get(path))).length, 1, path)
  for (const path of [paths.archive(), paths.archiveYear(year)])
    assert.equal((await statementsOf(() => dev.get(path))).length, 2, path)
})

test('who is signed in costs one statement more', async () => {
  const { path } = await publishPost(ben)

  assert.equal((await statementsOf(() => rosa.get(path))).length, 3)
  assert.equal((await statementsOf(() => rosa.get(paths.home()))).length, 2)
})

test('files and pages that need nothing from PostgreSQL ask nothing, also with a cookie', async () => {
  for (const path of ['/assets/style.css', paths.livez()])
    assert.deepEqual(await statementsOf(() => rosa.get(path)), [], path)
  for (const path of [paths.signIn(), paths.register()])
    assert.deepEqual(await statementsOf(() => dev.get(path)), [], path)
})

test('an address that no route has is asked about once: it may be a page, or lead to one', async () => {
  for (const path of ['/nowhere', '/favicon.ico', '/no/where'])
    assert.equal((await statementsOf(() => dev.get(path))).length, 1, path)
})

test('no page sets a cookie for a reader without an account', async () => {
  const { path, slug } = await publishPost(ben, { tags: 'cookies' })
  const pages = [
    path,
    paths.home(),
    paths.author('ben'),
    paths.tag('cookies'),
    paths.signIn(),
    paths.register(),
    '/nowhere',
    '/assets/style.css',
  ]
  for (const page of pages) assert.equal((await dev.get(page)).headers['set-cookie'], undefined, page)
  assert.equal((await dev.post(paths.postComments(slug), { body: 'x' })).headers['set-cookie'], undefined)
})

function thisMonth(): string {
  return new Date().toISOString().slice(5, 7)
}

function statementsOf(work: () => Promise<unknown>) {
  return statementsIn(database, work)
}
