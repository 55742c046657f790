import { sql } from 'kysely'
import { type ListQuery, pageOf } from '../api/list.ts'
import { type Actor, recordEvent } from '../audit/queries.ts'
import { compiled } from '../db/compiled.ts'
import { hasWords } from '../db/has-words.ts'
import type { Sorts } from '../db/keyset.ts'
import { pageOf as pageOfRows } from '../db/page-of.ts'
import type { Db } from '../db/pool.ts'
import { conflict } from '../errors.ts'
import { paths } from '../paths.ts'
import { isListed } from '../post-states/queries.ts'
import { leadOn } from '../redirects/queries.ts'
import { queueForSearch } from '../search-index/queries.ts'
import { claimSlug, slugOf } from '../slug.ts'
import { text } from '../texts/texts.ts'
import { mostParts, seriesOnPage } from './series.ts'

/** The series of that title, in capitals or not, made when it is new; nobody removes it in this transaction. */
export async function claimSeries(db: Db, title: string): Promise<number> {
  const known = await lockSeries(db, title)
  if (known) return known.id
  const made = await claimSlug(slugOf(title, 'series'), async (slug) => {
    const query = db
      .insertInto('series')
      .values({ slug, title })
      .onConflict((taken) => taken.doNothing())
      .returning('id')
    // Either the address was taken, or somebody made the series since.
    return (await query.executeTakeFirst()) ?? (await lockSeries(db, title))
  })
  return made.id
}

async function lockSeries(db: Db, title: string): Promise<{ id: number } | undefined> {
  return await db
    .selectFrom('series')
    .select('id')
    .where(sql<string>`lower(title)`, '=', sql<string>`lower(${title})`)
    .forKeyShare()
    .executeTakeFirst()
}

const isEmpty = sql<boolean>`not exists (select from posts where posts.series_id = series.id)`

/** Those without a post, published or not. One that a post is just being put into waits for the next time. */
export async function deleteEmptySeries(db: Db): Promise<number> {
  return await db.transaction().execute(async (db) => {
    const empty = await db
      .selectFrom('series')
      .select('id')
      .where(isEmpty)
      .limit(1000)
      .forUpdate()
      .skipLocked()
      .execute()
    const ids = empty.map(({ id }) => id)
    // Looked at again now that nobody can put a post into them: one may have come before the lock.
    if (ids.length === 0) return 0
    const gone = await db.deleteFrom('series').where('id', 'in', ids).where(isEmpty).executeTakeFirst()
    return Number(gone.numDeletedRows)
  })
}

const bySlug = compiled((db, { slug }: { slug: string }) =>
  db.selectFrom('series').select(['id', 'slug', 'title']).where('slug', '=', slug),
)
const partsOf = compiled((db, { series_id }: { series_id: number }) =>
  db
    .selectFrom('posts')
    .select(['id', 'slug', 'kind', 'title', 'excerpt', 'language', 'published_at', 'series_part'])
    .where('series_id', '=', series_id)
    .where(isListed)
    .orderBy('series_part')
    .orderBy('published_at')
    .orderBy('id')
    .limit(sql.lit(mostParts)),
)

/** A series with the parts that readers may see, in order, those without a number last; undefined when there is none. */
export async function findSeries(db: Db, slug: string) {
  const [series] = await bySlug(db, { slug })
  if (!series) return undefined
  const parts = await partsOf(db, { series_id: series.id })
  return parts.length > 0 ? { ...series, parts } : undefined
}
export type Series = NonNullable<Awaited<ReturnType<typeof findSeries>>>

type ReadableSeries = { slug: string; title: string; parts: number; newest: Date }

// The parts are counted in posts_series_listed_idx, as many as the page of a series shows.
const readableAfter = compiled(
  (_, { after }: { after: string }) => sql<ReadableSeries>`
  select series.slug, series.title, found.parts, found.newest from series
    cross join lateral (
      select count(*)::int as parts, max(published_at) as newest from (
        select published_at from posts where posts.series_id = series.id and ${isListed}
          order by published_at desc limit ${sql.lit(mostParts)}) as few) as found
    where series.slug > ${after}::text and found.parts > 0
    order by series.slug limit ${sql.lit(seriesOnPage + 1)}`,
)

/** Those that readers find posts in, by their addresses, a page from `after` on. */
export async function listReadableSeries(db: Db, after = '') {
  const { rows, last } = pageOfRows(await readableAfter(db, { after }), seriesOnPage)
  return { series: rows, next: last?.slug }
}
export type SeriesList = Awaited<ReturnType<typeof listReadableSeries>>

