import { sql } from 'kysely'
import { compiled } from '../db/compiled.ts'
import { enqueue } from '../db/enqueue.ts'
import { pageOf } from '../db/page-of.ts'
import type { Db } from '../db/pool.ts'
import { isListed } from '../post-states/queries.ts'
import { countParts } from '../sitemap/queries.ts'
import { mostMonths, tagsOnPage } from './archive.ts'

const months = compiled((db) =>
  db.selectFrom('archive_months').select(['month', 'posts']).orderBy('month', 'desc').limit(sql.lit(mostMonths)),
)

/** As `2026-12`, newest first. */
export async function listMonths(db: Db) {
  return await months(db, {})
}
export type ArchiveMonth = Awaited<ReturnType<typeof listMonths>>[number]

const undatedPost = compiled((db) =>
  db
    .selectFrom('posts')
    .select('id')
    .where(isListed)
    .where(sql<boolean>`published_at = timestamptz 'epoch'`)
    .limit(sql.lit(1)),
)

/** True where an older blog brought posts whose date nobody knows. */
export async function hasUndated(db: Db): Promise<boolean> {
  return (await undatedPost(db, {})).length > 0
}

const tagsAfter = compiled((db, { after }: { after: string }) =>
  db
    .selectFrom('tags')
    .innerJoin('tag_counts', 'tag_counts.tag_id', 'tags.id')
    .select(['tags.slug', 'tags.name', 'tag_counts.posts'])
    .where('tags.slug', '>', after)
    .orderBy('tags.slug')
    .limit(sql.lit(tagsOnPage + 1)),
)

/** Those that readers find posts under, by their addresses, a page from `after` on. */
export async function listTags(db: Db, after = '') {
  const { rows, last } = pageOf(await tagsAfter(db, { after }), tagsOnPage)
  return { tags: rows, next: last?.slug }
}
export type TagList = Awaited<ReturnType<typeof listTags>>

/**
 * Counts again what readers find in each month and under each tag, one look through two indexes, and which parts the sitemap
 * has. Two at once take turns, so that the later count is the one that stays. A date of 1970-01-01T00:00Z says that nobody knows it.
 */
export async function countPosts(db: Db): Promise<void> {
  await inTurns(db, async (db) => {
    await sql`
      with counted as (
          select to_char(published_at at time zone 'UTC', 'YYYY-MM') as month, count(*)::int as posts from posts
            where ${isListed} and published_at >= '0001-01-01Z' and published_at < '9999-12-31Z'
              and published_at <> timestamptz 'epoch'
            group by 1),
        gone as (delete from archive_months where month not in (select month from counted))
      insert into archive_months as known (month, posts) select month, posts from counted
        on conflict (month) do update set posts = excluded.posts where known.posts <> excluded.posts`.execute(db)
    await sql`
      with counted as (
          select tag_id, count(*)::int as posts from post_tags
            where published_at is not null and published_at <= now() group by tag_id),
        gone as (delete from tag_counts where tag_id not in (select tag_id from counted))
      insert into tag_counts as known (tag_id, posts)
        select tag_id, posts from counted where exists (select from tags where id = tag_id for key share)
        on conflict (tag_id) do update set posts = excluded.posts where known.posts <> excluded.posts`.execute(db)
    await countParts(db)
  })
}

/** The parts of the sitemap alone, which takes a tenth of a second with a million posts. */
export async function countPartsAgain(db: Db): Promise<void> {
  await inTurns(db, countParts)
}

async function inTurns(db: Db, work: (db: Db) => Promise<void>): Promise<void> {
  await db.transaction().execute(async (db) => {
    await sql`lock table archive_months in share row exclusive mode`.execute(db)
    await work(db)
  })
}

/** One job, however many ask, at this moment or now: one that runs already may have looked before the change. */
export async function askToCount(db: Db, at?: Date): Promise<void> {
  await enqueue(db, 'count-posts', {}, { key: 'count-posts', canWait: true, ...(at && { at }) })
}

/** False where an older program, or nobody, counted. */
export async function isCounted(db: Db): Promise<boolean> {
  return (await db.selectFrom('archive_months').select('month').limit(1).execute()).length > 0
}
