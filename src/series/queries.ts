import { sql } from 'kysely'
import { compiled } from '../db/compiled.ts'
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

const bySlug = compiled((db, { slug }: { slug: string }) =>
  db.selectFrom('series').select(['id', 'slug', 'title']).where('slug', '=', slug),
)
const byId = compiled((db, { id }: { id: number }) =>
  db.selectFrom('series').select(['id', 'slug', 'title']).where('id', '=', id),
)
const partsOf = compiled((db, { series_id }: { series_id: number }) =>
  db
    .selectFrom('posts')
    .select(['id', 'slug', 'kind', 'title', 'excerpt', 'published_at', 'series_part'])
    .where('series_id', '=', series_id)
    .where(sql<boolean>`published_at <= now() and visibility in ('public', 'members')`)
    .orderBy('series_part')
    .orderBy('published_at')
    .orderBy('id')
    .limit(sql.lit(mostParts)),
)

/** A series with the parts that readers may see, in order, those without a number last; undefined when there is none. */
export async function findSeries(db: Db, by: { slug: string } | { id: number }) {
  const [series] = 'slug' in by ? await bySlug(db, { slug: by.slug }) : await byId(db, { id: by.id })
  if (!series) return undefined
  const parts = await partsOf(db, { series_id: series.id })
  return parts.length > 0 ? { ...series, parts } : undefined
}
export type Series = NonNullable<Awaited<ReturnType<typeof findSeries>>>
