// The editor at a blog that has too much to do.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { paths } from '../../src/paths.ts'
import { newBlog } from '../app.ts'
import { fill, serve, startBrowser, visit, webSettings } from '../browser.ts'
import { assemble } from '../cast.ts'

const browser = await startBrowser()
const blog = await newBlog(await webSettings())
const { app, db } = blog
const cast = await assemble(app, db)
const origin = await serve(blog)

test('a save that finds the blog busy says so, and is done again by itself', async () => {
  const { page, context } = await visit(browser, origin, { as: cast.ben })
  await page.goto(paths.admin.newPost())
  const json = { error: { kind: 'busy', message: 'The blog is busy.' } }
  await page.route(`**${paths.admin.newAutosave()}`, (route) => route.fulfill({ status: 503, json }), { times: 1 })
  await fill(page, { Title: 'Later' })
  await page.locator('.saving-state', { hasText: 'Not saved: the blog is busy.' }).waitFor()
  await page.locator('.saving-state', { hasText: /^Saved$/ }).waitFor()
  const [post] = await db.selectFrom('posts').select('title').execute()
  assert.equal(post?.title, 'Later')
  await context.close()
})
