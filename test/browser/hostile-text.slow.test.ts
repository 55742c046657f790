// Text that tries to run, in every field, before a browser whose content policy is switched off: escaping alone must hold.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createComment } from '../../src/comments/queries.ts'
import { assetPath } from '../../src/html/assets.ts'
import { paths } from '../../src/paths.ts'
import { createPost } from '../../src/posts/queries.ts'
import { loadSettings, updateSettings } from '../../src/settings/queries.ts'
import { changeProfile } from '../../src/users/queries.ts'
import { testApp } from '../app.ts'
import { assertQuiet, serve, startBrowser, submit, visit, webSettings } from '../browser.ts'

const browser = await startBrowser()
const context = await testApp(await webSettings())
const { cast, db } = context
const origin = await serve(context)

const attack = `"'></title></textarea></script><img src=x onerror=alert(1)><svg/onload=alert(2)><script>alert(3)</script>{{7*7}}`
const markup = `${attack}

<a href="javascript:alert(4)">link</a> [link](javascript:alert(5)) [link](data:text/html,<script>alert(6)</script>)
<iframe src="javascript:alert(7)"></iframe><math><mtext><style><img src=x onerror=alert(8)></style></mtext></math>
<form action="javascript:alert(9)"><button formaction="javascript:alert(10)">Go</button></form>
<img src=x onerror=alert(11) style="position:fixed"> <p onmouseover=alert(12) style="background:url(/a)">p</p>
<object data="javascript:alert(13)"></object><base href="https://elsewhere.invalid/"><meta http-equiv=refresh content="0;url=javascript:alert(14)">

\`\`\`"><script>alert(15)</script>
${attack}
\`\`\`

| ${attack} |
| --- |
| ![x](x"onerror="alert(16)) |

Note[^1].

[^1]: ${attack}
`

test('hostile text in every field is shown and never runs', async () => {
  const actor = { id: cast.ada.id, ip: '127.0.0.1' }
  const { version } = await loadSettings(db)
  const settings = {
    title: attack.slice(0, 100),
    description: attack,
    language: 'en',
    registration_is_open: true,
    comments_are_open: true,
    related_posts_are_shown: true,
  }
  await updateSettings(db, version, settings, actor)
  await changeProfile(db, cast.ada.id, { name: attack.slice(0, 128), about: attack.slice(0, 1000) }, actor)
  const tags = attack.replaceAll(',', '').slice(0, 50)
  const post = await createPost(db, { title: attack, body: markup, tags }, actor, 'published')
  const draft = await createPost(db, { title: attack, body: markup, tags }, actor)
  const comment = await createComment(db, post.id, { body: markup }, actor)
  await context.settings.refresh()
  const [author, tag] = await Promise.all([
    db.selectFrom('users').select('slug').where('id', '=', cast.ada.id).executeTakeFirstOrThrow(),
    db.selectFrom('tags').select('slug').executeTakeFirstOrThrow(),
  ])

  const visitor = await visit(browser, origin, { as: cast.ada, bypassCSP: true })
  const { page } = visitor
  const look = async (where: string) => {
    const found = await page.evaluate(
      (editor) => ({
        handlers: [...document.querySelectorAll('*')].filter((element) =>
          // The editor gives its own elements their places.
          [...element.attributes].some(
            ({ name }) => name.startsWith('on') || (name === 'style' && !element.closest('.cm-editor')),
          ),
        ).length,
        elements: [
          ...document.querySelectorAll(
            'script:not([src^="/assets/desk."], [type="application/ld+json"]), iframe, object, embed, base, meta[http-equiv], style',
          ),
        ].filter((element) => element.getAttribute('src') !== editor && element.className !== 'page-frame').length,
        addresses: [...document.querySelectorAll('[href], [src], [action], [formaction]')]
          .flatMap((element) => ['href', 'src', 'action', 'formaction'].map((name) => element.getAttribute(name) ?? ''))
          .filter((address) => /^\s*(javascript|data|vbscript):/i.test(address)),
      }),
      assetPath('editor.js'),
    )
    assert.deepEqual(found, { handlers: 0, elements: 0, addresses: [] }, where)
    assertQuiet(visitor)
  }

  const pages = [
    paths.home(),
    paths.post(post.slug),
    paths.author(author.slug),
    paths.tag(tag.slug),
    paths.admin.posts(),
    paths.admin.post(post.id),
    paths.admin.post(draft.id),
    paths.admin.settings(),
    paths.editComment(comment),
    paths.profile(),
    `/${encodeURIComponent(attack)}`,
    `${paths.home()}?before=${encodeURIComponent(attack)}`,
  ]
  for (const path of pages) {
    await page.goto(path)
    await look(path)
  }
  const text = { title: attack, body: markup, tags: attack }
  const forms: [string, Record<string, string>][] = [
    [paths.admin.newPostPreview(), text],
    [paths.admin.postPreview(post.id), { ...text, version: '1' }],
    [paths.admin.post(post.id), { ...text, version: '999' }],
    [paths.admin.posts(), { ...text, title: ' ' }],
    [paths.profile(), { name: attack.repeat(9) }],
    [paths.admin.settings(), { title: attack.repeat(9), description: attack, language: attack, version: '1' }],
    [paths.editComment(comment), { body: markup, version: '999' }],
    [paths.postComments('gone'), { body: markup }],
  ]
  for (const [path, fields] of forms) {
    await page.goto('/livez-is-not-here')
    await submit(page, path, fields)
    await look(`POST ${path}`)
  }

  const stranger = await visit(browser, origin, { bypassCSP: true })
  await stranger.page.goto(`${paths.signIn()}?next=${encodeURIComponent(attack)}&done=${encodeURIComponent('"><b>')}`)
  await submit(stranger.page, paths.register(), { name: attack, email: attack, password: attack })
  await submit(stranger.page, paths.signIn(), {
    email: attack,
    password: attack,
    next: `//elsewhere.invalid/${attack}`,
  })
  assert.equal(await stranger.page.locator('img').count(), 0)
  assertQuiet(visitor, stranger)

  // Were it not escaped, it would be noticed.
  await stranger.page.setContent(attack)
  assert.ok(stranger.complaints.includes('dialog: 3'))
})
