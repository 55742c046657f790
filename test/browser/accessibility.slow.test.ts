// Every kind of page, light and dark, on a phone and on a desk: axe, sizes, keyboard and large text.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { countPosts } from '../../src/archive/queries.ts'
import { createComment } from '../../src/comments/queries.ts'
import { digest } from '../../src/digests/digest.ts'
import { countAttempt } from '../../src/limits/queries.ts'
import { indexQueued } from '../../src/search-index/jobs.ts'
import { paths } from '../../src/paths.ts'
import { noDetails } from '../../src/post-details/details.ts'
import { binPost } from '../../src/post-bin/queries.ts'
import { saveDraft } from '../../src/post-drafts/queries.ts'
import { createPost, updatePost } from '../../src/posts/queries.ts'
import { createSetupLink } from '../../src/setup/queries.ts'
import { newBlog, testApp } from '../app.ts'
import { picture } from '../pictures.ts'
import { type Visit, assertQuiet, fill, press, serve, startBrowser, submit, visit, webSettings } from '../browser.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
// Both colours and both widths; `npm run test:looks` puts each with each.
const looks = [
  { colorScheme: 'light', width: 375 },
  { colorScheme: 'dark', width: 1280 },
  ...(process.env.BLOGGY_TEST_LOOKS
    ? ([
        { colorScheme: 'dark', width: 375 },
        { colorScheme: 'light', width: 1280 },
      ] as const)
    : []),
] as const

const browser = await startBrowser()
const github = { GITHUB_CLIENT_ID: 'blog', GITHUB_CLIENT_SECRET: 'hush' }
const context = await testApp({ ...(await webSettings()), ...github })
const { cast, db } = context
const origin = await serve(context)
const newcomer = await newBlog(await webSettings())
const newOrigin = await serve(newcomer)

const dev = await visit(browser, origin)
const rosa = await visit(browser, origin, { as: cast.rosa })
const ada = await visit(browser, origin, { as: cast.ada })
const owner = await visit(browser, newOrigin)
const setupLink = paths.setup((await createSetupLink(newcomer.db)) ?? '')

const body = `A paragraph with a [link](https://example.com/), \`code\`, a note[^1] and another one[^2].

[[toc]]

## Everything a post may hold

- a list with [a link](https://example.com/list)
- [x] a task that is done
- [ ] a task

1. one
2. two

> Somebody said so.

| Ingredient | Share | What the baker thinks of it at four in the morning |
| :--------- | ----: | :------------------------------------------------: |
| Strong flour | 80 % | good |
| Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz | 20 % | long |

\`\`\`ts
const line = 'a line of code that is longer than any phone is wide, and longer than the column on a desk, too' // on purpose
\`\`\`

![A picture](/assets/favicon.svg)

<details><summary>More</summary><p>Hidden words.</p></details>

https://example.com/a/very/long/address/that/has/no/space/in/it/anywhere/${'and-on/'.repeat(12)}

日本語の文章は空白なしで続きます。長い行も折り返されなければなりません。 <span dir="rtl">نص من اليمين إلى اليسار</span>

A formula $e^{i\\pi} + 1 = 0$ in a line, and a wide one:

$$
\\sum_{k=0}^n \\binom{n}{k} x^k y^{n-k} = ${'x + '.repeat(60)} x
$$

https://example.com/card

[^1]: The first note.
[^2]: The second note.
`

test('the pages of a blog without posts', async (t) => {
  await check(t, owner, 'front page before the set-up', paths.home())
  await check(t, owner, 'set-up', setupLink)
  await check(t, owner, 'set-up with mistakes', () =>
    submit(owner.page, setupLink, { title: ' ', name: '', email: 'x', password: 'short' }),
  )
  await check(t, dev, 'empty front page', paths.home())
  await check(t, ada, 'empty front page of a writer', paths.home())
  await check(t, ada, 'empty list of posts', paths.admin.posts())
  await check(t, ada, 'dashboard of a new blog', paths.admin.dashboard())
  await check(t, ada, 'empty calendar', paths.admin.calendar('2001-02'))
})

