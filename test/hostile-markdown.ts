// Hostile texts, changed by chance, and a strict look at what is made of them.
import assert from 'node:assert/strict'
import { type DefaultTreeAdapterTypes, parseFragment } from 'parse5'
import type { Embed, Surroundings } from '../src/markdown/surroundings.ts'
import { dice } from './dice.ts'

const fence = '```'
const corpus = [
  '# Title <script>alert(1)</script> "onclick=x\n\n## Title\n\n<h2 id="h-title" onclick="x">Title</h2>',
  '## [x](javascript:alert(1)) ![y](data:text/html,z "t")\n\nSetext <b id=content>\n---\n',
  '![alt" onerror="alert(1)](x.png "a\\" onload=\\"alert(1) <script>alert(1)</script>")\n\nwords',
  '![a](<javascript:alert(1)> "t")\n\n> ![b][c]\n\n[c]: data:image/svg+xml,x (<img src=x onerror=alert(1)>)',
  `${fence}html onload=x\n</span></code></pre><script>alert(1)</script><img src=x onerror=alert(1)>\n${fence}`,
  `${fence}js "><img src=x onerror=alert(1)>\nconst a = \`\${'</pre>'}\` // <svg onload=x>\n${fence}\n\n~~~ts\nlet b`,
  '<figure style="x"><img src=x onerror=alert(1)><figcaption onclick=x id=comments>a</figcaption></figure>',
  '<a class="anchor" href="javascript:alert(1)" aria-hidden="true" tabindex="-1" id="h-x">x</a>',
  '<a class="anchor" href="#h-x" id=preview style="position:fixed" onfocus=alert(1) autofocus>x</a>',
  '<span class="hl-keyword notice" style="x" id="h-y">x</span><span class="hl-x" onmouseover=alert(1)>y</span>',
  '<h2 id="h-a"><h3 id="h-a"><h1 id="fn1"><p id="fnref1:2">x</h2></h3></h1>\n\n# a\n\nx[^1][^1]\n\n[^1]: y',
  '<svg><style><img src="</style><img src=x onerror=alert(1)>"></svg><math><mi xlink:href="javascript:x">y</math>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript><textarea><p title="</textarea><script>x">',
  '<form action="javascript:x"><input type=checkbox formaction=x id=body><button id=title>z</button></form>',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe><object data=x><embed src=y><base href=//evil.example>',
  '<!-- --!><script>alert(1)</script> --><![CDATA[ ]]><?php ?><img src=x onerror=alert(1)>',
  '- [ ] <b onclick=x>a</b>\n- [x] [b](vbscript:x)\n\n| <i style=x>a</i> | b |\n|:-:|--:|\n| <script>x</script> | ` ` |',
  '<https://x.example/"onclick="x> https://x.example/\'><script> [a](//evil.example) <details open ontoggle=x>',
  '<img src="data:image/png;base64,x" srcset="javascript:x 2x"> <q cite="javascript:x">y</q> <a href="data:x">z</a>',
  '<div lang="x" dir=rtl title="<script>" class="hl-string" id=h-z><table background=x><td style="x" align="center">',
  '$a^2 < \\frac{1}{\\text{<script>alert(1)</script>}} \\href{javascript:alert(1)}{x}$ and $5, $6 $\\mathbb{R}$',
  '$$\n\\begin{aligned}a&=<img src=x onerror=alert(1)>\\\\b&=\\htmlId{content}{\\color{red}x}\\end{aligned}\n$$\n\nwords',
  '$\\verb|</math><script>|$ $\\url{javascript:alert(1)}$ $$\\includegraphics{data:x}$$ $\\mathbf{<b onclick=x>}$ $`$',
  '<math><mtext><p>$x$</p><mi></mtext><math><mglyph><annotation-xml encoding="text/html">$\\frac$<style></math>',
  '[[toc]]\n\n# a <script>x</script>\n\n### "onclick=x $b$\n\n## [c](javascript:x)\n\n<nav class="toc menu" id="top">[[toc]]</nav>',
  'https://cards.example/a\n\n<https://cards.example/b?"onclick=x>\n\nhttps://cards.example/c\n\n<div class="card" onclick=x>',
  '> https://cards.example/a\n\n- https://cards.example/b\n\n    https://cards.example/c\n\nhttps://cards.example/b',
]
const pieces = [
  ['<', '>', '"', "'", '`', '&', '#', '=', '/', '\\', '\n', '\n\n', ' ', '\t', '\0', '!', '[', ']', '(', ')', '|'],
  ['<!--', '-->', '</', '/>', '<script>', '</script>', '<style>', '</style>', '<svg>', '<math>', '<p>', '</p>'],
  [' onerror=alert(1) ', ' style="x" ', ' id="content" ', ' id=h-a ', ' class="anchor" ', ' href="javascript:x" '],
  ['javascript:', 'data:text/html,', '&#106;', '&colon;', '&lt;', '&quot;', '\u2028', '\u202e', '\ud83d', '字'],
  ['# ', '> ', '- ', '    ', fence, `${fence}js\n`, '~~~html\n', '[^1]', '[^1]: ', '![x](y "z")', '***', '<h2 '],
  [
    '$',
    '$$',
    '\n$$\n',
    '\\frac',
    '{',
    '}',
    '\\left(',
    '&',
    '[[toc]]',
    '\n\nhttps://cards.example/a\n\n',
    '<math>',
    '<mi>',
  ],
  ['</math>', '<mtext>', '<nav class=toc>', '<div class="card">', '<mspace width=99em>', '\\text{', '\\begin{matrix}'],
].flat()

