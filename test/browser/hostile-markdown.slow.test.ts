// Mutated texts, rendered and built by a real browser that has no content policy.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderMarkdown } from '../../src/markdown/render.ts'
import { startBrowser } from '../browser.ts'
import { attributes, elements, hostileSurroundings, mutations } from '../hostile-markdown.ts'

const browser = await startBrowser()
const rounds = 40
const pagesAtOnce = 25

test('1,000 changed hostile texts hold nothing in a browser that could run, and nothing runs', async () => {
  const next = mutations(47)
  const page = await browser.newPage()
  const ran: string[] = []
  page.on('dialog', (dialog) => {
    ran.push(dialog.message())
    void dialog.dismiss()
  })
  await page.route('**/*', (route) => route.abort())
  let seen = 0
  for (let round = 0; round < rounds; round++) {
    const texts = Array.from({ length: pagesAtOnce }, next)
    const pages = texts.map((text) => renderMarkdown(text, undefined, hostileSurroundings).html)
    await page.setContent(`<!doctype html><body>${pages.map((html) => `<article>${html}</article>`).join('')}`)
    const found = await page.evaluate(
      ([elements, attributes]) => {
        const all = [...document.querySelectorAll('article *')]
        for (const element of all)
          for (const type of ['click', 'mouseover', 'focus']) element.dispatchEvent(new Event(type))
        return {
          articles: document.querySelectorAll('body > article').length,
          count: all.length,
          wrong: all.flatMap((element) => [
            ...(elements.includes(element.localName) ? [] : [element.localName]),
            ...element.getAttributeNames().filter((name) => !attributes.includes(name)),
            ...['href', 'src', 'cite']
              .map((name) => element.getAttribute(name) ?? '')
              .filter(
                (value) =>
                  !/^(https?|mailto|about):$/.test(URL.parse(value, 'https://a.example')?.protocol ?? 'about:'),
              ),
          ]),
        }
      },
      [[...elements], [...attributes]] as const,
    )
    assert.deepEqual(found.wrong, [], JSON.stringify(texts))
    // No text gets out of its own.
    assert.equal(found.articles, pagesAtOnce, JSON.stringify(texts))
    seen += found.count
  }
  assert.deepEqual(ran, [])
  assert.ok(seen > rounds * pagesAtOnce)
  await page.close()
})