describe('the pages of a blog with posts', async () => {
  const actor = { id: cast.ada.id, ip: '127.0.0.1' }
  const long = 'Everything we learned from moving a printing press up four flights of stairs and down again'
  const embed = { title: long, description: body.slice(0, 200), author_name: 'Ann', site_name: 'Example' }
  await db
    .insertInto('embeds')
    .values({ address: 'https://example.com/card', ...embed })
    .execute()
  const post = await createPost(
    db,
    { title: long, body, tags: 'Kitchen, Donaudampfschifffahrtsgesellschaft' },
    actor,
    'published',
  )
  const series = { ...noDetails, series: 'Presses and stairs' }
  for (const details of [series, noDetails])
    await createPost(db, { title: `${long}, again`, body, tags: 'Kitchen', details }, actor, 'published')
  const { series_id } = await db
    .selectFrom('posts')
    .select('series_id')
    .where('series_id', 'is not', null)
    .executeTakeFirstOrThrow()
  await db.updateTable('posts').set({ series_id }).where('id', '=', post.id).execute()
  await db.insertInto('reactions').values({ post_id: post.id, user_id: cast.ada.id, kind: 'like' }).execute()
  await db.updateTable('users').set({ about: 'Prints.\n\nClimbs.' }).where('id', '=', cast.ada.id).execute()
  await countPosts(db)
  await digest(db, post.id)
  const draft = await createPost(db, { title: 'A draft', body: 'Not yet.' }, actor)
  const rubbish = await createPost(db, { title: `${long}, to be thrown away`, body: 'x' }, actor, 'published')
  const comment = await createComment(
    db,
    post.id,
    { body: 'Mine.\n\nIn two paragraphs.' },
    { id: cast.rosa.id, ip: '127.0.0.1' },
  )
  await createComment(db, post.id, { body: `${'long'.repeat(60)}\n\nhttps://example.com/` }, actor)

  test('read by a stranger', async (t) => {
    await check(t, dev, 'front page', paths.home())
    await check(t, dev, 'post', paths.post(post.slug))
    await check(t, dev, 'author', paths.author('ada'))
    await check(t, dev, 'tag', paths.tag('kitchen'))
    await check(t, dev, 'tags', paths.tags())
    await check(t, dev, 'all series', paths.allSeries())
    await check(t, dev, 'archive', paths.archive())
    await check(t, dev, 'year', paths.archiveYear(String(new Date().getUTCFullYear())))
    await indexQueued(db, () => 'en')
    await check(t, dev, 'search', paths.search())
    await check(t, dev, 'search with results', paths.search({ q: 'the or bread or kitchen' }))
    await check(t, dev, 'search without results', paths.search({ q: 'zzxxyy' }))
    await check(t, dev, 'not found', '/nothing-here')
    await check(t, dev, 'not this way', () => submit(dev.page, paths.home(), {}))
  })

  test('read and commented by somebody signed in', async (t) => {
    const path = paths.post(post.slug)
    await check(t, rosa, 'post', path)
    await check(t, rosa, 'post with a comment refused', () =>
      submit(rosa.page, paths.postComments(post.slug), { body: ' ' }),
    )
    await check(t, rosa, 'comment', paths.editComment(comment))
    await check(t, rosa, 'comment refused', () => submit(rosa.page, paths.editComment(comment), { body: ' ' }))
    const conflict = { body: 'Mine, too.', version: '99' }
    await check(t, rosa, 'comment changed by two', () => submit(rosa.page, paths.editComment(comment), conflict))
    await check(t, rosa, 'forbidden', paths.admin.posts())
    await check(t, rosa, 'profile', paths.profile())
    await check(t, rosa, 'profile saved', `${paths.profile()}?saved`)
    await check(t, rosa, 'profile refused', () => submit(rosa.page, paths.profile(), { name: ' ' }))
    await check(t, rosa, 'connections without one', paths.connections())
    const connection = { user_id: cast.rosa.id, provider: 'github', provider_user_id: '1', name: 'rosa' }
    await db.insertInto('oauth_accounts').values(connection).execute()
    await check(t, rosa, 'connections', `${paths.connections()}?done=connected`)
    await check(t, rosa, 'refused by a service', paths.providerAnswer('github'))
    await check(t, rosa, 'password', paths.password())
    await check(t, rosa, 'password refused', () =>
      submit(rosa.page, paths.password(), { old_password: 'no', password: 'short' }),
    )
  })

  test('used by who writes and owns it', async (t) => {
    const text = { title: 'Bread', body, tags: 'Kitchen' }
    await check(t, ada, 'post', paths.post(post.slug))
    for (const tab of ['waiting', 'reported', 'all'])
      await check(t, ada, `comments: ${tab}`, paths.admin.comments({ tab }))
    await check(t, ada, 'rules for comments', paths.admin.commentRules())
    await check(t, ada, 'bans', paths.admin.bans({ who: 'rosa' }))
    await check(t, ada, 'moderation log', paths.admin.moderationLog())
    await check(t, ada, 'report a comment', paths.commentReport(comment))
    await check(t, ada, 'posts', paths.admin.posts())
    await check(t, ada, 'posts with filters', paths.admin.posts({ state: 'published', tag: 'Kitchen', text: 'we' }))
    await check(t, ada, 'posts looked for in vain', paths.admin.posts({ text: 'nothing', in: 'texts' }))
    await check(t, ada, 'calendar', paths.admin.calendar())
    const { id: kitchen } = await db
      .selectFrom('tags')
      .select('id')
      .where('slug', '=', 'kitchen')
      .executeTakeFirstOrThrow()
    await check(t, ada, 'tags at the desk', paths.admin.tags())
    await check(t, ada, 'tags looked for in vain', paths.admin.tags({ q: 'nowhere', sort: 'posts' }))
    await check(t, ada, 'a tag', paths.admin.tag(kitchen, { done: 'renamed' }))
    await check(t, ada, 'a tag refused', () => submit(ada.page, paths.admin.tag(kitchen), { name: 'a, b' }))
    await check(t, ada, 'merge a tag into none', `${paths.admin.tagMerge(kitchen)}?into=nowhere`)
    await check(t, ada, 'merge a tag', `${paths.admin.tagMerge(kitchen)}?into=Donaudampfschifffahrtsgesellschaft`)
    await check(t, ada, 'delete a tag', paths.admin.tagDeletion(kitchen))
    await check(t, ada, 'series at the desk', paths.admin.allSeries())
    await check(t, ada, 'a series at the desk', paths.admin.series(series_id ?? 0))
    await check(t, ada, 'dissolve a series', paths.admin.seriesDeletion(series_id ?? 0))
    await db.insertInto('groups').values({ name: 'bakers', description: long }).execute()
    await check(t, ada, 'groups', paths.admin.groups())
    await check(t, ada, 'a group refused', () => submit(ada.page, paths.admin.groups(), { name: 'two words' }))
    await check(t, ada, 'nothing to change', () => submit(ada.page, paths.admin.postChanges(), {}))
    await check(t, ada, 'keys', async () => {
      await ada.page.goto(paths.admin.posts())
      await ada.page.keyboard.press('?')
    })
    await check(t, ada, 'new post', paths.admin.newPost())
    await check(t, ada, 'preview', () => submit(ada.page, paths.admin.newPostPreview(), text))
    await check(t, ada, 'new post refused', () => submit(ada.page, paths.admin.posts(), { title: ' ', body: '' }))
    await check(t, ada, 'draft', paths.admin.post(draft.id))
    await check(t, ada, 'editor with the page beside it', async () => {
      await ada.page.goto(paths.admin.post(draft.id))
      await press(ada.page, 'button', 'Preview')
      await ada.page.frameLocator('iframe').locator('.prose').waitFor()
    })
    await check(t, ada, 'editor in focus mode', async () => {
      await ada.page.goto(paths.admin.post(post.id))
      await press(ada.page, 'button', 'Focus')
    })
    await check(t, ada, 'menu of the slash', async () => {
      await ada.page.goto(paths.admin.newPost())
      await ada.page.getByRole('textbox', { name: 'Text', exact: true }).focus()
      await ada.page.keyboard.type('/')
      await ada.page.getByRole('listbox').waitFor()
    })
    await check(t, ada, 'library over the editor', async () => {
      await ada.page.goto(paths.admin.newPost())
      await press(ada.page, 'button', 'From the library')
      await ada.page
        .getByRole('dialog')
        .getByText(/^(\d+|No) pictures?\b/)
        .waitFor()
    })
    await check(t, ada, 'keys of the editor', async () => {
      await ada.page.goto(paths.admin.newPost())
      await press(ada.page, 'button', 'Keys')
    })
    await check(t, ada, 'post to edit', async () => {
      await ada.page.goto(paths.admin.post(post.id))
      await ada.page.getByText('Delete this post').click()
    })
    await saveDraft(db, { id: post.id, body_format: 'markdown' }, 1, { title: 'Rewritten', body }, actor)
    await check(t, ada, 'post with a draft', paths.admin.post(post.id))
    await check(t, ada, 'dashboard', paths.admin.dashboard())
    await check(t, ada, 'moment refused', () =>
      submit(ada.page, paths.admin.schedule(draft.id), { appears_at: '2020-01-01T00:00' }),
    )
    await check(t, ada, 'post changed by two', () =>
      submit(ada.page, paths.admin.post(post.id), { ...text, version: '99' }),
    )
    const version = Number(
      (await db.selectFrom('posts').select('version').where('id', '=', draft.id).executeTakeFirst())?.version,
    )
    const draftAt = { id: draft.id, body_format: 'markdown' }
    const rewritten = {
      title: 'A longer draft',
      body: `Not yet, but soon.\n\n${'same\n'.repeat(9)}\n${body}`,
      tags: 'Kitchen',
    }
    await updatePost(db, draftAt, version, rewritten, actor)
    await check(t, ada, 'revisions', paths.admin.revisions(draft.id))
    await check(t, ada, 'revision', paths.admin.revision(draft.id, 2))
    await check(t, ada, 'revision as a page', paths.admin.revisionPage(draft.id, 2))
    await check(t, ada, 'no revision then', `${paths.admin.revisionAt(draft.id)}?at=2020-01-01T00:00`)
    await check(t, ada, 'revision side by side', paths.admin.revision(draft.id, 2, { side: 'yes' }))
    await check(t, ada, 'empty bin', paths.admin.bin())
    await binPost(db, rubbish.id, actor)
    await check(t, ada, 'bin', async () => {
      await ada.page.goto(paths.admin.bin())
      await ada.page.getByText('Remove', { exact: true }).click()
    })
    await check(t, ada, 'text that could not be saved', () => submit(ada.page, paths.admin.post(99_999), text))
    await check(t, ada, 'settings', paths.admin.settings())
    await check(t, ada, 'settings saved', `${paths.admin.settings()}?saved`)
    const refused = { title: ' ', description: '', language: 'x', version: '1' }
    await check(t, ada, 'settings refused', () => submit(ada.page, paths.admin.settings(), refused))
  })

  test('with pictures', async (t) => {
    await check(t, ada, 'empty library', paths.admin.media())
    await check(t, ada, 'pictures uploaded', async () => {
      await ada.page.goto(paths.admin.media())
      const files = ['a lamp.jpg', `${'a very long name '.repeat(6)}.png`].map(async (name) => ({
        name,
        mimeType: 'image/jpeg',
        buffer: await picture(900, 600).toBuffer(),
      }))
      await ada.page.getByLabel('Add pictures').setInputFiles(await Promise.all(files))
      await press(ada.page, 'button', 'Upload')
      await ada.page.getByText('a lamp.jpg').waitFor()
    })
    await check(t, ada, 'no picture', async () => {
      await ada.page.goto(paths.admin.media())
      const buffer = Buffer.from('no picture')
      await ada.page.getByLabel('Add pictures').setInputFiles({ name: 'x.jpg', mimeType: 'image/jpeg', buffer })
      await press(ada.page, 'button', 'Upload')
      await ada.page.getByRole('alert').waitFor()
    })
    await check(t, ada, 'unused pictures', async () => {
      await ada.page.goto(paths.admin.media({ show: 'unused' }))
      await ada.page.getByText('Remove these 2 pictures').click()
    })
    await check(t, ada, 'no picture found', paths.admin.media({ q: 'nowhere' }))
    await check(t, ada, 'a picture', async () => {
      await ada.page.goto(paths.admin.media())
      await ada.page.getByText('a lamp.jpg').click()
      await ada.page.getByText('Replace the picture').click()
      await ada.page.getByText('Delete the picture').click()
    })
  })

  test('on the way in', async (t) => {
    await check(t, dev, 'sign-in', paths.signIn())
    await check(t, dev, 'sign-in refused', () =>
      submit(dev.page, paths.signIn(), { email: 'ada@example.com', password: 'wrong' }),
    )
    await check(t, dev, 'sign-in refused for now', async () => {
      const key = 'busy@example.com'
      for (let count = 0; count < 11; count++)
        await countAttempt(db, 'sign-in as', key, { most: 99, windowSeconds: 900 })
      await submit(dev.page, paths.signIn(), { email: key, password: 'wrong' })
    })
    await check(t, dev, 'register', paths.register())
    await check(t, dev, 'register refused', () =>
      submit(dev.page, paths.register(), { name: '', email: 'x', password: 'x' }),
    )
    await check(t, dev, 'registered', async () => {
      await dev.page.goto(paths.register())
      await fill(dev.page, { Name: 'Nora', 'E-mail': 'nora@example.com', Password: 'my own long words' })
      await press(dev.page, 'button', 'Register')
      await dev.page.waitForURL(paths.registered())
    })
    await check(t, dev, 'confirm', await linkInMail())
    await check(t, dev, 'confirm too late', paths.confirmation('x'.repeat(43)))
    await check(t, dev, 'forgotten password', paths.forgottenPassword())
    await check(t, dev, 'forgotten password sent', () =>
      submit(dev.page, paths.forgottenPassword(), { email: 'ada@example.com' }),
    )
    await check(t, dev, 'new password', await linkInMail())
    await check(t, dev, 'new password refused', () =>
      submit(dev.page, new URL(dev.page.url()).pathname, { password: 'x' }),
    )
    await check(t, dev, 'new password too late', paths.passwordReset('x'.repeat(43)))
  })

  test('from the keyboard: the skip link comes first and leads to the text, and the focus is always seen', async () => {
    const { page } = ada
    await page.setViewportSize({ width: 1280, height: 900 })
    await page.goto(paths.post(post.slug))
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate(() => document.activeElement?.textContent?.trim()), 'Skip to the text')
    assert.ok(await page.evaluate(() => (document.activeElement?.getBoundingClientRect().left ?? -1) >= 0))
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate(() => document.activeElement?.closest('main') !== null), true)
    for (const path of [
      paths.post(post.slug),
      paths.admin.post(post.id),
      paths.admin.posts(),
      paths.admin.dashboard(),
    ]) {
      await page.goto(path)
      const count = await page.locator('a[href], button, input:not([type=hidden]), textarea, summary').count()
      const seen: string[] = []
      for (let step = 0; step < count; step++) {
        await page.keyboard.press('Tab')
        seen.push(await page.evaluate(describeFocus))
      }
      assert.deepEqual(
        seen.filter((line) => line.startsWith('unseen')),
        [],
        path,
      )
      assert.ok(new Set(seen).size > 8)
    }
  })
})

