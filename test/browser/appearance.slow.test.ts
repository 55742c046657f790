// The look of the blog, chosen in a real browser: with the script, without it, and what readers get.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { paths } from '../../src/paths.ts'
import { fillSample } from '../../src/sample/queries.ts'
import { presets } from '../../src/themes/presets.ts'
import { defaultTheme, valuesOf } from '../../src/themes/theme.ts'
import { testApp } from '../app.ts'
import { assertQuiet, press, serve, startBrowser, visit, webSettings } from '../browser.ts'
import { publishPost } from '../pages.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const browser = await startBrowser()
const context = await testApp(await webSettings())
await fillSample(context.db)
const origin = await serve(context)
const { slug } = await context.db.selectFrom('posts').select('slug').orderBy('id').executeTakeFirstOrThrow()

describe('texts of both directions on one page', () => {
  const { cast, db, settings, deliverMail } = context
  const speak = async (language: string) => {
    await db.updateTable('settings').set({ language, comments_are_open: true }).execute()
    await settings.refresh()
  }
  after(() => speak('en'))

  test('on an Arabic blog have their words in order, and begin where the page begins its lines', async () => {
    const names = {
      english: 'An English title that is so long that it goes on for more than one line',
      arabic: 'نافذة على البحر',
    }
    await publishPost(cast.ben, { title: names.english, series: 'Both ways', series_part: '1' })
    const second = await publishPost(cast.ben, {
      title: names.arabic,
      language: 'ar',
      series: 'Both ways',
      series_part: '2',
    })
    await publishPost(cast.ben, {
      title: `${names.english} again`,
      series: 'Both ways',
      series_part: '3',
    })
    await deliverMail()
    const { theme_number } = await db.selectFrom('settings').select('theme_number').executeTakeFirstOrThrow()
    const look = { ...valuesOf(defaultTheme), footer_text: 'Written by the sea.', number: String(theme_number) }
    assert.equal((await cast.ada.post(paths.admin.appearance(), look)).statusCode, 303)
    for (const body of ['One.', 'Two.']) await cast.rosa.post(paths.postComments(second.slug), { body })
    await db.updateTable('comments').set({ edited_at: new Date() }).execute()
    for (const [language, viewport] of [
      ['ar', { width: 1280, height: 900 }],
      ['ar', { width: 390, height: 844 }],
      ['en', { width: 1280, height: 900 }],
    ] as const) {
      await speak(language)
      const reader = await visit(browser, origin, { viewport })
      const { page } = reader
      await page.goto(second.path)
      for (const text of ['2 comments', '1 minute to read', 'Written with Bloggy'])
        assert.deepEqual(await wordsAsSeen(page, text), text.split(' '), `${language} ${text}`)
      assert.deepEqual((await wordsAsSeen(page, 'edited'))[0], 'edited')
      const isRight = language === 'ar'
      // An arrow points away from its title, whatever that is written in.
      assert.equal(await arrowOf(page, 'prev'), isRight ? '→ rtl' : '← ltr')
      assert.equal(await arrowOf(page, 'next'), isRight ? '← rtl' : '→ ltr')
      if (isRight) {
        const edge = (selector: string) => page.locator(selector).last().evaluate(edgeOfText)
        assert.ok(Math.abs((await edge('.bottom .about')) - (await edge('.bottom > p:last-child'))) < 2)
        if (viewport.width > 1000)
          assert.deepEqual(
            await page.locator('.thread > li:first-child .byline > *').evaluateAll((all) =>
              all.map((one) => {
                const range = document.createRange()
                range.selectNodeContents(one)
                return Math.round(
                  range.getBoundingClientRect().left - (one.parentElement as Element).getBoundingClientRect().left,
                )
              }),
            ),
            [0, 0, 0],
          )
      }
      await page.goto(paths.archive())
      assert.match((await wordsAsSeen(page, 'posts')).join(' '), /^\d+ posts$/)
      assertQuiet(reader)
      await reader.context.close()
    }
  })
})

