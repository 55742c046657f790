// What must never come out, whatever goes in.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dice } from '../../test/dice.ts'
import { renderMarkdown } from './render.ts'
import { sanitise } from './sanitise.ts'

const html = (text: string) => renderMarkdown(text).html.trim()

describe('what could run', () => {
  const schemes = [
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:alert(1)',
    'java\tscript:alert(1)',
    'java\nscript:alert(1)',
    'java&#10;script:alert(1)',
    '&#106;avascript:alert(1)',
    'javascript&colon;alert(1)',
    '&#x6A&#x61vascript:alert(1)',
    '\u0001javascript:alert(1)',
    'vbscript:msgbox(1)',
    'data:text/html,<script>alert(1)</script>',
    'data:text/html;base64,PHNjcmlwdD4=',
    'data:image/svg+xml,<svg onload=alert(1)>',
    'blob:https://x/1',
    'file:///etc/passwd',
    'feed:javascript:alert(1)',
    '//evil.example/x.js',
    '/\\evil.example',
    'jar:x',
    'view-source:javascript:alert(1)',
  ]
  const places = [
    '<a href="%">x</a>',
    "<a href='%'>x</a>",
    '<img src="%">',
    '<blockquote cite="%">x</blockquote>',
    '<q cite="%">x</q>',
    '<form action="%"><button formaction="%">x</button></form>',
    '<video poster="%" src="%"></video>',
    '<a xlink:href="%">x</a>',
    '<svg><a xlink:href="%"><text>x</text></a></svg>',
    '<svg><animate attributeName="href" values="%" /></svg>',
    '<math href="%">x</math>',
    '<base href="%">',
    '<iframe src="%"></iframe>',
    '<object data="%"></object>',
    '<embed src="%">',
    '<img srcset="% 2x">',
    '<a href="#" ping="%">x</a>',
    '<link rel="stylesheet" href="%">',
    '<meta http-equiv="refresh" content="0;url=%">',
    '<table background="%"><tr><td>x</td></tr></table>',
    '[x](%)',
    '[x](<%>)',
    '![x](%)',
    '<%>',
    '[x]: %\n\n[x]',
  ]
  for (const scheme of schemes) {
    test(`${JSON.stringify(scheme)} is in no attribute`, () => {
      for (const place of places) harmless(place.replaceAll('%', scheme))
    })
  }

  const markups = [
    '<script>alert(1)</script>',
    '<ScRiPt src=//evil.example/x.js></ScRiPt>',
    '<script\n>alert(1)</script\n>',
    '<<script>script>alert(1)</script>',
    '<scr<script>ipt>alert(1)</scr</script>ipt>',
    '<script>alert(1)',
    '<img src=x onerror=alert(1)>',
    '<img src="x" ONERROR="alert(1)" onload=alert(1)>',
    '<img/src=x/onerror=alert(1)>',
    '<img src=x\nonerror\n=\nalert(1)>',
    '<a href="x" onclick="alert(1)" onmouseover=\'alert(1)\'>x</a>',
    '<p title="a\n>b" onclick=alert(1)>x</p>',
    '<p title="--><img src=x onerror=alert(1)>">x</p>',
    '<p title="<!--" lang="--><script>alert(1)</script>">x</p>',
    '<body onload=alert(1)>',
    '<details open ontoggle=alert(1)>x</details>',
    '<input autofocus onfocus=alert(1)>',
    '<svg onload=alert(1)>',
    '<svg><script>alert(1)</script></svg>',
    '<svg><foreignObject><img src=x onerror=alert(1)></foreignObject></svg>',
    '<svg><style><img src=x onerror=alert(1)></style></svg>',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    '<math><annotation-xml encoding="text/html"><script>alert(1)</script></annotation-xml></math>',
    ...[
      'xmp',
      'noscript',
      'noembed',
      'noframes',
      'plaintext',
      'textarea',
      'title',
      'style',
      'iframe',
      'template',
      'select',
      'option',
    ].flatMap((name) => [
      `<${name}><img src=x onerror=alert(1)></${name}>`,
      `<${name}><p title="</${name}><img src=x onerror=alert(1)>">`,
      `<p><${name}></p><img src=x onerror=alert(1)>`,
      `<${name}></${name}><script>alert(1)</script>`,
      `&lt;/${name}&gt;<img src=x onerror=alert(1)>`,
    ]),
    '<style>body{background:url(javascript:alert(1))}</style>',
    '<p style="background:url(javascript:alert(1))">x</p>',
    '<style>@import "//evil.example/x.css"</style>',
    '<!--><img src=x onerror=alert(1)>-->',
    '<!-- --!><img src=x onerror=alert(1)>',
    '<![CDATA[<img src=x onerror=alert(1)>]]>',
    '<?xml version="1.0"?><img src=x onerror=alert(1)>',
    '<object data="x"><param name="src" value="javascript:alert(1)"></object>',
    '<form><button formaction="javascript:alert(1)">x</button></form>',
    '<isindex action="javascript:alert(1)">',
    '<x onclick=alert(1)>y</x>',
    '`<img src=x onerror=alert(1)>`',
    '[<img src=x onerror=alert(1)>](x)',
    '![<img src=x onerror=alert(1)>](x "<script>alert(1)</script>")',
    '[^1]\n\n[^1]: <img src=x onerror=alert(1)>',
    '| <img src=x onerror=alert(1)> |\n|---|\n| <script>alert(1)</script> |',
    '- [ ] <img src=x onerror=alert(1)>',
    '<div id="content" class="skip"><a id="comments" name="body" class="button">x</a></div>',
  ]
  for (const markup of markups) {
    test(`${JSON.stringify(markup.slice(0, 60))} does nothing`, () => harmless(markup))
  }

  test('leaves the words around it', () => {
    assert.equal(
      html('before <script>alert(1)</script> after <b onclick=x>bold</b>'),
      '<p>before  after <b>bold</b></p>',
    )
  })
})

