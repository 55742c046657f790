import { sql } from 'kysely'
import { compiled } from '../db/compiled.ts'
import type { Db } from '../db/pool.ts'
import { isPublic } from '../post-states/queries.ts'
import { mostPages } from './well-known.ts'

const pages = compiled((db) =>
  db
    .selectFrom('posts')
    .select(['kind', 'slug', 'title', 'excerpt'])
    .where('kind', '=', sql.lit('page'))
    .where('visibility', 'in', [sql.lit('public'), sql.lit('members')])
    .where(isPublic)
    .orderBy('title')
    .orderBy('id')
    .limit(sql.lit(mostPages)),
)

/** Pages that are in the sitemap, by their titles. */
export async function listFoundPages(db: Db) {
  return await pages(db, {})
}
