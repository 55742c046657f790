// The queue by keys, with a script, and by its buttons, without one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { paths } from '../../src/paths.ts'
import { testApp } from '../app.ts'
import { press, serve, startBrowser, visit, webSettings } from '../browser.ts'
import { moderating } from '../moderating.ts'
import { publishPost } from '../pages.ts'

const browser = await startBrowser()

for (const javaScriptEnabled of [true, false]) {
  test(`comments are decided about and decisions taken back ${javaScriptEnabled ? 'by keys' : 'without JavaScript'}`, async () => {
    const blog = await testApp(await webSettings())
    const { ben, cleo, rosa } = blog.cast
    const { say, setRules, stateOf } = moderating(blog)
    const origin = await serve(blog)
    await setRules({ comments_wait: 'every' })
    const post = await publishPost(ben)
    const older = await say(rosa, post.slug, 'The older one')
    const newer = await say(rosa, post.slug, 'The newer one')
    const { context, page } = await visit(browser, origin, { javaScriptEnabled })
    const [name = '', value = ''] = cleo.cookie.split('=')
    await context.addCookies([{ name, value, url: origin }])
    await page.goto(paths.admin.comments())
    // That of the filters alone.
    assert.equal(await page.getByRole('button', { name: 'Show', exact: true }).count(), 1)
    const row = (words: string) => page.locator('.queue > li').filter({ hasText: words })
    if (javaScriptEnabled) {
      await page.keyboard.press('j')
      await page.keyboard.press('s')
      await page.getByText('1 comment marked as spam.').waitFor()
      // The next one is there to be decided about.
      await page.keyboard.press('a')
      await page.getByText('1 comment approved.').waitFor()
      assert.deepEqual(await Promise.all([newer, older].map(async (id) => (await stateOf(id))[0])), [
        'spam',
        'approved',
      ])
      await page.keyboard.press('u')
    } else {
      await row('The older one').getByRole('button', { name: 'Approve' }).click()
      await page.getByText('1 comment approved.').waitFor()
      await press(page, 'button', 'Take it back')
    }
    await page.getByText('1 decision taken back.').waitFor()
    await row('The older one').waitFor()
    assert.equal((await stateOf(older))[0], 'waiting')
    // Enter in the field for the reason decides nothing.
    await page.getByLabel('Why, for the log').fill('Nothing yet')
    await page.keyboard.press('Enter')
    assert.equal((await stateOf(older))[0], 'waiting')
    await context.close()
  })
}
