// The editor by hand: keys, buttons, the menu of the slash, the clipboard.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { paths } from '../../src/paths.ts'
import { createPost } from '../../src/posts/queries.ts'
import { testApp } from '../app.ts'
import { assertQuiet, fill, press, serve, startBrowser, textOf, visit, webSettings } from '../browser.ts'
import { begin, chooseFirst, focused, paste, textBox } from '../editor.ts'

const browser = await startBrowser()
const context = await testApp(await webSettings())
const { cast, db } = context
const origin = await serve(context)
const ben = await visit(browser, origin, { as: cast.ben })
const { page } = ben

describe('the keys and the buttons', () => {
  test('put marks around what is selected, and take them away again', async () => {
    await begin(page, 'quiet words')
    for (const [keys, marked] of [
      ['Control+b', '**quiet words**'],
      ['Control+i', '*quiet words*'],
      ['Control+e', '`quiet words`'],
      ['Control+Alt+2', '## quiet words'],
      ['Control+Shift+8', '- quiet words'],
      ['Control+Shift+7', '1. quiet words'],
      ['Control+Shift+9', '> quiet words'],
    ] as const) {
      await page.keyboard.press('Control+a')
      await page.keyboard.press(keys)
      assert.equal(await textOf(page), marked, keys)
      await page.keyboard.press('Control+a')
      await page.keyboard.press(keys)
      assert.equal(await textOf(page), 'quiet words', keys)
    }
    await page.keyboard.press('Control+a')
    await press(page, 'button', 'Bold')
    assert.equal(await textOf(page), '**quiet words**')
  })

  test('make a link, and the address is what is typed next', async () => {
    await begin(page, 'words')
    await page.keyboard.press('Control+a')
    await page.keyboard.press('Control+k')
    await page.keyboard.type('https://example.com/')
    assert.equal(await textOf(page), '[words](https://example.com/)')
  })

  test('go on with a list, and end it', async () => {
    await begin(page, '- one')
    await page.keyboard.press('Control+End')
    await page.keyboard.press('Enter')
    await page.keyboard.type('two')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    await page.keyboard.type('After.')
    assert.equal(await textOf(page), '- one\n- two\n\nAfter.')
  })

  test('save at once, and leave the text with Tab', async () => {
    await page.goto(paths.admin.newPost())
    await fill(page, { Title: 'At once' })
    await textBox(page).focus()
    await page.keyboard.insertText('Now.')
    await page.keyboard.press('Control+s')
    await page.waitForURL(/\/admin\/posts\/\d+$/)
    await textBox(page).focus()
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'tags')
  })

  test('of the toolbar are one stop, with arrows within', async () => {
    await begin(page, 'x')
    await page.getByRole('button', { name: 'Heading', exact: true }).focus()
    await page.keyboard.press('ArrowRight')
    assert.equal(await focused(page), 'Bold')
    await page.keyboard.press('End')
    assert.equal(await focused(page), 'Keys')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Keys' }).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Tab')
    assert.equal(await focused(page), 'Text')
  })

  test('lead into focus mode, and Escape leads out', async () => {
    await begin(page, 'Only this.')
    await page.keyboard.press('Control+Alt+f')
    await page.getByLabel('Tags').waitFor({ state: 'hidden' })
    await page.keyboard.press('Escape')
    await page.getByLabel('Tags').waitFor({ state: 'visible' })
    assert.equal(await page.getByRole('button', { name: 'Focus' }).getAttribute('aria-pressed'), 'false')
  })
})

describe('a slash at the beginning of a line', () => {
  test('offers what the line may become', async () => {
    await begin(page, '')
    await page.keyboard.type('/quo')
    await page.getByRole('option', { name: 'Quote' }).waitFor()
    await chooseFirst(page)
    await page.keyboard.type('said')
    assert.equal(await textOf(page), '> said')
  })

  test('makes a table with the cursor in its first cell', async () => {
    await begin(page, '')
    await page.keyboard.type('/table')
    await page.getByRole('option', { name: 'Table' }).waitFor()
    await chooseFirst(page)
    await page.keyboard.type('Flour')
    assert.match(await textOf(page), /^\| Flour \| \|\n\|---\|---\|/)
  })

  test('has formulas, contents, cards and notes, each parted from the words around it', async () => {
    for (const [typed, name, more, text] of [
      ['/formula', 'Formula', 'x^2', 'Words.\n\n$$\nx^2\n$$'],
      ['/contents', 'Contents', 'After.', 'Words.\n\n[[toc]]\n\nAfter.'],
      ['/footnote', 'Footnote', 'A note.', 'Words.[^1]\n\n[^1]: A note.'],
      ['/line', 'Line', 'After.', 'Words.\n\n---\n\nAfter.'],
    ] as const) {
      await begin(page, 'Words.\n')
      await page.keyboard.type(typed)
      await page.getByRole('option', { name }).first().waitFor()
      await chooseFirst(page)
      await page.keyboard.type(more)
      assert.equal(await textOf(page), text)
    }
    await begin(page, '')
    await page.keyboard.type('/card')
    await page.getByRole('option', { name: 'Card' }).waitFor()
    await chooseFirst(page)
    assert.equal(await textOf(page), 'https://')
    await paste(page, { 'text/plain': 'https://example.com/a' })
    assert.equal(await textOf(page), 'https://example.com/a')
  })

  test('elsewhere is a slash', async () => {
    await begin(page, '')
    await page.keyboard.type('and/or')
    assert.equal(await page.getByRole('listbox').count(), 0)
    assert.equal(await textOf(page), 'and/or')
  })
})

