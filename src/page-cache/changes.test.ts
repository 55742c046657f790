// Whatever changes what a page shows takes it out of memory: each kind of change, by the way that people have for it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { program } from '../../test/api-client.ts'
import { serve, webSettings } from '../../test/browser.ts'
import { newcomer } from '../../test/cast.ts'
import { familyFile, importingApp, settled, upload } from '../../test/importing.ts'
import { publishPost, writePost } from '../../test/pages.ts'
import { addPicture } from '../../test/pictures.ts'
import { feedTypes } from '../html/feed-types.ts'
import { paths } from '../paths.ts'
import { presets } from '../themes/presets.ts'
import { defaultTheme, valuesOf } from '../themes/theme.ts'

const blog = await importingApp(await webSettings())
const { app, cast, db, deliverMail } = blog
const { ada, ben, bea, cleo, rosa, dev } = cast
const { api } = paths
const origin = await serve(blog)
const adas = await program(app, db, ada)

const old = await newcomer(app, db, 'Oldname', 'author')
const gone = await newcomer(app, db, 'Leaver', 'author')
const picture = await addPicture(app, ben)
const words = `One of some words, and another one.\n\n${picture.markdown}`
const series = { series: 'The tour', tags: 'first, second' }
const before = await publishPost(ben, { title: 'Before', body: words, ...series, series_part: '1' })
const main = await publishPost(ben, {
  title: 'Main',
  body: words,
  ...series,
  series_part: '2',
})
const after = await publishPost(bea, { title: 'After', body: words, tags: 'first, third', authors: 'oldname' })
await publishPost(ada, { title: 'About', body: 'About this.', kind: 'page', slug: 'about' })
const olds = await publishPost(old, { title: 'By somebody who goes', body: words })
const leavers = await publishPost(gone, { title: 'By a leaver', body: words })
const said = await say(rosa, 'Said by Rosa')
const answer = await say(old, 'Said by an old one', said)
await say(gone, 'Said by a leaver', said)
const beas = await say(bea, 'Said by Bea')
await deliverMail()

const now = new Date().toISOString()
const feeds = (path: string) => Object.keys(feedTypes).map((file) => paths.feed(path, file))
const addresses = [
  paths.home(),
  ...[before, main, after, olds, leavers].map(({ slug }) => paths.post(slug)),
  paths.page('about'),
  '/nowhere',
  `${paths.post(main.slug)}?comment=${answer}`,
  paths.tags(),
  paths.tag('first'),
  paths.series('the-tour'),
  paths.archive(),
  paths.archiveYear(now.slice(0, 4)),
  paths.archiveMonth(now.slice(0, 4), now.slice(5, 7)),
  ...['ben', 'bea', 'oldname', 'leaver'].map((slug) => paths.author(slug)),
  paths.sitemap(),
  paths.sitemapPart(1),
  ...feeds(''),
  ...feeds(paths.tag('first')),
  ...feeds(paths.author('ben')),
  ...feeds(paths.series('the-tour')),
  ...feeds(paths.postComments(main.slug)),
]

/** What somebody without an account is answered, as it is kept where it is. */
async function ask(path: string) {
  const response = await fetch(origin + path, { redirect: 'manual' })
  const text = await response.text()
  return { what: `${response.status} ${response.headers.get('location') ?? ''}\n${plain(text)}`, response }
}

/** The same, made for this one request. */
async function make(path: string): Promise<string> {
  const response = await app.inject(path)
  return `${response.statusCode} ${String(response.headers.location ?? '')}\n${plain(response.body)}`
}

/** Without what each copy of a form has of its own. */
function plain(text: string): string {
  return text
    .replace(/name="(submission_key|mark|guest)" value="[^"]*"/g, 'name="$1"')
    .replace(/data-since="[^"]*"/g, '')
}

const isFromMemory = ({ headers }: Response) => headers.get('etag')?.startsWith('"') === true

async function warm(): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const path of addresses) {
    const first = await ask(path)
    const { what, response } = isFromMemory(first.response) ? first : await ask(path)
    found.set(path, what)
    if (response.status === 200 && !what.includes('name="mark"') && !what.includes('name="guest"'))
      assert.ok(isFromMemory(response), `${path} is not kept.`)
  }
  return found
}

/** Makes the change; afterwards each page is what it is now, and one at least another than before. */
async function changes(what: () => Promise<unknown>, ownProcess = true): Promise<void> {
  const known = await warm()
  await what()
  // What another process or a job did is heard of; what is done here needs no wait.
  if (!ownProcess) await dev.post('/caught-up')
  const pages = await Promise.all(
    addresses.map(async (path) => [path, (await ask(path)).what, await make(path)] as const),
  )
  for (const [path, kept, made] of pages) assert.equal(kept, made, `${path} is old.`)
  const changed = pages.filter(([path, , made]) => made !== known.get(path)).map(([path]) => path)
  assert.ok(changed.length > 0, 'The change is to be seen nowhere.')
}

