import { sql } from 'kysely'
import type { Db } from '../db/pool.ts'
import { slugOf } from '../slug.ts'

// More parts than anybody reads in a row; a list never grows without end.
const mostParts = 500

/** The series of that title, made when it is new. Titles that share an address are one series. */
export async function claimSeries(db: Db, title: string): Promise<number> {
  const slug = slugOf(title, 'series')
  await db
    .insertInto('series')
    .values({ slug, title })
    .onConflict((taken) => taken.column('slug').doNothing())
    .execute()
  return (await db.selectFrom('series').select('id').where('slug', '=', slug).executeTakeFirstOrThrow()).id
}

/** A series with the parts that readers may see, in order; undefined for one that has none. */
export async function findSeries(db: Db, by: { slug: string } | { id: number }) {
  const series = await db
    .selectFrom('series')
    .select(['id', 'slug', 'title'])
    .where('slug' in by ? 'slug' : 'id', '=', 'slug' in by ? by.slug : by.id)
    .executeTakeFirst()
  if (!series) return undefined
  const parts = await db
    .selectFrom('posts')
    .select(['id', 'slug', 'kind', 'title', 'excerpt', 'published_at', 'series_part'])
    .where('series_id', '=', series.id)
    .where('published_at', '<=', sql<Date>`now()`)
    .where('visibility', 'in', ['public', 'members'])
    .orderBy('series_part', (order) => order.asc().nullsLast())
    .orderBy('published_at')
    .orderBy('id')
    .limit(mostParts)
    .execute()
  return parts.length > 0 ? { ...series, parts } : undefined
}
export type Series = NonNullable<Awaited<ReturnType<typeof findSeries>>>