describe('what is pasted', () => {
  test('over words, when it is an address, makes them a link', async () => {
    await begin(page, 'the train')
    await page.keyboard.press('Control+a')
    await paste(page, { 'text/plain': 'https://example.com/a_(b)' })
    assert.equal(await textOf(page), '[the train](<https://example.com/a_(b)>)')
    await begin(page, '')
    await paste(page, { 'text/plain': 'https://example.com/' })
    assert.equal(await textOf(page), 'https://example.com/')
  })

  test('as formatted text becomes Markdown', async () => {
    for (const [html, markdown] of pasted) {
      await begin(page, '')
      await paste(page, { 'text/html': html, 'text/plain': 'plain' })
      assert.equal(await textOf(page), markdown, html)
    }
  })

  test('as plain text, from a code editor or into code, stays as it is', async () => {
    await begin(page, '')
    await paste(page, { 'text/plain': '# *x*' })
    assert.equal(await textOf(page), '# *x*')
    await begin(page, '')
    const html = '<div style="font-family: Menlo, monospace"><span style="font-weight: bold">const</span> x</div>'
    await paste(page, { 'text/html': html, 'text/plain': 'const x' })
    assert.equal(await textOf(page), 'const x')
    await begin(page, '```\n')
    await page.keyboard.press('Control+End')
    await paste(page, { 'text/html': '<b>x</b>', 'text/plain': 'x' })
    assert.equal(await textOf(page), '```\nx')
  })
})

test('the words are counted, and the minutes they take', async () => {
  await begin(page, 'word '.repeat(441))
  await page.locator('.counts', { hasText: '441 words · 3 min to read' }).waitFor()
  await begin(page, '日本語の文章')
  await page.locator('.counts', { hasText: '6 characters · 1 min to read' }).waitFor()
})

test('a plain text of an old blog gets no Markdown', async () => {
  const { id } = await createPost(
    db,
    { title: 'Plain', body: 'Old *stars*.' },
    {
      id: cast.ben.id,
      ip: '127.0.0.1',
    },
  )
  await db.updateTable('posts').set({ body_format: 'plain' }).where('id', '=', id).execute()
  await page.goto(paths.admin.post(id))
  assert.equal(await textOf(page), 'Old *stars*.')
  assert.equal(await page.locator('.md-em').count(), 0)
  assert.equal(await page.getByRole('button', { name: 'Bold' }).count(), 0)
})

test('nothing of it breaks a rule of the page', () => assertQuiet(ben))

const pasted: [html: string, markdown: string][] = [
  ['<h1>Title</h1><p>One <b>two</b> <i>three</i>.</p><h3>Sub</h3>', '# Title\n\nOne **two** *three*.\n\n### Sub'],
  [
    '<p>A <a href="https://example.com/x">link</a> and <code>code`s</code>.</p>',
    'A [link](https://example.com/x) and ``code`s``.',
  ],
  ['<ul><li>one<ul><li>inner</li></ul></li><li>two</li></ul>', '- one\n  - inner\n- two'],
  ['<ol start="3"><li>three</li><li><p>four</p></li></ol>', '3. three\n4. four'],
  ['<pre><code class="language-ts">const x = 1\n  y()\n</code></pre>', '```ts\nconst x = 1\n  y()\n```'],
  ['<blockquote><p>Said</p><p>twice</p></blockquote>', '> Said\n>\n> twice'],
  [
    '<table><tr><th>A</th><th>B|C</th></tr><tr><td>1</td><td><b>2</b></td></tr></table>',
    '| A | B\\|C |\n| --- | --- |\n| 1 | **2** |',
  ],
  ['<p>a<br>b</p><hr><p><s>gone</s></p>', 'a\\\nb\n\n---\n\n~~gone~~'],
  [
    '<p>5 * 3 _is_ [x] &lt;b&gt; snake_case</p><p># no heading</p><p>1. no list</p>',
    '5 \\* 3 \\_is\\_ \\[x\\] \\<b> snake_case\n\n\\# no heading\n\n1\\. no list',
  ],
  [
    '<p><img src="https://example.com/a.png" alt="A"><img src="data:image/png;base64,x"><img src="file:///c/x.png"></p>',
    '![A](https://example.com/a.png)',
  ],
  ['<p><a href="javascript:alert(1)">x</a> <b>y</b></p><script>alert(1)</script>', 'x **y**'],
  // Google Docs: everything in one <b>, and the formatting in styles.
  [
    '<b style="font-weight:normal;" id="docs-internal-guid-1"><p><span style="font-weight:700">Bold</span><span style="font-weight:400"> and </span><span style="font-style:italic">slanted</span></p><ul><li><p><span>one</span></p></li><ul><li><p><span>in</span></p></li></ul></ul></b>',
    '**Bold** and *slanted*\n\n- one\n  - in',
  ],
  [
    '<p>See <a href="https://www.google.com/url?q=https://example.com/&amp;sa=D">this</a></p>',
    'See [this](https://example.com/)',
  ],
  // Word: comments, its own elements, lists that are paragraphs.
  [
    '<html><head><style>p{color:red}</style></head><body><!--StartFragment--><p class=MsoNormal><b>Hello</b><o:p></o:p></p><p class=MsoListParagraph style="mso-list:l0 level1 lfo1"><span style="mso-list:Ignore">·<span>&nbsp;&nbsp;</span></span>First</p><p class=MsoListParagraph style="mso-list:l0 level1 lfo1"><span style="mso-list:Ignore">·<span>&nbsp;</span></span>Second</p><!--EndFragment--></body></html>',
    '**Hello**\n\n- First\n- Second',
  ],
]
