// Fills a blog with the demo posts of db/sample, and takes them away again.
import { sql } from 'kysely'
import { askToCount } from '../archive/queries.ts'
import { commandLine } from '../command-line.ts'
import type { Db } from '../db/pool.ts'
import { askToDigest } from '../digests/queries.ts'
import { StartError } from '../errors.ts'
import type { Rendered } from '../markdown/render.ts'
import { rendererVersion } from '../markdown/renderer-version.ts'
import { renderSafely } from '../markdown/renderer.ts'
import { paths } from '../paths.ts'
import { reactionKinds } from '../reactions/reaction.ts'
import { claimSeries } from '../series/queries.ts'
import { tagSlugOf } from '../tags/tag.ts'
import { type SamplePost, people, readSamplePosts } from './posts.ts'

export type SampleCounts = { posts: number; comments: number; people: number; tags: number }

/** All or nothing. Throws a StartError, and changes nothing, when the sample is there or one of its addresses is taken. */
export async function fillSample(db: Db, onProgress: (line: string) => void = () => {}): Promise<SampleCounts> {
  const now = Date.now()
  // Oldest first: ids rise with the dates, as in a blog that grew.
  const posts = readSamplePosts().toReversed()
  onProgress(`Rendering ${posts.length} posts …`)
  const rendered = new Map<string, Rendered>()
  for (const { slug, body } of posts) rendered.set(slug, await renderSafely(body))
  return await db.transaction().execute(async (db) => {
    await takeTurns(db)
    await refuseTwice(db, posts)
    await refuseTaken(db, posts)
    onProgress('Writing people, tags, posts and comments …')
    const authors = await insertPeople(db, new Date(now - memberDays * day))
    const ids = await insertPosts(db, posts, { rendered, authors, now })
    await insertReactions(db, ids, authors)
    await askToCount(db)
    await askToDigest(db)
    return {
      posts: ids.size,
      people: authors.size,
      tags: await insertTags(db, posts, ids),
      comments: await insertComments(db, posts, { ids, authors, now }),
    }
  })
}

/**
 * Deletes what fillSample wrote, whatever it is called by now. Tags stay while another post uses them. All zero when there
 * is no sample. Throws a StartError, and changes nothing, when other people commented below its posts, unless
 * `withComments`: those comments cannot stay without their posts.
 */
export async function removeSample(db: Db, { withComments = false } = {}): Promise<SampleCounts> {
  const posts = readSamplePosts()
  return await db.transaction().execute(async (db) => {
    await takeTurns(db)
    const found = await findSample(db, posts)
    if (found.people.length + found.posts.length === 0) return { posts: 0, comments: 0, people: 0, tags: 0 }
    const others = await countOthers(db, posts, found)
    if (others > 0 && !withComments) throw refusal(others)
    const comments = await db.deleteFrom('comments').where('post_id', 'in', listed(found.posts)).executeTakeFirst()
    await db.deleteFrom('posts').where('id', 'in', listed(found.posts)).execute()
    await db.deleteFrom('users').where('id', 'in', listed(found.people)).execute()
    await db
      .deleteFrom('series')
      .where(
        sql`lower(title)`,
        'in',
        seriesOf(posts).map((title) => title.toLowerCase()),
      )
      .where(({ not, exists, selectFrom }) =>
        not(exists(selectFrom('posts').select('id').whereRef('posts.series_id', '=', 'series.id'))),
      )
      .execute()
    await askToCount(db)
    const tags = await db
      .deleteFrom('tags')
      .where('slug', 'in', [...tagsOf(posts).keys()])
      .where(({ not, exists, selectFrom }) =>
        not(exists(selectFrom('post_tags').select('tag_id').whereRef('post_tags.tag_id', '=', 'tags.id'))),
      )
      .executeTakeFirst()
    return {
      posts: found.posts.length,
      people: found.people.length,
      tags: Number(tags.numDeletedRows),
      comments: Number(comments.numDeletedRows),
    }
  })
}

/** Comments below its posts that it did not bring. */
async function countOthers(db: Db, posts: SamplePost[], found: { posts: number[]; people: number[] }): Promise<number> {
  const ofGone = posts.flatMap(({ comments }) => comments.flatMap(({ author, body }) => (author ? [] : [body])))
  const row = await db
    .selectFrom('comments')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('post_id', 'in', listed(found.posts))
    .where(({ eb, or, and }) =>
      or([
        eb('guest_id', 'is not', null),
        eb('author_id', 'not in', listed(found.people)),
        and([eb('author_id', 'is', null), eb('body', 'not in', ofGone)]),
      ]),
    )
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

function refusal(count: number): StartError {
  const comments = count === 1 ? '1 comment' : `${count} comments`
  return new StartError(
    `Other people left ${comments} below posts of the sample, which would be deleted with them for good. Nothing was changed. \`${commandLine('sample --remove --yes')}\` removes these as well.`,
  )
}

// Until the transaction ends. Any number will do that is not the one of the migrations.
async function takeTurns(db: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(80810002)`.execute(db)
}

async function refuseTwice(db: Db, posts: SamplePost[]): Promise<void> {
  const found = await findSample(db, posts)
  if (found.people.length + found.posts.length === 0) return
  throw new StartError(`This blog already holds the sample. \`${commandLine('sample --remove')}\` takes it away.`)
}

