// Never lose a word: the server killed, the network cut, the tab killed, two tabs, two people, no session.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import { formatConnectionString } from '../../src/db/connection-string.ts'
import { paths } from '../../src/paths.ts'
import { createPost } from '../../src/posts/queries.ts'
import { newBlog } from '../app.ts'
import { dataFolder, start } from '../bloggy.ts'
import { assemble } from '../cast.ts'
import { testDatabase } from '../database.ts'
import { assertHeading, fill, press, startBrowser, textOf, visit, webSettings } from '../browser.ts'
import { until } from '../waiting.ts'

const browser = await startBrowser()
const place = await testDatabase()
const settings = await webSettings()
const { app, db, target } = await newBlog(settings, place)
const cast = await assemble(app, db)
// In a process of its own, so that it can be killed.
const world = { ...settings, DATABASE_URL: formatConnectionString(target), BLOGGY_DATA: dataFolder() }
let server = await start(world)
const origin = settings.SITE_URL
const actor = { id: cast.ben.id, ip: '127.0.0.1' }

describe('what is typed', () => {
  test('is on the server within seconds, and the page has the address of the new post', async () => {
    const { page, context } = await visit(browser, origin, { as: cast.ben })
    await page.goto(paths.admin.newPost())
    await fill(page, { Title: 'Night trains' })
    await write(page, 'They are slow.')
    await state(page, 'Saved')
    const id = idOf(page)
    assert.equal((await stored(id)).body, 'They are slow.')
    await write(page, ' And warm.')
    await state(page, 'Saving…')
    await state(page, 'Saved')
    assert.equal((await stored(id)).body, 'They are slow. And warm.')
    await page.reload()
    assert.equal(await textOf(page), 'They are slow. And warm.')
    await context.close()
  })

  test('in a published post is a draft, and readers see nothing of it until it is saved for them', async () => {
    const post = await createPost(db, { title: 'Out', body: 'For readers.' }, actor, 'published')
    const { page, context } = await open(post.id)
    await write(page, 'Half a sen')
    await state(page, 'Saved as a draft')
    assert.equal((await stored(post.id)).body, 'For readers.')
    await press(page, 'button', 'Save for readers')
    await assertHeading(page, 'Out')
    assert.match((await stored(post.id)).body, /Half a sen/)
    await context.close()
  })

  test('is published with one button, which saves what was typed last', async () => {
    const { page, context } = await visit(browser, origin, { as: cast.ada })
    await page.goto(paths.admin.newPost())
    await fill(page, { Title: 'All at once' })
    await write(page, 'Typed and published.')
    await press(page, 'button', 'Publish')
    await assertHeading(page, 'All at once')
    assert.equal(new URL(page.url()).pathname, paths.post('all-at-once'))
    assert.match(await page.innerText('.prose'), /Typed and published\./)
    await context.close()
  })

  test('is saved when the page is left in the middle of a word', async () => {
    const post = await draft('Left')
    const { page, context } = await open(post.id)
    await write(page, ' In the mid')
    await page.goto(paths.home())
    await until(async () => (await stored(post.id)).body.includes('In the mid'))
    await page.goto(paths.admin.post(post.id))
    assert.match(await textOf(page), /In the mid/)
    assert.equal(await page.locator('.left-copy').count(), 0)
    await context.close()
  })
})

test('a new post that is left at once is a draft, and is not offered as lost', async () => {
  const { page, context } = await visit(browser, origin, { as: cast.cleo })
  await page.goto(paths.admin.newPost())
  await fill(page, { Title: 'Left at once' })
  await write(page, 'Before the pause.')
  await page.goto(paths.admin.newPost())
  await until(async () => (await copies(page)).length === 0)
  assert.equal(await page.locator('.left-copy').count(), 0)
  const posts = await db.selectFrom('posts').select('body').where('author_id', '=', cast.cleo.id).execute()
  assert.deepEqual(posts, [{ body: 'Before the pause.' }])
  await context.close()
})