async function linkInMail(): Promise<string> {
  const mails = await context.deliverMail()
  return /^http\S+$/m.exec(mails.at(-1)?.text ?? '')?.[0] ?? ''
}

type Test = { diagnostic: (message: string) => void }

/** Opens a page, or does what leads to it, and looks at it from every side. */
async function check(_: Test, visitor: Visit, name: string, open: string | (() => Promise<unknown>)): Promise<void> {
  const { page } = visitor
  if (typeof open === 'string') await page.goto(open)
  else {
    if (!page.url().startsWith('http')) await page.goto(paths.signIn())
    await open()
  }
  const found: string[] = []
  await page.evaluate(axe)
  for (const { colorScheme, width } of looks) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height: 900 })
    found.push(...(await page.evaluate(runAxe, standards)).map((line) => `${colorScheme} ${width}: ${line}`))
  }
  found.push(...(await page.evaluate(smallTargets)))
  for (const width of [320, 375]) {
    await page.setViewportSize({ width, height: 800 })
    found.push(...(await page.evaluate(overflow)).map((line) => `${width}: ${line}`))
    found.push(...(await page.evaluate(smallTargets)).map((line) => `${width}: ${line}`))
  }
  found.push(...(await withLargeText(page)))
  assert.deepEqual(found, [], name)
  assertQuiet(visitor)
}

