import { sql } from 'kysely'
import type { Db } from '../db/pool.ts'
import { notFound } from '../errors.ts'
import type { ReactionKind, Reader } from './reaction.ts'

/**
 * One for each person and post: a second one takes the place of the first, `none` takes it back. Of two at once the last
 * one stays; count_reaction() counts in the same transaction. Throws `not_found` for a post that goes at that moment.
 */
export async function react(db: Db, post_id: number, reader: Reader, kind: ReactionKind | 'none'): Promise<void> {
  try {
    if (kind === 'none') await withdraw(db, post_id, reader)
    else await insert(db, post_id, reader, kind)
  } catch (error) {
    // The foreign key to the post; or the account was deleted since the session was read.
    if ((error as { code?: string }).code === '23503') throw notFound('post')
    throw error
  }
}

async function insert(db: Db, post_id: number, { user_id, guest_hash }: Reader, kind: ReactionKind): Promise<void> {
  const who = user_id === null ? 'guest_hash' : 'user_id'
  await db
    .insertInto('reactions')
    .values({ post_id, user_id, guest_hash, kind })
    .onConflict((known) =>
      known
        .columns(['post_id', who])
        .doUpdateSet({ kind, created_at: sql<Date>`now()` })
        .where('reactions.kind', '<>', kind),
    )
    .execute()
}

async function withdraw(db: Db, post_id: number, { user_id, guest_hash }: Reader): Promise<void> {
  const query = db.deleteFrom('reactions').where('post_id', '=', post_id)
  await (user_id === null ? query.where('guest_hash', '=', guest_hash) : query.where('user_id', '=', user_id)).execute()
}
