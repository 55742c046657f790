// The lists that readers page through. Each has an index of its own that gives a page in order.
import { type RawBuilder, sql } from 'kysely'
import { compiled } from '../db/compiled.ts'
import { pageOf } from '../db/page-of.ts'
import type { Db } from '../db/pool.ts'
import { coAuthors, isListed, momentAt, momentOf, place } from '../post-states/queries.ts'
import { type Position, pageSize } from '../posts/post.ts'

// One more than a page shows, to know whether there is another.
const probed = sql.lit(pageSize + 1)

const posts = (db: Db) => db.selectFrom('posts')

function listed(from: ReturnType<typeof posts>) {
  return from
    .leftJoin('users', 'users.id', 'posts.author_id')
    .select(['posts.id', 'posts.slug', 'posts.title', 'posts.excerpt', 'posts.published_at', 'posts.visibility'])
    .select(['posts.language', 'users.name as author_name', 'users.slug as author_slug', coAuthors.as('co_authors')])
    .select(momentOf('posts.published_at').as('moment'))
    .orderBy('posts.published_at', 'desc')
    .orderBy('posts.id', 'desc')
    .limit(probed)
}

function published(db: Db) {
  return listed(posts(db)).where(isListed)
}

function olderThan(position: Position) {
  return sql<boolean>`(posts.published_at, posts.id) < ${place(position)}`
}

const newest = compiled((db) => published(db))
const older = compiled((db, position: Position) => published(db).where(olderThan(position)))
// Alone or with others: each list by its own index, in order, and of the two together no more than a page is opened.
const rows = sql`posts.id, posts.slug, posts.title, posts.excerpt, posts.visibility, posts.language, posts.author_id`
function by(db: Db, author_id: number, position?: Position) {
  const before = (moment: RawBuilder<unknown>) => (position ? sql`and ${moment} < ${place(position)}` : sql``)
  const both = sql`(
    (select ${rows}, posts.published_at from posts
      where posts.author_id = ${author_id} and ${isListed} ${before(sql`(posts.published_at, posts.id)`)}
      order by posts.published_at desc, posts.id desc limit ${probed})
    union all
    (select ${rows}, post_authors.published_at from post_authors join posts on posts.id = post_authors.post_id
      where post_authors.user_id = ${author_id} and post_authors.published_at <= now()
        and posts.author_id is distinct from ${author_id} and ${isListed}
        ${before(sql`(post_authors.published_at, post_authors.post_id)`)}
      order by post_authors.published_at desc, post_authors.post_id desc limit ${probed}))`
  return listed(db.selectFrom(both.as('posts')) as unknown as ReturnType<typeof posts>)
}
const newestBy = compiled((db, { author_id }: { author_id: number }) => by(db, author_id))
const olderBy = compiled((db, { author_id, moment, id }: Position & { author_id: number }) =>
  by(db, author_id, { moment, id }),
)
// Ordered by the copy of the moment in post_tags: one index gives the page, whether the tag is on ten posts or a million.
function tagged(db: Db, tag_id: number) {
  return published(db)
    .clearOrderBy()
    .innerJoin('post_tags', 'post_tags.post_id', 'posts.id')
    .where('post_tags.tag_id', '=', tag_id)
    .where(sql<boolean>`post_tags.published_at is not null and post_tags.published_at <= now()`)
    .orderBy(sql`post_tags.published_at`, 'desc')
    .orderBy(sql`post_tags.post_id`, 'desc')
}
const newestTagged = compiled((db, { tag_id }: { tag_id: number }) => tagged(db, tag_id))
const olderTagged = compiled((db, { tag_id, moment, id }: Position & { tag_id: number }) =>
  tagged(db, tag_id).where(sql<boolean>`(post_tags.published_at, post_tags.post_id) < ${place({ moment, id })}`),
)
// The bound below is looked at afterwards: with two, PostgreSQL takes what lies between for few, and sorts it.
const withinFrom = compiled((db, { from, moment, id }: Position & { from: number }) =>
  db
    .selectFrom(published(db).where(olderThan({ moment, id })).as('found'))
    .selectAll()
    .where(sql<boolean>`published_at >= ${momentAt(from)}`)
    .orderBy('published_at', 'desc')
    .orderBy('id', 'desc'),
)

const partsOf = compiled((db, { series_id }: { series_id: number }) =>
  published(db).where('posts.series_id', '=', series_id),
)

export type ListedPost = Awaited<ReturnType<typeof newest>>[number]
export type PostList = { posts: ListedPost[]; next: Position | undefined }

/** Newest first, a page from `before` on. */
export async function listPublishedPosts(db: Db, before?: Position): Promise<PostList> {
  return listOf(before ? await older(db, before) : await newest(db, {}))
}

export async function listPostsByAuthor(db: Db, author_id: number, before?: Position): Promise<PostList> {
  return listOf(before ? await olderBy(db, { author_id, ...before }) : await newestBy(db, { author_id }))
}

export async function listPostsByTag(db: Db, tag_id: number, before?: Position): Promise<PostList> {
  return listOf(before ? await olderTagged(db, { tag_id, ...before }) : await newestTagged(db, { tag_id }))
}

/** Those of the moments from `from` on and before `to`, in microseconds. */
export async function listPostsBetween(
  db: Db,
  { from, to }: { from: number; to: number },
  before: Position = { moment: to, id: 0 },
): Promise<PostList> {
  // One bound above, or PostgreSQL would begin at the wrong one of two: no post has the id 0.
  const { moment, id } = before.moment < to ? before : { moment: to, id: 0 }
  return listOf(await withinFrom(db, { from, moment, id }))
}

/** The newest parts of a series, of which there are few. */
export async function listPostsOfSeries(db: Db, series_id: number): Promise<PostList> {
  return listOf(await partsOf(db, { series_id }))
}

function listOf(found: ListedPost[]): PostList {
  const { rows, last } = pageOf(found, pageSize)
  return { posts: rows, next: last && { moment: last.moment, id: last.id } }
}
