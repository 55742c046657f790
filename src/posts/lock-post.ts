import { sql } from 'kysely'
import type { Db } from '../db/pool.ts'
import { coAuthors } from '../post-details/queries.ts'
import { isNotBinned, isPublic } from './conditions.ts'

/**
 * Holds a post until the transaction ends: the first lock of every transaction that changes one, so that no two wait for
 * each other in a circle. Answers how it stands now, whatever was read before; undefined when it is gone or in the bin.
 */
export async function lockPost(db: Db, id: number) {
  await sql`select from posts where id = ${id} for update`.execute(db)
  // A statement of its own: what the first one says of other tables is from before it waited.
  return await db
    .selectFrom('posts')
    .select(['id', 'slug', 'title', 'author_id', 'published_at'])
    .select([isPublic.as('is_public'), coAuthors.as('co_authors')])
    .where('id', '=', id)
    .where(isNotBinned)
    .executeTakeFirst()
}
