// Comments that come while a page is open, in two browsers at two processes of one blog.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Page } from 'playwright-core'
import { formatConnectionString } from '../../src/db/connection-string.ts'
import { paths } from '../../src/paths.ts'
import { testApp } from '../app.ts'
import { bloggy, send } from '../bloggy.ts'
import { assertQuiet, startBrowser, visit } from '../browser.ts'
import { newcomer } from '../cast.ts'
import { publishPost } from '../pages.ts'
import { freePort } from '../tcp-server.ts'

const [one, two] = [await startBrowser(), await startBrowser()]
const blog = await testApp()
const { app, cast, db } = blog
await db.updateTable('settings').set({ comments_are_live: true }).execute()
await blog.settings.refresh()
const DATABASE_URL = formatConnectionString(blog.target)
const ports = [await freePort(), await freePort()]
const origins = ports.map((port) => `http://localhost:${port}`)
const run = async (index: number) => {
  const process = bloggy(['serve'], { DATABASE_URL, PORT: String(ports[index]) })
  await process.said(/Ctrl-C/)
  return process
}
const [first, second] = [await run(0), await run(1)]

test('none is lost and none doubled, with the listening connections cut and a server started again', async () => {
  const { id: post_id, path, slug } = await publishPost(cast.ben)
  const ada = await visit(one, origins[0] ?? '')
  const eve = await visit(two, origins[1] ?? '', { as: cast.rosa })
  await Promise.all([ada.page.goto(path), eve.page.goto(path)])
  const pages = [ada.page, eve.page]
  const written: number[] = []
  const write = async (at: number, person = cast.rosa, parent?: number) => {
    const form = { body: `Comment ${written.length}.`, ...(parent && { parent: String(parent) }) }
    const answer = await send(`${origins[at]}${paths.postComments(slug)}`, form, person.cookie)
    assert.equal(answer.status, 303)
    const id = Number(/comment=(\d+)/.exec(answer.headers.get('location') ?? '')?.[1])
    written.push(id)
    return id
  }
  /** Of all three processes: this one listens for settings. */
  const cut = async () => {
    const listening = sql`from pg_stat_activity where datname = current_database() and query ilike 'listen%'`
    for (let tries = 0; ; tries++) {
      const { rows } = await sql`select pid ${listening}`.execute(db)
      if (rows.length >= 3) break
      assert.ok(tries < 300, `${rows.length} listen`)
      await sleep(100)
    }
    const { rows } = await sql`select pg_terminate_backend(pid) ${listening}`.execute(db)
    assert.ok(rows.length >= 3)
  }

  const root = await write(0)
  await write(1, cast.cleo)
  await allHave(pages, written)
  // One that begins before the cut and is done long after others that began later.
  let commit = () => {}
  const mayCommit = new Promise<void>((resolve) => (commit = resolve))
  const late = db.transaction().execute(async (db) => {
    await sql`set local idle_in_transaction_session_timeout = 0`.execute(db)
    const row = { post_id, author_id: cast.bea.id, body: 'Late.', body_format: 'markdown', body_html: '<p>Late.</p>' }
    const { id } = await db.insertInto('comments').values(row).returning('id').executeTakeFirstOrThrow()
    await mayCommit
    return id
  })
  for (let count = 0; count < 8; count++) {
    if (count % 3 === 1) await cut()
    await Promise.all([write(0, cast.rosa, root), write(1, cast.cleo)])
  }
  commit()
  written.push(await late)
  await allHave(pages, written)

  // The second server stops, comments go on at the first, and it comes back.
  second.kill('SIGTERM')
  assert.equal(await second.ended, 0)
  for (let count = 0; count < 3; count++) await write(0, cast.bea)
  await run(1)
  await write(1, cast.bea, root)
  await allHave(pages, written)

  const fresh = await idsOf(await goTo(await ada.context.newPage(), path))
  assert.deepEqual(
    fresh.toSorted((a, b) => a - b),
    written.toSorted((a, b) => a - b),
  )
  for (const page of pages) {
    assert.deepEqual(await idsOf(page), fresh)
    assert.equal(await page.locator('#comments').textContent(), `${written.length} comments`)
  }
  ada.complaints.splice(0, Infinity, ...ada.complaints.filter((line) => !/ERR_/.test(line)))
  eve.complaints.splice(0, Infinity, ...eve.complaints.filter((line) => !/ERR_/.test(line)))
  assertQuiet(ada, eve)
  await Promise.all([ada.context.close(), eve.context.close()])
})

test('who reads further down or writes is asked first, and nothing moves', async () => {
  const { path, slug } = await publishPost(cast.ben, { body: 'Words.\n\n'.repeat(60) })
  const older = await say(slug, 'An older comment.')
  const reader = await visit(one, origins[0] ?? '', { as: cast.rosa })
  const { page } = reader
  await page.goto(path)
  const box = page.getByLabel('Your comment', { exact: true })
  await box.scrollIntoViewIfNeeded()
  await box.fill('I am still typing')
  const before = await page.locator(`#comment-${older}`).boundingBox()

  const fresh = [await say(slug, 'One more.'), await say(slug, 'And another.')]
  const button = page.getByRole('button', { name: '2 new comments – show' })
  await button.waitFor({ timeout: 60_000 })
  assert.deepEqual(await idsOf(page), [older])
  assert.deepEqual(await page.locator(`#comment-${older}`).boundingBox(), before)
  assert.equal(await box.evaluate((element) => element === document.activeElement), true)
  assert.equal(await button.evaluate((element) => element.closest('[role=status]') !== null), true)

  await button.click()
  assert.deepEqual(await idsOf(page), [...fresh.toReversed(), older])
  assert.equal(await box.inputValue(), 'I am still typing')
  await button.waitFor({ state: 'detached' })
  assertQuiet(reader)
  await reader.context.close()
})