export const seriesSorts: Sorts = {
  id: { by: sql`series.id`, type: 'number' },
  slug: { by: sql`series.slug`, type: 'text' },
}

const hasListedPart = sql<boolean>`exists (select from posts where posts.series_id = series.id and ${isListed})`

type SeriesRow = { id: number; slug: string; title: string; created_at: Date }

/** Without `seesAll` those that readers find posts in. */
export function seenSeries(db: Db, seesAll: boolean) {
  const query = db.selectFrom('series').select(['series.id', 'series.slug', 'series.title', 'series.created_at'])
  return seesAll ? query : query.where(hasListedPart)
}

export async function listSeries(db: Db, q: string, seesAll: boolean, list: ListQuery) {
  const query = seenSeries(db, seesAll).where(hasWords(sql`series.title`, q))
  return await pageOf<SeriesRow>(query, seriesSorts, list, 'slug', sql`series.id`)
}

/** With the parts that readers find. */
export async function findSeriesOfId(db: Db, id: number, seesAll: boolean) {
  const row = await seenSeries(db, seesAll).where('series.id', '=', id).executeTakeFirst()
  return row && { ...row, parts: await partsOf(db, { series_id: id }) }
}

/** Drafts follow; its old address leads on to the new one. Throws `conflict` when another series has the title. */
export async function renameSeries(db: Db, id: number, title: string, actor: Actor): Promise<boolean> {
  return await db.transaction().execute(async (db) => {
    // Those who give series new titles take turns; whoever puts a post into one holds its row.
    await sql`lock table series in share row exclusive mode`.execute(db)
    const series = await db.selectFrom('series').select(['slug', 'title']).where('id', '=', id).executeTakeFirst()
    if (!series) return false
    if (series.title === title) return true
    const other = await lockSeries(db, title)
    if (other && other.id !== id) throw conflict(text('api.seriesTaken', { title }))
    const isSame = slugOf(title, 'series') === slugOf(series.title, 'series')
    const slug = isSame ? series.slug : await claimSlug(slugOf(title, 'series'), (slug) => ifFree(db, slug))
    await db.updateTable('series').set({ title, slug }).where('id', '=', id).execute()
    await changeInDrafts(db, series.title, title)
    await queueForSearch(db, sql`select id from posts where series_id = ${id} and published_at is not null`)
    if (slug !== series.slug) await leadOn(db, paths.series(series.slug), paths.series(slug), actor)
    await record(db, 'series.renamed', id, actor, title, { from: series.title })
    return true
  })
}

/** Its posts stay, in no series. */
export async function deleteSeries(db: Db, id: number, actor: Actor): Promise<boolean> {
  return await db.transaction().execute(async (db) => {
    // Posts first, as whoever saves one holds them.
    const parts = db.selectFrom('posts').select('id').where('series_id', '=', id).orderBy('id')
    const held = await parts.forUpdate().execute()
    const ids = held.map((post) => post.id)
    if (ids.length > 0) {
      const none = { series_id: null, series_part: null }
      await db
        .updateTable('posts')
        .set({ ...none, version: sql`version + 1` })
        .where('id', 'in', ids)
        .execute()
    }
    const series = await db.deleteFrom('series').where('id', '=', id).returning('title').executeTakeFirst()
    if (!series) return false
    await changeInDrafts(db, series.title, '')
    await record(db, 'series.deleted', id, actor, series.title, { posts: ids.length })
    return true
  })
}

async function ifFree(db: Db, slug: string): Promise<string | undefined> {
  const taken = await db.selectFrom('series').select('id').where('slug', '=', slug).executeTakeFirst()
  return taken ? undefined : slug
}

async function changeInDrafts(db: Db, from: string, to: string): Promise<void> {
  const given = to === '' ? { series: '', series_part: '' } : { series: to }
  await sql`
    update post_drafts set details = details || ${JSON.stringify(given)}::text::jsonb
      where lower(details->>'series') = lower(${from})`.execute(db)
}

async function record(db: Db, action: string, id: number, actor: Actor, title: string, details: object) {
  const subject = { type: 'series', id }
  const who = { actor_id: actor.id, client_ip: actor.ip }
  await recordEvent(db, { action, ...who, subject, description: title, details: { ...details } })
}
