import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { cleanCss } from './custom-css.ts'

describe('an owner’s CSS', () => {
  const kept: [string, string][] = [
    [
      '.prose h2 { color: var(--accent); margin-block: 2em 1em }',
      '.prose h2{color:var(--accent);margin-block:2em 1em}',
    ],
    ['@media (min-width: 40rem) { .top { gap: 1px } }', '@media (min-width:40rem){.top{gap:1px}}'],
    ['@supports (display: grid) { .top { gap: 1px } }', '@supports (display:grid){.top{gap:1px}}'],
    ['@container (max-width: 3em) { a { gap: 1px } }', '@container (max-width:3em){a{gap:1px}}'],
    ['.a { color: red; &:hover { color: blue } }', '.a{color:red;&:hover{color:blue}}'],
    ['a:is(b, c):nth-child(2n+1)::before { content: "→" }', 'a:is(b,c):nth-child(2n+1)::before{content:"→"}'],
    [
      '.a { background: url( "/media/abcdefgh234567ab/x.webp" ) }',
      '.a{background:url(/media/abcdefgh234567ab/x.webp)}',
    ],
    ['.a { --gap: 3px; width: var(--other, 3px) }', '.a{--gap:3px;width:var(--other,3px)}'],
    ['.a { position: sticky; top: 0 ', '.a{position:sticky;top:0}'],
    ['.a { color: red !important } /* why */', '.a{color:red!important}'],
    ['', ''],
  ]
  for (const [typed, css] of kept) {
    test(`stays as far as it is good: ${typed}`, () => assert.equal(cleanCss(typed).css, css))
  }

  const refused: [string, string, string][] = [
    ['@import "https://evil.example/x.css";', 'at-rule', '@import'],
    ['@import url(/assets/desk.css);', 'at-rule', '@import'],
    ['@font-face { font-family: x; src: url(/x) }', 'at-rule', '@font-face'],
    ['@namespace x url(https://evil.example);', 'at-rule', '@namespace'],
    ['@media screen { @import "x"; }', 'at-rule', '@import'],
    ['@layer a { .x { gap: 1px } }', 'at-rule', '@layer'],
    ['.a { background: url(https://evil.example/x) }', 'address', 'https://evil.example/x'],
    ['.a { background: url(//evil.example/x) }', 'address', '//evil.example/x'],
    ['.a { background: url(/\\\\evil.example/x) }', 'address', '/\\evil.example/x'],
    ['.a { background: url(/media/../admin/x) }', 'address', '/media/../admin/x'],
    ['.a { background: url(/sign-out) }', 'address', '/sign-out'],
    ['.a { background: url(data:image/png;base64,AA==) }', 'address', 'data:image/png;base64,AA=='],
    ['.a { --x: url(https://evil.example) }', 'address', 'https://evil.example'],
    ['.a { color: var(--x, url(//evil.example)) }', 'address', '//evil.example'],
    ['.a { color: var(--x, var(--y, url(//evil.example))) }', 'address', '//evil.example'],
    ['.a { background: image-set("https://evil.example" 1x) }', 'function', 'image-set()'],
    ['.a { background: src("https://evil.example") }', 'function', 'src()'],
    ['.a { background: u\\72l(https://evil.example) }', 'syntax', 'background: u\\72l(https://evil.example)'],
    ['.a { background: URL(https://evil.example) }', 'address', 'https://evil.example'],
    ['.a { width: expression(alert(1)) }', 'function', 'expression()'],
    ['.a { b\\65havior: url(x) }', 'property', 'b\\65havior'],
    ['.a { behavior: url(x.htc) }', 'property', 'behavior'],
    ['.a { -moz-binding: url(x) }', 'property', '-moz-binding'],
    ['.a { animation: x 1s infinite }', 'property', 'animation'],
    ['.a { z-index: 99999 }', 'property', 'z-index'],
    ['.a { position: fixed }', 'position', 'position: fixed'],
    ['.a { position: absolute !important }', 'position', 'position: absolute'],
    ['.a { position: var(--x) }', 'position', 'position: var(--x)'],
    ['.a { POSITION: FIXED }', 'position', 'position: fixed'],
    ['.prose p { color:', 'syntax', 'color:'],
    ['.a { color: ; gap: 1px }', 'syntax', 'color:'],
    ['{} } .a { gap: 1px }', 'selector', '} .a'],
    ['@supports (background: url(https://evil.example)) { a { gap: 1px } }', 'syntax', '@supports'],
    [`${'a{'.repeat(41)}`, 'depth', '((((…'],
    [`a{width:${'('.repeat(50)}1px${')'.repeat(50)}}`, 'depth', '((((…'],
    [`${Array.from({ length: 41 }, (_, index) => `.a${index}`).join(',')} { gap: 1px }`, 'many-selectors', '.a0,'],
  ]
  for (const [typed, reason, what] of refused) {
    test(`is refused in this part: ${typed.slice(0, 60)}`, () => {
      const found = cleanCss(typed)
      const said = found.refused.map((one) => `${one.reason} ${one.what}`)
      assert.ok(
        said.some((line) => line.startsWith(`${reason} ${what}`)),
        JSON.stringify(said),
      )
      assert.doesNotMatch(found.css, /evil|import|expression|fixed|absolute|sign-out|data:/i)
    })
  }

  test('is refused by line, and the rest stays', () => {
    const found = cleanCss(
      '.a { gap: 1px }\n\n.b {\n  color: red;\n  position: fixed;\n  z-index: 1;\n}\n@page { gap: 1px }',
    )
    assert.equal(found.css, '.a{gap:1px}.b{color:red}')
    assert.deepEqual(
      found.refused.map(({ line, reason }) => `${line} ${reason}`),
      ['5 position', '6 property', '8 at-rule'],
    )
  })

  test('never ends the element that it stands in', () => {
    const { css } = cleanCss(
      '.a::before { content: "</style><script>alert(1)</script>" }\n.b[title="<!--"] { gap: 1px }',
    )
    assert.doesNotMatch(css, /</)
    assert.match(css, /\\3c \/style>/)
  })

  test('has at most 500 rules and 2,500 declarations', () => {
    const rules = cleanCss('.a{gap:1px}'.repeat(600))
    assert.equal(rules.css.match(/\{/g)?.length, 500)
    assert.ok(rules.refused.some(({ reason }) => reason === 'many-rules'))
    const declarations = cleanCss(`.a{${'gap:1px;'.repeat(2600)}}`)
    assert.equal(declarations.css.match(/gap/g)?.length, 2500)
    assert.ok(declarations.refused.some(({ reason }) => reason === 'many-declarations'))
  })

  test('has at most 200 parts that cannot be read, so that nobody waits for it', () => {
    const some = cleanCss(`${'{}'.repeat(200)}.a{gap:1px}`)
    assert.equal(some.css, '.a{gap:1px}')
    for (const many of ['{}', 'b{c}', ',{}', 'a{b{c:d}}\n']) {
      const found = cleanCss(`.a{gap:1px}\n${many.repeat(201)}`)
      const [line, ...none] = found.refused.map(({ line, reason }) => `${line} ${reason}`)
      assert.deepEqual([line, ...none], [`${many.endsWith('\n') ? 202 : 2} many-mistakes`], many)
      assert.equal(found.css, '', many)
    }
    // Of these none is a mistake of its own.
    for (const long of ['a,', '/*', ';', ':', '}']) assert.ok(cleanCss(long.repeat(10_000)).refused.length <= 1, long)
  })

  test('may be anything: it is taken apart and what comes out is good', () => {
    const parts = [
      '{',
      '}',
      '(',
      ')',
      ';',
      ':',
      '"',
      "'",
      '\\',
      '/*',
      '*/',
      '@media',
      '@import',
      'url(',
      'a',
      '.b',
      '&',
      'color',
      '--x',
      '\0',
      '\n',
      '<',
      '!important',
      ',',
      '[',
      ']',
      'é',
      '\u202e',
      '\ud800',
    ]
    let seed = 7
    const next = (below: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below
    for (let round = 0; round < 3000; round++) {
      const typed = Array.from({ length: next(30) }, () => parts[next(parts.length)]).join(next(2) ? ' ' : '')
      const { css } = cleanCss(typed)
      assert.doesNotMatch(css, /<|@import|url\(/i, typed)
      assert.equal(cleanCss(css).css, css, typed)
    }
  })
})