test('an answer waits with what it answers', async () => {
  const { path, slug } = await publishPost(cast.ben, { body: 'Words.\n\n'.repeat(60) })
  const older = await say(slug, 'An older comment.')
  const reader = await visit(one, origins[0] ?? '')
  const { page } = reader
  await page.goto(path)
  await page.locator(`#comment-${older}`).scrollIntoViewIfNeeded()

  const root = await say(slug, 'A question.')
  const answer = await say(slug, 'An answer.', root)
  await page.getByRole('button', { name: '2 new comments – show' }).waitFor({ timeout: 60_000 })
  await page.evaluate(() => scrollTo(0, 0))
  await page.waitForFunction(() => scrollY === 0)
  const last = await say(slug, 'An answer to that.', answer)
  const button = page.getByRole('button', { name: '3 new comments – show' })
  // Whichever comes: the line that counts it, or the comment itself.
  await button
    .or(page.locator(`#comment-${last}`))
    .first()
    .waitFor({ timeout: 60_000 })
  assert.deepEqual(await idsOf(page), [older])
  assert.equal(await page.locator('#comments').textContent(), '1 comment')

  // What answers nothing of that comes at once.
  const other = await say(slug, 'Something else.')
  await page.locator(`#comment-${other}`).waitFor({ timeout: 60_000 })
  assert.deepEqual(await idsOf(page), [other, older])
  await button.click()
  assert.deepEqual(await idsOf(page), [other, root, answer, last, older])
  assertQuiet(reader)
  await reader.context.close()
})

test('what is changed, deleted and hidden changes on the page', async () => {
  const { path, slug } = await publishPost(cast.ben)
  const changed = await say(slug, 'As it was.')
  const deleted = await say(slug, 'To be deleted.')
  const answered = await say(slug, 'Answered and hidden.')
  const reply = await say(slug, 'An answer.', answered)
  const reader = await visit(two, origins[1] ?? '')
  const { page } = reader
  await page.goto(path)
  assert.equal(await page.locator('#comments').textContent(), '4 comments')

  await newest.post(paths.editComment(changed), { body: 'As it *is*.', version: '1' })
  await newest.post(paths.commentDeletion(deleted))
  await db.updateTable('comments').set({ state: 'hidden' }).where('id', '=', answered).execute()
  await page.locator(`#comment-${changed} em`, { hasText: 'is' }).waitFor({ timeout: 60_000 })
  await page.locator(`#comment-${deleted}`).waitFor({ state: 'detached', timeout: 60_000 })
  await page.getByText('This comment is not shown.').waitFor({ timeout: 60_000 })
  assert.doesNotMatch(await page.content(), /Answered and hidden/)
  assert.deepEqual(await idsOf(page), [answered, reply, changed])

  await db.updateTable('comments').set({ state: 'approved' }).where('id', '=', answered).execute()
  await page.getByText('Answered and hidden.').waitFor({ timeout: 60_000 })
  assert.equal(await page.locator('#comments').textContent(), '3 comments')
  assertQuiet(reader)
  await reader.context.close()
})

test('a page without a stream asks now and then', async () => {
  const { path, slug } = await publishPost(cast.ben)
  const reader = await visit(one, origins[0] ?? '')
  await reader.page.route('**/comments/live?*', (route) => route.fulfill({ status: 204 }))
  await reader.page.clock.install()
  await reader.page.goto(path)
  const id = await say(slug, 'Found by asking.')
  for (let count = 0; count < 50 && (await idsOf(reader.page)).length === 0; count++) {
    await reader.page.clock.runFor(41_000)
    await sleep(200)
  }
  assert.deepEqual(await idsOf(reader.page), [id])
  assertQuiet(reader)
  await reader.context.close()
})

test('the servers stop cleanly while pages follow them', async () => {
  const { path } = await publishPost(cast.ben)
  const reader = await visit(one, origins[0] ?? '')
  const opened = reader.page.waitForRequest(/comments\/live/)
  await reader.page.goto(path)
  await opened
  first.kill('SIGTERM')
  assert.equal(await first.ended, 0)
  assert.doesNotMatch(first.stderr(), /cut off/)
})

// Everybody has a limit of comments.
const newest = await newcomer(app, db, 'Nora', 'viewer')

async function say(slug: string, body: string, parent?: number): Promise<number> {
  const answer = await newest.post(paths.postComments(slug), { body, ...(parent && { parent: String(parent) }) })
  assert.equal(answer.statusCode, 303, answer.body)
  return Number(/comment=(\d+)/.exec(String(answer.headers.location))?.[1])
}

async function goTo(page: Page, path: string): Promise<Page> {
  await page.goto(path)
  return page
}

async function idsOf(page: Page): Promise<number[]> {
  const ids = await page.locator('.thread > li').evaluateAll((items) => items.map(({ id }) => id.slice(8)))
  return ids.map(Number)
}

async function allHave(pages: Page[], ids: number[]): Promise<void> {
  for (const page of pages) {
    await page.waitForFunction((ids) => ids.every((id) => document.getElementById(`comment-${id}`)), ids, {
      timeout: 90_000,
    })
  }
}