describe('what could stand in for the page', () => {
  test('is no id and no name, but those of footnotes', () => {
    for (const name of ['content', 'comments', 'body', 'fn', 'fnx', 'fn1x', 'comment-1', 'preview', '__proto__']) {
      for (const tag of ['p', 'img', 'pre', 'table', 'h1', 'a', 'section']) {
        assert.doesNotMatch(html(`<${tag} id="${name}" name="${name}">x</${tag}>`), /id=|name=/, `${tag} ${name}`)
      }
    }
    assert.equal(html('<p id="fn1">x</p>'), '<p id="fn1">x</p>')
  })

  test('is no class of the theme', () => {
    for (const tag of ['p', 'div', 'a', 'span', 'section', 'code', 'li', 'h2', 'table', 'details']) {
      assert.doesNotMatch(html(`<${tag} class="error-summary button danger notice">x</${tag}>`), /class/, tag)
    }
  })

  test('is no form but the boxes of tasks', () => {
    const out = html(
      '<form action="/sign-out" method="post"><input name="x" value="y"><button>Go</button><select><option>a</select><textarea>t</textarea></form>',
    )
    assert.doesNotMatch(out, /<(form|input|button|select|option|textarea)/)
    assert.doesNotMatch(
      html('<input type="checkbox" name="a" value="b" form="c" onchange="x">'),
      /name|value|form|onchange/,
    )
  })
})

test('500 texts by chance come out clean, and the same when they are cleaned again', () => {
  const random = dice(2_026)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const parts = [
    '<',
    '>',
    '"',
    "'",
    '=',
    '/',
    '&',
    ';',
    '\n',
    '\t',
    ' ',
    '\0',
    '`',
    '*',
    '_',
    '#',
    '[',
    ']',
    '(',
    ')',
    '!',
    '|',
    '-',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '\\',
    '\u2028',
    '字',
    '<script',
    '</script',
    '<svg',
    '<math',
    '<style',
    '</style>',
    '<img src=x',
    ' onerror=alert(1)',
    ' onload="x"',
    ' style="x"',
    ' href=',
    'javascript:',
    'data:text/html,',
    '&#106;',
    '&colon;',
    '&lt;',
    '&#x3c;',
    '<a href="',
    '<p title="',
    '<table>',
    '<td>',
    '</td>',
    '<xmp>',
    '<noscript>',
    '<textarea>',
    '<title>',
    '<iframe src="',
    '<template>',
    '<form>',
    '<h1>',
    '<li>',
    '[^1]',
    '\n[^1]: ',
    '- [ ] ',
    '```',
    '\n| a |\n|:-:|\n| ',
    'https://x.example',
    'words',
  ]
  for (let count = 0; count < 500; count++) {
    const text = Array.from({ length: 1 + Math.floor(random() * 40) }, () => pick(parts)).join('')
    harmless(text)
  }
})

/** Only what is allowed, in the output and in what a second look makes of it. */
function harmless(text: string): void {
  const { html } = renderMarkdown(text)
  assert.equal(sanitise(html), html, `not stable: ${JSON.stringify(text)}`)
  for (const [tag, name = ''] of html.matchAll(/<\/?([a-z][a-z0-9]*)\b[^>]*>/gi)) {
    assert.match(name, allowed, `${tag} for ${JSON.stringify(text)}`)
    const attributes = tag.replace(/"[^"]*"/g, '""')
    assert.doesNotMatch(
      attributes,
      /\s(on\w*|style|srcset|name|action|formaction|poster|ping|xlink:href|background)\s*=/i,
      `${tag} for ${JSON.stringify(text)}`,
    )
    for (const [, address = ''] of tag.matchAll(/\s(?:href|src|cite)="([^"]*)"/g)) {
      const { protocol, host } = new URL(unescaped(address), 'https://here.example/')
      assert.match(protocol, /^(https?|mailto):$/, `${tag} for ${JSON.stringify(text)}`)
      if (/^[\\/]{2}/.test(unescaped(address).trim()))
        assert.equal(host, 'here.example', `${tag} for ${JSON.stringify(text)}`)
    }
  }
  // Nothing that begins like a tag may be left once the tags are gone.
  assert.doesNotMatch(
    html.replace(/<\/?[a-z][a-z0-9]*(?: [a-z-]+(?:="[^"<>]*")?)*(?: \/)?>/g, ''),
    /</,
    JSON.stringify(text),
  )
}

const allowed =
  /^(h[2-6]|p|blockquote|[uod]l|li|d[td]|hr|pre|fig(ure|caption)|table|t(head|body|foot|r|h|d)|caption|a(bbr)?|b|bd[io]|br|cite|code|del|dfn|em|i|img|in(put|s)|kbd|mark|q|s|samp|small|span|strong|su[bp]|time|u|var|wbr|div|section|details|summary|nav|math|menclose|m(frac|[ino]|over|padded|phantom|root|row|space|sqrt|style|sub|subsup|sup|table|td|text|tr|under|underover))$/

function unescaped(text: string): string {
  return text.replace(
    /&(amp|lt|gt|quot|#39);/g,
    (_, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" })[name] ?? '',
  )
}
