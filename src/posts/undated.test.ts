// Posts and comments of an older blog may lack a date, a title or an author. No page stumbles over that.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { paths } from '../paths.ts'

const { cast, db } = await testApp()
const { ada, dev } = cast
const unknown = new Date(0)

describe('a post without a date, a title and an author', () => {
  test('is in the lists by a word to click on, without a date', async () => {
    const { slug } = await insertPost({ title: '' })

    const entry = entryOf((await dev.get(paths.home())).body, paths.post(slug))
    assert.match(entry, new RegExp(`<a href="${paths.post(slug)}" class="u-url">Untitled</a>`))
    assert.doesNotMatch(entry, /<time|1970|class="byline"/)
  })

  test('has a page that says no date', async () => {
    const { slug } = await insertPost({ title: '' })

    const { body } = await dev.get(paths.post(slug))
    assert.match(body, /<h1 class="p-name">Untitled<\/h1>/)
    assert.match(body, /<title>Untitled – /)
    assert.doesNotMatch(body, /<time|1970/)
  })

  test('is told apart from drafts where posts are edited', async () => {
    const { id } = await insertPost({ title: '' })

    const { body } = await ada.get(paths.admin.posts())
    const entry = entryOf(body, paths.admin.post(id))
    assert.match(entry, />Untitled<\/a>/)
    assert.match(entry, /Published without a date/)
    assert.doesNotMatch(entry, /<time|1970/)
  })

  test('stands after those that have a date', async () => {
    const { slug } = await insertPost({ title: 'No date' })
    const dated = await insertPost({ title: 'A date', published_at: new Date('2001-02-03T04:05:06Z') })

    const { body } = await dev.get(paths.home())
    assert.ok(body.indexOf(paths.post(dated.slug)) < body.indexOf(paths.post(slug)))
    assert.match(entryOf(body, paths.post(dated.slug)), /<time datetime="2001-02-03T04:05:06\.000Z"/)
  })
})

test('a title that nobody can see leaves no empty link', async () => {
  for (const title of ['   ', '\u200b\u3164', '\t\n']) {
    const { slug } = await insertPost({ title })
    assert.match(entryOf((await dev.get(paths.home())).body, paths.post(slug)), />Untitled<\/a>/)
  }
})

test('a comment without a date still has a link to itself', async () => {
  const post = await insertPost({ title: 'Commented' })
  const { id } = await db
    .insertInto('comments')
    .values({ post_id: post.id, body: 'When?', created_at: unknown })
    .returning('id')
    .executeTakeFirstOrThrow()

  const { body } = await dev.get(paths.post(post.slug))
  assert.ok(body.includes(`<a href="${paths.comment(post.slug, id)}">Link to this comment</a>`))
  assert.doesNotMatch(body, /<time|1970/)
})

async function insertPost({ title, published_at = unknown }: { title: string; published_at?: Date }) {
  return await db
    .insertInto('posts')
    .values({
      slug: `post-${++count}`,
      title,
      body: 'Some words.',
      body_html: '<p>Some words.</p>',
      published_at,
      created_at: published_at,
      updated_at: published_at,
    })
    .returning(['id', 'slug'])
    .executeTakeFirstOrThrow()
}

function entryOf(body: string, path: string): string {
  const entry = body.split(/<li[^>]*>/).find((part) => part.includes(`href="${path}"`))
  assert.ok(entry, path)
  return entry.split('</li>')[0] ?? ''
}

let count = 0
