// Writing a new post.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { errorAt, fieldOf, publishPost, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const { cast, db, logged } = await testApp()
const { ben, bea, dev } = cast

describe('a new post', () => {
  test('is a draft until it is published', async () => {
    const { id } = await writePost(ben, { title: 'Only a draft', body: 'Thoughts.' })

    assert.equal((await dev.get(paths.post('only-a-draft'))).statusCode, 404)
    const stored = await find(id)
    assert.equal(stored.published_at, null)
    assert.equal(stored.author_id, ben.id)
    assert.equal(stored.body, 'Thoughts.')
  })

  test('takes its author and date from the session and the clock, whatever the form says', async () => {
    const forged = {
      author_id: String(bea.id),
      published_at: '2001-01-01',
      id: '7',
      body_html: '<script>',
      version: '900',
    }
    const { id, slug } = await publishPost(ben, { title: 'Mass assignment', ...forged })

    const stored = await find(id)
    assert.equal(slug, 'mass-assignment')
    assert.equal(stored.author_id, ben.id)
    assert.equal(stored.version, 1)
    assert.ok(Date.now() - Number(stored.published_at) < 60_000)
    assert.doesNotMatch(stored.body_html, /script/)
  })

  test('is refused without a title', async () => {
    for (const title of ['', '   ', '\t\n', '\u00a0\u3000'])
      await refuses({ title, body: 'Text of the nameless.' }, 'title')
  })

  test('is refused without a text', async () => {
    for (const body of ['', '  \n  ']) await refuses({ title: 'Title of the textless', body }, 'body')
  })

  test('is refused with a title over 512 characters and taken with 512', async () => {
    await refuses({ title: 'é'.repeat(513), body: 'x' }, 'title')
    await publishPost(ben, { title: '😀'.repeat(512) })
  })

  test('is refused with a text over 500,000 characters', async () => {
    await refuses({ title: 'Too long a text', body: 'x'.repeat(500_001) }, 'body')
  })

  test('may have 500,000 characters of the longest kind', async () => {
    const body = '字'.repeat(400_000) + '😀'.repeat(100_000)
    const { id } = await writePost(ben, { title: 'A whole book', body })

    assert.equal((await find(id)).body, body)
  })

  test('is refused with a field given twice', async () => {
    const before = await count()
    const response = await ben.post(paths.admin.posts(), 'title=One&title=Two&body=Text+twice')

    assert.equal(response.statusCode, 422)
    assert.match(errorAt(response.body, 'title') ?? '', /once/)
    assert.equal(fieldOf(response.body, 'body'), 'Text twice')
    assert.equal(await count(), before)
  })

  test('keeps a text that begins with empty lines as it was typed, also when shown again', async () => {
    const body = '\n\n  <textarea> & </textarea> "quoted"'
    // A browser sends each line break as two characters.
    const response = await ben.post(paths.admin.posts(), { title: '', body: body.replaceAll('\n', '\r\n') })

    assert.equal(fieldOf(response.body, 'body'), body)
    const { id } = await writePost(ben, { body })
    assert.equal((await find(id)).body, body)
  })
})

describe('the address of a new post', () => {
  test('is different for fifty posts of one title written at once', async () => {
    const form = { title: 'The same title', body: 'Different people.', publish: 'yes' }
    const responses = await Promise.all(
      Array.from({ length: 50 }, (_, index) => (index % 2 ? ben : bea).post(paths.admin.posts(), form)),
    )

    assert.deepEqual([...new Set(responses.map(({ statusCode }) => statusCode))], [303])
    const addresses = new Set(responses.map(({ headers }) => headers.location))
    assert.equal(addresses.size, 50)
    assert.ok(addresses.has(paths.post('the-same-title')))
    for (const address of addresses) assert.equal((await dev.get(String(address))).statusCode, 200)
  })

  test('does not change with the title', async () => {
    const { id, path } = await publishPost(ben, { title: 'Before the change' })
    await ben.post(paths.admin.post(id), { title: 'After the change', body: 'x', version: '1' })

    assert.match((await dev.get(path)).body, /<h1 class="p-name">After the change<\/h1>/)
  })

  test('can be made of any title', async () => {
    for (const title of [
      '🎉🎉',
      '...',
      '/../..',
      '%2e%2e',
      '?#',
      '<>',
      'new',
      '-',
      '\u202e\u200b.',
      'ａ／ｂ',
      'a\u0000b'.replace('\0', ' '),
    ]) {
      const { path } = await publishPost(ben, { title })
      assert.equal((await dev.get(path)).statusCode, 200, title)
    }
  })
})

