import assert from 'node:assert/strict'
import { describe, mock, test } from 'node:test'
import { Parser } from 'htmlparser2'
import { readPage } from './read-page.ts'

describe('a page of another site', () => {
  test('says its title, and what it has for others goes before', () => {
    assert.equal(readPage('<svg><title>Drawing</title></svg><title>A &amp; B</title><title>C</title>').title, 'A & B')
    assert.equal(
      readPage('<title>A</title><meta property=og:title content=B><meta property=og:title content=C>').title,
      'B',
    )
    assert.equal(readPage('<title>never ends').title, 'never ends')
    assert.equal(readPage('').title, '')
  })

  test('says it with hundreds of things before it', () => {
    const links = '<link rel=preload href=/x.js><script>"<b>".repeat(9)</script>'.repeat(400)
    assert.equal(readPage(`<html><head>${links}<title>Late</title>`).title, 'Late')
  })

  test('is read no further than some thousand tags, which keep nobody waiting however they are nested', () => {
    const handled = (['onopentagname', 'onclosetag'] as const).map((name) => mock.method(Parser.prototype, name).mock)
    const count = () => handled.reduce((sum, each) => sum + each.callCount(), 0)
    const before = '<title>Here</title><meta name=author content=Ann>'
    for (const hostile of [
      '<b>'.repeat(85_000) + '</c>'.repeat(60_000),
      '<svg>'.repeat(50_000) + '</x>'.repeat(60_000),
      '<svg><foreignObject>'.repeat(20_000) + '</altGlyph>'.repeat(10_000),
      '<math>'.repeat(80_000),
      '<b/>'.repeat(120_000),
      '</p>'.repeat(120_000),
      '<p><table>'.repeat(50_000) + '</form>'.repeat(20_000),
      '<form>'.repeat(80_000),
    ]) {
      for (const each of handled) each.resetCalls()
      const { title, author_name, description } = readPage(`${before}${hostile}<meta name=description content=late>`)
      assert.deepEqual([title, author_name, description], ['Here', 'Ann', ''])
      assert.ok(count() > 1000 && count() <= 3000, `${hostile.slice(0, 30)} took ${count()} steps`)
    }
    mock.restoreAll()
  })
})