describe('a server that is gone', () => {
  test('is said, the text stays in the browser, and ten minutes later everything is saved', async () => {
    const post = await draft('Gone')
    const { page, context } = await open(post.id, { clock: true })
    await kill()
    await write(page, ' While it was away.')
    await page.clock.runFor(5000)
    await state(page, 'Not saved: the blog does not answer. Your text is kept in this browser. Trying again.')
    assert.equal(
      await page.locator('[role=status][aria-live=polite]').first().textContent(),
      'Not saved: the blog does not answer. Your text is kept in this browser. Trying again.',
    )
    await write(page, ' Still typing.')
    await page.clock.runFor(600_000)
    assert.match((await copies(page))[0] ?? '', /Still typing\./)
    await startAgain()
    // In small steps: the page's clock also says when it gives up waiting for an answer.
    await until(async () => {
      await page.clock.runFor(2000)
      await new Promise((resolve) => setTimeout(resolve, 300))
      return ((await page.locator('.saving-state').textContent()) ?? '').startsWith('Saved')
    })
    await state(page, 'Saved')
    assert.match((await stored(post.id)).body, /While it was away\. Still typing\./)
    assert.deepEqual(await copies(page), [])
    await context.close()
  })

  test('keeps nobody from the page: a button that needs it sends nothing and says so', async () => {
    const post = await draft('Stays')
    const { page, context } = await open(post.id)
    await kill()
    await write(page, ' Precious.')
    await press(page, 'button', 'Save')
    await state(page, /^Not saved: the blog does not answer/)
    assert.match(await textOf(page), /Precious\./)
    await startAgain()
    await press(page, 'button', 'Save')
    await until(async () => (await stored(post.id)).body.includes('Precious.'))
    await context.close()
  })

  test('and a tab that is killed meanwhile lose nothing: the text is offered with the difference', async () => {
    const post = await draft('Killed')
    const { page, context } = await open(post.id)
    await kill()
    await write(page, ' Never sent.')
    await until(async () => (await copies(page)).some((text) => text.includes('Never sent.')))
    await crash(page)
    await startAgain()
    const second = await context.newPage()
    await second.goto(paths.admin.post(post.id))
    assert.match(await second.innerText('.left-copy'), /did not reach the blog: “Killed”/)
    await press(second, 'button', 'Look at both')
    await second.locator('.conflict ins').first().getByText('Never sent.').waitFor()
    assert.match(await second.innerText('.conflict'), /This browser kept a text/)
    await press(second, 'button', 'Keep mine')
    await until(async () => (await stored(post.id)).body.includes('Never sent.'))
    await second.waitForURL(paths.admin.post(post.id))
    assert.deepEqual(await copies(second), [])
    await context.close()
  })

  test('and a new post that it never heard of: the next new page offers the text', async () => {
    const { page, context } = await visit(browser, origin, { as: cast.ben })
    await page.goto(paths.admin.newPost())
    await kill()
    await fill(page, { Title: 'Unheard of', Tags: 'Lost, Found' })
    await write(page, 'Never sent at all.')
    await until(async () => (await copies(page)).some((text) => text.includes('Never sent at all.')))
    await crash(page)
    await startAgain()
    const second = await context.newPage()
    await second.goto(paths.admin.newPost())
    await press(second, 'button', 'Go on with it')
    await state(second, 'Saved')
    const post = await stored(idOf(second))
    assert.deepEqual([post.title, post.body], ['Unheard of', 'Never sent at all.'])
    assert.equal(await second.getByLabel('Tags').inputValue(), 'Lost, Found')
    await context.close()
  })
})