/** Twice the text size, as a reader chooses it in the browser. */
async function withLargeText(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page)
  const found: string[] = []
  await session.send('Page.setFontSizes', { fontSizes: { standard: 32, fixed: 26 } })
  for (const width of [640, 1280]) {
    await page.setViewportSize({ width, height: 900 })
    const lines = [...(await page.evaluate(overflow)), ...(await page.evaluate(overlaps))]
    found.push(...lines.map((line) => `large text, ${width}: ${line}`))
  }
  await session.send('Page.setFontSizes', { fontSizes: { standard: 16, fixed: 13 } })
  await session.detach()
  return found
}

// What follows runs in the page.

type Axe = {
  run: (
    where: Document,
    options: object,
  ) => Promise<{ violations: { id: string; nodes: { target: unknown[]; failureSummary?: string }[] }[] }>
}

async function runAxe(standards: string[]): Promise<string[]> {
  const { axe } = globalThis as unknown as { axe: Axe }
  const { violations } = await axe.run(document, { runOnly: standards, resultTypes: ['violations'] })
  return violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map(({ target, failureSummary }) => `${target.join(' ')} ${failureSummary}`).join('; ')}`,
  )
}

function overflow(): string[] {
  const width = document.documentElement.clientWidth
  if (document.documentElement.scrollWidth <= width) return []
  const wide = [...document.querySelectorAll('body *')].filter(
    (element) => element.getBoundingClientRect().right > width + 1,
  )
  return [
    `wider than the window: ${wide
      .slice(0, 5)
      .map((element) => `${element.tagName}.${element.className}`)
      .join(', ')}`,
  ]
}

/** Smaller than 24 by 24, unless in a line of text or named by a label around it. */
function smallTargets(): string[] {
  const isInText = (element: Element) =>
    [...((element.closest('sup') ?? element).parentNode?.childNodes ?? [])].some(
      (node) => node.nodeType === 3 && node.textContent?.trim(),
    )
  return [...document.querySelectorAll('a[href], button, input:not([type=hidden], :disabled), textarea, summary')]
    .filter((element) => element.checkVisibility())
    .map((element) => ({ element, box: (element.closest('label') ?? element).getBoundingClientRect() }))
    .filter(({ element, box }) => (box.width < 24 || box.height < 24) && !isInText(element))
    .map(({ element, box }) => `small: ${element.outerHTML.slice(0, 120)} ${box.width} × ${box.height}`)
}

/** Pieces of text that lie on one another. */
function overlaps(): string[] {
  const lines: { text: string; box: DOMRect }[] = []
  // A dialog lies on the page on purpose.
  const top = document.querySelector('dialog:modal') ?? document.body
  const walker = document.createTreeWalker(top, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const node = walker.currentNode
    if (
      !node.textContent?.trim() ||
      !node.parentElement?.checkVisibility() ||
      // What stays in sight lies on what moves on, or is hidden, behind it.
      node.parentElement.closest(
        '.skip, pre, table, math, .editor-bar, .editor-foot, .page-beside, .cm-tooltip, dialog',
      )
    )
      continue
    const range = document.createRange()
    range.selectNodeContents(node)
    for (const box of range.getClientRects()) lines.push({ text: node.textContent.trim().slice(0, 40), box })
  }
  const found: string[] = []
  for (const [index, { text, box }] of lines.entries()) {
    for (const other of lines.slice(index + 1)) {
      const width = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left)
      const height = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top)
      // The boxes of neighbouring lines touch a little.
      if (width > 2 && height > Math.min(box.height, other.box.height) / 3)
        found.push(`“${text}” lies on “${other.text}”`)
    }
  }
  return found.slice(0, 5)
}

function describeFocus(): string {
  const element = document.activeElement
  if (!element || element === document.body) return 'nothing'
  const { outlineStyle, outlineWidth } = getComputedStyle(element)
  const box = element.getBoundingClientRect()
  const isSeen =
    outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2 && box.bottom > 0 && box.top < innerHeight
  return `${isSeen ? 'seen' : 'unseen'} ${element.outerHTML.slice(0, 100)}`
}
