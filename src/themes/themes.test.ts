import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, describe, test } from 'node:test'
import { brotliDecompressSync } from 'node:zlib'
import { newBlog, testApp } from '../../test/app.ts'
import type { Cast } from '../../test/cast.ts'
import { testLimits } from '../../test/database.ts'
import { multipart } from '../../test/importing.ts'
import { errorAt, fieldOf, publishPost, unescaped } from '../../test/pages.ts'
import { picture } from '../../test/pictures.ts'
import { until } from '../../test/waiting.ts'
import { openDatabase } from '../db/pool.ts'
import { assetPath } from '../html/assets.ts'
import { paths } from '../paths.ts'
import { presets } from './presets.ts'
import { keptVersions } from './queries.ts'
import { cssOf } from './stylesheet.ts'
import { defaultTheme, valuesOf } from './theme.ts'

const blog = await testApp()
const { app, cast, db } = blog
const { ada, ben, dev } = cast
const second = openDatabase(blog.target, testLimits)
const other = await newBlog({}, { target: blog.target, limits: testLimits, database: second, db: second.db })
after(() => second.close())
const { path: postPath } = await publishPost(ben, { title: 'Seen', body: '## Part\n\nwords', tags: 'lamps' })
const path = paths.admin.appearance()
const harbour = { ...defaultTheme, ...presets.harbour }

