import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { renderMarkdown } from './render.ts'

const html = (text: string) => renderMarkdown(text).html.trim()

describe('Markdown', () => {
  const pairs: Record<string, string> = {
    '*a* **b** `c`': '<p><em>a</em> <strong>b</strong> <code>c</code></p>',
    '# One': '<h2 id="h-one">One<a class="anchor" href="#h-one" aria-hidden="true" tabindex="-1"></a></h2>',
    '### Two': '<h3 id="h-two">Two<a class="anchor" href="#h-two" aria-hidden="true" tabindex="-1"></a></h3>',
    '> said': '<blockquote>\n<p>said</p>\n</blockquote>',
    '1. one\n2. two': '<ol>\n<li>one</li>\n<li>two</li>\n</ol>',
    '3. three': '<ol start="3">\n<li>three</li>\n</ol>',
    'a\\\nb': '<p>a<br />\nb</p>',
    '~~gone~~': '<p><s>gone</s></p>',
    '---': '<hr />',
    '[a](https://b.example "c")': '<p><a href="https://b.example" title="c">a</a></p>',
    '[a](/posts/b#c)': '<p><a href="/posts/b#c">a</a></p>',
    '<ada@example.com>': '<p><a href="mailto:ada@example.com">ada@example.com</a></p>',
    'see https://b.example/x': '<p>see <a href="https://b.example/x">https://b.example/x</a></p>',
    '![alt "x"](https://b.example/c.png)':
      '<p><img src="https://b.example/c.png" alt="alt &quot;x&quot;" loading="lazy" decoding="async" /></p>',
    '"quoted" -- it\'s...': '<p>“quoted” – it’s…</p>',
    '```ts\nconst a = "<b>"\n```': '<pre tabindex="0"><code class="language-ts">const a = "&lt;b&gt;"\n</code></pre>',
    '```c++ x="y" "><script>\na\n```': '<pre tabindex="0"><code class="language-c++">a\n</code></pre>',
    '```"><script>\na\n```': '<pre tabindex="0"><code>a\n</code></pre>',
    '<kbd>Ctrl</kbd> <mark>x</mark> H<sub>2</sub>O': '<p><kbd>Ctrl</kbd> <mark>x</mark> H<sub>2</sub>O</p>',
    '<details><summary>More</summary>\n\ntext\n\n</details>':
      '<details><summary>More</summary>\n<p>text</p>\n</details>',
    '': '',
    '1 < 2 & 3 > 2': '<p>1 &lt; 2 &amp; 3 &gt; 2</p>',
  }
  for (const [text, expected] of Object.entries(pairs)) {
    test(`${JSON.stringify(text)} is shown as it should`, () => assert.equal(html(text), expected))
  }

  test('has tables, whose columns are aligned without styles', () => {
    const table = html('| a | b | c | d |\n|:--|:-:|--:|---|\n| 1 | 2 | 3 | 4 |')

    assert.match(
      table,
      /<th class="to-left">a<\/th>\n<th class="to-center">b<\/th>\n<th class="to-right">c<\/th>\n<th>d<\/th>/,
    )
    assert.match(
      table,
      /<td class="to-left">1<\/td>\n<td class="to-center">2<\/td>\n<td class="to-right">3<\/td>\n<td>4<\/td>/,
    )
    assert.doesNotMatch(table, /style/)
  })

  test('has footnotes that lead there and back', () => {
    const text = html('A claim[^1] and another[^two].\n\n[^1]: Its *source*.\n[^two]: The other.')

    assert.match(text, /<sup class="footnote-ref"><a href="#fn1" id="fnref1">\[1\]<\/a><\/sup>/)
    assert.match(text, /<section class="footnotes" aria-label="Footnotes">/)
    assert.match(
      text,
      /<li id="fn1" class="footnote-item"><p>Its <em>source<\/em>\. <a href="#fnref1" class="footnote-backref">/,
    )
    assert.match(text, /id="fn2"/)
  })

  test('has task lists whose boxes cannot be ticked', () => {
    const text = html('- [ ] to do\n- [x] done\n- plain')

    assert.match(text, /<li class="task"><input type="checkbox" disabled aria-label="to do" \/> to do<\/li>/)
    assert.match(text, /<li class="task"><input type="checkbox" disabled checked aria-label="done" \/> done<\/li>/)
    assert.match(text, /<li>plain<\/li>/)
  })
})

describe('the excerpt', () => {
  test('leaves tables out', () => {
    const text = 'Trains run.\n\n| Train | Leaves |\n|---|---|\n| EN 40 | 21:03 |\n\nSleep well.'
    assert.equal(renderMarkdown(text).excerpt, 'Trains run. Sleep well.')
  })

  test('is the first words without markup, headings and notes', () => {
    const text =
      '# Title\n\nSome *marked* `words`\nand a [link](x)[^1]. <b>Bold</b>\n\n![picture](x)\n\nNext.\n\n[^1]: A note.'

    assert.equal(renderMarkdown(text).excerpt, 'Some marked words and a link. Bold Next.')
  })

  test('of a long text is cut between words', () => {
    const { excerpt } = renderMarkdown('lorem ipsum dolor, '.repeat(50))

    assert.match(excerpt, /^(lorem ipsum dolor, )*(lorem( ipsum( dolor)?)?)…$/)
    assert.ok(excerpt.length <= 241 && excerpt.length > 200)
  })

  test('is never cut inside a character', () => {
    for (const character of ['👩‍👩‍👧‍👦', 'e\u0301', '🇩🇪', '字', '😀', 'नि']) {
      const { excerpt } = renderMarkdown(character.repeat(1000))
      const rest = excerpt.replace(/…$/, '').replaceAll(character, '')
      assert.equal(rest, '', character)
      assert.ok(excerpt.isWellFormed())
      assert.ok(excerpt.endsWith('…'))
    }
  })

  test('is short whatever the text', () => {
    for (const text of [
      '👩‍👩‍👧‍👦'.repeat(50_000),
      `a${'\u0301'.repeat(100_000)}`,
      'x'.repeat(100_000),
      '* '.repeat(50_000),
      '\n\n.'.repeat(10_000),
    ]) {
      const { excerpt } = renderMarkdown(text)
      assert.ok(excerpt.length <= 1000, `${text.slice(0, 10)}: ${excerpt.length}`)
    }
  })

  test('of nothing is nothing', () => {
    for (const text of ['', '# Only a title', '![](x)', '<script>alert(1)</script>', '```\ncode\n```'])
      assert.equal(renderMarkdown(text).excerpt, '', text)
  })
})
