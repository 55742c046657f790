import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { spawnSync } from 'node:child_process'
import { withoutColours } from './colours.ts'
import { highlightFor } from './highlight.ts'
import { grammars, hasKnownCode } from './languages.ts'
import { renderMarkdown } from './render.ts'
import { renderSafely as renderInTime } from './renderer.ts'
import { sanitise } from './sanitise.ts'

// Machines that run many tests are slow; limits have tests of their own.
const renderSafely = (text: string) => renderInTime(text, { limitMs: 30_000, coloursMs: 30_000 })
const fenced = (language: string, code: string) => `\`\`\`${language}\n${code}\n\`\`\``

describe('code', () => {
  test('in a known language gets classes and no styles', async () => {
    const { html } = await renderSafely(fenced('ts', 'const a = "<b>" // why'))
    assert.match(html, /^<pre tabindex="0"><code class="language-ts"><span class="hl-keyword">const/)
    assert.match(html, /<span class="hl-string">"&lt;b&gt;"/)
    assert.match(html, /<span class="hl-comment">\/\/ why<\/span>/)
    assert.doesNotMatch(html, /style/)
  })

  test('in any other language, or none, stays as it is', async () => {
    for (const language of ['', 'nope', 'constructor', '__proto__', 'text', 'ansi']) {
      const text = fenced(language, 'const a = 1 // x')
      assert.equal(hasKnownCode(text), false, language)
      assert.deepEqual(await renderSafely(text), renderMarkdown(text))
    }
    assert.equal(
      (await renderSafely(`${fenced('nope', 'const a')}\n\n${fenced('js', 'const a')}`)).html.split('\n')[0],
      '<pre tabindex="0"><code class="language-nope">const a',
    )
  })

  test('in every known language keeps its words, and the sanitiser changes nothing', async () => {
    const code = [
      'if (a < b && c > "d") { return \'e\' } // f',
      '# g',
      '<p class="h">i &amp; j</p>',
      '',
      '\tk: [1, 2.5, true]',
      '-- l',
      '/* m',
      '*/ n\u2028o 😀 \\',
    ].join('\n')
    for (const language of grammars.keys()) {
      const text = fenced(language, code)
      const highlight = await highlightFor(text)
      const { html, excerpt } = renderMarkdown(text, highlight)
      assert.equal(withoutColours(html), renderMarkdown(text).html, language)
      assert.equal(sanitise(html), html, language)
      assert.equal(excerpt, '')
      assert.match(html, /<span class="hl-/, language)
    }
    assert.ok(new Set(grammars.values()).size <= 25)
  })

  test('is found wherever a fence may stand', async () => {
    for (const text of [
      '- ```js\n  let a\n  ```',
      '1. ~~~ JS\n   let a\n   ~~~',
      '>```js title="x"\n>let a',
      '`````js\nlet a',
      '  ```\tjs\nlet a',
      'x[^1]\n\n[^1]: ```js\n    let a\n    ```',
    ])
      assert.match((await renderSafely(text)).html, /<span class="hl-keyword">let/, text)
  })

  test('whose lines belong together is seen as a whole', async () => {
    const comment = `/*\n${'const a = 1\n'.repeat(100)}*/\nlet b`
    const { html } = await renderSafely(fenced('js', comment))
    assert.equal(html.match(/hl-comment/g)?.length, 102)
    assert.equal(html.match(/hl-keyword/g)?.length, 1)
  })

  test('stays plain when its time is over, and when that of the text is', async () => {
    const block = fenced('js', 'let a\n'.repeat(2000))
    const text = `${block}\n\n${fenced('js', 'let b')}`
    const colours = (html: string) => /hl-keyword/.test(html)
    assert.ok(colours(renderMarkdown(text, await highlightFor(text)).html))

    const shortBlock = await highlightFor(text, { blockMs: 2, textMs: 60_000 })
    const [first = '', second = ''] = renderMarkdown(text, shortBlock).html.split('<pre').slice(1)
    assert.equal(colours(first), false)
    assert.equal(colours(second), true)

    const shortText = await highlightFor(text, { blockMs: 60_000, textMs: 2 })
    assert.equal(renderMarkdown(text, shortText).html, renderMarkdown(text).html)
  })

  test('that takes too long costs the text its colours, not its page', async () => {
    const text = Array.from({ length: 40 }, () => fenced('php', '<?php $a = "b$c"; /* d */ f($g); ?>\n'.repeat(500)))
    const { html } = await renderInTime(text.join('\n\n'), { limitMs: 30_000, coloursMs: 1 })
    assert.equal(withoutColours(html), renderMarkdown(text.join('\n\n')).html)
    assert.match((await renderSafely(fenced('js', 'let a'))).html, /hl-keyword/)
  })

  test('cannot be coloured by what it says', async () => {
    const code = '</span></code></pre><script>alert(1)</script><span class="hl-x" onclick=x>'
    const { html } = await renderSafely(fenced('html', code))
    assert.equal(withoutColours(html), renderMarkdown(fenced('html', code)).html)
    assert.equal(sanitise('<span class="hl-x button hl-string">x</span>'), '<span class="hl-string">x</span>')
    assert.equal(sanitise('<b class="hl-string">x</b>'), '<b>x</b>')
  })
})

test('the page for writers names every language, and none that is unknown', () => {
  const page = readFileSync(new URL('../../docs/markdown.md', import.meta.url), 'utf8')
  const table = page.slice(page.indexOf('| language |'), page.indexOf('Other languages'))
  const names = Array.from(table.matchAll(/`([^`]+)`/g), ([, name = '']) => name)
  assert.deepEqual(names.toSorted(), [...grammars.keys()].toSorted())
})

test('who writes no code never loads what colours it', () => {
  const program = `
    const { renderSafely } = await import(${JSON.stringify(new URL('renderer.ts', import.meta.url))})
    await renderSafely('Words and ~~~ nope')
    console.log('loaded', JSON.stringify(seen))`
  const hook = `
    import { registerHooks } from 'node:module'
    globalThis.seen = []
    registerHooks({ resolve(name, context, next) { if (/shiki/.test(name)) seen.push(name); return next(name, context) } })`
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(hook)}`, '--input-type=module', '--eval', program],
    { encoding: 'utf8', cwd: fileURLToPath(new URL('../..', import.meta.url)) },
  )
  assert.match(stdout, /loaded \[\]/, stderr)
})

