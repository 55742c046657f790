// What PostgreSQL is asked of a row of `posts`, in the same words wherever it is asked; and how one is held.
import { sql } from 'kysely'
import type { Db } from '../db/pool.ts'
import type { Position } from '../posts/post.ts'

export type CoAuthor = { id: number; slug: string; name: string }

/** SQL: those who wrote a row of `posts` together with its author, in their order. */
export const coAuthors = sql<CoAuthor[]>`(
  select coalesce(jsonb_agg(jsonb_build_object('id', people.id, 'slug', people.slug, 'name', people.name)
      order by post_authors.position), '[]')
    from post_authors join users as people on people.id = post_authors.user_id where post_authors.post_id = posts.id)`

export const isPublic = sql<boolean>`(posts.published_at is not null and posts.published_at <= now())`

/** In the words of the indexes posts_listed_idx and posts_author_listed_idx. */
export const isListed = sql<boolean>`posts.published_at is not null and posts.published_at <= now()
  and posts.kind = 'post' and posts.visibility in ('public', 'members')`

export const isBinned = sql<boolean>`exists (select from post_bin where post_bin.post_id = posts.id)`
export const isNotBinned = sql<boolean>`not ${isBinned}`
export const hasDraft = sql<boolean>`exists (select from post_drafts where post_drafts.post_id = posts.id)`

/** In the order their writer gave them. */
export const tagNames = sql<string[]>`(
  select coalesce(jsonb_agg(tags.name order by post_tags.position), '[]')
    from post_tags join tags on tags.id = post_tags.tag_id where post_tags.post_id = posts.id)`

/** As a form shows them: `bread, night trains`. */
export const tagsAsText = sql<string>`(
  select coalesce(string_agg(tags.name, ', ' order by post_tags.position), '')
    from post_tags join tags on tags.id = post_tags.tag_id where post_tags.post_id = posts.id)`

/** The part of a Position that is a moment. */
export function momentOf(
  column: 'posts.published_at' | 'posts.updated_at' | 'post_bin.deleted_at' | 'audit_events.created_at',
) {
  return sql<number>`(extract(epoch from ${sql.ref(column)}) * 1000000)::bigint`
}

/** The moment of so many microseconds. */
export function momentAt(moment: number) {
  return sql`timestamptz 'epoch' + ${moment}::bigint * interval '1 microsecond'`
}

/** To compare with a pair of a moment and an id. */
export function place({ moment, id }: Position) {
  return sql`(${momentAt(moment)}, ${id}::bigint)`
}

/**
 * Holds a post until the transaction ends: the first lock of every transaction that changes one, so that no two wait for
 * each other in a circle. Answers how it stands now, whatever was read before; undefined when it is gone or in the bin.
 */
export async function lockPost(db: Db, id: number) {
  await sql`select from posts where id = ${id} for update`.execute(db)
  // A statement of its own: what the first one says of other tables is from before it waited.
  return await db
    .selectFrom('posts')
    .select(['id', 'slug', 'title', 'author_id', 'published_at'])
    .select([isPublic.as('is_public'), coAuthors.as('co_authors')])
    .where('id', '=', id)
    .where(isNotBinned)
    .executeTakeFirst()
}
export type LockedPost = NonNullable<Awaited<ReturnType<typeof lockPost>>>