describe('a form that is sent twice', () => {
  test('makes one post', async () => {
    const form = { title: 'Pressed twice', body: 'x', publish: 'yes', submission_key: randomUUID() }
    const responses = await Promise.all([1, 2, 3, 4].map(() => ben.post(paths.admin.posts(), form)))
    responses.push(await ben.post(paths.admin.posts(), form))

    for (const response of responses) {
      assert.equal(response.statusCode, 303)
      assert.equal(response.headers.location, paths.post('pressed-twice'))
    }
    const posts = await db.selectFrom('posts').select('id').where('title', '=', 'Pressed twice').execute()
    assert.equal(posts.length, 1)
    assert.equal((await events('post', posts[0]?.id ?? 0)).length, 1)
  })

  test('loses nothing that was written in between', async () => {
    const submission_key = randomUUID()
    const { id } = await writePost(ben, { title: 'Gone on', body: 'One.', submission_key })
    const form = { title: 'Gone on', body: 'One. Two.', submission_key }
    const response = await ben.post(paths.admin.posts(), form)
    assert.equal(response.statusCode, 409)
    assert.equal(fieldOf(response.body, 'body'), 'One. Two.')
    assert.match(response.body, new RegExp(`action="${paths.admin.post(id)}"`))
    assert.match(response.body, /<ins> Two\.<\/ins>/)
  })

  test('publishes what the first time made a draft of', async () => {
    const form = { title: 'Publish after all', body: 'x', submission_key: randomUUID() }
    await writePost(ben, form)
    const response = await ben.post(paths.admin.posts(), { ...form, publish: 'yes' })
    assert.equal(response.headers.location, paths.post('publish-after-all'))
    assert.equal((await dev.get(paths.post('publish-after-all'))).statusCode, 200)
  })

  test('makes none when it is somebody else’s form', async () => {
    const submission_key = randomUUID()
    await writePost(ben, { title: 'Bens own', submission_key })
    const before = await count()

    const response = await bea.post(paths.admin.posts(), {
      title: 'Of a stolen key',
      body: 'Beas words',
      submission_key,
    })
    assert.equal(response.statusCode, 409)
    assert.match(response.body, /<h1>Not possible as things are<\/h1>/)
    assert.match(response.body, /Beas words/)
    assert.equal(await count(), before)
  })

  test('carries a key of its own in every new form', async () => {
    const keys = [
      fieldOf((await ben.get(paths.admin.newPost())).body, 'submission_key'),
      fieldOf((await ben.get(paths.admin.newPost())).body, 'submission_key'),
    ]

    assert.match(keys[0] ?? '', /^[0-9a-f-]{36}$/)
    assert.notEqual(keys[0], keys[1])
    const refused = await ben.post(paths.admin.posts(), { title: '', body: 'x', submission_key: keys[0] ?? '' })
    assert.equal(fieldOf(refused.body, 'submission_key'), keys[0])
  })
})

