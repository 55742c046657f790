import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { test } from 'node:test'
import { sql } from 'kysely'
import { testDatabase } from '../../test/database.ts'
import { StartError } from '../errors.ts'
import { rendererVersion } from '../markdown/renderer-version.ts'
import { people, readSamplePosts } from './posts.ts'
import { fillSample, removeSample } from './queries.ts'

const { db } = await testDatabase()
const posts = readSamplePosts()
const publicFolder = new URL('../../public/', import.meta.url)

test('every picture in a post is there, small, and can do nothing but be seen', () => {
  const addresses = posts.flatMap(({ body }) =>
    [...body.matchAll(/!\[[^\]]+\]\(\/assets\/([^ )]+)/g)].map(([, path = '']) => path),
  )
  assert.ok(addresses.length >= 5)
  for (const path of addresses) assert.ok(existsSync(new URL(path, publicFolder)), path)

  for (const name of readdirSync(new URL('sample/', publicFolder))) {
    const picture = readFileSync(new URL(`sample/${name}`, publicFolder), 'utf8')
    assert.ok(picture.length < 8192, name)
    assert.doesNotMatch(picture, /<script|<style|<image|<foreignObject|\son\w+=|href="[^#]|url\([^#]/, name)
    assert.ok(addresses.includes(`sample/${name}`), `${name} is shown in no post`)
  }
})

test('fills a blog once, and takes everything away again', async () => {
  const owner = await insertOwner()
  const own = await insertPost(owner, 'my-first-post')
  await tag(own, 'books', 'My books')
  const before = await snapshot()

  const counts = await fillSample(db)

  assert.deepEqual(
    { posts: counts.posts, people: counts.people, tags: counts.tags },
    { posts: 26, people: 9, tags: 10 },
  )
  assert.ok(counts.comments >= 100)
  const rows = await db.selectFrom('posts').selectAll().where('id', '<>', own).orderBy('published_at', 'desc').execute()
  assert.deepEqual(
    rows.map(({ slug }) => slug),
    posts.map(({ slug }) => slug),
  )
  for (const row of rows) {
    assert.ok(row.published_at && row.published_at < new Date(), row.slug)
    assert.ok(row.excerpt && row.body_html && row.author_id, row.slug)
    // Or the job runner would render them once more.
    assert.equal(row.renderer_version, rendererVersion, row.slug)
  }
  const comments = await db.selectFrom('comments').selectAll().orderBy('id').execute()
  assert.equal(comments.length, counts.comments)
  const thread = comments.filter(({ post_id }) => post_id === rows.find(({ slug }) => slug.endsWith('-big-window'))?.id)
  assert.equal(thread.length, 45)
  const scripted = comments.find(({ body }) => body.includes('<script>'))
  assert.match(scripted?.body_html ?? '', /&lt;script&gt;/)
  assert.ok(comments.some(({ body_html }) => body_html.includes('<em>lamp</em>')))
  // What is answered comes first, and has its answers in its thread.
  assert.ok(comments.filter(({ parent_id }) => parent_id !== null).length >= 8)
  for (const { id, parent_id, root_id, post_id } of comments) {
    const parent = comments.find((one) => one.id === parent_id)
    assert.deepEqual([root_id, parent?.post_id ?? post_id], [parent ? (parent.root_id ?? parent.id) : null, post_id])
    assert.ok(!parent || parent.id < id)
  }
  assert.deepEqual(
    rows.filter(({ series_id }) => series_id).map(({ language, series_part }) => `${series_part} ${language}`),
    ['3 ', '2 zh', '1 ar'],
  )
  assert.ok((await db.selectFrom('reactions').select('kind').execute()).length >= 26)
  for (const { created_at, post_id } of comments) {
    const post = rows.find(({ id }) => id === post_id)
    assert.ok(post?.published_at && created_at > post.published_at && created_at < new Date())
  }
  const signIns = await db
    .selectFrom('users')
    .innerJoin('user_roles', 'user_roles.user_id', 'users.id')
    .innerJoin('roles', 'roles.id', 'user_roles.role_id')
    .select(['users.password_hash', 'users.email_confirmed_at', 'roles.name'])
    .where('users.email', 'like', '%@example.com')
    .execute()
  assert.equal(signIns.length, 9)
  assert.equal(signIns.filter(({ name }) => name === 'author').length, 4)
  for (const { password_hash, email_confirmed_at } of signIns) {
    assert.equal(password_hash, null)
    assert.ok(email_confirmed_at)
  }

  const full = await snapshot()
  await assert.rejects(
    fillSample(db),
    (error) => error instanceof StartError && /already holds the sample/.test(error.message),
  )
  assert.deepEqual(await snapshot(), full)

  // Somebody answers under a sample post, changes its address, and uses one of its tags.
  const [newest] = rows
  await db
    .insertInto('comments')
    .values({ post_id: newest?.id ?? 0, author_id: owner, body: 'Mine' })
    .execute()
  await db
    .updateTable('posts')
    .set({ slug: 'renamed' })
    .where('slug', '=', newest?.slug ?? '')
    .execute()

  const answered = await snapshot()
  await assert.rejects(
    removeSample(db),
    (error) => error instanceof StartError && /Other people left 1 comment below.*--remove --yes/.test(error.message),
  )
  assert.deepEqual(await snapshot(), answered)

  const removed = await removeSample(db, { withComments: true })

  // "Books" stays: the owner's post has it.
  assert.deepEqual(removed, { posts: 26, people: 9, tags: 9, comments: counts.comments + 1 })
  assert.deepEqual(await snapshot(), before)
  assert.deepEqual(await removeSample(db), { posts: 0, people: 0, tags: 0, comments: 0 })
  assert.deepEqual(await snapshot(), before)
})

