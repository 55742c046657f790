// How the editor stands in its page: what is in sight, how wide it is, and the page beside the text.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { paths } from '../../src/paths.ts'
import { createPost } from '../../src/posts/queries.ts'
import { testApp } from '../app.ts'
import { assertQuiet, press, serve, startBrowser, visit, webSettings } from '../browser.ts'
import { begin, focused, textBox, until } from '../editor.ts'

const browser = await startBrowser()
const context = await testApp(await webSettings())
const { cast, db } = context
const origin = await serve(context)
const ben = await visit(browser, origin, { as: cast.ben })
const { page } = ben
const actor = { id: cast.ben.id, ip: '127.0.0.1' }
const desktop = { width: 1280, height: 720 }
const phone = { width: 390, height: 700 }

describe('the line being typed', () => {
  test('is between the buttons and the line below, on a desktop, a phone and beside the preview', async () => {
    for (const [size, isBeside] of [
      [desktop, false],
      [desktop, true],
      [phone, false],
    ] as const) {
      await page.setViewportSize(size)
      await begin(page, 'A line.\n'.repeat(45))
      if (isBeside) await page.keyboard.press('Control+Alt+p')
      await page.keyboard.press('Control+Home')
      for (const key of ['ArrowDown', 'ArrowUp'])
        for (let step = 0; step < 36; step++) {
          await page.keyboard.press(key)
          if (step % 12 === 11) await assertCaretInSight(`${key} ${step}, ${size.width} ${isBeside}`)
        }
      for (let line = 0; line < 18; line++) await page.keyboard.press('ArrowDown')
      for (let line = 0; line < 15; line++) {
        await page.keyboard.press('Enter')
        await page.keyboard.type('x')
      }
      await assertCaretInSight(`typing, ${size.width} ${isBeside}`)
      for (const keys of ['Control+Alt+f', 'Escape', 'Control+Alt+p', 'Control+Alt+p']) {
        if (keys === 'Control+Alt+p' && size === phone) continue
        await page.keyboard.press(keys)
        await assertCaretInSight(`${keys}, ${size.width} ${isBeside}`)
      }
    }
    await page.setViewportSize(desktop)
  })
})

describe('the page', () => {
  test('has every button in sight on a phone', async () => {
    await page.setViewportSize(phone)
    await begin(page, 'x')
    const buttons = await page.locator('.editor-bar button').all()
    assert.ok(buttons.length > 10)
    for (const button of buttons) {
      const { x, width, height } = (await button.boundingBox()) ?? { x: -1, width: 0, height: 0 }
      const name = await button.getAttribute('aria-label')
      assert.ok(x >= 0 && x + width <= phone.width && width >= 24 && height >= 24, `${name} at ${x}, ${width} wide`)
    }
    await page.setViewportSize(desktop)
  })

  test('has lines that are no longer than an eye follows, also in focus mode', async () => {
    await begin(page, 'word '.repeat(200))
    for (const keys of ['Shift', 'Control+Alt+f']) {
      await page.keyboard.press(keys)
      const { width, size } = await page.locator('.cm-content').evaluate((element) => ({
        width: element.getBoundingClientRect().width,
        size: parseFloat(getComputedStyle(document.documentElement).fontSize),
      }))
      assert.ok(width / size > 30 && width / size < 42, `${width / size}rem`)
    }
    await page.keyboard.press('Escape')
  })

  test('shows a long title whole, without a line break, and Enter leads on to the text', async () => {
    await begin(page, '')
    const title = page.getByLabel('Title')
    await title.fill('One line')
    const { height: before } = (await title.boundingBox()) ?? { height: 0 }
    await title.fill('A title that goes on for longer than any window is wide. '.repeat(4))
    const { height: after } = (await title.boundingBox()) ?? { height: 0 }
    assert.ok(after > 2 * before, `${before}, then ${after}`)
    assert.ok(await title.evaluate((element) => element.scrollWidth <= element.clientWidth))
    await title.fill('')
    await page.keyboard.insertText('Two\nlines')
    assert.equal(await title.inputValue(), 'Two lines')
    await page.keyboard.press('Enter')
    assert.equal(await focused(page), 'Text')
    await page.keyboard.type('Text.')
    await page.keyboard.press('Control+s')
    await page.waitForURL(/\/admin\/posts\/\d+$/)
    const row = await db.selectFrom('posts').select(['title', 'body']).orderBy('id', 'desc').executeTakeFirstOrThrow()
    assert.deepEqual(row, { title: 'Two lines', body: 'Text.' })
  })

  test('of a post that is out says "Saved" until there is a draft', async () => {
    const { id } = await createPost(db, { title: 'Out', body: 'One.' }, actor, 'published')
    const state = page.locator('.saving-state')
    await page.goto(paths.admin.post(id))
    await textBox(page).waitFor()
    assert.equal(await state.textContent(), 'Saved')
    await textBox(page).focus()
    await page.keyboard.type('Now: ')
    await state.getByText('Saved as a draft').waitFor()
    await page.reload()
    await state.getByText('Saved as a draft').waitFor()
  })
})

