import { sql } from 'kysely'
import { enqueue } from '../db/enqueue.ts'
import type { Db } from '../db/pool.ts'
import { coAuthors, isListed } from '../post-states/queries.ts'
import { postsAtOnce } from './hub.ts'

/**
 * In the transaction that changes what feeds have. Nothing happens without a hub, or while no reader finds the post. A job
 * for each post, so that nobody waits for a row that others write as well; the first that runs tells of all.
 */
export async function askToTellHub(db: Db, post_id: number): Promise<void> {
  await sql`
    with noted as (
      insert into hub_pings (post_id)
        select ${post_id}::bigint from settings
          where hub_url <> '' and exists (select from posts where id = ${post_id} and ${isListed})
        on conflict (post_id) do update set asked_at = clock_timestamp()
        returning post_id)
    select graphile_worker.add_job('tell-hub', '{"tries": 0}'::json, max_attempts := 12, priority := 10,
        job_key := 'tell-hub ' || post_id, run_at := now() + interval '5 seconds')
      from noted`.execute(db)
}

export async function findHub(db: Db): Promise<string> {
  return (await db.selectFrom('settings').select('hub_url').executeTakeFirstOrThrow()).hub_url
}

/** The oldest first; `asked_at` as text, since a Date has no microseconds. */
export async function listPings(db: Db) {
  return await db
    .selectFrom('hub_pings')
    .select(['post_id', sql<string>`asked_at::text`.as('asked_at')])
    .orderBy('asked_at')
    .limit(postsAtOnce)
    .execute()
}
export type Ping = Awaited<ReturnType<typeof listPings>>[number]

/** Those that changed again meanwhile stay. */
export async function forgetPings(db: Db, pings: Ping[]): Promise<void> {
  if (pings.length === 0) return
  const rows = pings.map(({ post_id, asked_at }) => sql`(${post_id}::bigint, ${asked_at}::text::timestamptz)`)
  await sql`
    delete from hub_pings using (values ${sql.join(rows)}) as told (post_id, asked_at)
      where hub_pings.post_id = told.post_id and hub_pings.asked_at = told.asked_at`.execute(db)
}

/** Of those that readers can find; what is hidden now names no tag and nobody. */
export async function listFeedsOf(db: Db, ids: number[]) {
  if (ids.length === 0) return []
  return await db
    .selectFrom('posts')
    .leftJoin('users', 'users.id', 'posts.author_id')
    .leftJoin('series', 'series.id', 'posts.series_id')
    .select(['users.slug as author_slug', 'series.slug as series_slug', coAuthors.as('co_authors')])
    .select(
      sql<string[]>`(select coalesce(jsonb_agg(tags.slug), '[]')
        from post_tags join tags on tags.id = post_tags.tag_id where post_tags.post_id = posts.id)`.as('tag_slugs'),
    )
    .where('posts.id', 'in', ids)
    .where(isListed)
    .execute()
}
export type InFeeds = Awaited<ReturnType<typeof listFeedsOf>>[number]

/** Another job for those that are left, or for another try. */
export async function tellHubLater(db: Db, tries: number, seconds: number): Promise<void> {
  const at = new Date(Date.now() + seconds * 1000)
  await enqueue(db, 'tell-hub', { tries }, { at, key: `tell-hub again`, canWait: true })
}