async function say(person: typeof rosa, body: string, parent?: number): Promise<number> {
  await sql`delete from attempts`.execute(db)
  const answer = await (
    await program(app, db, person)
  ).send('POST', api.postComments(main.id), {
    body,
    ...(parent !== undefined && { parent_id: parent }),
  })
  assert.equal(answer.statusCode, 201, answer.body)
  return answer.data.id as number
}

const done = async (response: Promise<{ statusCode: number; body: string }>, ...statuses: number[]) => {
  const { statusCode, body } = await response
  assert.ok((statuses.length > 0 ? statuses : [200, 201, 204, 303]).includes(statusCode), `${statusCode} ${body}`)
}
const patch = (path: string, change: object) => done(adas.send('PATCH', path, change))
const post = (path: string, body?: object) => done(adas.send('POST', path, body))
const decide = (id: number, decision: string) => post(api.commentDecision(id), { decision })
const set = (change: object) => patch(api.settings(), change)

describe('a page is never older than', () => {
  const ofPosts: [string, () => Promise<unknown>][] = [
    ['the text of a post', () => patch(api.post(main.id), { body: `${words} More.` })],
    ['its title', () => patch(api.post(main.id), { title: 'Main, another title' })],
    ['its summary', () => patch(api.post(main.id), { excerpt: 'In short.' })],
    ['its tags', () => patch(api.post(main.id), { tags: ['second', 'first', 'fourth'] })],
    ['its language', () => patch(api.post(main.id), { language: 'de' })],
    ['who may see it', () => patch(api.post(after.id), { visibility: 'unlisted' })],
    ['who may see it again', () => patch(api.post(after.id), { visibility: 'public' })],
    ['its writers', () => patch(api.post(main.id), { authors: ['bea'] })],
    ['its place among others', () => patch(api.post(main.id), { series: 'The tour', series_part: 7 })],
    ['the picture at its top', () => patch(api.post(main.id), { picture_url: picture.url, picture_alt: 'A top' })],
    ['whether it takes comments', () => patch(api.post(main.id), { comments_open: false })],
    ['whether it takes them again', () => patch(api.post(main.id), { comments_open: true })],
    ['its address', () => patch(api.post(after.id), { slug: 'after-that' })],
    ['the text of a page', async () => patch(api.post(await idOf('about')), { body: 'About that.' })],
    ['taking a post back', () => patch(api.post(after.id), { state: 'draft' })],
    ['publishing it', () => patch(api.post(after.id), { state: 'published' })],
    ['putting it into the bin', () => done(ada.post(paths.admin.postDeletion(after.id)))],
    ['having it back from there', () => post(api.postRestoration(after.id))],
    ['many posts at once', () => post(api.postChanges(), { change: 'unpublish', ids: [after.id, before.id] })],
    ['many published at once', () => post(api.postChanges(), { change: 'publish', ids: [after.id, before.id] })],
    ['a new post', () => publishPost(bea, { title: 'New', tags: 'first' })],
    [
      'a draft beside a post that is published',
      async () => {
        await done(adas.send('PUT', api.postDraft(main.id), { title: 'From a draft', body: words, tags: ['first'] }))
        await post(api.postDraftPublication(main.id))
      },
    ],
    [
      'an earlier version put back',
      async () => {
        await post(api.revisionRestoration(main.id, 1))
        await post(api.postDraftPublication(main.id))
      },
    ],
  ]
  for (const [name, change] of ofPosts) test(name, () => changes(change))

  const ofComments: [string, () => Promise<unknown>][] = [
    ['a comment', () => say(rosa, 'One more')],
    ['its text', async () => patch(api.comment(await say(ada, 'Mine')), { body: 'Mine, in other words' })],
    ['a decision about it', () => decide(answer, 'hide')],
    ['another decision', () => decide(answer, 'approve')],
    ['one that is deleted below an answer', () => done(adas.send('DELETE', api.comment(said)))],
    ['one that is had back', () => post(api.commentRestoration(said))],
    ['a reaction', () => done(rosa.post(paths.reaction(main.slug), { reaction: 'like' }))],
    ['one that is taken back', () => done(rosa.post(paths.reaction(main.slug), { reaction: 'none' }))],
    [
      'what is spam, of somebody who is banned',
      async () => {
        await done(cleo.post(paths.admin.bans(), { who: 'bea', reason: 'Rude' }))
        await decide(beas, 'spam')
      },
    ],
  ]
  for (const [name, change] of ofComments) test(name, () => changes(change))

  const ofBlog: [string, () => Promise<unknown>][] = [
    ['the title of the blog', () => set({ title: 'Other Notes' })],
    ['its language', () => set({ language: 'en-GB' })],
    ['its menu', () => set({ menu: [{ words: 'Elsewhere', address: '/about' }] })],
    ['whether people may register', () => set({ registration_is_open: false })],
    ['who may react', () => set({ reactions: 'everyone' })],
    ['whether guests may comment', () => set({ guests_may_comment: true })],
    ['whether comments come by themselves', () => set({ comments_are_live: true })],
    ['whether like ones are shown', () => set({ related_posts_are_shown: false })],
    ['the hub', () => set({ hub_url: 'https://hub.example/' })],
    ['when comments close', () => set({ comments_close_after_days: 1, comments_are_open: false })],
    ['the theme', async () => done(ada.post(paths.admin.appearance(), await themeForm()))],
    ['the name of a tag', () => patch(api.tag(1), { name: 'Renamed' })],
    ['a tag that is taken away', () => done(adas.send('DELETE', api.tag(2)))],
    ['the title of a series', async () => patch(api.series(await idOfSeries()), { title: 'The trip' })],
    [
      'what somebody says of themselves',
      () => patch(api.user(ben.id), { about: 'Writes.', links: ['https://ben.example/'] }),
    ],
    ['their name', () => patch(api.user(ben.id), { name: 'Benjamin' })],
    ['their address', () => patch(api.user(bea.id), { slug: 'beatrix' })],
    ['a redirect', () => done(ada.post(paths.admin.redirects(), { from_path: '/nowhere', to_address: '/about' }))],
  ]
  for (const [name, change] of ofBlog) test(name, () => changes(change))
})

