// The writers' desk in a browser: with keys, with a mouse, and without its script.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { paths } from '../../src/paths.ts'
import { testApp } from '../app.ts'
import { type Visit, assertHeading, assertQuiet, press, serve, startBrowser, visit, webSettings } from '../browser.ts'
import { publishPost, writePost } from '../pages.ts'

const browser = await startBrowser()
const context = await testApp(await webSettings())
const { cast, db } = context
const origin = await serve(context)
for (const title of ['Third', 'Second', 'First']) await writePost(cast.ben, { title })

describe('the keys of the desk', () => {
  test('walk through the list, tick, open and search', async () => {
    const ben = await visit(browser, origin, { as: cast.ben })
    const { page } = ben
    await page.goto(paths.admin.posts())
    for (const [key, title] of [
      ['j', 'First'],
      ['j', 'Second'],
      ['j', 'Third'],
      ['j', 'Third'],
      ['k', 'Second'],
    ] as const) {
      await page.keyboard.press(key)
      assert.equal(await focused(ben), title, key)
    }
    assert.ok(await page.evaluate(() => document.activeElement?.matches(':focus-visible')))
    await page.keyboard.press('x')
    assert.equal(await page.getByLabel('Second', { exact: true }).isChecked(), true)
    await page.keyboard.press('x')
    assert.equal(await page.getByLabel('Second', { exact: true }).isChecked(), false)
    await page.keyboard.press('/')
    // Here they are letters.
    await page.keyboard.type('jkoxn?/')
    assert.equal(await page.getByLabel('Words', { exact: true }).inputValue(), 'jkoxn?/')
    await page.goto(paths.admin.posts())
    await page.keyboard.press('j')
    await page.keyboard.press('o')
    await assertHeading(page, 'Edit post')
    await end(ben)
  })

  test('are listed by "?", and can be turned off', async () => {
    const ben = await visit(browser, origin, { as: cast.ben })
    const { page } = ben
    await page.goto(paths.admin.dashboard())
    await page.keyboard.press('?')
    const dialog = page.getByRole('dialog', { name: 'Keys' })
    await dialog.getByText('the next row').waitFor()
    await dialog.getByLabel('Use these keys').uncheck()
    await press(page, 'button', 'Close')
    await page.keyboard.press('n')
    await page.keyboard.press('j')
    assert.equal(new URL(page.url()).pathname, paths.admin.dashboard())
    await page.goto(paths.admin.posts())
    await page.keyboard.press('j')
    assert.notEqual(await focused(ben), 'First')
    await page.keyboard.press('?')
    await dialog.getByLabel('Use these keys').check()
    await page.keyboard.press('Escape')
    await page.keyboard.press('n')
    await assertHeading(page, 'New post')
    await end(ben)
  })
})

test('many posts are ticked with one box, thrown away and had back', async () => {
  const bea = await visit(browser, origin, { as: cast.bea })
  for (let count = 0; count < 3; count++) await publishPost(cast.bea)
  const { page } = bea
  await page.goto(paths.admin.posts())
  await page.getByLabel('All on this page').check()
  await press(page, 'button', 'Move to the bin')
  await page.getByText('3 posts moved to the bin.').waitFor()
  await press(page, 'button', 'Undo')
  await page.getByText('3 posts back as before.').waitFor()
  await press(page, 'link', 'Back to the list')
  await page.getByText('3 posts, changed last first').waitFor()
  await end(bea)
})