/** Somebody with a password registered by himself, whatever his address. */
async function findSample(db: Db, posts: SamplePost[]) {
  const keys = posts.map(({ submissionKey }) => submissionKey)
  const foundPosts = await db.selectFrom('posts').select('id').where('submission_key', 'in', keys).execute()
  const foundPeople = await db
    .selectFrom('users')
    .select('id')
    .where(sql`lower(email)`, 'in', emails)
    .where('password_hash', 'is', null)
    .execute()
  return { posts: foundPosts.map(({ id }) => id), people: foundPeople.map(({ id }) => id) }
}

async function refuseTaken(db: Db, posts: SamplePost[]): Promise<void> {
  const slugs = posts.map(({ slug }) => slug)
  const names = people.map(({ slug }) => slug)
  const takenPosts = await db.selectFrom('posts').select('slug').where('slug', 'in', slugs).execute()
  const takenPeople = await db
    .selectFrom('users')
    .select(['slug', 'email'])
    .where(({ or, eb }) => or([eb('slug', 'in', names), eb(sql`lower(email)`, 'in', emails)]))
    .execute()
  const taken = [
    ...takenPosts.map(({ slug }) => paths.post(slug)),
    ...takenPeople.map(({ slug, email }) => (names.includes(slug) ? paths.author(slug) : email)),
  ]
  if (taken.length === 0) return
  throw new StartError(
    `The sample needs ${taken.join(', ')}, which this blog already has. Nothing was written. Fill an empty blog instead, for example with BLOGGY_DATA=./demo.`,
  )
}

/**
 * Ids by slug. Without a password nobody can sign in as one of them; their addresses are confirmed, so that nobody can
 * register with one, and get no mail about comments.
 */
async function insertPeople(db: Db, since: Date): Promise<Map<string, number>> {
  const rows = await db
    .insertInto('users')
    .values(
      people.map(({ role: _, ...person }) => ({
        ...person,
        email_confirmed_at: since,
        is_told_of_comments: false,
        created_at: since,
        updated_at: since,
      })),
    )
    .returning(['id', 'slug'])
    .execute()
  const roles = await db
    .selectFrom('roles')
    .select(['id', sql<string>`lower(name)`.as('name')])
    .execute()
  const roleOf = new Map(people.map(({ slug, role }) => [slug, roles.find(({ name }) => name === role)?.id]))
  const held = rows.flatMap(({ id, slug }) => {
    const role_id = roleOf.get(slug)
    return role_id === undefined ? [] : [{ user_id: id, role_id }]
  })
  if (held.length > 0) await db.insertInto('user_roles').values(held).execute()
  return new Map(rows.map(({ id, slug }) => [slug, id]))
}

type Known = { authors: Map<string, number>; now: number }

/** Ids by slug. */
async function insertPosts(
  db: Db,
  posts: SamplePost[],
  { rendered, authors, now }: Known & { rendered: Map<string, { html: string; excerpt: string }> },
): Promise<Map<string, number>> {
  const series = await claimAllSeries(db, posts)
  const values = posts.map((post) => {
    const published_at = publishedAt(post, now)
    return {
      slug: post.slug,
      title: post.title,
      body: post.body,
      body_html: rendered.get(post.slug)?.html ?? '',
      renderer_version: rendererVersion,
      excerpt: rendered.get(post.slug)?.excerpt ?? '',
      author_id: authors.get(post.author) ?? null,
      updated_by: authors.get(post.author) ?? null,
      language: post.language,
      series_id: post.series ? known(series, post.series.title) : null,
      series_part: post.series?.part ?? null,
      submission_key: post.submissionKey,
      published_at,
      created_at: published_at,
      updated_at: published_at,
    }
  })
  const rows = await db.insertInto('posts').values(values).returning(['id', 'slug']).execute()
  return new Map(rows.map(({ id, slug }) => [slug, id]))
}