describe('soon after a job has done it, a page shows', () => {
  const byJobs: [string, () => Promise<unknown>][] = [
    [
      'counts and digests',
      async () => {
        await publishPost(ben, { title: 'Counted', tags: 'counted', body: words.repeat(30) })
        await deliverMail()
      },
    ],
    [
      'the description of a picture',
      async () => {
        await patch(api.medium(picture.id), { alt: 'Stripes' })
        await deliverMail()
      },
    ],
    [
      'a picture that is taken away',
      async () => {
        await done(ada.post(paths.admin.mediumDeletion(picture.id), { even_used: 'yes' }))
        await deliverMail()
      },
    ],
    [
      'that two people are one',
      async () => {
        await done(ada.post(paths.admin.personMerge(old.id), { into: String(ben.id) }))
        await deliverMail()
      },
    ],
    [
      'that somebody is gone',
      async () => {
        await done(ada.post(paths.admin.personDeletion(gone.id), { posts: 'give', to: 'ben', comments: 'keep' }))
        await deliverMail()
      },
    ],
    [
      'that a post is gone for good',
      async () => {
        await done(ada.post(paths.admin.postDeletion(before.id)))
        await done(ada.post(paths.admin.binRemoval(before.id)))
        await deliverMail()
      },
    ],
    [
      'an import',
      async () => {
        const { path } = await settled(ada, await upload(app, ada, familyFile(), 'import'))
        imported = Number(path.split('/').at(-1))
      },
    ],
    [
      'that it was taken back',
      async () => {
        await done(ada.post(paths.admin.importUndo(imported)))
        await settled(ada, paths.admin.import(imported))
      },
    ],
  ]
  let imported = 0
  for (const [name, change] of byJobs) test(name, () => changes(change, false))
})

test('a draft, and a save of it, take no page away', async () => {
  await set({ guests_may_comment: false, reactions: 'accounts' })
  await warm()
  const { id } = await writePost(ben, { title: 'Nobody sees it', tags: 'first' })
  await done(
    ben.post(paths.admin.post(id), { title: 'Nobody sees it', body: 'Nor this.', tags: 'first', version: '1' }),
  )
  await dev.post('/caught-up')
  assert.ok(isFromMemory((await ask(paths.home())).response))
  assert.ok(isFromMemory((await ask(paths.post(main.slug))).response))
})

async function idOf(slug: string): Promise<number> {
  return (await db.selectFrom('posts').select('id').where('slug', '=', slug).executeTakeFirstOrThrow()).id
}

async function idOfSeries(): Promise<number> {
  return (await db.selectFrom('series').select('id').executeTakeFirstOrThrow()).id
}

async function themeForm(): Promise<Record<string, string>> {
  const { theme_number } = await db.selectFrom('settings').select('theme_number').executeTakeFirstOrThrow()
  return { ...valuesOf({ ...defaultTheme, ...presets.harbour }), number: String(theme_number) }
}
