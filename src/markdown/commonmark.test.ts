// The examples of CommonMark's specification, 0.31.2. Where a post comes out otherwise, the lists say why.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import spec from 'commonmark-spec'
import { parser, renderMarkdown } from './render.ts'
import { sanitise } from './sanitise.ts'

type Reasons = Record<string, number[]>

const dialect: Reasons = {
  'quotation marks are set': [14, 197, 209, 210, 352, 359, 363, 380, 385, 395, 508, 590, 619, 620, 622, 624, 632],
  'dashes are set': [46, 55, 87, 106],
  'addresses become links': [602, 608, 611, 612],
  'an image alone with a title becomes a figure': [572, 573, 576, 577, 584, 585, 586, 588, 589, 591],
  'an empty quotation is written on one line': [218, 239, 240],
}

const sanitiser: Reasons = {
  'an element that cannot stand in a post goes': [150, 163, 201, 491, 524, 536, 613, 614, 615, 617],
  'an element goes with what is in it': [170, 171, 172, 173, 176, 178],
  'an attribute that cannot stand in a post goes': [152, 153, 154, 164, 169, 616],
  'a comment, instruction or declaration goes': [177, 179, 180, 181, 182, 183, 308, 309, 625, 626, 627, 628, 629],
  'a tag that never ends goes': [156, 157, 158],
  'a closing tag alone goes': [151, 165, 623],
  'what is open is closed': [21, 155, 174, 175, 184, 187, 344, 476, 477, 494, 631, 642, 643],
  'elements that overlap are put in each other': [148],
  'an attribute is written anew': [31, 475, 630],
  'an address with an unknown scheme goes': [596, 598, 599, 601],
  'an empty address goes': [200, 485, 486, 487, 567],
  'a class for an impossible language goes': [34, 144],
}

/** What is different in every example with such an element. */
const everywhere: Record<string, [count: number, (html: string) => string]> = {
  'a first-level heading is the page’s own': [25, (html) => html.replace(/(<\/?)h1>/g, '$1h2>')],
  'code scrolls from the keyboard': [83, (html) => html.replace(/<pre>/g, '<pre tabindex="0">')],
  'a table scrolls from the keyboard': [5, (html) => html.replace(/<table>/g, '<table tabindex="0">')],
  'an image is loaded late': [
    22,
    (html) => html.replace(/(<img [^>]*?) \/>/g, '$1 loading="lazy" decoding="async" />'),
  ],
  'quotation marks need no escape in text': [24, (html) => html.replaceAll('&quot;', '"')],
}

const examples = spec.tests.map(({ number, markdown, html }) => ({
  number,
  markdown: markdown.replaceAll('→', '\t'),
  html: html.replaceAll('→', '\t'),
}))

test('all examples of the specification are there', () => {
  assert.equal(examples.length, 652)
  assert.deepEqual(
    examples.map(({ number }) => number),
    examples.map((_, index) => index + 1),
  )
})

test('the parser differs from CommonMark where the dialect does, and nowhere else', () => {
  const options = { ...parser.options, xhtmlOut: true }
  const different = examples.filter(
    ({ markdown, html }) => withoutAnchors(parser.renderer.render(parser.parse(markdown, {}), options, {})) !== html,
  )
  assertSame(different, dialect)
})

test('a post differs from CommonMark where the dialect does or the sanitiser must, and nowhere else', () => {
  const different = examples.filter(({ markdown, html }) => {
    const expected = Object.values(everywhere).reduce((changed, [, change]) => change(changed), html)
    return withoutAnchors(renderMarkdown(markdown).html.replaceAll('&quot;', '"')).trim() !== expected.trim()
  })
  assertSame(different, { ...dialect, ...sanitiser })
})

test('what is different everywhere is different where it is said, and every heading has its address', () => {
  for (const [reason, [count, change]] of Object.entries(everywhere)) {
    assert.equal(examples.filter(({ html }) => change(html) !== html).length, count, reason)
  }
  for (const { markdown, html } of examples) {
    const page = renderMarkdown(markdown).html
    const headings = html.match(/<h[1-6]>/g)?.length ?? 0
    assert.equal(page.match(/<h[2-6] id="h-[^"]+">/g)?.length ?? 0, headings, markdown)
    assert.equal(page.match(/<a class="anchor" href="#h-[^"]+"/g)?.length ?? 0, headings, markdown)
  }
})

test('every example comes to rest in the sanitiser', () => {
  for (const { markdown, html, number } of examples) {
    const page = renderMarkdown(markdown).html
    assert.equal(sanitise(page), page, String(number))
    const foreign = sanitise(html)
    assert.equal(sanitise(foreign), foreign, String(number))
  }
})

function withoutAnchors(html: string): string {
  return html
    .replace(/<a class="anchor" href="#h-[^"]+" aria-hidden="true" tabindex="-1"><\/a>/g, '')
    .replace(/(<h[1-6]) id="h-[^"]+"/g, '$1')
}

function assertSame(different: { number: number }[], reasons: Reasons): void {
  const known = Object.values(reasons).flat()
  assert.equal(new Set(known).size, known.length, 'An example has one reason.')
  assert.deepEqual(
    different.map(({ number }) => number),
    known.toSorted((a, b) => a - b),
  )
}