/** A tag that the blog already has is shared. */
async function insertTags(db: Db, posts: SamplePost[], ids: Map<string, number>): Promise<number> {
  const names = tagsOf(posts)
  const slugs = [...names.keys()]
  await db
    .insertInto('tags')
    .values(slugs.map((slug) => ({ slug, name: names.get(slug) ?? slug })))
    .onConflict((taken) => taken.column('slug').doNothing())
    .execute()
  const rows = await db.selectFrom('tags').select(['id', 'slug']).where('slug', 'in', slugs).execute()
  const tagIds = new Map(rows.map(({ id, slug }) => [slug, id]))
  const pairs = posts.flatMap((post) =>
    post.tags.map((name, position) => ({
      post_id: known(ids, post.slug),
      tag_id: known(tagIds, tagSlugOf(name)),
      position,
    })),
  )
  await db.insertInto('post_tags').values(pairs).execute()
  return slugs.length
}

/** In the order of time, so that each stands after what it answers. */
async function insertComments(
  db: Db,
  posts: SamplePost[],
  { ids, authors, now }: Known & { ids: Map<string, number> },
) {
  const all = posts.flatMap((post) =>
    post.comments.map((comment, index) => ({ ...comment, post, index, created_at: saidAt(post, index, now) })),
  )
  const idOf = new Map<string, number>()
  for (const { post, index, author, body, answers, created_at } of all.toSorted(
    (a, b) => a.created_at.getTime() - b.created_at.getTime(),
  )) {
    const { html } = await renderSafely(body, { isComment: true })
    const answered = answers === undefined ? null : known(idOf, `${post.slug} ${answers}`)
    const { rows } = await sql<{ id: number }>`
      insert into comments (id, post_id, author_id, body, body_format, body_html, created_at, parent_id, root_id, root_at, path)
        select own.id, ${known(ids, post.slug)}::bigint, ${author === null ? null : known(authors, author)}::bigint,
            ${body}, 'markdown', ${html}, ${created_at.toISOString()}::text::timestamptz, answered.id,
            case when answered.id is not null then coalesce(answered.root_id, answered.id) end,
            case when answered.id is not null then coalesce(answered.root_at, answered.created_at) end,
            case when answered.id is null then '' else answered.path || int8send(own.id) end
          from (select nextval(pg_get_serial_sequence('public.comments', 'id')) as id) as own
            left join comments as answered on answered.id = ${answered}::bigint
        returning id`.execute(db)
    idOf.set(`${post.slug} ${index}`, rows[0]?.id ?? 0)
  }
  return all.length
}

/** Each of the people about every third post, each time the same. */
async function insertReactions(db: Db, ids: Map<string, number>, authors: Map<string, number>): Promise<void> {
  const values = [...ids.values()].flatMap((post_id, post) =>
    [...authors.values()].flatMap((user_id, person) => {
      const kind = reactionKinds[(post + person) % reactionKinds.length]
      return kind && (post * 5 + person * 7) % 3 === 0 ? [{ post_id, user_id, kind }] : []
    }),
  )
  await db.insertInto('reactions').values(values).execute()
}

/** Ids by title. */
async function claimAllSeries(db: Db, posts: SamplePost[]): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  for (const title of seriesOf(posts)) found.set(title, await claimSeries(db, title))
  return found
}

function seriesOf(posts: SamplePost[]): string[] {
  return [...new Set(posts.flatMap(({ series }) => series?.title ?? []))].toSorted()
}

/** Tag names by slug, in a fixed order: writers of the same new tags must not wait for each other in a circle. */
function tagsOf(posts: SamplePost[]): Map<string, string> {
  return new Map(posts.flatMap(({ tags }) => tags.map((name) => [tagSlugOf(name), name] as const)).toSorted())
}

/** Some way into the day, so that not every post carries the same time. */
function publishedAt({ daysAgo }: SamplePost, now: number): Date {
  return new Date(now - daysAgo * day - ((daysAgo * 97) % 600) * minute)
}

/** Comments come quickly at first and then more and more slowly, for three weeks at most and never after `now`. */
function saidAt(post: SamplePost, index: number, now: number): Date {
  const published = publishedAt(post, now).getTime()
  const span = Math.min((now - published) * 0.9, 21 * day)
  return new Date(published + 20 * minute + span * ((index + ((index * 0.618) % 1)) / (post.comments.length + 1)) ** 2)
}

function known(ids: Map<string, number>, slug: string): number {
  const id = ids.get(slug)
  if (id === undefined) throw new Error(`The sample has nothing called ${slug}.`)
  return id
}

// `in ()` is no SQL; ids are never 0.
const listed = (ids: number[]) => (ids.length > 0 ? ids : [0])

const minute = 60_000
const day = 24 * 60 * minute
const memberDays = 430
const emails = people.map(({ email }) => email)
