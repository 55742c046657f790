// Every kind of page, as the Nu checker reads it: https://validator.github.io/validator/.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import vnu from 'vnu-jar'
import { ensureJava } from '../bin/java.mjs'
import { paths } from '../src/paths.ts'
import { testApp } from './app.ts'
import { publishPost, writePost } from './pages.ts'
import { addPicture } from './pictures.ts'

const java = await ensureJava()
const { app, cast, db, deliverMail, settings } = await testApp({
  SITE_URL: 'https://blog.example',
  GITHUB_CLIENT_ID: 'blog',
  GITHUB_CLIENT_SECRET: 'hush',
})
const { ada, ben, cleo, dev, rosa } = cast
const folder = mkdtempSync(join(tmpdir(), 'bloggy-html-'))
after(() => rmSync(folder, { recursive: true, force: true }))

type Message = { url: string; type: string; subType?: string; message: string; extract?: string; lastLine?: number }

// No mistake to the checker itself, and how every sanitiser writes them.
const accepted = /^Trailing slash on void elements has no effect/

const everything = (picture: string) => `
[[TOC]]

## A heading *with* \`code\` & <b>

Words, [a link](https://example.com/?a=1&b=2 "Title"), **bold**, ~~struck~~, a note[^1], and again[^1] and another[^two].

\`\`\`ts
const x: Map<string, number> = new Map([['a', 1]]) // a & b
\`\`\`

    indented

Formula $a^2 + \\frac{b}{\\sqrt{c}}$ and:

$$\\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix} \\sum_{i=0}^{n} x_i$$

| left | middle | right |
|:-----|:------:|------:|
| a    | b \\| c |     1 |

- [ ] to do
- [x] done
  1. one
  2. two

> quoted
>
> > twice

![A picture](${picture} "Its words")

Inline ![small](${picture}) picture.

https://example.com/a-page

### Again

---

<details><summary>More</summary>

Hidden *words*.

</details>

<kbd>Ctrl</kbd> <sub>1</sub> <sup>2</sup> <mark>x</mark> <abbr title="HyperText">HT</abbr>

[^1]: The note with \`code\`.
[^two]: Another.
`

