// Links that came by mail: each opens one thing, once, for a while.
import { sql } from 'kysely'
import { deleteSome } from '../db/delete-some.ts'
import type { Db } from '../db/pool.ts'
import { hashToken } from '../sessions/session.ts'

export type Purpose = 'confirm-email' | 'reset-password'

/** Whom a link that is open was sent to. */
export async function findMailTokenOwner(db: Db, purpose: Purpose, token: string) {
  return await db
    .selectFrom('mail_tokens')
    .innerJoin('users', 'users.id', 'mail_tokens.user_id')
    .select(['users.id', 'users.name', 'users.email', 'users.email_confirmed_at'])
    .where('users.state', '=', 'active')
    .where('token_hash', '=', hashToken(token))
    .where('purpose', '=', purpose)
    .where('expires_at', '>', sql<Date>`now()`)
    .executeTakeFirst()
}

/** The account it was sent to; undefined when it was used already or is too old. Of two at once, one gets it. */
export async function redeemMailToken(db: Db, purpose: Purpose, token: string): Promise<number | undefined> {
  const row = await db
    .deleteFrom('mail_tokens')
    .where('token_hash', '=', hashToken(token))
    .where('purpose', '=', purpose)
    .where('expires_at', '>', sql<Date>`now()`)
    .where('user_id', 'in', open(db))
    .returning('user_id')
    .executeTakeFirst()
  return row?.user_id
}

/** A link that was sent before an account was closed opens nothing. */
function open(db: Db) {
  return db.selectFrom('users').select('id').where('state', '=', 'active')
}

export async function deleteEndedMailTokens(db: Db): Promise<number> {
  return await deleteSome(db, 'mail_tokens', sql`expires_at < now()`)
}
