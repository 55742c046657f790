import type { Db } from '../db/pool.ts'

/** The post that a form with this key made, when it is the author's own. */
export async function findBegun(db: Db, submission_key: string, author_id: number): Promise<number | undefined> {
  const row = await db
    .selectFrom('posts')
    .select('id')
    .where('submission_key', '=', submission_key)
    .where('author_id', '=', author_id)
    .executeTakeFirst()
  return row?.id
}
