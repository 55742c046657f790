// A real Chromium before a real Bloggy: `const browser = await startBrowser()` first, then `await serve(await testApp(…))`.
import assert from 'node:assert/strict'
import { after } from 'node:test'
import { type Browser, type BrowserContext, type BrowserContextOptions, type Page, chromium } from 'playwright-core'
import { patienceMs } from './waiting.ts'
import { assetPath } from '../src/html/assets.ts'
import { paths } from '../src/paths.ts'
import type { Blog } from './app.ts'
import type { Person } from './cast.ts'
import { freePort } from './tcp-server.ts'

export async function startBrowser(): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: process.env.BLOGGY_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--disable-gpu', '--disable-background-networking', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  })
  after(() => browser.close())
  return browser
}

/** For testApp() and newBlog(): cookies, links in mail and the cross-origin check know where the browser comes from. */
export async function webSettings(): Promise<{ PORT: string; SITE_URL: string }> {
  const port = String(await freePort())
  return { PORT: port, SITE_URL: `http://localhost:${port}` }
}

/** Listens, and answers the origin. */
export async function serve({ app, config }: Blog): Promise<string> {
  await app.listen({ host: '127.0.0.1', port: config.port })
  return config.siteUrl.origin
}

export type Visit = {
  page: Page
  context: BrowserContext
  /** Whatever a page must not do, as sentences. Empty when all is well. */
  complaints: string[]
  /** Every request so far: its kind and its address. */
  requests: { kind: string; url: string }[]
}

/** Somebody's browser, who is signed in when a person of the cast is named. */
export async function visit(
  browser: Browser,
  origin: string,
  { as, ...options }: BrowserContextOptions & { as?: Person } = {},
): Promise<Visit> {
  const context = await browser.newContext({ baseURL: origin, ...options })
  context.setDefaultTimeout(patienceMs)
  if (as?.cookie) {
    const [name = '', value = ''] = as.cookie.split('=')
    await context.addCookies([{ name, value, url: origin, httpOnly: true, sameSite: 'Lax' }])
  }
  const complaints: string[] = []
  const requests: Visit['requests'] = []
  context.on('request', (request) => {
    requests.push({ kind: request.resourceType(), url: request.url() })
    if (new URL(request.url()).origin !== origin) complaints.push(`asked another site: ${request.url()}`)
    // Writers' pages may be better with one, and the page to search from; readers' pages have none.
    const isReading = !/^\/(admin|search)(\/|$|\?)/.test(new URL(request.frame().url()).pathname)
    if (request.resourceType() === 'script' && isReading && !isExpected(request.url(), context))
      complaints.push(`asked for a script: ${request.url()}`)
  })
  context.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type())) return
    // A page that refuses says so with its status, which Chromium calls an error.
    if (/^Failed to load resource: .* status of 4\d\d/.test(message.text())) return
    complaints.push(`console: ${message.text()}`)
  })
  context.on('weberror', (error) => complaints.push(`error: ${error.error().message}`))
  context.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  return { page: await context.newPage(), context, complaints, requests }
}

/** The script that a writer's pages have, and only they, and that of live comments. */
function isExpected(url: string, context: BrowserContext): boolean {
  // Readers' pages have one where comments are live.
  if (new URL(url).pathname === assetPath('comments.js')) return true
  if (new URL(url).pathname !== assetPath('editor.js')) return false
  return context.pages().some((page) => new URL(page.url()).pathname.startsWith(paths.admin.posts()))
}

/** Presses a button or a link by what it says. */
export async function press(page: Page, role: 'button' | 'link', name: string): Promise<void> {
  await page.getByRole(role, { name, exact: true }).click()
}

export async function fill(page: Page, fields: Record<string, string>): Promise<void> {
  for (const [label, text] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(text)
}

/** What the form of a post holds as its text, with the editor or without. */
export async function textOf(page: Page): Promise<string> {
  const box = page.getByRole('textbox', { name: 'Text', exact: true })
  await box.waitFor()
  if (await box.evaluate((element) => element.localName === 'textarea')) return await box.inputValue()
  return (await page.locator('.cm-line').allTextContents()).join('\n')
}

export async function assertHeading(page: Page, text: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name: text, exact: true }).waitFor()
}

/** Sends a form that the page does not offer, as its own page would. */
export async function submit(page: Page, path: string, fields: Record<string, string>): Promise<void> {
  const loaded = page.waitForEvent('load')
  await page.evaluate(
    ([path, fields]) => {
      const form = document.createElement('form')
      form.method = 'post'
      form.action = path
      for (const [name, value] of Object.entries(fields)) {
        const input = document.createElement('textarea')
        input.name = name
        input.value = value
        form.append(input)
      }
      document.body.append(form)
      form.submit()
    },
    [path, fields] as const,
  )
  await loaded
}

export function assertQuiet(...visits: Visit[]): void {
  for (const { complaints } of visits) assert.deepEqual(complaints, [])
}