describe('a preview', () => {
  test('shows the text made clean and stores nothing', async () => {
    const before = await count()
    const form = {
      title: 'Shown beforehand',
      body: '**Bold** <script>alert(1)</script><img src=x onerror=alert(1)>',
      tags: 'a, b',
    }
    const response = await ben.post(paths.admin.newPostPreview(), form)

    assert.equal(response.statusCode, 200)
    assert.match(response.body, /<strong>Bold<\/strong>/)
    assert.doesNotMatch(response.body, /<script>|<img[^>]*onerror/)
    for (const [name, value] of Object.entries(form)) assert.equal(fieldOf(response.body, name), value)
    assert.equal(await count(), before)
  })

  test('of a post that is there leaves it as it is', async () => {
    const { id } = await publishPost(ben, { title: 'Stays the same', body: 'As it was.' })
    const before = await find(id)
    const response = await ben.post(paths.admin.postPreview(id), { title: 'New', body: 'New *words*', version: '1' })

    assert.match(response.body, /New <em>words<\/em>/)
    assert.equal(fieldOf(response.body, 'version'), '1')
    assert.deepEqual(await find(id), before)
  })

  test('of an unfinished form is an answer, too', async () => {
    assert.equal((await ben.post(paths.admin.newPostPreview(), {})).statusCode, 200)
  })
})

describe('the audit log', () => {
  test('names every deed with a post, its actor and its subject', async () => {
    const { id } = await writePost(ben, { title: 'A documented life' })
    await ben.post(paths.admin.post(id), { title: 'A documented life', body: 'x', version: '1' })
    await ben.post(paths.admin.publication(id))
    await ben.post(paths.admin.publicationEnd(id))
    await ben.post(paths.admin.postDeletion(id))

    const found = await events('post', id)
    assert.deepEqual(
      found.map(({ action }) => action),
      ['post.drafted', 'post.changed', 'post.published', 'post.unpublished', 'post.deleted'],
    )
    for (const event of found) {
      assert.equal(event.actor_id, ben.id)
      assert.equal(event.client_ip, '127.0.0.1')
      assert.equal(event.description, 'A documented life')
    }
  })

  test('and the deed are stored both or neither', async () => {
    const { id } = await publishPost(ben, { title: 'Bound to the log', body: 'Old text' })
    await sql`alter table audit_events add constraint no_doom check (description not like 'Doomed%') not valid`.execute(
      db,
    )

    const created = await ben.post(paths.admin.posts(), { title: 'Doomed one', body: 'x' })
    const changed = await ben.post(paths.admin.post(id), { title: 'Doomed two', body: 'New text', version: '1' })

    assert.equal(created.statusCode, 500)
    assert.equal(changed.statusCode, 500)
    assert.deepEqual(await db.selectFrom('posts').select('id').where('title', 'like', 'Doomed%').execute(), [])
    const { title, body, version } = await find(id)
    assert.deepEqual({ title, body, version }, { title: 'Bound to the log', body: 'Old text', version: 1 })
    assert.equal(logged().match(/no_doom/g)?.length !== undefined, true)
    await sql`alter table audit_events drop constraint no_doom`.execute(db)
  })
})

/** The form comes back with what was typed and a word beside the field; nothing is stored. */
async function refuses(form: Record<string, string>, field: string): Promise<void> {
  const before = await count()
  const response = await ben.post(paths.admin.posts(), { ...form, tags: 'kept, too' })
  assert.equal(response.statusCode, 422)
  assert.ok(errorAt(response.body, field), `No word about ${field}.`)
  for (const [name, value] of Object.entries(form)) assert.equal(fieldOf(response.body, name), value)
  assert.equal(fieldOf(response.body, 'tags'), 'kept, too')
  assert.equal(await count(), before)
}

async function count(): Promise<number> {
  const { total } = await db
    .selectFrom('posts')
    .select((with_) => with_.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return total
}

async function find(id: number) {
  return await db.selectFrom('posts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
}

async function events(type: string, id: number) {
  return await db
    .selectFrom('audit_events')
    .selectAll()
    .where('subject_type', '=', type)
    .where('subject_id', '=', id)
    .orderBy('id')
    .execute()
}