describe('the appearance in a browser', () => {
  test('is previewed as it is chosen, fills no history, and is saved', async () => {
    const ada = await visit(browser, origin, { as: context.cast.ada, viewport: { width: 1280, height: 900 } })
    const { page } = ada
    await page.goto(paths.admin.appearance())
    await accentInFrame(page, '#0b6e63')
    const entries = await page.evaluate(() => history.length)
    await page.getByLabel('Links and buttons').first().fill('#7a1fa2')
    await accentInFrame(page, '#7a1fa2')
    await page.getByLabel('Width of text, in letters').fill('70')
    await page.getByLabel('Show', { exact: true }).selectOption('post')
    await page.frameLocator('iframe').locator('article.post').waitFor()
    assert.equal(await page.evaluate(() => history.length), entries)
    // A link in there leads nowhere.
    await page.frameLocator('iframe').locator('a.site').click()
    await page.frameLocator('iframe').locator('article.post').waitFor()
    assert.equal(new URL(page.url()).pathname, paths.admin.appearance())
    await press(page, 'button', 'Save')
    await page.getByText('Saved. Every page shows it').waitFor()
    const reader = await visit(browser, origin)
    await reader.page.goto('/')
    assert.equal(await reader.page.evaluate(accent), '#7a1fa2')
    await page.getByRole('button', { name: 'Back to the look that Bloggy comes with' }).click()
    await page.getByText('That look is back.').waitFor()
    await reader.page.goto('/')
    assert.equal(await reader.page.evaluate(accent), '#0b6e63')
    assertQuiet(ada, reader)
  })

  test('asks about colours that are hard to read, and takes the ones it suggests', async () => {
    const ada = await visit(browser, origin, { as: context.cast.ada })
    const { page } = ada
    await page.goto(paths.admin.appearance())
    await page.getByLabel('Quiet text').first().fill('#cccccc')
    await press(page, 'button', 'Save')
    await page.getByText('These colours are hard to read').waitFor()
    await press(page, 'button', 'Save with the colours that pass')
    await page.getByText('Saved. Every page shows it').waitFor()
    assert.notEqual(await page.getByLabel('Quiet text').first().inputValue(), '#cccccc')
    assertQuiet(ada)
  })

  test('works without a script: the button shows the page in its frame', async () => {
    const ada = await visit(browser, origin, { as: context.cast.ada, javaScriptEnabled: false })
    const { page } = ada
    await page.goto(paths.admin.appearance())
    await press(page, 'button', 'Harbour')
    await page.getByText('Not saved yet').waitFor()
    await press(page, 'button', 'Preview')
    const frame = page.frame({ name: 'appearance-preview' })
    await frame?.locator('.posts').waitFor()
    assert.match((await frame?.content()) ?? '', new RegExp(`--accent: ${presets.harbour.light.accent}`))
    // The Enter key saves; it does not begin again with the first preset.
    await page.getByLabel('Name', { exact: true }).fill('By key')
    await page.getByLabel('Name', { exact: true }).press('Enter')
    await page.getByText('Saved. Every page shows it').waitFor()
    assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'By key')
    assertQuiet(ada)
  })

  test('is clean for axe, and nothing is wider than the window', async () => {
    const ada = await visit(browser, origin, { as: context.cast.ada })
    await ada.page.goto(paths.admin.appearance())
    await look(ada.page, 'appearance')
    await ada.page.getByLabel('Quiet text').first().fill('#cccccc')
    await ada.page.getByLabel('Your own CSS').fill('@import "x";')
    await press(ada.page, 'button', 'Save')
    await ada.page.getByText('Parts of your CSS are left out').waitFor()
    await look(ada.page, 'appearance refused')
  })
})

describe('a theme in a browser', () => {
  for (const [key, looks] of Object.entries(presets)) {
    test(`${key} is clean for axe on the front page, a post and where nothing is`, async () => {
      const reader = await visit(browser, origin)
      await save({ ...looks })
      for (const path of [paths.home(), paths.post(slug), '/nothing-here']) {
        await reader.page.goto(path)
        await look(reader.page, `${key} ${path}`)
      }
      assertQuiet(reader)
    })
  }

  test('of one scheme is shown to readers of the other, and paper is white', async () => {
    await save({ ...presets.terracotta, scheme: 'light' })
    const reader = await visit(browser, origin, { colorScheme: 'dark' })
    await reader.page.goto('/')
    assert.equal(await reader.page.evaluate(ground), 'rgb(251, 244, 236)')
    await reader.page.emulateMedia({ media: 'print' })
    assert.equal(await reader.page.evaluate(ground), 'rgb(255, 255, 255)')
    await save({ ...presets.terracotta, scheme: 'dark' })
    await reader.page.emulateMedia({ media: 'screen', colorScheme: 'light' })
    await reader.page.goto('/')
    assert.equal(await reader.page.evaluate(ground), 'rgb(29, 22, 19)')
  })
})