describe('a network that is cut', () => {
  test('is gone on from by itself when it is back', async () => {
    const post = await draft('Cut')
    const { page, context } = await open(post.id)
    await context.setOffline(true)
    await write(page, ' On the train.')
    await state(page, /^Not saved: the blog does not answer/)
    await context.setOffline(false)
    await state(page, 'Saved')
    assert.match((await stored(post.id)).body, /On the train\./)
    await context.close()
  })

  test('after the text arrived and before the answer did is no conflict with oneself', async () => {
    const post = await draft('Half')
    const { page, context } = await open(post.id)
    await loseAnswers(page, 1)
    await write(page, ' Arrived.')
    await state(page, /^Not saved: the blog does not answer/)
    assert.match((await stored(post.id)).body, /Arrived\./)
    await write(page, ' And on.')
    await state(page, 'Saved')
    assert.match((await stored(post.id)).body, /Arrived\. And on\./)
    await context.close()
  })

  test('the same with the first save of a new post: there is one post', async () => {
    const { page, context } = await visit(browser, origin, { as: cast.bea })
    await page.goto(paths.admin.newPost())
    await loseAnswers(page, 1)
    await fill(page, { Title: 'Only one' })
    await write(page, 'Arrived.')
    await state(page, /^Not saved: the blog does not answer/)
    await write(page, ' And on.')
    await state(page, 'Saved')
    const posts = await db.selectFrom('posts').select('body').where('author_id', '=', cast.bea.id).execute()
    assert.deepEqual(posts, [{ body: 'Arrived. And on.' }])
    await context.close()
  })
})

describe('two', () => {
  test('people: who comes second sees both versions word by word, and chooses', async () => {
    const post = await draft('Two people')
    const ben = await open(post.id)
    const cleo = await open(post.id, { as: cast.cleo })
    await write(cleo.page, ' Cleo was here.')
    await state(cleo.page, 'Saved')
    await write(ben.page, ' Ben was here.')
    await state(ben.page, /^Not saved: Cleo saved another version of this post\./)
    assert.match((await stored(post.id)).body, /Cleo was here\.$/)
    await press(ben.page, 'button', 'Look at both')
    await ben.page.locator('.conflict del').first().waitFor()
    assert.equal(await ben.page.locator('.conflict .difference del').first().innerText(), 'Cleo')
    assert.equal(await ben.page.locator('.conflict .difference ins').first().innerText(), 'Ben')
    // Nothing goes to the server before the choice.
    await write(ben.page, ' And here.')
    await state(ben.page, 'Not saved: choose which version to keep.')
    assert.match((await stored(post.id)).body, /Cleo was here\.$/)
    await press(ben.page, 'button', 'Keep mine')
    await ben.page.waitForURL(paths.admin.post(post.id))
    assert.match((await stored(post.id)).body, /Ben was here\. And here\.$/)
    const kept = await db.selectFrom('post_revisions').select('body').where('post_id', '=', post.id).execute()
    assert.ok(kept.some(({ body }) => body.endsWith('Cleo was here.')))
    await ben.context.close()
    await cleo.context.close()
  })

  test('people: the other version can be taken, and mine is not offered again', async () => {
    const post = await draft('Taken')
    const ben = await open(post.id)
    const cleo = await open(post.id, { as: cast.cleo })
    await write(cleo.page, ' Cleo.')
    await state(cleo.page, 'Saved')
    await write(ben.page, ' Ben.')
    await press(ben.page, 'button', 'Look at both')
    await press(ben.page, 'link', 'Take the saved one')
    await ben.page.waitForURL(paths.admin.post(post.id))
    assert.match(await textOf(ben.page), /Cleo\.$/)
    assert.equal(await ben.page.locator('.left-copy').count(), 0)
    await ben.context.close()
    await cleo.context.close()
  })

  test('tabs: the one that was not used is told at once, and has nothing to lose', async () => {
    const post = await draft('Two tabs')
    const { page, context } = await open(post.id)
    const second = await context.newPage()
    await second.goto(paths.admin.post(post.id))
    await write(page, ' From the first.')
    await state(page, 'Saved')
    await state(second, /^Another tab saved a newer version of this post\./)
    await press(second, 'button', 'Load it')
    await second.waitForURL(paths.admin.post(post.id))
    await until(async () => (await textOf(second)).endsWith('From the first.'))
    await context.close()
  })

  test('tabs that both wrote while the server was away: each has its own text', async () => {
    const post = await draft('Both away')
    const { page, context } = await open(post.id)
    const second = await context.newPage()
    await second.goto(paths.admin.post(post.id))
    await context.setOffline(true)
    await write(page, ' First.')
    await write(second, ' Second.')
    await until(async () => (await copies(second)).length === 2)
    await context.setOffline(false)
    await until(async () => {
      const states = await Promise.all([page, second].map((tab) => tab.innerText('.saving-state')))
      return states.includes('Saved') && states.some((text) => text.includes('another version'))
    })
    assert.match(await textOf(page), /First\.$/)
    assert.match(await textOf(second), /Second\.$/)
    await context.close()
  })
})

