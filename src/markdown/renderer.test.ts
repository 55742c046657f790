// In a process of its own, because texts have a time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../errors.ts'
import { renderMarkdown } from './render.ts'
import { renderSafely } from './renderer.ts'
import { noSurroundings } from './surroundings.ts'

const prose = 'A *plain* sentence with a [link](https://a.example) in it.\n\n'.repeat(200)
// Takes many seconds: footnotes point at each other.
const bomb = `${'[^a]'.repeat(100_000)}\n\n[^a]: x`

test('a long text comes out as a short one does', async () => {
  assert.deepEqual(await renderSafely(prose), renderMarkdown(prose))
})

test('a long text has its cards, as a short one does', async () => {
  const address = 'https://other.example/page'
  const embed = { title: 'Known', description: '', author_name: '', site_name: '' }
  const surroundings = { ...noSurroundings, embeds: new Map([[address, embed]]) }
  const { html, cards } = await renderSafely(`${prose}\n\n${address}\n\n$x$`, { surroundings })
  assert.match(html, /<div class="card">[^]*Known<\/a>[^]*<math>/)
  assert.deepEqual(cards, [{ address, isShown: true }])
})

test('a text that takes too long is refused, and others are served meanwhile', async () => {
  let turns = 0
  const ticking = (async () => {
    for (; turns < 1000; turns++) await sleep(5)
  })()
  const refused = assert.rejects(
    renderSafely(bomb, { limitMs: 500 }),
    (error) => error instanceof AppError && error.kind === 'invalid',
  )
  const after = renderSafely(prose)

  await refused
  assert.ok(turns > 20, `Only ${turns} turns of the event loop while the text was rendered.`)
  assert.deepEqual(await after, renderMarkdown(prose))
  turns = 1000
  await ticking
})

test('a text that takes too much memory is refused like one that takes too long, and those behind it come out', async () => {
  const refused = renderSafely('# a\n'.repeat(120_000), { limitMs: 60_000 })
  const behind = [renderSafely(prose), renderSafely(`${prose}more`)]
  await assert.rejects(
    refused,
    (error) => error instanceof AppError && error.kind === 'invalid' && /headings/.test(error.fields.body ?? ''),
  )
  const rendered = await Promise.all(behind)
  assert.deepEqual(rendered, [renderMarkdown(prose), renderMarkdown(`${prose}more`)])
})

test('many long texts at once all come out', async () => {
  const texts = Array.from({ length: 15 }, (_, index) => `${prose}${index}`)
  const rendered = await Promise.all(texts.map((text) => renderSafely(text)))
  assert.deepEqual(
    rendered.map(({ html }) => html),
    texts.map((text) => renderMarkdown(text).html),
  )
})
