import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { anchorPrefix } from './heading-anchors.ts'
import { renderMarkdown } from './render.ts'
import { sanitise } from './sanitise.ts'

const html = (text: string) => renderMarkdown(text).html.trim()
const idsOf = (text: string) => Array.from(html(text).matchAll(/ id="([^"]*)"/g), ([, id]) => id)

describe('a heading', () => {
  const pairs: Record<string, string> = {
    'What we bought': 'h-what-we-bought',
    'A *marked* `word`, a [link](x) and **more**': 'h-a-marked-word-a-link-and-more',
    "It's here -- now...": 'h-its-here-now',
    'Über die Öfen': 'h-uber-die-ofen',
    'हिन्दी और 日本語': 'h-हिन्दी-और-日本語',
    '![A cat](cat.png)': 'h-a-cat',
    '<b>bold</b> <script>x</script>': 'h-bold-x',
    '😀': 'h-section',
    '': 'h-section',
    Body: 'h-body',
    'Note[^1]\n\n[^1]: x\n': 'h-note',
    '<img src=x onerror=alert(1)> " onclick="x': 'h-onclick-x',
  }
  for (const [words, id] of Object.entries(pairs)) {
    test(`${JSON.stringify(words)} has the address ${id}`, () => {
      const page = html(`## ${words}`)
      assert.match(page, /^<h2 id="[^"<>&]+">/)
      assert.equal(idsOf(`## ${words}`)[0], id)
      assert.ok(page.includes(`<a class="anchor" href="#${id}" aria-hidden="true" tabindex="-1"></a></h2>`), page)
    })
  }

  test('of every level and both ways of writing has one', () => {
    assert.deepEqual(idsOf('# a\n## b\n### c\n#### d\n##### e\n###### f\n\ng\nh\n===\n\n> - i\n>   ---'), [
      'h-a',
      'h-b',
      'h-c',
      'h-d',
      'h-e',
      'h-f',
      'h-g-h',
      'h-i',
    ])
  })

  test('has an address that no other has, and the same each time', () => {
    const text = '# Notes\n# Notes\n# Notes 2\n# Notes\n# notes-2'
    const ids = ['h-notes', 'h-notes-2', 'h-notes-2-2', 'h-notes-3', 'h-notes-2-3']
    assert.deepEqual(idsOf(text), ids)
    assert.deepEqual(idsOf(text), ids)
  })

  test('of thousands alike is as quick as one', () => {
    const begun = performance.now()
    assert.equal(new Set(idsOf('# a\n'.repeat(5000))).size, 5000)
    assert.ok(performance.now() - begun < 5000)
  })

  test('says its words and nothing else to screen readers, and is no stop for the keyboard', () => {
    const [, inside = ''] = /<h2[^>]*>(.*)<\/h2>/.exec(html('## Words')) ?? []
    assert.equal(inside.replace(/<a [^>]*aria-hidden="true" tabindex="-1"><\/a>/, ''), 'Words')
  })

  test('written as HTML keeps an address of this form, once, and no other', () => {
    assert.equal(html('<h3 id="h-own">x</h3>'), '<h3 id="h-own">x</h3>')
    assert.deepEqual(idsOf('<h2 id="h-a">x</h2>\n\n<h2 id="h-a">y</h2>\n\n## A'), ['h-a'])
    assert.deepEqual(idsOf('<p id="fn1">x</p><p id="fn1">y</p>'), ['fn1'])
    for (const id of ['H-own', 'h-', 'h-a b', 'h-a"b', 'h-&lt;', 'x', ' h-a', 'own', `h-${'a'.repeat(101)}`])
      assert.deepEqual(idsOf(`<h2 id='${id}'>x</h2>`), [], id)
    for (const tag of ['p', 'div', 'a', 'section', 'img']) assert.deepEqual(idsOf(`<${tag} id="h-own">x`), [], tag)
  })
})

test('a link hidden from screen readers is one to a heading of the same page', () => {
  for (const link of [
    '<a aria-hidden="true" tabindex="-1" href="#h-x">x</a>',
    '<a class="anchor" aria-hidden="true" tabindex="-1" href="https://evil.example/#h-x">x</a>',
    '<a class="anchor" aria-hidden="true" tabindex="-1" href="#content">x</a>',
    '<a class="anchor" aria-hidden="true" tabindex="-1">x</a>',
  ])
    assert.doesNotMatch(html(link), /aria-hidden|tabindex|class/, link)
  assert.equal(
    sanitise('<a class="anchor button" href="#h-x" tabindex="3" title="t">x</a>'),
    '<a class="anchor" href="#h-x" aria-hidden="true" tabindex="-1">x</a>',
  )
})

test('no page has an id that a post could have', () => {
  const src = new URL('..', import.meta.url)
  let count = 0
  for (const file of readdirSync(src, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.tsx')) continue
    for (const [, id = ''] of readFileSync(new URL(file, src), 'utf8').matchAll(/\bid=(?:\{`|")([^"`$]*)/g)) {
      count++
      assert.ok(!id.startsWith(anchorPrefix) && !/^fn(ref)?\d/.test(id), `${file}: ${id}`)
    }
  }
  assert.ok(count > 10, `${count} ids found`)
})

describe('a picture', () => {
  const image = (src: string, rest = '') => `<img src="${src}" alt="A cat"${rest} loading="lazy" decoding="async" />`

  test('alone in its paragraph, with a title, is a figure with a caption', () => {
    assert.equal(
      html('Before.\n\n![A cat](/c.png "Her name is <b>Minka</b> & \\"so\\"")\n\nAfter.'),
      `<p>Before.</p>\n<figure>${image('/c.png')}<figcaption>Her name is &lt;b&gt;Minka&lt;/b&gt; &amp; "so"</figcaption></figure>\n<p>After.</p>`,
    )
    assert.match(html('> ![A cat][c]\n\n[c]: /c.png (Minka)'), /<figure>.*<figcaption>Minka<\/figcaption><\/figure>/)
  })

  test('elsewhere stays what it is', () => {
    for (const text of [
      '![A cat](/c.png)',
      '![A cat](/c.png "")',
      '![A cat](/c.png "  ")',
      '![A cat](/c.png "t") and words',
      '![A cat](/c.png "t") ![A cat](/d.png "u")',
      '![A cat](/c.png "t")\n![A cat](/d.png "u")',
      '[![A cat](/c.png "t")](/x)',
      '*![A cat](/c.png "t")*',
      '- ![A cat](/c.png "t")',
      '## ![A cat](/c.png "t")',
      '| ![A cat](/c.png "t") |\n|---|',
    ])
      assert.doesNotMatch(html(text), /<fig/, text)
    assert.equal(html('![A cat](/c.png "t") x'), `<p>${image('/c.png', ' title="t"')} x</p>`)
  })

  test('with a caption adds nothing to the excerpt', () => {
    assert.equal(renderMarkdown('![A cat](/c.png "Minka")\n\nWords.').excerpt, 'Words.')
  })
})
