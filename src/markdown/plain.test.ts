// Plain text is escaped and not sanitised: here it is held against the sanitiser.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { renderPlain } from './plain.ts'
import { sanitise } from './sanitise.ts'

describe('plain text', () => {
  test('is shown as it was typed, with paragraphs and line breaks', () => {
    const { html } = renderPlain('\n# one & <b>two</b>\r\nthree "four"\n\n\n  five\n')
    assert.equal(html, '<p># one &amp; &lt;b&gt;two&lt;/b&gt;<br />\nthree &quot;four&quot;</p>\n<p>  five</p>\n')
    assert.equal(renderPlain(' \n\r\n ').html, '')
  })

  test('leaves nothing for the sanitiser to take out', () => {
    const markup = [
      '<script>alert(1)</script>',
      '<img src=x onerror=alert(1)>',
      '</p>',
      '<br',
      '<!--',
      '-->',
      '<![CDATA[',
    ]
    const signs = [
      '&',
      '&lt;',
      '&#60;',
      '&#x3c;script>',
      '&nbsp',
      '"',
      "'",
      '`',
      '\\',
      '\0',
      '\u2028',
      '\u202e',
      '\ud83d',
    ]
    const words = [
      'javascript:alert(1)',
      'https://x.example',
      '[a](b)',
      '*a*',
      '\n',
      '\n\n',
      '\r',
      '\r\n',
      '\t',
      '  ',
      'ä日',
    ]
    const parts = [markup, signs, words].flat()
    let seed = 1
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below
    for (let count = 0; count < 2000; count++) {
      const text = Array.from({ length: 1 + random(30) }, () => parts[random(parts.length)]).join('')
      const { html } = renderPlain(text)
      assert.equal(textOf(sanitise(html)), textOf(html), JSON.stringify(text))
      assert.deepEqual(new Set(html.match(/<[^>]*>/g)).difference(new Set(['<p>', '</p>', '<br />'])), new Set())
    }
  })
})

/** The sanitiser writes quotation marks as they are, which is the same in text. */
function textOf(html: string): string {
  return html.replaceAll('&quot;', '"').replaceAll('&#39;', "'")
}

test('a text of millions of lines is rendered like a short one', () => {
  const { html } = renderPlain('<a>\n\r\n\r'.repeat(300_000))
  assert.equal(html, `<p>${'&lt;a&gt;</p>\n<p>'.repeat(299_999)}&lt;a&gt;</p>\n`)
})
