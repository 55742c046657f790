import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { longestFormulas, longestMathMl } from './formula.ts'
import { renderMarkdown } from './render.ts'
import { sanitise } from './sanitise.ts'

const html = (text: string) => renderMarkdown(text).html.trim()
const mathOf = (text: string) => /<math.*<\/math>/.exec(html(text))?.[0]

describe('a formula', () => {
  test('stands in a line between dollars, or in lines of its own between two', () => {
    assert.equal(html('$x^2$'), '<p><math><mrow><msup><mi>x</mi><mn>2</mn></msup></mrow></math></p>')
    const block = '<div class="math" tabindex="0"><math display="block"><mrow><mi>x</mi></mrow></math></div>'
    for (const text of ['$$\nx\n$$', '$$x$$', '$$ x\n$$', '  $$\n  x $$']) assert.equal(html(text), block, text)
    assert.equal(html('words\n$$\nx\n$$\nwords'), `<p>words</p>\n${block}\n<p>words</p>`)
    assert.equal(html('a $$x$$ b'), '<p>a <math display="block"><mrow><mi>x</mi></mrow></math> b</p>')
    assert.match(html('- $x$\n\n> $$\n> y\n> $$'), /<li><math>.*<blockquote>\n<div class="math"/s)
    assert.match(html('a $x$, ($y$) and *$z$*.'), /^<p>a <math>.*<\/math>, \(<math>.*\) and <em><math>.*<\/em>\.<\/p>$/)
  })

  test('is not what costs five dollars and six, nor a variable of a shell', () => {
    for (const text of [
      'it costs $5 and $6',
      'from $5–$6 to $7-$8',
      'US$5 or CA$6',
      'between 5$ and 6$ each',
      '$ x $ and $x $ and $ x$',
      '\\$x\\$',
      '$HOME and $PATH',
      'cheap $, dear $$, dearer $$$',
      '$$$ x $$$',
      'one $x\nand y$ two',
      '$$\nx\n\ny\n$$',
      '$$',
      '$$$$',
    ]) {
      assert.doesNotMatch(html(text), /<math/, text)
      assert.equal(html(text).match(/\$/g)?.length, text.match(/\$/g)?.length, text)
    }
    assert.equal(
      html('`$x$` and `$y`, or $5 and `$z`'),
      '<p><code>$x$</code> and <code>$y</code>, or $5 and <code>$z</code></p>',
    )
    assert.match(html('    $$\n    x\n    $$'), /^<pre/)
    assert.match(html('it costs $5, and $x$ is more'), /^<p>it costs \$5, and <math>/)
  })

  test('with a mistake, of one’s own words or too long is shown as it was written', () => {
    for (const tex of [
      '\\frac{1',
      '\\nothing',
      'a & b',
      '\\def\\a{x}\\a',
      '\\newcommand{\\a}{x}',
      '<b>x</b>',
      'x'.repeat(3000),
    ]) {
      const text = `$${tex}$`
      if (!tex.startsWith('<')) assert.equal(html(text), `<p>${text.replace('&', '&amp;')}</p>`)
      assert.doesNotMatch(html(`$$\n${tex}\n$$`), /<b>|merror|katex/, tex)
    }
    assert.equal(html('$$\n\\frac{<b>\n$$'), '<p>$$\n\\frac{&lt;b&gt;\n$$</p>')
  })

  test('deeper than any stack is shown as it was written', () => {
    assert.match(html(`$${'{'.repeat(1900)}$`), /^<p>\$\{/)
    const deep = html(`$${'\\sqrt{'.repeat(300)}x${'}'.repeat(300)}$`)
    assert.equal(sanitise(deep), deep)
  })

  test('is one too many when the text has too much of them', () => {
    const one = `$${'x'.repeat(980)}$`
    const page = html(Array.from({ length: 40 }, () => one).join('\n\n'))
    assert.equal(page.match(/<math>/g)?.length, longestFormulas / 1000)
    assert.equal(page.match(/\$x/g)?.length, 40 - longestFormulas / 1000)
  })

  test('is one too many when the page would grow out of all proportion', () => {
    const wide = `$$\n\\begin{matrix}${'&'.repeat(1900)}\\end{matrix}\n$$`
    const page = html(Array.from({ length: 15 }, () => wide).join('\n\n'))
    const shown = page.match(/<math/g)?.length ?? 0
    assert.ok(shown > 0 && shown < 15)
    assert.ok([...page.matchAll(/<math.*?<\/math>/gs)].join('').length <= longestMathMl)
    assert.equal(page.match(/<p>\$\$\n\\begin\{matrix\}(&amp;){1900}\\end/g)?.length, 15 - shown)
    assert.match(html(`${Array.from({ length: 10 }, () => wide).join('\n\n')}\n\n$x$`), /<math><mrow><mi>x</)
  })

  test('asks for nothing and runs nothing, whatever is in it', () => {
    const page = html(
      '$\\href{javascript:alert(1)}{x} \\url{https://evil.example} \\includegraphics{https://evil.example/x.png}' +
        ' \\htmlClass{button}{x} \\htmlId{content}{y} \\htmlStyle{color:red}{z} \\htmlData{a=b}{c}$',
    )
    assert.match(page, /<math/)
    assert.doesNotMatch(page, /href=|src=|class=|id=|style=|data-/)
  })

  test('stays where it is: no space backwards, and nothing many lines up or down', () => {
    const page = html('$\\hspace{-90em}\\kern-50em\\rule{99em}{99em}\\raisebox{40em}{x}\\hspace{1em}\\!$')
    const lengths = [...page.matchAll(/"([+-]?[\d.]+)em"/g)].map(([, number]) => Number(number))
    assert.ok(lengths.length > 2)
    for (const length of lengths) assert.ok(length >= -2 && length <= 25, String(length))
  })

  test('has the letters of its alphabets, which browsers do not make by themselves', () => {
    assert.match(
      String(mathOf('$\\mathbb{R1}\\mathcal{L}\\mathfrak{g}\\mathbf{x2}\\mathtt{c}$')),
      /ℝ.*𝟙.*ℒ.*𝔤.*𝐱.*𝟐.*𝚌/u,
    )
    assert.match(String(mathOf('$\\textbf{a<b}$')), /<mtext><b>a&lt;b<\/b><\/mtext>/)
    assert.doesNotMatch(String(mathOf('$\\mathbb{R}\\infty$')), /mathvariant="(?!normal)/)
  })

  test('is letters in an excerpt, or dots, and in the address of a heading as it was written', () => {
    for (const [tex, words] of [
      ['n^2', 'n²'],
      ['e^{i\\pi}+1=0', 'e^(iπ)+1=0'],
      ['x_1 \\le x_{i+1}, \\alpha\\to\\infty', 'x₁ ≤ x_(i+1), α→∞'],
      ['10^{12}', '10^(12)'],
      ['\\frac{a}{b}', '…'],
      ['\\begin{matrix}a & b\\end{matrix}', '…'],
      ['a & b', '…'],
      ['\\constructor', '…'],
      ['x'.repeat(61), '…'],
    ])
      assert.equal(renderMarkdown(`Let $${tex}$ be.`).excerpt, `Let ${words} be.`)
    assert.match(html('## About $n$'), /^<h2 id="h-about-n">About <math>/)
  })
})
