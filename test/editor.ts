// The editor in a page, as a hand uses it.
import type { Locator, Page } from 'playwright-core'
import { paths } from '../src/paths.ts'
import { textOf } from './browser.ts'
import { picture } from './pictures.ts'
import { until as waitUntil } from './waiting.ts'

export function textBox(page: Page): Locator {
  return page.getByRole('textbox', { name: 'Text', exact: true })
}

/** A new page with this text and nothing kept from before. */
export async function begin(page: Page, text: string): Promise<void> {
  await page.goto(paths.admin.newPost())
  await textBox(page).focus()
  if (text) await page.keyboard.insertText(text)
}

/** Takes what the menu of the slash offers first: it takes no key before one could have read it. */
export async function chooseFirst(page: Page): Promise<void> {
  await page.getByRole('option').first().click()
}

/** Bytes that are a picture, as a text for the page. */
export async function pictureContent(): Promise<string> {
  return (await picture(60, 40, 'png').toBuffer()).toString('base64')
}

/** What a clipboard holds, with a picture for each of the names. */
export async function paste(page: Page, data: Record<string, string>, ...names: string[]): Promise<void> {
  const contents = await Promise.all(names.map(pictureContent))
  await textBox(page).evaluate(
    (element, { data, names, contents }) => {
      const clipboardData = new DataTransfer()
      for (const [type, text] of Object.entries(data)) clipboardData.setData(type, text)
      for (const [index, name] of names.entries()) {
        const bytes = Uint8Array.from(atob(contents[index] ?? ''), (letter) => letter.charCodeAt(0))
        clipboardData.items.add(new File([bytes], name, { type: 'image/png' }))
      }
      element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
    },
    { data, names, contents },
  )
}

export async function focused(page: Page): Promise<string | null | undefined> {
  return await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))
}

export async function until(page: Page, isSo: () => Promise<boolean>): Promise<void> {
  await waitUntil(isSo, () => textOf(page))
}
