import { sql } from 'kysely'
import { compiled } from '../db/compiled.ts'
import type { Db } from '../db/pool.ts'
import { isListed } from '../post-states/queries.ts'
import { claimSlug, slugOf } from '../slug.ts'
import { mostParts } from './series.ts'

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
