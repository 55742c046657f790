// Hostile texts, changed by chance: whatever comes in, what comes out is looked at tag by tag, and as a browser builds it.
// `npm run fuzz:markdown` does so 100,000 times and says which text took longest.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertClean, assertHarmlessTree, hostileSurroundings, mutations } from '../../test/hostile-markdown.ts'
import { listAddresses } from './cards.ts'
import { highlightFor } from './highlight.ts'
import { renderMarkdown } from './render.ts'
import { sanitise } from './sanitise.ts'

const fence = '```'
const count = Number(process.env.BLOGGY_MUTATIONS ?? 2000)
const seed = Number(process.env.BLOGGY_SEED ?? 31)

test('2,000 changed hostile texts come out without anything that runs', async (t) => {
  const next = mutations(seed)
  const highlight = await highlightFor(`${fence}js\n${fence}html\n${fence}ts`)
  const found = { kept: 0, cards: 0, formulas: 0, contents: 0 }
  const slowest = { ms: 0, text: '' }

  for (let turn = 0; turn < count; turn++) {
    const text = next()
    const begun = process.threadCpuUsage()
    const { html, cards = [] } = renderMarkdown(text, highlight, hostileSurroundings)
    const { user, system } = process.threadCpuUsage(begun)
    if (user + system > slowest.ms * 1000) Object.assign(slowest, { ms: (user + system) / 1000, text })
    found.cards += cards.some(({ isShown }) => isShown) ? 1 : 0
    found.formulas += html.includes('<math') ? 1 : 0
    found.contents += html.includes('<nav') ? 1 : 0
    const listed = new Set(listAddresses(text))
    for (const { address } of cards) assert.ok(listed.has(address), `Not looked up: ${JSON.stringify(text)}`)
    for (const page of [html, sanitise(text)]) {
      found.kept += page.length > 0 ? 1 : 0
      assertClean(page, text)
      assertHarmlessTree(page, text)
      assert.equal(sanitise(page), page, `Cleaned again, it is another: ${JSON.stringify(text)}`)
    }
  }
  t.diagnostic(`${count} texts, seed ${seed}: ${JSON.stringify(found)}`)
  t.diagnostic(`the slowest took ${slowest.ms.toFixed(0)} ms: ${JSON.stringify(slowest.text.slice(0, 300))}`)
  assert.ok(found.kept > count, 'A sanitiser that lets nothing pass proves nothing.')
  for (const [what, times] of Object.entries(found)) assert.ok(times > count / 200, `too few ${what}: ${times}`)
})

test('the look at a page finds what must not be there', () => {
  for (const html of [
    '<script>x</script>',
    '<p onclick="x">y</p>',
    '<p title="a" style="x">y</p>',
    '<p id="content">y</p>',
    '<p id="h-a">y</p>',
    '<h2 id="h-a">y</h2><h3 id="h-a">z</h3>',
    '<a href="javascript:x">y</a>',
    '<a href="java&#10;script:x">y</a>',
    '<img src="data:x" />',
    '<p title="x>y</p>',
    '<p>a < b</p>',
    '<!-- x -->',
    '<svg>',
  ])
    assert.throws(() => assertClean(html, html), html)
  for (const html of ['<math><mi href="javascript:x">y</mi></math>', '<p onclick="x">', '<svg></svg>', '<!-- x -->']) {
    assert.throws(() => assertHarmlessTree(html, `a page with ${html}`))
  }
})
