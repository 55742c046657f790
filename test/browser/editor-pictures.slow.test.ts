// Pictures in the editor: from the disk, from the clipboard, from the library.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testApp } from '../app.ts'
import { assertQuiet, press, serve, startBrowser, textOf, visit, webSettings } from '../browser.ts'
import { begin, chooseFirst, paste, pictureContent, textBox, until } from '../editor.ts'
import { addPicture, picture } from '../pictures.ts'

const browser = await startBrowser()
const context = await testApp(await webSettings())
const { app, cast, db } = context
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

  test('that is on its way is waited for by the button that leads away', async () => {
    await begin(page, 'Soon: ')
    await page.getByLabel('Title').fill('Waited for')
    let go = () => {}
    const held = new Promise<void>((resolve) => (go = resolve))
    await page.route('**/admin/media', async (route) => {
      await held
      await route.continue()
    })
    await paste(page, {}, 'late.png')
    await page.locator('.picture-coming').waitFor()
    await press(page, 'button', 'Save draft')
    await page.locator('.saving-state', { hasText: 'A picture is still on its way.' }).waitFor()
    // The page that was typed on may say "Saved", too, of the text without the picture.
    await page.evaluate(() => document.body.classList.add('typed-on'))
    go()
    await page.waitForFunction(() => document.body && !document.body.classList.contains('typed-on'))
    await page.locator('.saving-state', { hasText: /^Saved$/ }).waitFor()
    await until(page, async () => /^Soon: !\[]\(\/media\/\w{16}\/late\.webp\)$/.test(await textOf(page)))
    const saved = db.selectFrom('posts').select('body').where('title', '=', 'Waited for')
    assert.equal((await saved.executeTakeFirstOrThrow()).body, await textOf(page))
    await page.unroute('**/admin/media')
  })

  test('is a paragraph of its own after another one, and so are several at once', async () => {
    const alone = /^!\[]\(\/media\/\w{16}\/(\w+)\.webp\)$/
    const parts = async () =>
      (await textOf(page)).split('\n\n').map((part) => alone.exec(part)?.[1] ?? part.replaceAll(/\/media\/\w{16}/g, ''))
    await begin(page, 'Words.\n\n')
    for (const [index, name] of ['a', 'b', 'c'].entries()) {
      if (index === 2) await page.keyboard.press('Enter')
      await paste(page, {}, `${name}.png`)
      await until(page, async () => (await textOf(page)).includes(`/${name}.webp`))
    }
    assert.deepEqual(await parts(), ['Words.', 'a', 'b', 'c'])
    await begin(page, 'Before. After.')
    for (let step = 0; step < ' After.'.length; step++) await page.keyboard.press('ArrowLeft')
    await paste(page, {}, 'a.png', 'b.png', 'c.png')
    await until(page, async () => (await textOf(page)).includes('/c.webp'))
    assert.deepEqual(await parts(), ['Before.', 'a', 'b', 'c', ' After.'])
    await page.keyboard.type('X')
    assert.deepEqual((await parts()).at(-1), 'X After.')
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
      await page.locator('.asides', { hasText: words }).waitFor()
      // It says nothing about the text, which is saved as ever.
      await page.locator('.saving-state').getByText('Saved', { exact: true }).waitFor()
      await press(page, 'button', 'Put away')
      assert.ok(await page.locator('.asides').isHidden())
      assert.equal(await textOf(page), 'Text.')
      assert.equal(await page.locator('.picture-coming').count(), 0)
    }
  })
})

