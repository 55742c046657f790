import { sql } from 'kysely'
import { pageOf } from '../db/page-of.ts'
import type { Db } from '../db/pool.ts'
import { hasDraft, isNotBinned, isPublic, momentOf, place } from '../post-states/queries.ts'
import type { Position } from '../posts/post.ts'
import { slugOf } from '../slug.ts'
import { findTag, findTagOfName } from '../tags/queries.ts'
import { findAuthor } from '../users/queries.ts'
import {
  type Filters,
  isInIndex,
  mostBytesLookedThrough,
  mostCounted,
  mostLookedThrough,
  postsOnPage,
} from './filters.ts'

const moment = momentOf('posts.updated_at')

/** Filters whose author and tag were found. `author_id` null is everybody. */
type Wanted = { author_id: number | null; shares?: boolean; tag_id?: number; state?: Filters['state'] }

/** A page of posts, changed last first. `looked` says how far a search went that has no index. */
export type PostList = {
  posts: ListedPost[]
  next?: Position | undefined
  /** Capped at one more than `mostCounted`; absent where only a part was looked through. */
  count?: number
  looked?: { posts: number; back_to: Date | undefined }
  /** What was asked for by a name that nobody and nothing has. */
  unknown?: 'author' | 'tag'
}

/** `mine` is whose posts alone may be seen; null for those who see everybody's. */
export async function listPosts(db: Db, filters: Filters, mine: number | null, before?: Position): Promise<PostList> {
  const { author, tag, text, state } = filters
  const wanted: Wanted = { author_id: mine, state }
  if (author && mine === null) {
    const found = await findAuthorNamed(db, author)
    if (!found) return { posts: [], unknown: 'author' }
    wanted.author_id = found.id
  }
  if (wanted.author_id !== null) wanted.shares = await sharesPosts(db, wanted.author_id)
  if (tag) {
    const found = await findTagNamed(db, tag)
    // Who sees a part of the posts does not learn which tags the others have.
    if (!found) return mine === null ? { posts: [], unknown: 'tag' } : { posts: [], count: 0 }
    wanted.tag_id = found.id
  }
  if (text && !isInIndex(filters)) return await lookThrough(db, wanted, text, filters.in === 'texts', before)

  const matching = (db: Db) => {
    const query = wantedPosts(db, wanted)
    return text ? query.where(isIn('title', text)) : query
  }
  const page = inOrder(listed(matching(db)), before)
    .limit(postsOnPage + 1)
    .execute()
  const counted = db
    .selectFrom(
      matching(db)
        .select('posts.id')
        .limit(mostCounted + 1)
        .as('counted'),
    )
    .select(sql<number>`count(*)::int`.as('count'))
    .executeTakeFirstOrThrow()
  const [found, { count }] = await Promise.all([page, counted])
  const { rows, last } = pageOf(found, postsOnPage)
  return { posts: rows, next: last && { moment: last.moment, id: last.id }, count }
}

/** Post by post from the one changed last: so far, that a page stays quick however many and long the texts are. */
async function lookThrough(db: Db, wanted: Wanted, text: string, isInTexts: boolean, before?: Position) {
  const isHit = isInTexts ? sql<boolean>`(${isIn('title', text)} or ${isInBody(text)})` : isIn('title', text)
  const window = inOrder(wantedPosts(db, wanted), before)
    .select(['posts.id', 'posts.updated_at', 'posts.title', 'posts.body', moment.as('moment')])
    // The length of a text is known without reading it.
    .select(
      sql<number>`sum(octet_length(posts.body)) over (order by posts.updated_at desc, posts.id desc) - octet_length(posts.body)`.as(
        'bytes_before',
      ),
    )
    .limit(mostLookedThrough + 1)
  const rows = await db
    .selectFrom(window.as('posts'))
    .select(['posts.id', 'posts.updated_at', 'posts.moment'])
    .select(
      sql<
        boolean | null
      >`case when bytes_before < ${isInTexts ? mostBytesLookedThrough : Infinity}::float8 then ${isHit} end`.as(
        'is_hit',
      ),
    )
    .orderBy('posts.updated_at', 'desc')
    .orderBy('posts.id', 'desc')
    .execute()
  const looked = rows.slice(0, mostLookedThrough).filter(({ is_hit }) => is_hit !== null)
  const hits = looked.filter(({ is_hit }) => is_hit).slice(0, postsOnPage)
  const ids = hits.map(({ id }) => id)
  const posts = ids.length > 0 ? await listed(db.selectFrom('posts').where('posts.id', 'in', ids)).execute() : []
  const isFull = hits.length === postsOnPage
  const last = isFull ? hits.at(-1) : looked.at(-1)
  const hasMore = isFull || looked.length < rows.length
  return {
    posts: posts.toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id)),
    next: hasMore && last ? { moment: last.moment, id: last.id } : undefined,
    looked: { posts: last ? looked.indexOf(last) + 1 : 0, back_to: hasMore ? last?.updated_at : undefined },
  }
}

