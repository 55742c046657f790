import { sql } from 'kysely'
import { type Actor, recordEvent } from '../audit/queries.ts'
import { hasWords } from '../db/has-words.ts'
import { type Page, keysetPage } from '../db/keyset.ts'
import type { Db } from '../db/pool.ts'
import { conflict, notFound } from '../errors.ts'
import { isBinned, isListed, isNotBinned, isPublic } from '../post-states/queries.ts'
import { seenSeries, seriesSorts } from '../series/queries.ts'
import { mostParts } from '../series/series.ts'
import { type Filters, rowsOnPage } from '../tag-list/filters.ts'
import { text } from '../texts/texts.ts'
import { type SeriesSort, renumbered } from './series-list.ts'

export type SeriesRow = { id: number; slug: string; title: string; parts: number; listed: number }
type Wanted = { filters: Filters<SeriesSort>; seesAll: boolean; cursor: string | undefined }

const probed = sql.lit(mostParts + 1)
const parts = sql<number>`(select count(*)::int from (
  select from posts where posts.series_id = series.id limit ${probed}) as few)`
const listed = sql<number>`(select count(*)::int from (
  select from posts where posts.series_id = series.id and ${isListed} limit ${probed}) as few)`

/** One page; throws `not_found` for a place that is not one of this list. */
export async function listSeriesOfDesk(db: Db, { filters, seesAll, cursor }: Wanted): Promise<Page<SeriesRow>> {
  const query = seenSeries(db, seesAll)
    .where(hasWords(sql`series.title`, filters.q))
    .select([parts.as('parts'), listed.as('listed')])
  const sort = filters.sort === 'name' ? 'slug' : '-id'
  const page = await keysetPage<SeriesRow>(query, seriesSorts, {
    limit: rowsOnPage,
    cursor,
    sort,
    id: sql`series.id`,
  })
  if (!page) throw notFound()
  return page
}

function ordered(db: Db, series_id: number) {
  return db
    .selectFrom('posts')
    .where('series_id', '=', series_id)
    .where(isNotBinned)
    .orderBy('series_part')
    .orderBy('published_at')
    .orderBy('id')
}

/** All parts but those in the bin, as readers find them one after another. */
export async function listAllParts(db: Db, series_id: number) {
  return await ordered(db, series_id)
    .leftJoin('users', 'users.id', 'posts.author_id')
    .select(['posts.id', 'posts.slug', 'posts.title', 'posts.language', 'posts.published_at', 'posts.series_part'])
    .select(['users.name as author_name', isPublic.as('is_public')])
    .limit(mostParts)
    .execute()
}

export async function countParts(db: Db, series_id: number): Promise<{ posts: number; binned: number }> {
  const { rows } = await sql<{ posts: number; binned: number }>`
    select count(*) filter (where ${isNotBinned})::int as posts, count(*) filter (where ${isBinned})::int as binned
      from posts where series_id = ${series_id}`.execute(db)
  return rows[0] ?? { posts: 0, binned: 0 }
}

/**
 * Puts a part at the place `to` among all of them; drafts of the parts that move follow. A second call changes nothing.
 * Throws `conflict` where there are more parts than a page shows.
 */
export async function movePart(db: Db, id: number, post: number, to: number, actor: Actor): Promise<void> {
  await db.transaction().execute(async (db) => {
    // Posts first, as whoever saves one holds them.
    const held = db.selectFrom('posts').select('id').where('series_id', '=', id).orderBy('id').limit(probed)
    if ((await held.forUpdate().execute()).length > mostParts)
      throw conflict(text('series.tooMany', { most: mostParts }))
    const series = await db.selectFrom('series').select('title').where('id', '=', id).executeTakeFirst()
    if (!series) throw notFound('series')
    const all = await ordered(db, id).select(['posts.id', 'posts.series_part']).execute()
    const changed = renumbered(all, post, to)
    for (const part of changed) {
      const { series_part } = part
      await db
        .updateTable('posts')
        .set({ series_part, version: sql`version + 1` })
        .where('id', '=', part.id)
        .execute()
      await sql`
        update post_drafts set details = details || jsonb_build_object('series_part', ${String(series_part)}::text)
          where post_id = ${part.id} and lower(details->>'series') = lower(${series.title})`.execute(db)
    }
    if (changed.length === 0) return
    const subject = { type: 'series', id }
    const details = { post, to }
    const who = { actor_id: actor.id, client_ip: actor.ip }
    await recordEvent(db, { action: 'series.reordered', ...who, subject, description: series.title, details })
  })
}
