// The blog's first day, by hand: once in a browser that runs scripts and once in one that does not.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { paths } from '../../src/paths.ts'
import { createSetupLink } from '../../src/setup/queries.ts'
import { newBlog } from '../app.ts'
import { assertHeading, assertQuiet, fill, press, serve, startBrowser, textOf, visit, webSettings } from '../browser.ts'

const browser = await startBrowser()
const owner = { email: 'ada@example.com', password: 'a short sentence is good' }

for (const javaScriptEnabled of [true, false]) {
  describe(`a new blog ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, async () => {
    const blog = await newBlog(await webSettings())
    const origin = await serve(blog)
    const ada = await visit(browser, origin, { javaScriptEnabled })
    const { page } = ada

    test('is set up with the link from the terminal, once', async () => {
      await page.goto(paths.home())
      assert.match(await page.innerText('main'), /has not been set up yet/)
      const link = paths.setup((await createSetupLink(blog.db)) ?? '')
      await page.goto(link)
      await fill(page, {
        'Title of the blog': 'Rye & Rails',
        'Your name': 'Ada',
        'Your e-mail': owner.email,
        'A password': owner.password,
      })
      await page.getByLabel('What it is about').fill('Bread and trains.')
      await press(page, 'button', 'Open the blog')
      await assertHeading(page, 'Rye & Rails')
      assert.match(await page.innerText('main'), /Write the first post/)

      const stranger = await visit(browser, origin, { javaScriptEnabled })
      await stranger.page.goto(link)
      await assertHeading(stranger.page, 'Nothing here')
      await stranger.context.close()
      assertQuiet(ada, stranger)
    })

    test('gets a post that was looked at before it was published', async () => {
      await press(page, 'link', 'Write the first post')
      await fill(page, { Title: 'Night trains', Text: 'They are *slow*.\n\n- and warm', Tags: 'Trains, Sleep' })
      await press(page, 'button', 'Preview')
      const preview = javaScriptEnabled ? page.frameLocator('iframe').locator('.prose em') : page.locator('.preview em')
      await preview.getByText('slow').waitFor()
      assert.equal(await textOf(page), 'They are *slow*.\n\n- and warm')
      assert.equal(await page.getByLabel('Tags').inputValue(), 'Trains, Sleep')
      await press(page, 'button', 'Publish')
      await assertHeading(page, 'Night trains')
      assert.equal(new URL(page.url()).pathname, paths.post('night-trains'))
      await press(page, 'link', 'Trains')
      await press(page, 'link', 'Night trains')
      assertQuiet(ada)
    })

    test('gets a comment, which is changed and deleted', async () => {
      await page.goto(paths.post('night-trains'))
      await fill(page, { 'Your comment': 'And the soup?\n\n<b>Hot.</b>' })
      await press(page, 'button', 'Comment')
      await page.locator('.thread').getByText('<b>Hot.</b>').waitFor()
      assert.match(page.url(), /#comment-\d+$/)
      await press(page, 'link', 'Edit or delete')
      await fill(page, { Comment: 'And the tea?' })
      await press(page, 'button', 'Save')
      assert.match(await page.innerText('.thread'), /edited[^]*And the tea\?/)
      await press(page, 'link', 'Edit or delete')
      await press(page, 'button', 'Delete this comment')
      assert.match(await page.innerText('.comments'), /No comments yet/)
      assertQuiet(ada)
    })

    test('lets its owner out and in again, and back to where that was asked for', async () => {
      await press(page, 'button', 'Sign out')
      await page.goto(paths.admin.settings())
      await assertHeading(page, 'Sign in')
      await fill(page, { 'E-mail': owner.email, Password: 'not this one' })
      await press(page, 'button', 'Sign in')
      assert.match(await page.innerText('main'), /E-mail or password is not right/)
      assert.equal(await page.getByLabel('E-mail').inputValue(), owner.email)
      await fill(page, { Password: owner.password })
      await press(page, 'button', 'Sign in')
      await assertHeading(page, 'Settings')
      assertQuiet(ada)
    })

    test('takes a reader in, who confirms by mail and comments', async () => {
      const rosa = await visit(browser, origin, { javaScriptEnabled })
      await rosa.page.goto(paths.post('night-trains'))
      await press(rosa.page, 'link', 'Register')
      const account = { 'E-mail': 'rosa@example.com', Password: 'my own long words' }
      await fill(rosa.page, { Name: 'Rosa', ...account })
      await press(rosa.page, 'button', 'Register')
      await assertHeading(rosa.page, 'Look into your mail')
      const [mail] = await blog.deliverMail()
      assert.equal(mail?.to, 'rosa@example.com')
      await rosa.page.goto(/^http\S+$/m.exec(mail?.text ?? '')?.[0] ?? '')
      await fill(rosa.page, { Password: account.Password })
      await press(rosa.page, 'button', 'Confirm my address')
      assert.match(await rosa.page.innerText('main'), /is confirmed/)
      await fill(rosa.page, account)
      await rosa.page.locator('main').getByRole('button', { name: 'Sign in' }).click()
      await rosa.page.goto(paths.post('night-trains'))
      await fill(rosa.page, { 'Your comment': 'I was on it.' })
      await press(rosa.page, 'button', 'Comment')
      assert.match(await rosa.page.innerText('.thread'), /Rosa[^]*I was on it\./)
      await rosa.context.close()
      assertQuiet(rosa)
    })

    test('tells the second of two tabs that edit one post, and shows both texts', async () => {
      await page.goto(paths.post('night-trains'))
      await press(page, 'link', 'Edit this post')
      const second = await ada.context.newPage()
      await second.goto(page.url())
      await fill(page, { Text: 'From the first tab.' })
      await press(page, 'button', 'Save for readers')
      await fill(second, { Text: 'From the second tab.' })
      await press(second, 'button', 'Save for readers')
      assert.match(await second.innerText('[role=alert]'), /saved this post while you were writing/)
      assert.equal(await second.locator('pre').getByText('From the first tab.').isVisible(), true)
      assert.equal(await textOf(second), 'From the second tab.')
      await press(second, 'button', 'Save for readers')
      assert.match(await second.innerText('.prose'), /From the second tab\./)
      await second.close()
      assertQuiet(ada)
    })

    test('is empty again when the post was deleted', async () => {
      await page.goto(paths.post('night-trains'))
      await press(page, 'link', 'Edit this post')
      await page.getByText('Delete this post').click()
      await press(page, 'button', 'Delete')
      await assertHeading(page, 'Bin')
      await press(page, 'button', 'Restore Night trains')
      await page.getByText('Delete this post').click()
      await press(page, 'button', 'Delete')
      await page.goto(paths.admin.posts())
      assert.match(await page.innerText('main'), /Nothing written yet/)
      await page.goto(paths.post('night-trains'))
      await assertHeading(page, 'Nothing here')
      await ada.context.close()
      assertQuiet(ada)
    })
  })
}