describe('the library over the text', () => {
  const dialog = page.getByRole('dialog', { name: 'From the library' })

  test('is searched, walked through by keys, and puts a picture where the cursor is', async () => {
    await emptyLibrary()
    await addMany(30)
    await addPicture(app, cast.bea, undefined, { name: 'Lamp.jpg', fields: { alt: 'A brass lamp' } })
    await begin(page, 'Before. After.')
    for (let step = 0; step < ' After.'.length; step++) await page.keyboard.press('ArrowLeft')
    await press(page, 'button', 'From the library')
    await dialog.getByRole('button', { name: 'Lamp.jpg A brass lamp' }).waitFor()
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'library-search')
    assert.equal(await dialog.getByRole('status').textContent(), '24 pictures, and there are earlier ones.')
    await press(page, 'button', 'Earlier pictures')
    await dialog.getByText('31 pictures.').waitFor()
    assert.ok(await dialog.getByRole('button', { name: 'Earlier pictures' }).isHidden())
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'many 6')
    await page.keyboard.press('ArrowLeft')
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'many 7')
    await dialog.getByLabel('Search names and alt texts').fill('zebra')
    await dialog.getByText('No picture here is like that.').waitFor()
    await dialog.getByLabel('Search names and alt texts').fill('brass')
    await dialog.getByText('1 picture.').waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await dialog.waitFor({ state: 'hidden' })
    await page.keyboard.type('!')
    assert.match(await textOf(page), /^Before\.!\[A brass lamp]\(\/media\/\w{16}\/lamp\.webp\)! After\.$/)
  })

  test('opens from the slash, says what went wrong, and tries again', async () => {
    await begin(page, '')
    await page.route('**/admin/media?*', (route) => route.fulfill({ status: 401, json: {} }), { times: 1 })
    await page.keyboard.type('/lib')
    await page.getByRole('option', { name: 'Picture from the library' }).waitFor()
    await chooseFirst(page)
    await dialog.getByText('You are signed out. Sign in in another tab, then try again.').waitFor()
    await press(page, 'button', 'Try again')
    await dialog.getByRole('button', { name: 'Lamp.jpg' }).click()
    await until(page, async () => /^!\[A brass lamp]\(.*\)$/.test(await textOf(page)))
    await emptyLibrary()
    await press(page, 'button', 'From the library')
    await dialog.getByText('No pictures yet. Upload one, and it is here for every post.').waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
  })

  test('gives the picture at the top its address and its words', async () => {
    for (const alt of ['A hill', 'A lake'])
      await addPicture(app, cast.ben, undefined, { name: `${alt}.jpg`, fields: { alt } })
    await begin(page, 'Text.')
    await page.locator('.post-details summary').click()
    const words = page.getByLabel('What the picture shows')
    for (const alt of ['A hill', 'A lake']) {
      await press(page, 'button', 'Choose from the library')
      await dialog.getByRole('button', { name: alt }).click()
      await until(page, async () => (await words.inputValue()) === alt)
    }
    assert.match(await page.getByLabel('Picture at the top', { exact: true }).first().inputValue(), /\/a-lake\.webp$/)
  })
})

test('nothing of it breaks a rule of the page', () => assertQuiet(ben))

async function emptyLibrary(): Promise<void> {
  await db.deleteFrom('media_uses').execute()
  await db.deleteFrom('media').execute()
}

/** Names in a library, with the file of one picture. */
async function addMany(count: number): Promise<void> {
  const { id } = await addPicture(app, cast.ben)
  const { files_id } = await db.selectFrom('media').select('files_id').where('id', '=', id).executeTakeFirstOrThrow()
  await db.deleteFrom('media').where('id', '=', id).execute()
  const rows = Array.from({ length: count }, (_, at) => ({
    key: `many${'a'.repeat(9)}${100 + at}`,
    name: `many ${at}`,
    files_id,
  }))
  await db.insertInto('media').values(rows).execute()
}

function dropPicture(element: Element, { name, content }: { name: string; content: string }): void {
  const dataTransfer = new DataTransfer()
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0))
  dataTransfer.items.add(new File([bytes], name, { type: 'image/png' }))
  const { left, top } = element.getBoundingClientRect()
  element.dispatchEvent(
    new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true, clientX: left + 5, clientY: top + 20 }),
  )
}