describe('the appearance', () => {
  const answers = { ada: [200, 303], ben: [403, 403], cleo: [403, 403], rosa: [403, 403], dev: [303, 401] }
  for (const [name, [get, post]] of Object.entries(answers) as [keyof Cast, [number, number]][]) {
    test(`is answered to ${name} with ${get}, changing it with ${post}`, async () => {
      const before = await number()
      assert.equal((await cast[name].get(path)).statusCode, get)
      assert.equal((await cast[name].post(path, form())).statusCode, post)
      assert.equal(await number(), before + (post === 303 ? 1 : 0))
      for (const action of [
        paths.admin.appearanceDraft(),
        paths.admin.appearancePreview(),
        paths.admin.appearanceVersionRestoration(0),
      ])
        assert.equal(
          (await cast[name].post(action, form())).statusCode >= 400,
          name !== 'ada' || action === paths.admin.appearanceDraft(),
          action,
        )
      await back()
    })
  }

  test('shows at once on readers’ pages, and neither at the desk nor where one signs in', async () => {
    await save({ ...valuesOf(harbour), custom_css: '.prose h2 { letter-spacing: 1px }' })
    const sheet = sheetOf((await dev.get('/')).body)
    for (const url of ['/', postPath, paths.tag('lamps'), paths.author('ben'), '/nowhere'])
      assert.equal(sheetOf((await dev.get(url)).body), sheet, url)
    const own = assetPath('style.css')
    for (const url of [paths.signIn(), paths.register(), paths.forgottenPassword()])
      assert.equal(sheetOf((await dev.get(url)).body), own, url)
    for (const url of [
      path,
      paths.admin.posts(),
      paths.admin.newPost(),
      paths.admin.settings(),
      paths.profile(),
      '/admin/nowhere',
    ])
      assert.equal(sheetOf((await ada.get(url)).body), own, url)
    await back()
    assert.equal(sheetOf((await dev.get('/')).body), own)
  })

  test('is one stylesheet under an address of its own, for ever the same, and small', async () => {
    await save({ ...valuesOf(harbour), custom_css: '.prose h2 { letter-spacing: 1px }' })
    const sheet = sheetOf((await dev.get('/')).body)
    const answer = await app.inject({ url: sheet, headers: { 'accept-encoding': 'gzip, br' } })
    assert.equal(answer.headers['cache-control'], 'public, max-age=31536000, immutable')
    assert.equal(answer.headers['content-encoding'], 'br')
    const css = brotliDecompressSync(answer.rawPayload).toString()
    assert.match(css, /--accent: #0a5f9e;/)
    assert.match(css, /\.prose h2\{letter-spacing:1px\}$/)
    assert.equal(sheet, paths.themeStylesheet(`${createHash('sha256').update(css).digest('hex').slice(0, 16)}.css`))
    assert.match(String((await dev.get('/')).headers['content-security-policy']), /style-src 'self';/)
    assert.equal(
      (await app.inject({ url: sheet, headers: { 'if-none-match': String(answer.headers.etag) } })).statusCode,
      304,
    )
    await back()
  })

  test('of another time leads to the look of now, which nobody keeps', async () => {
    const unknown = paths.themeStylesheet('0123456789abcdef.css')
    const plain = await dev.get(unknown)
    assert.equal(plain.headers.location, assetPath('style.css'))
    assert.equal(plain.headers['cache-control'], 'no-store')
    await save(valuesOf(harbour))
    const themed = await dev.get(unknown)
    assert.match(themed.body, /--accent: #0a5f9e;/)
    assert.equal(themed.headers['cache-control'], 'no-store')
    assert.equal((await dev.get(paths.themeStylesheet('x.css'))).statusCode, 404)
    await back()
  })

  test('shows in another server on the same database within seconds, and that one has the stylesheet at once', async () => {
    await save(valuesOf(harbour))
    const sheet = sheetOf((await dev.get('/')).body)
    const early = await other.app.inject(sheet)
    assert.equal(early.headers['cache-control'], 'public, max-age=31536000, immutable')
    await back()
    await save({ ...valuesOf(harbour), text_width: '70' })
    const later = sheetOf((await dev.get('/')).body)
    await until(async () => sheetOf((await other.app.inject('/')).body) === later)
    await back()
  })

  test('saved by two is not overwritten unseen', async () => {
    const both = await number()
    assert.equal((await ada.post(path, { ...form(), name: 'First', number: String(both) })).statusCode, 303)
    const refused = await ada.post(path, { ...form(), name: 'Second', number: String(both) })
    assert.equal(refused.statusCode, 409)
    assert.equal(fieldOf(refused.body, 'name'), 'Second')
    assert.equal(await number(), both + 1)
    const again = { ...form(), name: 'Second', number: fieldOf(refused.body, 'number') ?? '' }
    assert.equal((await ada.post(path, again)).statusCode, 303)
    await back()
  })

  const wrong: [string, Record<string, string>][] = [
    ['name', { name: ' ' }],
    ['name', { name: 'x'.repeat(61) }],
    ['scheme', { scheme: 'grey' }],
    ['light_paper', { light_paper: 'red' }],
    ['dark_accent', { dark_accent: '#12345' }],
    ['text_font', { text_font: 'Comic Sans' }],
    ['text_font', { text_font: '__proto__' }],
    ['text_width', { text_width: '44' }],
    ['text_width', { text_width: '5e1' }],
    ['text_size', { text_size: '131' }],
    ['corners', { corners: 'pointed' }],
    ['lines', { lines: '' }],
    ['logo', { logo: '../../etc' }],
    ['logo', { logo: 'abcdefgh234567ab' }],
    ['footer_text', { footer_text: 'x'.repeat(501) }],
    ['footer_menu', { footer_menu: 'Evil javascript:alert(1)' }],
    ['custom_css', { custom_css: 'x'.repeat(20_001) }],
    ['number', { number: 'x' }],
  ]
  for (const [field, change] of wrong) {
    test(`is refused with the ${field} ${JSON.stringify(Object.values(change)[0]?.slice(0, 20))}, and nothing changes`, async () => {
      const before = await number()
      const answer = await ada.post(path, { ...form(), number: String(before), ...change })
      assert.equal(answer.statusCode, 422)
      if (field !== 'number') assert.ok(errorAt(answer.body, field), field)
      assert.equal(await number(), before)
    })
  }

  test('without any field of its form is refused, too', async () => {
    assert.equal((await ada.post(path, {})).statusCode, 422)
    assert.equal((await ada.post(paths.admin.appearancePreview(), {})).statusCode, 422)
    assert.equal((await ada.post(paths.admin.appearanceDraft(), {})).statusCode, 404)
    assert.equal((await ada.post(paths.admin.appearanceDraft(), { start_from: 'constructor' })).statusCode, 404)
    assert.equal((await ada.post(paths.admin.appearanceVersionRestoration(999_999))).statusCode, 404)
  })

  test('leaves a trace of who changed it', async () => {
    await save({ ...form(), name: 'Traced' })
    const event = await db
      .selectFrom('audit_events')
      .select(['actor_id', 'description'])
      .where('action', '=', 'theme.saved')
      .orderBy('id', 'desc')
      .executeTakeFirstOrThrow()
    assert.deepEqual(event, { actor_id: ada.id, description: 'Traced' })
    await back()
  })
})

describe('colours that are hard to read', () => {
  const pale = { ...form(), light_soft: '#bbbbbb' }

  test('are saved after the owner was told and said yes, and not before', async () => {
    const before = await number()
    const asked = await ada.post(path, { ...pale, number: String(before) })
    assert.equal(asked.statusCode, 422)
    assert.match(
      unescaped(asked.body),
      /Light: Quiet text #bbbbbb on Page #fdfcf8 is 1\.8\d to 1, and 4\.5 to 1 is needed\. Nearest that passes: #\w{6}\./,
    )
    assert.equal(await number(), before)
    // A yes to other colours is none.
    const agreed = fieldOf(asked.body, 'agreed') ?? ''
    assert.equal(
      (await ada.post(path, { ...pale, number: String(before), contrast: 'accept', agreed, light_soft: '#bcbcbc' }))
        .statusCode,
      422,
    )
    assert.equal((await ada.post(path, { ...pale, number: String(before), contrast: 'accept' })).statusCode, 422)
    assert.equal(
      (await ada.post(path, { ...pale, number: String(before), contrast: 'accept', agreed })).statusCode,
      303,
    )
    assert.match(await stylesheet(), /--soft: #bbbbbb;/)
    assert.match((await ada.get(path)).body, /hard to read/)
    await back()
  })

  test('are exchanged for the nearest that pass', async () => {
    const before = await number()
    assert.equal((await ada.post(path, { ...pale, number: String(before), contrast: 'mend' })).statusCode, 303)
    const [, soft = ''] =
      /--soft: (#\w{6});/.exec(
        (await stylesheet()).split('/* Bloggy').at(-1)?.split('prefers-color-scheme: dark').at(-2) ?? '',
      ) ?? []
    assert.notEqual(soft, '#bbbbbb')
    assert.doesNotMatch((await ada.get(path)).body, /hard to read/)
    await back()
  })
})

describe('custom CSS', () => {
  test('is kept as typed and sent as far as it is allowed; the rest is named', async () => {
    const custom_css = '/* mine */\n.prose h2 { color: teal; position: fixed }\n@import "x";'
    await save({ ...form(), custom_css })
    const page = (await ada.get(path)).body
    assert.equal(fieldOf(page, 'custom_css'), custom_css)
    assert.match(unescaped(page), /Line 2, “position: fixed”: what does not stay/)
    assert.match(unescaped(page), /Line 3, “@import”: this at-rule/)
    const css = await stylesheet()
    assert.ok(css.endsWith('}\n.prose h2{color:teal}'))
    assert.doesNotMatch(css, /mine|position: ?fixed|@import/)
    await back()
  })

  test('that cannot be read at all is kept as typed and not sent', async () => {
    const custom_css = `.prose h2 { color: teal }\n${'{}'.repeat(9000)}`
    await save({ ...form(), custom_css })
    const page = (await ada.get(path)).body
    assert.equal(fieldOf(page, 'custom_css'), custom_css)
    assert.match(unescaped(page), /Line 2, “…”: up to here 200 parts cannot be read/)
    assert.doesNotMatch(await stylesheet(), /teal/)
    await back()
  })
})

describe('versions of the appearance', () => {
  test('can be had back, the last twenty, and the look that Bloggy comes with', async () => {
    const first = (await number()) + 1
    await save({ ...form(), name: 'Wide', text_width: '80' })
    await save({ ...form(), name: 'Narrow', text_width: '45' })
    assert.match(await stylesheet(), /--measure: 45ch/)
    assert.equal((await ada.post(paths.admin.appearanceVersionRestoration(first))).statusCode, 303)
    assert.match(await stylesheet(), /--measure: 80ch/)
    assert.equal(await number(), first + 2)
    for (let count = 0; count < keptVersions; count++) await save({ ...form(), name: `Number ${count}` })
    assert.equal((await db.selectFrom('theme_versions').select('number').execute()).length, keptVersions)
    const page = (await ada.get(path)).body
    assert.equal(page.match(/Version \d+: Number/g)?.length, keptVersions)
    assert.doesNotMatch(page, /Wide/)
    assert.equal((await ada.post(paths.admin.appearanceVersionRestoration(first))).statusCode, 404)
    await back()
    assert.equal(sheetOf((await dev.get('/')).body), assetPath('style.css'))
  })

  test('restored by two at once are both there, or one is told', async () => {
    const answers = await Promise.all([0, 0, 0].map((of) => ada.post(paths.admin.appearanceVersionRestoration(of))))
    assert.ok(answers.some(({ statusCode }) => statusCode === 303))
    assert.ok(answers.every(({ statusCode }) => [303, 409].includes(statusCode)))
  })
})

describe('a theme as a file', () => {
  const send = (content: string | Buffer) =>
    upload(paths.admin.appearanceFile(), [{ name: 'file', filename: 'theme.json', content }])

  test('goes out and comes in again; logo and footer stay the blog’s own', async () => {
    await save({ ...valuesOf(harbour), name: 'Mine', custom_css: '.a { gap: 1px }', footer_text: 'Ours' })
    const file = await ada.get(paths.admin.appearanceFile())
    assert.equal(file.headers['content-disposition'], 'attachment; filename="theme.json"')
    assert.doesNotMatch(file.body, /Ours|footer|logo/)
    await back()
    await save({ ...form(), footer_text: 'Stays' })
    const before = await number()
    const shown = await send(file.body)
    assert.equal(shown.statusCode, 200)
    assert.equal(fieldOf(shown.body, 'name'), 'Mine')
    assert.equal(fieldOf(shown.body, 'light_accent'), '#0a5f9e')
    assert.equal(fieldOf(shown.body, 'custom_css'), '.a { gap: 1px }')
    assert.equal(fieldOf(shown.body, 'footer_text'), 'Stays')
    assert.equal(await number(), before)
    await back()
  })

  const good = { bloggy_theme: 1, ...presets.harbour }
  const broken: [string, string | Buffer, RegExp][] = [
    ['no JSON', '{', /it is not JSON/],
    ['a list', '[]', /does not fit at/],
    ['another number', JSON.stringify({ ...good, bloggy_theme: 2 }), /does not fit at bloggy_theme/],
    [
      'a colour that is none',
      JSON.stringify({ ...good, light: { ...good.light, ink: 'red;}' } }),
      /does not fit at light\/ink/,
    ],
    ['something missing', JSON.stringify({ ...good, dark: undefined }), /does not fit at dark/],
    ['something more', JSON.stringify({ ...good, script: 'x' }), /does not fit at script/],
    [
      'a font from elsewhere',
      JSON.stringify({ ...good, text_font: 'https://evil.example/x.woff2' }),
      /does not fit at text_font/,
    ],
    ['bytes of any kind', Buffer.from([0, 255, 254, 1]), /it is not JSON/],
    ['nothing', '', /Please choose a file/],
  ]
  for (const [what, content, reason] of broken) {
    test(`with ${what} is refused, and says why`, async () => {
      const answer = await send(content)
      assert.equal(answer.statusCode, 422)
      assert.match(errorAt(answer.body, 'file') ?? '', reason)
    })
  }

  test('of more than 64 KB is refused, as is what is no upload', async () => {
    assert.equal((await send(Buffer.alloc(70_000, 32))).statusCode, 413)
    assert.equal((await ada.post(paths.admin.appearanceFile(), { file: 'x' })).statusCode, 422)
  })
})

describe('a preset', () => {
  test('fills the form, keeps what is the blog’s own, and changes nothing', async () => {
    const before = await number()
    const typed = { ...form(), footer_text: 'Typed', custom_css: '.a { gap: 1px }', start_from: 'terracotta' }
    const { body, statusCode } = await ada.post(paths.admin.appearanceDraft(), typed)
    assert.equal(statusCode, 200)
    assert.equal(fieldOf(body, 'light_accent'), presets.terracotta.light.accent)
    assert.equal(fieldOf(body, 'footer_text'), 'Typed')
    assert.equal(fieldOf(body, 'custom_css'), '.a { gap: 1px }')
    assert.match(body, /Not saved yet/)
    assert.equal(await number(), before)
  })
})

describe('the preview', () => {
  test('is the real page with the unsaved theme, its style known by its hash, for a frame of this blog alone', async () => {
    const before = await number()
    for (const [preview_of, words] of [
      ['front', /class="posts h-feed"/],
      ['post', /<h1 class="p-name">Seen<\/h1>/],
    ] as const) {
      const { body, headers, statusCode } = await ada.post(paths.admin.appearancePreview(), {
        ...valuesOf(harbour),
        number: '0',
        preview_of,
      })
      assert.equal(statusCode, 200)
      assert.match(body, words)
      const style = /<style>([^<]*)<\/style>/.exec(body)?.[1] ?? ''
      assert.ok(style.endsWith(cssOf(harbour)))
      const policy = String(headers['content-security-policy'])
      assert.ok(policy.includes(`style-src 'self' 'sha256-${createHash('sha256').update(style).digest('base64')}';`))
      assert.match(policy, /frame-ancestors 'self'/)
      assert.doesNotMatch(policy, /script-src|unsafe/)
      assert.doesNotMatch(body, /Ada|Dashboard/)
    }
    assert.equal(await number(), before)
    assert.match(String((await dev.get('/')).headers['content-security-policy']), /frame-ancestors 'none'/)
  })

  test('of a blog without posts has something to look at', async () => {
    const fresh = await testApp()
    const { body } = await fresh.cast.ada.post(paths.admin.appearancePreview(), { ...form(), preview_of: 'post' })
    assert.match(body, /The quick brown fox/)
  })
})

describe('header and footer', () => {
  test('have the logo, the words and the links of the theme, and the description if wanted', async () => {
    const uploaded = await upload(paths.admin.media(), [
      { name: 'alt', content: 'Our mark' },
      { name: 'file', filename: 'mark.jpg', content: await picture(600, 200).toBuffer() },
    ])
    assert.equal(uploaded.statusCode, 201, uploaded.body)
    const { id, url } = uploaded.json<{ id: number; url: string }>()
    const logo = url.split('/')[2] ?? ''
    const rest = form()
    delete rest.shows_description
    delete rest.shows_title
    await save({
      ...rest,
      logo,
      footer_text: 'Two <lines>\nof words',
      footer_menu: 'Imprint /imprint\nElsewhere https://example.com/',
    })
    const front = (await dev.get('/')).body
    assert.match(front, /<img class="logo" src="\/media\/files\/[^"]+" width="480" height="160" alt="Our mark">/)
    assert.match(front, /<h1 class="hidden">/)
    assert.doesNotMatch(front, /class="tagline"/)
    for (const url of [postPath, paths.signIn(), '/nowhere']) {
      const { body } = await dev.get(url)
      assert.match(body, /<img class="logo"[^>]*alt="Our mark"><\/a>/, url)
      assert.match(body, /<a href="\/imprint">Imprint<\/a>/, url)
      assert.match(body, /Two &lt;lines&gt;\nof words/, url)
    }
    assert.doesNotMatch((await ada.get(paths.admin.posts())).body, /Imprint/)

    // It is in use: tidying up leaves it, and who deletes it by hand is told.
    await ada.post(paths.admin.mediaUnusedRemoval(), { ids: String(id) })
    assert.equal((await ada.get(paths.admin.medium(id))).statusCode, 200)
    assert.match((await ada.get(paths.admin.medium(id))).body, /It is the logo/)
    assert.equal((await ada.post(paths.admin.mediumDeletion(id))).statusCode, 409)
    assert.equal((await ada.post(paths.admin.mediumDeletion(id), { even_used: 'yes' })).statusCode, 303)
    await blog.settings.refresh()
    const without = (await dev.get(postPath)).body
    assert.doesNotMatch(without, /class="logo"/)
    assert.match(without, /<a class="site" href="\/">Test Notes<\/a>/)
    await back()
  })
})

async function upload(url: string, parts: Parameters<typeof multipart>[0]) {
  const { type, body } = multipart(parts)
  const headers = { cookie: ada.cookie, 'content-type': type, accept: 'application/json' }
  return await app.inject({ method: 'POST', url, headers, payload: body })
}

/** The look that Bloggy comes with, as its form has it. */
function form(): Record<string, string> {
  return { ...valuesOf(defaultTheme), number: '0' }
}

async function save(values: Record<string, string>): Promise<void> {
  const answer = await ada.post(path, { ...values, number: String(await number()) })
  assert.equal(answer.statusCode, 303, answer.body)
}

async function back(): Promise<void> {
  assert.equal((await ada.post(paths.admin.appearanceVersionRestoration(0))).statusCode, 303)
}

async function number(): Promise<number> {
  return (await db.selectFrom('settings').select('theme_number').executeTakeFirstOrThrow()).theme_number
}

function sheetOf(html: string): string {
  return /<link rel="stylesheet" href="([^"]+)">/.exec(html)?.[1] ?? ''
}

async function stylesheet(): Promise<string> {
  return (await dev.get(sheetOf((await dev.get('/')).body))).body
}