async function save(looks: object): Promise<void> {
  const { defaultTheme, valuesOf } = await import('../../src/themes/theme.ts')
  await context.settings.refresh()
  const values = { ...valuesOf({ ...defaultTheme, ...looks }), number: String(context.settings.get().theme_number) }
  const answer = await context.cast.ada.post(paths.admin.appearance(), values)
  assert.equal(answer.statusCode, 303)
}

async function accentInFrame(page: Page, colour: string): Promise<void> {
  await page.waitForFunction(
    (colour) => {
      const frame = document.querySelector<HTMLIFrameElement>('iframe')
      const root = frame?.contentDocument?.documentElement
      return root && getComputedStyle(root).getPropertyValue('--accent') === colour
    },
    colour,
    { timeout: 10_000 },
  )
}

async function look(page: Page, name: string): Promise<void> {
  const found: string[] = []
  await page.evaluate(axe)
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [375, 1280]) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 900 })
      const lines = await page.evaluate(async (runOnly) => {
        const { axe } = globalThis as unknown as {
          axe: {
            run: (
              where: Document,
              options: object,
            ) => Promise<{ violations: { id: string; nodes: { target: unknown[] }[] }[] }>
          }
        }
        const { violations } = await axe.run(document, { runOnly, resultTypes: ['violations'], iframes: false })
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
      }, standards)
      found.push(...lines.map((line) => `${colorScheme} ${width} ${line}`))
      const over = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      if (over > 0) found.push(`${width}: ${over} pixels too wide`)
    }
  }
  assert.deepEqual(found, [], name)
}

function accent(): string {
  return getComputedStyle(document.documentElement).getPropertyValue('--accent')
}

function ground(): string {
  return getComputedStyle(document.documentElement).backgroundColor
}

/** The words of the smallest element with this text, from left to right as they stand on the page. */
async function wordsAsSeen(page: Page, text: string): Promise<string[]> {
  return await page.evaluate((text) => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const all: Element[] = []
    for (const element of document.querySelectorAll('body *'))
      if (element.textContent?.replace(/\s+/g, ' ').includes(text)) all.push(element)
    const smallest = all.findLast((element) => !all.some((other) => other !== element && element.contains(other)))
    if (!smallest) return []
    walker.currentNode = smallest
    const words: { word: string; left: number; top: number }[] = []
    for (let node = walker.nextNode(); node && smallest.contains(node); node = walker.nextNode())
      for (const { 0: word, index } of (node.textContent ?? '').matchAll(/\S+/g)) {
        const range = document.createRange()
        range.setStart(node, index)
        range.setEnd(node, index + word.length)
        const { left, top } = range.getBoundingClientRect()
        words.push({ word, left, top })
      }
    return words
      .toSorted((one, other) => (Math.abs(one.top - other.top) > 8 ? one.top - other.top : one.left - other.left))
      .map(({ word }) => word)
  }, text)
}

/** Where the arrow points, and the way its link is written: before the title it stands at the beginning of that. */
async function arrowOf(page: Page, rel: string): Promise<string> {
  return await page.locator(`.series p a[rel=${rel}]`).evaluate((link, rel) => {
    const { content } = getComputedStyle(link, rel === 'prev' ? '::before' : '::after')
    return `${/[←→]/.exec(content)?.[0]} ${getComputedStyle(link).direction}`
  }, rel)
}

/** Where its words end on the right. */
function edgeOfText(element: Element): number {
  const range = document.createRange()
  range.selectNodeContents(element)
  return range.getBoundingClientRect().right
}