async function pages(): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const take = (name: string, { body, headers }: { body: string; headers: Record<string, unknown> }) => {
    assert.match(String(headers['content-type']), /^text\/html/, name)
    found.set(name, body)
  }
  take('front page without posts', await dev.get('/'))
  const { url } = await addPicture(app, ben, undefined, { name: 'a "cat".jpg' })
  const post = await publishPost(ben, {
    title: 'Everything & <more>',
    body: everything(url),
    tags: 'Bread & butter, 日本',
    series: 'A series',
    series_part: '1',
    authors: 'bea',
    picture_url: url,
    picture_alt: 'A "cat"',
    excerpt: 'What <it> is & is not.',
  })
  await publishPost(ben, { title: 'Second part', series: 'A series', tags: 'Bread & butter', language: 'ar' })
  await publishPost(ben, { title: 'About', kind: 'page', body: everything(url) })
  const members = await publishPost(ben, { title: 'Members', visibility: 'members' })
  await ben.post(paths.profile(), { name: 'Ben', links: 'https://social.example/@ben' })
  for (const person of [rosa, ben])
    await person.post(paths.postComments(post.slug), {
      body: 'A *comment* with https://example.com\n\n> <b>',
      submission_key: crypto.randomUUID(),
    })
  const draft = await writePost(ben, { title: 'A draft', body: everything(url) })
  await ben.post(paths.admin.post(post.id), {
    title: 'Everything again',
    body: `${everything(url)}\n\nMore.`,
    version: '1',
  })
  const binned = await writePost(ben, { title: 'Binned' })
  await ben.post(paths.admin.postDeletion(binned.id))
  await deliverMail()
  const { id: comment } = await db
    .selectFrom('comments')
    .select('id')
    .where('author_id', '=', rosa.id)
    .executeTakeFirstOrThrow()
  const { id: medium } = await db.selectFrom('media').select('id').executeTakeFirstOrThrow()

  for (const path of [
    '/',
    post.path,
    members.path,
    '/about',
    paths.tag('bread-butter'),
    paths.author('ben'),
    paths.series('a-series'),
    paths.signIn(),
    paths.register(),
    paths.registered(),
    paths.forgottenPassword(),
    '/nowhere',
    '/posts/none',
  ])
    take(`${path} of a stranger`, await dev.get(path))
  take('on to a service', await dev.post(paths.providerStart('github')))
  take('refused by a service', await dev.get(paths.providerAnswer('github')))
  const connection = { user_id: rosa.id, provider: 'github', provider_user_id: '1', name: 'rosa <& co>' }
  await db.insertInto('oauth_accounts').values(connection).execute()
  for (const path of [
    '/',
    post.path,
    paths.profile(),
    paths.password(),
    paths.connections(),
    paths.editComment(comment),
  ])
    take(`${path} of a reader`, await rosa.get(path))
  take('comment refused', await rosa.post(paths.postComments(post.slug), { body: ' ' }))
  take('sign-in refused', await dev.post(paths.signIn(), { email: 'x', password: '' }))
  take('registration refused', await dev.post(paths.register(), { name: '', email: 'x', password: 'y' }))
  for (const path of [
    '/',
    post.path,
    paths.profile(),
    paths.admin.dashboard(),
    paths.admin.posts(),
    paths.admin.posts({ q: 'x & "y"' }),
    paths.admin.calendar(),
    paths.admin.newPost(),
    paths.admin.post(post.id),
    paths.admin.post(draft.id),
    paths.admin.postPage(draft.id),
    paths.admin.revisions(post.id),
    paths.admin.revision(post.id, 1),
    paths.admin.revision(post.id, 2, { against: 1 }),
    paths.admin.postLinks(post.id),
    paths.admin.media(),
    paths.admin.medium(medium),
    paths.admin.bin(),
  ])
    take(`${path} of a writer`, await ben.get(path))
  take('post refused', await ben.post(paths.admin.posts(), { title: '', body: '', picture_url: 'x', language: '?' }))
  take('preview', await ben.post(paths.admin.newPostPreview(), { title: 'T', body: everything(url) }))
  take('link made', await ben.post(paths.admin.postLinks(draft.id), { note: 'For <you>' }))
  take('comment of another', await cleo.get(paths.editComment(comment)))
  for (const path of [
    paths.admin.settings(),
    paths.admin.machineSettings(),
    paths.admin.redirects(),
    paths.admin.jobs(),
    paths.admin.imports(),
  ])
    take(`${path} of the owner`, await ada.get(path))
  take('settings refused', await ada.post(paths.admin.settings(), { title: '', description: '', language: '!' }))
  await db
    .updateTable('settings')
    .set({
      language: 'ar',
      title: 'مدونة',
      menu: 'About /about\nElsewhere https://example.com/?a&b',
      version: sql`version + 1`,
    })
    .execute()
  await settings.refresh()
  take('front page from right to left', await dev.get('/'))
  return found
}

async function check(files: string[]): Promise<Message[]> {
  const child = spawn(java, ['-Xss1m', '-jar', vnu, '--format', 'json', '--exit-zero-always', ...files])
  let answer = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (answer += text))
  await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
  return (JSON.parse(answer) as { messages: Message[] }).messages
}

test('every page is valid HTML', async () => {
  const found = [...(await pages())]
  assert.ok(found.length > 45)
  const files = found.map(([, body], index) => {
    const file = join(folder, `${index}.html`)
    // A part of a page, as scripts ask for it, is checked in a page.
    const isWhole = body.startsWith('<!doctype html>')
    writeFileSync(file, isWhole ? body : `<!doctype html><html lang="en"><title>Part</title><body>${body}`)
    return file
  })
  const wrong = (await check(files)).filter(({ message }) => !accepted.test(message))
  const lines = wrong.map(({ url, type, subType, message, extract }) => {
    const [name] = found[Number(/(\d+)\.html$/.exec(url)?.[1])] ?? []
    return `${name}: ${subType ?? type}: ${message}\n    ${extract?.replace(/\s+/g, ' ')}`
  })
  assert.deepEqual([...new Set(lines)], [])
})

test('the checker says what is wrong with a page that is', async () => {
  const file = join(folder, 'wrong.html')
  writeFileSync(
    file,
    '<!doctype html><html lang="en"><title>x</title><p id="a"><a href="x"><a href="y">y</a></a><p id="a">',
  )
  const messages = (await check([file])).map(({ message }) => message)
  assert.ok(
    messages.some((message) => message.includes('Duplicate ID')),
    messages.join('\n'),
  )
})