test('Enter in a field of the list publishes nothing', async () => {
  const bea = await visit(browser, origin, { as: cast.bea })
  const { id } = await writePost(cast.bea, { title: 'Not yet' })
  const { page } = bea
  await page.goto(paths.admin.posts({ state: 'draft' }))
  await page.getByLabel('Not yet', { exact: true }).check()
  await page.locator('#change-tag').focus()
  await page.keyboard.press('Enter')
  await assertHeading(page, 'Nothing changed')
  const post = await db.selectFrom('posts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  assert.deepEqual([post.published_at, post.version], [null, 1])
  await end(bea)
})

test('a word that went stands apart from the one that came instead', async () => {
  const ben = await visit(browser, origin, { as: cast.ben })
  const { id } = await writePost(cast.ben, { title: 'A fox', body: 'The quick fox' })
  await cast.ben.post(paths.admin.post(id), { title: 'A fox', body: 'The slow fox', version: '1' })
  await ben.page.goto(paths.admin.revision(id, 2))
  const [gone, come] = await Promise.all(['del', 'ins'].map((name) => ben.page.locator(name).boundingBox()))
  assert.ok((come?.x ?? 0) - ((gone?.x ?? 0) + (gone?.width ?? 0)) > 3)
  await end(ben)
})

test('the buttons of a row in the bin stand beside its title and facts', async () => {
  const ben = await visit(browser, origin, { as: cast.ben })
  const { id } = await writePost(cast.ben, { title: 'Thrown away' })
  await cast.ben.post(paths.admin.postDeletion(id))
  await ben.page.setViewportSize({ width: 1280, height: 900 })
  await ben.page.goto(paths.admin.bin())
  const row = ben.page.locator('li', { hasText: 'Thrown away' })
  const boxOf = async (part: string) => (await row.locator(part).first().boundingBox()) ?? assert.fail(part)
  const [title, facts, button] = [await boxOf('strong'), await boxOf('.quiet'), await boxOf('button')]
  assert.equal(facts.x, title.x)
  assert.ok(facts.y >= title.y + title.height)
  assert.ok(button.x >= Math.max(title.x + title.width, facts.x + facts.width))
  await end(ben)
})

test('a post is begun from a day, saved by the editor, and its day stands in the form for its moment', async () => {
  const ben = await visit(browser, origin, { as: cast.ben })
  const { page } = ben
  await page.goto(paths.admin.calendar('2031-03'))
  await press(page, 'link', 'Write a post for March 9, 2031')
  await page.getByLabel('Title').fill('For March')
  await page.locator('.cm-content').fill('Words.')
  await page.getByText('Saved', { exact: true }).waitFor()
  await press(page, 'button', 'Save draft')
  await assertHeading(page, 'Edit post')
  assert.equal(await page.getByLabel('Day and time').inputValue(), '2031-03-09T09:00')
  await press(page, 'button', 'Schedule')
  await page.getByText('Appears').waitFor()
  await end(ben)
})

test('a link to a draft is copied with a button', async () => {
  const ben = await visit(browser, origin, { as: cast.ben })
  const { page } = ben
  await ben.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const { id } = await writePost(cast.ben, { title: 'To show' })
  await page.goto(paths.admin.postLinks(id))
  await page.getByLabel('For whom').fill('For Olga')
  await press(page, 'button', 'Make a link')
  await press(page, 'button', 'Copy')
  await page.getByText('Copied.').waitFor()
  assert.equal(
    await page.evaluate(() => navigator.clipboard.readText()),
    await page.locator('a.long').getAttribute('href'),
  )
  // The keys have no rows here.
  assert.equal(await page.getByRole('button', { name: 'Keys: ?' }).count(), 0)
  await end(ben)
})

test('without the script the desk does everything but the keys', async () => {
  const ben = await visit(browser, origin, { as: cast.ben, javaScriptEnabled: false })
  const { page } = ben
  await page.goto(paths.admin.dashboard())
  await press(page, 'link', 'Posts')
  await page.getByLabel('Words', { exact: true }).fill('second')
  await press(page, 'button', 'Show')
  await page.getByText('1 post, changed last first').waitFor()
  await page.getByLabel('Second', { exact: true }).check()
  await press(page, 'button', 'Publish')
  await page.getByText('1 post published.').waitFor()
  await press(page, 'link', 'Calendar')
  await page
    .getByRole('table')
    .getByRole('link', { name: /Second/ })
    .waitFor()
  await end(ben)
})

async function focused({ page }: Visit): Promise<string | undefined> {
  return await page.evaluate(() => document.activeElement?.textContent?.trim())
}

async function end(visitor: Visit): Promise<void> {
  assertQuiet(visitor)
  await visitor.context.close()
}