/** Most write alone, and one index gives them their list in order. */
async function sharesPosts(db: Db, user_id: number): Promise<boolean> {
  const row = await db
    .selectFrom('post_authors')
    .select('post_id')
    .where('user_id', '=', user_id)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

function wantedPosts(db: Db, { author_id, shares, tag_id, state }: Wanted) {
  let query = db.selectFrom('posts').where(isNotBinned)
  if (author_id !== null) {
    const shared = sql`posts.id in (select post_id from post_authors where user_id = ${author_id})`
    query = query.where(sql<boolean>`(posts.author_id = ${author_id} ${shares ? sql`or ${shared}` : sql``})`)
  }
  if (tag_id !== undefined) {
    query = query.where(
      sql<boolean>`exists (select from post_tags where post_tags.post_id = posts.id and post_tags.tag_id = ${tag_id})`,
    )
  }
  if (state === 'draft') query = query.where('posts.published_at', 'is', null)
  if (state === 'scheduled') query = query.where('posts.published_at', '>', sql<Date>`now()`)
  if (state === 'published' || state === 'rewritten') query = query.where(isPublic)
  if (state === 'rewritten') query = query.where(hasDraft)
  return query
}

function listed(query: ReturnType<typeof wantedPosts>) {
  return query
    .leftJoin('users', 'users.id', 'posts.author_id')
    .select(['posts.id', 'posts.title', 'posts.version', 'posts.published_at', 'posts.updated_at'])
    .select(['posts.kind', 'posts.visibility'])
    .select(['users.name as author_name', isPublic.as('is_public'), hasDraft.as('has_draft'), moment.as('moment')])
}
export type ListedPost = Awaited<ReturnType<ReturnType<typeof listed>['execute']>>[number]

function inOrder<Query extends { where: Function; orderBy: Function }>(query: Query, before?: Position): Query {
  const sorted = query.orderBy('posts.updated_at', 'desc').orderBy('posts.id', 'desc')
  if (!before) return sorted
  return sorted.where(sql<boolean>`(posts.updated_at, posts.id) < ${place(before)}`)
}

function isIn(column: 'title' | 'body', text: string) {
  return sql<boolean>`${sql.ref(`posts.${column}`)} ilike ${patternOf(text)}`
}

/** Where all letters looked for are ASCII, only these need folding, which takes less than half of the time. */
function isInBody(text: string) {
  return /^[ -~]*$/.test(text) ? sql<boolean>`posts.body collate "C" ilike ${patternOf(text)}` : isIn('body', text)
}

function patternOf(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`
}

/** By the address of the page, or by the name that the address was made from. */
export async function findAuthorNamed(db: Db, name: string) {
  return (await findAuthor(db, name)) ?? (await findAuthor(db, slugOf(name, 'person')))
}

async function findTagNamed(db: Db, name: string) {
  return (await findTag(db, name)) ?? (await findTagOfName(db, name))
}

/** What the fields suggest to those who see everybody's posts. One index entry an author: no post is read. */
export async function suggestAll(db: Db) {
  const authors = sql<{ slug: string; name: string }>`
    with recursive writers (id) as (
      (select min(author_id) from posts)
      union all
      (select (select min(author_id) from posts where author_id > writers.id) from writers where writers.id is not null))
    select users.slug, users.name from writers join users on users.id = writers.id limit ${mostSuggested}`.execute(db)
  const [{ rows }, tags] = await Promise.all([authors, someTags(db).execute()])
  return { authors: rows, tags }
}
export type Suggestions = Awaited<ReturnType<typeof suggestAll>>

/** To others: the tags that readers see. */
export async function suggestPublic(db: Db): Promise<Suggestions> {
  const tags = someTags(db).where(
    sql<boolean>`exists (select from post_tags
      where tag_id = tags.id and post_tags.published_at is not null and post_tags.published_at <= now())`,
  )
  return { authors: [], tags: await tags.execute() }
}

function someTags(db: Db) {
  return db.selectFrom('tags').select(['slug', 'name']).orderBy('slug').limit(mostSuggested)
}

const mostSuggested = 200