test('somebody who was signed out meanwhile signs in elsewhere and goes on', async () => {
  const post = await draft('Signed out')
  const { page, context } = await open(post.id)
  const cookies = await context.cookies()
  await context.clearCookies()
  await write(page, ' Still mine.')
  await state(page, /^Not saved: you are signed out\. Your text is kept in this browser\./)
  const link = page.getByRole('link', { name: 'Sign in', exact: true }).last()
  assert.equal(await link.getAttribute('target'), '_blank')
  assert.equal(await link.getAttribute('href'), '/sign-in?next=%2Fadmin')
  await context.addCookies(cookies)
  await state(page, 'Saved')
  assert.match((await stored(post.id)).body, /Still mine\.$/)
  await context.close()
})

test('a text that is too long is refused with the reason, and stays', async () => {
  const post = await draft('Too long')
  const { page, context } = await open(post.id)
  await textBox(page).fill('x'.repeat(500_001))
  await state(page, 'Not saved: please keep this to 500,000 characters. Your text is kept in this browser.')
  await textBox(page).fill('Short again.')
  await state(page, 'Saved')
  assert.equal((await stored(post.id)).body, 'Short again.')
  await context.close()
})

async function draft(title: string): Promise<{ id: number }> {
  return await createPost(db, { title, body: `${title}.` }, actor)
}

async function open(
  id: number,
  { as = cast.ben, clock = false } = {},
): Promise<{ page: Page; context: BrowserContext }> {
  const { page, context } = await visit(browser, origin, { as })
  if (clock) await page.clock.install()
  await page.goto(paths.admin.post(id))
  await textBox(page).waitFor()
  return { page, context }
}

function textBox(page: Page) {
  return page.getByRole('textbox', { name: 'Text', exact: true })
}

/** At the end of the text. */
async function write(page: Page, text: string): Promise<void> {
  await textBox(page).focus()
  await page.keyboard.press('Control+End')
  await page.keyboard.insertText(text)
}

async function state(page: Page, words: string | RegExp): Promise<void> {
  const pattern = typeof words === 'string' ? new RegExp(`^${RegExp.escape(words)}(?: Try now)?$`) : words
  await page.locator('.saving-state', { hasText: pattern }).waitFor({ timeout: 20_000 })
}

function idOf(page: Page): number {
  return Number(/\/admin\/posts\/(\d+)$/.exec(page.url())?.[1])
}

async function stored(id: number) {
  return await db.selectFrom('posts').select(['title', 'body']).where('id', '=', id).executeTakeFirstOrThrow()
}

/** What the browser keeps of texts. */
async function copies(page: Page): Promise<string[]> {
  return await page.evaluate(() => Object.values({ ...localStorage }).map(String))
}

/** Ends the process of the page: no handler of its own runs. */
async function crash(page: Page): Promise<void> {
  const gone = page.waitForEvent('crash')
  await page.goto('chrome://crash').catch(() => {})
  await gone
}

async function kill(): Promise<void> {
  server.kill('SIGKILL')
  await server.ended
}

async function startAgain(): Promise<void> {
  server = await start(world)
}

/** The server gets the text, and the browser no answer. */
async function loseAnswers(page: Page, times: number): Promise<void> {
  await page.route(
    '**/autosave',
    async (route) => {
      await route.fetch()
      await route.abort('connectionreset')
    },
    { times },
  )
}