describe('the page beside the text', () => {
  test('is the real one with what is not saved, follows the text, and lets no link lead away', async () => {
    const post = await createPost(db, { title: 'Beside', body: 'One.' }, actor, 'published')
    await page.goto(paths.admin.post(post.id))
    await page.keyboard.press('Control+Alt+p')
    const frame = page.frameLocator('iframe')
    await frame.getByRole('heading', { name: 'Beside' }).waitFor()
    await textBox(page).focus()
    await page.keyboard.press('Control+a')
    await page.keyboard.insertText('Now *two*, and [a link](/nowhere).')
    await frame.locator('.prose em').getByText('two').waitFor()
    await frame.getByRole('link', { name: 'a link' }).click()
    await frame.locator('.prose em').waitFor()
    assert.equal(
      await page.locator('iframe').evaluate((element) => element.getAttribute('sandbox')),
      'allow-same-origin',
    )
    const { body } = await db.selectFrom('posts').select('body').where('id', '=', post.id).executeTakeFirstOrThrow()
    assert.equal(body, 'One.')
  })

  test('goes along with the cursor and the text, and keeps its place when it is made again', async () => {
    const parts = Array.from({ length: 9 }, (_, at) => `## Part ${at}\n\n${'A sentence of this part. '.repeat(40)}`)
    await begin(page, parts.join('\n\n'))
    await page.keyboard.press('Control+Alt+p')
    const frame = page.frameLocator('iframe')
    const topOf = async (part: number) =>
      (await frame.getByRole('heading', { name: `Part ${part}` }).boundingBox())?.y ?? Number.NaN
    await frame.getByRole('heading', { name: 'Part 8' }).waitFor()
    // The cursor is at the end.
    await until(page, async () => (await topOf(8)) < desktop.height)
    const line = page.locator('.cm-line', { hasText: '## Part 4' })
    await page.mouse.move(300, 400)
    while (!(await line.isVisible())) await page.mouse.wheel(0, -500)
    const caret = async () => (await page.locator('.cm-cursor-primary').boundingBox())?.y ?? 0
    // Again, where the page was still rolling.
    await until(page, async () => {
      await line.click()
      return Math.abs((await topOf(4)) - (await caret())) < 30
    })
    await page.keyboard.press('Home')
    await page.keyboard.insertText('New paragraphs above.\n\n'.repeat(8))
    await frame.getByText('New paragraphs above.').last().waitFor()
    await until(page, async () => Math.abs((await topOf(4)) - (await caret())) < 30)
    await page.mouse.wheel(0, -20_000)
    await until(page, async () => (await topOf(0)) > 0)
    // Whoever looks around in the page is left alone.
    await page.locator('iframe').evaluate(({ contentDocument, contentWindow }: HTMLIFrameElement) => {
      contentDocument?.dispatchEvent(new Event('wheel'))
      contentWindow?.scrollTo(0, 900)
    })
    await until(page, async () => (await topOf(0)) < 0)
    const place = await topOf(3)
    await page.getByLabel('Title').fill('Made again')
    await frame.getByRole('heading', { name: 'Made again' }).waitFor({ state: 'attached' })
    assert.ok(Math.abs((await topOf(3)) - place) < 60)
  })

  test('fills a phone, and has a way back', async () => {
    await page.setViewportSize(phone)
    await begin(page, 'Small.')
    await press(page, 'button', 'Preview')
    await page.frameLocator('iframe').getByText('Small.').waitFor()
    await press(page, 'button', 'Back to the text')
    await page.locator('iframe').waitFor({ state: 'hidden' })
    assert.equal(await focused(page), 'Text')
    await page.setViewportSize(desktop)
  })
})

test('nothing of it breaks a rule of the page', () => assertQuiet(ben))

async function assertCaretInSight(when: string): Promise<void> {
  // A frame later: the page scrolls after the key was taken.
  const { caret, bar, foot } = await page.evaluate(async () => {
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
    const of = (selector: string) => document.querySelector(selector)?.getBoundingClientRect().toJSON() as DOMRect
    return { caret: of('.cm-cursor-primary'), bar: of('.editor-bar'), foot: of('.editor-foot') }
  })
  assert.ok(caret.top >= bar.bottom, `${when}: the caret at ${caret.top} is under the buttons, to ${bar.bottom}`)
  assert.ok(caret.bottom <= foot.top, `${when}: the caret to ${caret.bottom} is under the line below, at ${foot.top}`)
}