test('two at once fill it once', async () => {
  const [first, second] = await Promise.allSettled([fillSample(db), fillSample(db)])

  assert.deepEqual([first.status, second.status].toSorted(), ['fulfilled', 'rejected'])
  await removeSample(db)
})

test('refuses, and names it, when an address is taken', async () => {
  const owner = await insertOwner()
  await insertPost(owner, 'closed-on-thursday')
  const before = await snapshot()

  await assert.rejects(
    fillSample(db),
    (error) => error instanceof StartError && /\/posts\/closed-on-thursday,/.test(error.message),
  )
  assert.deepEqual(await snapshot(), before)
  await removeSample(db)
  assert.deepEqual(await snapshot(), before)
  await db.deleteFrom('posts').where('slug', '=', 'closed-on-thursday').execute()
})

test('leaves somebody alone who registered with the address of one of the people', async () => {
  const { email } = people[0] as (typeof people)[number]
  await db.insertInto('users').values({ slug: 'real', name: 'Real', email, password_hash: 'x' }).execute()
  const before = await snapshot()

  await assert.rejects(fillSample(db), new RegExp(email))
  await removeSample(db)

  assert.deepEqual(await snapshot(), before)
})

let owners = 0
async function insertOwner(): Promise<number> {
  const slug = `owner-${++owners}`
  const values = { slug, name: 'Owner', email: `${slug}@blog.test`, password_hash: 'x' }
  return (await db.insertInto('users').values(values).returning('id').executeTakeFirstOrThrow()).id
}

async function insertPost(author_id: number, slug: string): Promise<number> {
  const values = { slug, title: slug, body: 'Text', body_html: '<p>Text</p>', author_id, published_at: new Date() }
  return (await db.insertInto('posts').values(values).returning('id').executeTakeFirstOrThrow()).id
}

async function tag(post_id: number, slug: string, name: string): Promise<void> {
  const row = await db.insertInto('tags').values({ slug, name }).returning('id').executeTakeFirstOrThrow()
  await db.insertInto('post_tags').values({ post_id, tag_id: row.id }).execute()
}

async function snapshot() {
  const tables = [
    'users',
    'user_roles',
    'posts',
    'comments',
    'tags',
    'post_tags',
    'series',
    'reactions',
    'audit_events',
  ] as const
  const read = async (table: (typeof tables)[number]) =>
    await sql`select to_jsonb(t) as row from ${sql.table(table)} t order by 1`.execute(db).then(({ rows }) => rows)
  return Object.fromEntries(await Promise.all(tables.map(async (table) => [table, await read(table)])))
}
