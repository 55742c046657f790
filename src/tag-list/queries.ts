import { sql } from 'kysely'
import { hasWords } from '../db/has-words.ts'
import { type Page, keysetPage } from '../db/keyset.ts'
import { pageOf } from '../db/page-of.ts'
import type { Db } from '../db/pool.ts'
import { notFound } from '../errors.ts'
import { isBinned, isNotBinned } from '../post-states/queries.ts'
import { type SeenTag, findTag, findTagOfName, seenTags, tagSorts } from '../tags/queries.ts'
import { type Filters, rowsOnPage } from './filters.ts'
import { type CountedPlace, type TagSort, mostPostsCounted, readPlace, writePlace } from './tag-list.ts'

type Wanted = { filters: Filters<TagSort>; seesAll: boolean; cursor: string | undefined }

/** One page; throws `not_found` for a place that is not one of this list. */
export async function listTagsOfDesk(db: Db, { filters, seesAll, cursor }: Wanted): Promise<Page<SeenTag>> {
  if (filters.sort === 'posts') return await mostUsed(db, { filters, seesAll, cursor })
  const query = seenTags(db, seesAll).where(hasWords(sql`tags.name`, filters.q))
  const sort = filters.sort === 'name' ? 'slug' : '-id'
  const page = await keysetPage<SeenTag>(query, tagSorts, { limit: rowsOnPage, cursor, sort, id: sql`tags.id` })
  if (!page) throw notFound()
  return page
}

/** By the numbers as last counted, from an index; then, for who sees them, those under which readers find nothing. */
async function mostUsed(db: Db, { filters, seesAll, cursor }: Wanted): Promise<Page<SeenTag>> {
  const place = cursor === undefined ? undefined : readPlace(cursor)
  if (cursor !== undefined && !place) throw notFound()
  const found = place?.posts === 0 ? [] : await counted(db, filters.q, place)
  const missing = rowsOnPage + 1 - found.length
  if (missing > 0 && seesAll) {
    const after = place?.posts === 0 ? place.id : undefined
    found.push(...(await uncounted(db, filters.q, after, missing)))
  }
  const { rows, last } = pageOf(found, rowsOnPage)
  return { rows, next: last ? writePlace(last) : null }
}

async function counted(db: Db, q: string, place: CountedPlace | undefined): Promise<SeenTag[]> {
  let query = db
    .selectFrom('tag_counts')
    .innerJoin('tags', 'tags.id', 'tag_counts.tag_id')
    .select(['tags.id', 'tags.slug', 'tags.name', 'tag_counts.posts'])
    .where(hasWords(sql`tags.name`, q))
    .orderBy('tag_counts.posts', 'desc')
    .orderBy('tag_counts.tag_id', 'desc')
    .limit(rowsOnPage + 1)
  if (place)
    query = query.where(
      sql<boolean>`(tag_counts.posts, tag_counts.tag_id) < (${place.posts}::integer, ${place.id}::bigint)`,
    )
  return await query.execute()
}

async function uncounted(db: Db, q: string, after: number | undefined, most: number): Promise<SeenTag[]> {
  let query = db
    .selectFrom('tags')
    .select(['tags.id', 'tags.slug', 'tags.name', sql<number>`0`.as('posts')])
    .where(sql<boolean>`not exists (select from tag_counts where tag_counts.tag_id = tags.id)`)
    .where(hasWords(sql`tags.name`, q))
    .orderBy('tags.id', 'desc')
    .limit(most)
  if (after !== undefined) query = query.where('tags.id', '<', after)
  return await query.execute()
}

export type TagUses = { posts: number; drafts: number; binned: number; is_more: boolean }

/** On how many posts it is, whoever may read them. */
export async function countUses(db: Db, tag_id: number): Promise<TagUses> {
  const { rows } = await sql<TagUses>`
    select count(*) filter (where ${isNotBinned})::int as posts,
      count(*) filter (where posts.published_at is null and ${isNotBinned})::int as drafts,
      count(*) filter (where ${isBinned})::int as binned,
      count(*) > ${sql.lit(mostPostsCounted)} as is_more
    from (select post_id from post_tags where tag_id = ${tag_id} limit ${sql.lit(mostPostsCounted + 1)}) as few
      join posts on posts.id = few.post_id`.execute(db)
  return rows[0] ?? { posts: 0, drafts: 0, binned: 0, is_more: false }
}

/** By its name in any spelling, or by the last part of its address. */
export async function findTagCalled(db: Db, name: string) {
  return (await findTagOfName(db, name)) ?? (await findTag(db, name))
}
