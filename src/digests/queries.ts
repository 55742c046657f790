import { sql } from 'kysely'
import { enqueue } from '../db/enqueue.ts'
import type { Db } from '../db/pool.ts'
import { isListed } from '../post-states/queries.ts'
import type { Candidate } from './likeness.ts'

// Characters of a text that are compared; the beginning says what it is about.
export const comparedCharacters = 800
const mostCandidates = sql.lit(40)
// Of each tag, so many before and after the post; of its author and of the blog, too.
const [before, after] = [sql.lit(40), sql.lit(20)]

/** What a digest is made of; undefined for a post that is gone, a page or a draft. */
export async function findDigestible(db: Db, id: number) {
  return await db
    .selectFrom('posts')
    .select(['id', 'version', 'title', 'body', 'body_format'])
    .where('id', '=', id)
    .where('kind', '=', 'post')
    .where('published_at', 'is not', null)
    .executeTakeFirst()
}

/**
 * Posts that may be like this one: those near it under each of its tags, by their author and in the stream, as index
 * entries, of which the best forty are opened. A tag weighs less the more posts have it; from a thousand on it says little,
 * so no more are counted. Parts of its own series have links of their own.
 */
export async function listCandidates(db: Db, id: number): Promise<Candidate[]> {
  const own = sql`((select published_at from own), ${id}::bigint)`
  const { rows } = await sql<Candidate>`
    with own as (select published_at, author_id, series_id from posts where id = ${id}),
      tagged as (
        select tag_id, 1 / ln(3 + (select count(*) from (
            select from post_tags as others where others.tag_id = post_tags.tag_id and others.published_at is not null
              limit 1000) as counted))::float8 as weight
          from post_tags where post_id = ${id}),
      near (id, weight) as (
        select found.post_id, tagged.weight from tagged cross join lateral (
          (select post_id from post_tags where tag_id = tagged.tag_id and published_at is not null
              and (published_at, post_id) < ${own} order by published_at desc, post_id desc limit ${before})
          union all
          (select post_id from post_tags where tag_id = tagged.tag_id and published_at is not null
              and (published_at, post_id) > ${own} and published_at <= now()
            order by published_at, post_id limit ${after})) as found
        union all
        (select posts.id, 0 from posts where posts.author_id = (select author_id from own) and ${isListed}
            and (posts.published_at, posts.id) < ${own} order by posts.published_at desc, posts.id desc limit ${after})
        union all
        (select posts.id, 0 from posts where ${isListed} and (posts.published_at, posts.id) < ${own}
          order by posts.published_at desc, posts.id desc limit ${after})
        union all
        (select posts.id, 0 from posts where ${isListed} and (posts.published_at, posts.id) > ${own}
          order by posts.published_at, posts.id limit ${after})),
      best as (select id, sum(weight) as tag_weight from near group by id order by tag_weight desc, id desc limit 400)
    select posts.id, posts.title, posts.own_excerpt || ' ' || left(posts.body, ${sql.lit(comparedCharacters)}) as text, best.tag_weight
      from best join posts on posts.id = best.id
      where ${isListed} and posts.visibility = 'public' and posts.id <> ${id}
        and (posts.series_id is null or posts.series_id is distinct from (select series_id from own))
      order by best.tag_weight desc, posts.id desc limit ${mostCandidates}`.execute(db)
  return rows
}

/** One that was made of a later version stays. */
export async function saveDigest(
  db: Db,
  post: { id: number; version: number },
  { reading_minutes, related }: { reading_minutes: number; related: number[] },
): Promise<void> {
  await sql`
    insert into post_digests as known (post_id, of_version, reading_minutes, related_ids)
      select id, ${post.version}, ${reading_minutes}, ${JSON.stringify(related)}::text::jsonb from posts
        where id = ${post.id} for key share
      on conflict (post_id) do update set of_version = excluded.of_version, reading_minutes = excluded.reading_minutes,
          related_ids = excluded.related_ids
        where known.of_version <= excluded.of_version`.execute(db)
}

// Numbers of posts that one step of the round looks through, and posts that it works on.
const [stepIds, stepPosts] = [20_000, 25]

/**
 * The next posts from this number on that have no digest of their version, and where to go on; undefined behind the last
 * post. Bounded, however few there are.
 */
export async function listUndigested(db: Db, after_id: number) {
  const { rows } = await sql<{ last_id: number | null; stale: number[] }>`
    with window_of as (select max(id) as last_id from (
        select id from posts where id > ${after_id} order by id limit ${sql.lit(stepIds)}) as ids)
    select last_id, (select coalesce(jsonb_agg(id order by id), '[]') from (
        select posts.id from posts left join post_digests on post_digests.post_id = posts.id
          where posts.id > ${after_id} and posts.id <= last_id and posts.kind = 'post' and posts.published_at is not null
            and post_digests.of_version is distinct from posts.version
          order by posts.id limit ${sql.lit(stepPosts)}) as few) as stale
      from window_of`.execute(db)
  const [row] = rows
  if (!row || row.last_id === null) return undefined
  return { ids: row.stale, next: row.stale.length === stepPosts ? (row.stale.at(-1) ?? row.last_id) : row.last_id }
}

/** True when the newest posts have no digests: an older program, or a fill from elsewhere, made none. */
export async function lacksDigests(db: Db): Promise<boolean> {
  const { rows } = await sql<{ is_missing: boolean }>`
    select exists (
      select from (select id from posts where ${isListed} order by published_at desc, id desc limit 50) as newest
        where not exists (select from post_digests where post_id = newest.id)) as is_missing`.execute(db)
  return rows[0]?.is_missing === true
}

/** A round over all posts from this number on: one job, however many ask. */
export async function askToDigest(db: Db, after_id = 0): Promise<void> {
  await enqueue(db, 'digest-posts', { after_id }, { key: 'digest-posts', canWait: true })
}