describe('the colours of code', () => {
  const css = readFileSync(new URL('../../public/style.css', import.meta.url), 'utf8')
  const sheets = {
    light: css.replaceAll(/@media \((?:prefers|hover)[^{]*\{(?:[^{}]*\{[^{}]*\})*\s*\}|@media print[^]*?\n\}/g, ''),
    dark: css.replaceAll(/@media print[^]*?\n\}/g, ''),
  }
  for (const [scheme, sheet] of Object.entries(sheets)) {
    const colour = (name: string) =>
      Array.from(sheet.matchAll(new RegExp(`--${name}: (#[0-9a-f]{6});`, 'g'))).at(-1)?.[1] ?? ''
    const names = Array.from(css.matchAll(/\.hl-[^{]*\{ color: var\(--([a-z]+)\)/g), ([, name = '']) => name)

    test(`stand out from the ground they are on: ${scheme}`, () => {
      assert.ok(names.length >= 8)
      for (const name of names) {
        const ratio = contrast(colour(name), colour('raised'))
        assert.ok(ratio >= 4.5, `${name} ${colour(name)} on ${colour('raised')}: ${ratio.toFixed(2)}`)
      }
    })
  }

  test('are there for every class the sanitiser lets pass', () => {
    const names = 'comment keyword string constant function parameter link inserted deleted changed'.split(' ')
    for (const name of names) {
      assert.match(sanitise(`<span class="hl-${name}">x</span>`), new RegExp(`"hl-${name}"`))
      assert.match(css, new RegExp(`\\.hl-${name}\\b`))
    }
  })
})

/** As the accessibility guidelines measure it. */
function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(colour: string): number {
  assert.match(colour, /^#[0-9a-f]{6}$/)
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
