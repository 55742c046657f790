// The page to search from, in a browser.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testApp } from '../app.ts'
import { serve, startBrowser, webSettings } from '../browser.ts'
import { publishPost } from '../pages.ts'
import { paths } from '../../src/paths.ts'

const browser = await startBrowser()
const context = await testApp(await webSettings())
const origin = await serve(context)
const { ben } = context.cast

describe('words while somebody types', () => {
  test('are offered in the field, and nothing of it is markup', async () => {
    await publishPost(ben, { title: 'Marmalade sky', body: 'marmoset <img src=x onerror=alert(1)>' })
    await context.deliverMail()
    const page = await browser.newPage()
    const wrong: string[] = []
    page.on('pageerror', (error) => wrong.push(error.message))
    page.on('console', (message) => void (message.type() === 'error' && wrong.push(message.text())))
    await page.goto(origin + paths.search())
    await page.locator('#q').pressSequentially('marm')
    await page.locator('datalist option[value="marmalade"]').waitFor({ state: 'attached' })
    const offered = await page.locator('datalist option').evaluateAll((options) => {
      return options.map((option) => option.getAttribute('value'))
    })
    assert.deepEqual(offered, ['marmalade', 'marmoset'])
    await page.locator('#q').fill('marmoset')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\?q=marmoset$/)
    assert.equal(await page.locator('.results mark').textContent(), 'marmoset')
    assert.equal(await page.locator('.results img').count(), 0)
    assert.deepEqual(wrong, [])
    await page.close()
  })

  test('are not needed: without scripts the form works', async () => {
    const visit = await browser.newContext({ javaScriptEnabled: false })
    const page = await visit.newPage()
    await page.goto(origin + paths.home())
    await page.getByRole('link', { name: 'Search' }).click()
    await page.locator('#q').fill('marmalade')
    await page.getByRole('button', { name: 'Search' }).click()
    assert.equal(await page.locator('.results > li').count(), 1)
    await visit.close()
  })
})

describe('the script of the search', () => {
  test('is smaller than two kilobytes, and on no other page of readers', async () => {
    const { body } = await context.app.inject(paths.search())
    const script = /<script type="module" src="([^"]+)">/.exec(body)?.[1] ?? ''
    assert.ok((await context.app.inject(script)).rawPayload.length < 2048)
    assert.doesNotMatch((await context.app.inject(paths.home())).body, /<script(?! type="application\/ld\+json")/)
  })
})