/** What another site says of itself is as hostile as a text. */
const embed: Embed = {
  title: '</a></div><script>alert(1)</script>"onclick=x',
  description: '<img src=x onerror=alert(1)> &lt;b&gt; $x$',
  author_name: "'><svg onload=alert(1)>",
  site_name: '<!--',
}

export const hostileSurroundings: Surroundings = {
  pictures: new Map(),
  embeds: new Map(['a', 'b'].map((name) => [`https://cards.example/${name}`, embed])),
}

/** One text after another, the same for the same seed. */
export function mutations(seed: number): () => string {
  const random = dice(seed)
  const below = (count: number) => Math.floor(random() * count)
  const pick = (list: string[]) => list[below(list.length)] ?? ''
  return () => {
    let text = pick(corpus)
    for (let change = 0; change <= below(6); change++) {
      const at = below(text.length + 1)
      const length = below(12)
      const start = text.slice(0, at)
      const end = text.slice(at)
      const changed = [
        () => start + pick(pieces) + end,
        () => start + end.slice(length),
        () => start + end.slice(0, length).repeat(2) + end,
        () => start + pick(corpus) + end,
        () => start + pick(corpus).slice(below(40)),
        () => start + end.replace(/[a-z]+/i, (word) => word.toUpperCase()),
        // Few texts in a hundred become long: what is quadratic shows there.
        () => (below(20) === 0 ? start + pick(pieces).repeat(below(3000)) + end : text),
      ]
      text = changed[below(changed.length)]?.() ?? text
    }
    return text
  }
}

/** As a browser would build it, in an article and as the part of a page: only what may be there. */
export function assertHarmlessTree(html: string, text: string): void {
  for (const node of nodesOf(parseFragment(html))) {
    if (!('tagName' in node)) {
      assert.ok(['#text', '#document-fragment'].includes(node.nodeName), `${node.nodeName}: ${text}`)
      continue
    }
    assert.ok(elements.has(node.tagName) || node.tagName === 'tbody', `${node.tagName}: ${text}`)
    for (const { name, value } of node.attrs) {
      assert.ok(attributes.has(name) && !name.startsWith('on'), `${name}: ${text}`)
      if (['href', 'src', 'cite'].includes(name)) assertAddress(value.replaceAll('&', '&amp;'), text)
    }
  }
}

function* nodesOf(node: DefaultTreeAdapterTypes.Node): Generator<DefaultTreeAdapterTypes.Node> {
  yield node
  if ('childNodes' in node) for (const child of node.childNodes) yield* nodesOf(child)
}

export const elements = new Set(
  [
    'h2 h3 h4 h5 h6 p blockquote ul ol li dl dt dd hr pre figure figcaption table thead tbody tfoot tr th td caption',
    'a abbr b bdi bdo br cite code del dfn em i img input ins kbd mark q s samp small span strong sub sup time u var wbr',
    'div section details summary nav',
    'math menclose mfrac mi mn mo mover mpadded mphantom mroot mrow mspace msqrt mstyle msub msubsup msup mtable mtd',
    'mtext mtr munder munderover',
  ]
    .join(' ')
    .split(' '),
)
export const attributes = new Set(
  [
    'lang dir title id class href cite datetime open src alt width height loading decoding type checked disabled',
    'aria-label aria-hidden value start reversed tabindex colspan rowspan align scope',
    'display notation linethickness mathvariant fence largeop lspace maxsize minsize rspace separator stretchy accent',
    'depth mathbackground voffset displaystyle mathcolor mathsize scriptlevel columnalign columnlines columnspacing',
    'rowlines rowspacing accentunder',
  ]
    .join(' ')
    .split(' '),
)

/** Reads the page as strictly as it is written: whatever is no text must be a tag of the one known form. */
export function assertClean(html: string, text: string): void {
  const about = `${html}\nfrom ${JSON.stringify(text)}`
  const ids = new Set<string>()
  const rest = html.replace(/<(\/?)([a-z][a-z0-9]*)((?: [a-z-]+(?:="[^"<>]*")?)*)( \/)?>/g, (_, __, name, inside) => {
    assert.ok(elements.has(name), about)
    for (const [, attribute = '', value = ''] of String(inside).matchAll(/ ([a-z-]+)(?:="([^"]*)")?/g)) {
      assert.ok(attributes.has(attribute), `${attribute}: ${about}`)
      if (attribute === 'id') assertOwnId(name, value, ids, about)
      if (['href', 'src', 'cite'].includes(attribute)) assertAddress(value, about)
    }
    return ''
  })
  assert.doesNotMatch(rest, /[<>]/, about)
}

function assertOwnId(name: string, id: string, ids: Set<string>, about: string): void {
  const form = /^h[2-6]$/.test(name)
    ? /^(h-[\p{Letter}\p{Mark}\p{Number}-]+|fn(ref)?\d+(:\d+)?)$/u
    : /^fn(ref)?\d+(:\d+)?$/
  assert.match(id, form, about)
  assert.ok(!ids.has(id), `${id} twice: ${about}`)
  ids.add(id)
}

function assertAddress(value: string, about: string): void {
  const address = value.replace(/&(?:(amp|lt|gt|quot)|#(\d+)|#x([0-9a-f]+));?/gi, (_, name, decimal, hex) => {
    if (name) return { amp: '&', lt: '<', gt: '>', quot: '"' }[String(name).toLowerCase()] ?? ''
    return String.fromCodePoint(decimal ? Number(decimal) : Number.parseInt(hex, 16))
  })
  // An address that no browser can read leads nowhere.
  if (!URL.canParse(address, 'https://here.example/')) return
  assert.match(new URL(address, 'https://here.example/').protocol, /^(https?|mailto):$/, about)
}
