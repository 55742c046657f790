// An import in a browser: uploaded, watched, and its report read; with the script and without.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { buildBigFile } from '../../bench/big-file.ts'
import { assetPath } from '../../src/html/assets.ts'
import { paths } from '../../src/paths.ts'
import { type Visit, press, serve, startBrowser, visit, webSettings } from '../browser.ts'
import { importingApp } from '../importing.ts'
import { buildDirty } from '../legacy/dirty.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const browser = await startBrowser()
const context = await importingApp(await webSettings())
const origin = await serve(context)
const { ada } = context.cast
const place = mkdtempSync(join(tmpdir(), 'bloggy-browser-'))
after(() => rmSync(place, { recursive: true, force: true }))
const dirty = join(place, 'dirty.db')
const big = join(place, 'big.db')
buildDirty(dirty)
buildBigFile(big, 0.12)

describe('an import in a browser', () => {
  test('is uploaded, watched and read without a word from the reader', async () => {
    const visitor = await visit(browser, origin, { as: ada })
    const { page } = visitor
    await page.goto(paths.admin.imports())
    await check(page, 'empty list')
    await upload(page, 'Import', big)
    await page.waitForURL(/\/admin\/imports\/\d+$/)
    await page.getByText(/\d rows · \d+ %/).waitFor()
    assert.equal(await page.getByRole('link', { name: 'Reload' }).isVisible(), false)
    await check(page, 'running')
    await page.getByRole('heading', { name: 'Proof' }).waitFor()
    await check(page, 'report')
    assertQuiet(visitor)
    await visitor.context.close()
  })

  test('is looked at, rehearsed, brought in and taken back, all of it readable by everyone', async () => {
    const visitor = await visit(browser, origin, { as: ada })
    const { page } = visitor
    await page.goto(paths.admin.imports())
    await upload(page, 'Only look', dirty)
    await page.getByRole('heading', { name: 'What is odd' }).waitFor()
    await check(page, 'inspection')
    await press(page, 'button', 'Rehearse')
    await page.getByText('Nothing was kept; the blog is as it was').waitFor()
    await check(page, 'rehearsal')
    await press(page, 'button', 'Import it now')
    await press(page, 'link', 'Look at what was kept aside')
    await page.getByRole('heading', { name: 'Kept aside' }).waitFor()
    await check(page, 'leftovers')
    await page.getByLabel('Table').selectOption('posts')
    await press(page, 'button', 'Show')
    await page.waitForURL(/table=posts/)
    await page.goBack()
    await press(page, 'link', 'dirty.db')
    await page.getByText('All checksums').click()
    await check(page, 'report with checksums')
    await assertNothingHidden(page)
    await press(page, 'link', 'Take it back …')
    await check(page, 'confirmation')
    await press(page, 'button', 'Take it back')
    await page.getByRole('heading', { name: 'What went' }).waitFor()
    await check(page, 'taken back')
    await page.goto(paths.admin.imports())
    await check(page, 'list')
    assertQuiet(visitor)
    await visitor.context.close()
  })

  test('works by hand where scripts do not run', async () => {
    const visitor = await visit(browser, origin, { as: ada, javaScriptEnabled: false })
    const { page } = visitor
    await page.goto(paths.admin.imports())
    await upload(page, 'Import', import.meta.filename)
    for (let count = 0; count < 60 && (await page.getByRole('link', { name: 'Reload' }).isVisible()); count++) {
      await press(page, 'link', 'Reload')
    }
    await page.getByRole('alert').waitFor()
    assert.match(await page.getByRole('alert').innerText(), /imports\.slow\.test\.ts/)
    await press(page, 'link', 'Upload another')
    await page.getByRole('heading', { name: 'Imports', level: 1 }).waitFor()
    await visitor.context.close()
  })
})

async function upload(page: Page, choice: string, file: string): Promise<void> {
  await page.getByRole('radio', { name: new RegExp(`^${choice} `) }).check()
  await page.getByLabel('File of the old blog').setInputFiles(file)
  await press(page, 'button', 'Upload')
  await page.waitForURL(/\/admin\/imports\/(uploads\/|\d)/)
}

async function check(page: Page, name: string): Promise<void> {
  await page.evaluate(axe)
  for (const width of [320, 375, 1280]) {
    await page.setViewportSize({ width, height: 900 })
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    assert.ok(wider <= 0, `${name} is ${wider} wider than ${width}`)
    for (const colorScheme of ['light', 'dark'] as const) {
      // `npm run test:looks` puts each width with each colour.
      if (!process.env.BLOGGY_TEST_LOOKS && (width === 320) !== (colorScheme === 'light')) continue
      if (!process.env.BLOGGY_TEST_LOOKS && width === 375) continue
      await page.emulateMedia({ colorScheme })
      assert.deepEqual(await page.evaluate(runAxe, standards), [], `${name}, ${colorScheme} ${width}`)
    }
  }
}

/** No table of the report has to be scrolled to be read, whatever the width. */
async function assertNothingHidden(page: Page): Promise<void> {
  for (const width of [320, 375, 700, 1100, 1280]) {
    await page.setViewportSize({ width, height: 900 })
    const hidden = await page.locator('.scroll:has(.words), .scroll:has(.none)').evaluateAll((boxes) => {
      return boxes.map(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)
    })
    assert.ok(hidden.length > 1)
    assert.deepEqual(Math.max(...hidden), 0, `${width}`)
  }
}

/** The one script of these pages is ours. */
function assertQuiet({ complaints }: Visit): void {
  assert.deepEqual(
    complaints.filter((line) => line !== `asked for a script: ${origin}${assetPath('live.js')}`),
    [],
  )
}

// What follows runs in the page.

type Found = { violations: { id: string; nodes: { target: unknown[]; failureSummary?: string }[] }[] }

async function runAxe(standards: string[]): Promise<string[]> {
  const { axe } = globalThis as unknown as { axe: { run: (where: Document, options: object) => Promise<Found> } }
  const { violations } = await axe.run(document, { runOnly: standards, resultTypes: ['violations'] })
  return violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map(({ target, failureSummary }) => `${target.join(' ')} ${failureSummary}`).join('; ')}`,
  )
}
