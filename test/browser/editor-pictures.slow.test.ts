// Pictures in the editor: from the disk, from the clipboard, from the library.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testApp } from '../app.ts'
import { assertQuiet, press, serve, startBrowser, textOf, visit, webSettings } from '../browser.ts'
import { begin, paste, pictureContent, textBox, until } from '../editor.ts'
import { picture } from '../pictures.ts'

const browser = await startBrowser()
const context = await testApp(await webSettings())
const { cast, db } = context
const origin = await serve(context)
const ben = await visit(browser, origin, { as: cast.ben })
const { page } = ben

describe('a picture', () => {
  test('that is pasted, dropped or picked is in the library, and its Markdown stands where it was put', async () => {
    await begin(page, 'Before. After.')
    await page.getByLabel('Title').fill('With pictures')
    await textBox(page).focus()
    await page.keyboard.press('Control+Home')
    for (let step = 0; step < 'Before.'.length; step++) await page.keyboard.press('ArrowRight')
    await paste(page, {}, 'a.png')
    await until(page, async () => /^Before\.!\[]\(\/media\/\w{16}\/a\.webp\) After\.$/.test(await textOf(page)))
    await textBox(page).evaluate(dropPicture, { name: 'b.png', content: await pictureContent() })
    await until(page, async () => /!\[]\(\/media\/\w{16}\/b\.webp\)/.test(await textOf(page)))
    const chooser = page.waitForEvent('filechooser')
    await press(page, 'button', 'Picture')
    await (await chooser).setFiles({ name: 'c.png', mimeType: 'image/png', buffer: await picture(50, 40).toBuffer() })
    await until(page, async () => /!\[]\(\/media\/\w{16}\/c\.webp\)/.test(await textOf(page)))
    const names = (await db.selectFrom('media').select('name').orderBy('id').execute()).map(({ name }) => name)
    assert.deepEqual(names, ['a.png', 'b.png', 'c.png'])
  })

  test('at the top of a post is uploaded beside its address, saved with the rest and there for readers', async () => {
    await begin(page, 'Text.')
    await page.getByLabel('Title').fill('A picture at the top')
    await page.locator('.post-details summary').click()
    const chooser = page.waitForEvent('filechooser')
    await press(page, 'button', 'Upload a picture')
    const buffer = await picture(1000, 500).toBuffer()
    await (await chooser).setFiles({ name: 'top.jpg', mimeType: 'image/jpeg', buffer })
    const alt = page.getByLabel('What the picture shows')
    await until(page, async () => await alt.evaluate((element) => document.activeElement === element))
    assert.match(await page.getByLabel('Picture at the top', { exact: true }).first().inputValue(), /^\/media\//)
    await alt.fill('A hill')
    await press(page, 'button', 'Publish')
    const image = page.locator('figure.feature img')
    await image.waitFor()
    assert.match((await image.getAttribute('srcset')) ?? '', / 480w, .* 1000w$/)
    assert.equal(await image.getAttribute('alt'), 'A hill')
    assert.equal(await image.getAttribute('width'), '1000')
    assert.ok(
      await image.evaluate((element: HTMLImageElement) => element.decode().then(() => element.naturalWidth > 0)),
    )
  })

  test('that is refused leaves the text as it was, and says why', async () => {
    const ways = [
      { status: 404, json: {}, words: 'x.png was not taken: this blog cannot take pictures in.' },
      {
        status: 422,
        json: { error: { message: 'This is no picture.' } },
        words: 'x.png was not taken: This is no picture.',
      },
      { status: 413, json: {}, words: 'x.png was not taken: it is larger than the blog takes.' },
    ]
    for (const { status, json, words } of ways) {
      await page.route('**/admin/media', (route) => route.fulfill({ status, json }), { times: 1 })
      await begin(page, 'Text.')
      await paste(page, {}, 'x.png')
      await page.locator('.saving-state', { hasText: words }).waitFor()
      assert.equal(await textOf(page), 'Text.')
      assert.equal(await page.locator('.picture-coming').count(), 0)
    }
  })
})

test('nothing of it breaks a rule of the page', () => assertQuiet(ben))

function dropPicture(element: Element, { name, content }: { name: string; content: string }): void {
  const dataTransfer = new DataTransfer()
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0))
  dataTransfer.items.add(new File([bytes], name, { type: 'image/png' }))
  const { left, top } = element.getBoundingClientRect()
  element.dispatchEvent(
    new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true, clientX: left + 5, clientY: top + 20 }),
  )
}
