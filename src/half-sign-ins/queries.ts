// Between the right password and the code: a state of its own, which opens nothing but the page for the code.
import { sql } from 'kysely'
import { tellOf } from '../account-safety/queries.ts'
import { recordEvent } from '../audit/queries.ts'
import { deleteSome } from '../db/delete-some.ts'
import type { Db } from '../db/pool.ts'
import { hashToken, newToken } from '../sessions/session.ts'

export const halfSeconds = 600
const mostTries = 5

export async function createHalfSignIn(db: Db, user_id: number, is_kept: boolean, next: string): Promise<string> {
  const { token, token_hash } = newToken()
  const expires_at = sql<Date>`now() + ${sql.lit(halfSeconds)} * interval '1 second'`
  await db.insertInto('half_sign_ins').values({ token_hash, user_id, is_kept, next, expires_at }).execute()
  return token
}

export async function findHalfSignIn(db: Db, token: string) {
  return await db
    .selectFrom('half_sign_ins')
    .innerJoin('users', 'users.id', 'half_sign_ins.user_id')
    .select(['user_id', 'is_kept', 'next'])
    .where('token_hash', '=', hashToken(token))
    .where('expires_at', '>', sql<Date>`now()`)
    .where('tries', '<=', mostTries)
    .where('users.state', '=', 'active')
    .executeTakeFirst()
}

/** Counts a try, right or wrong, before it is looked at. Undefined when there were five, or the time is over. */
export async function countTry(db: Db, token: string) {
  return await db
    .updateTable('half_sign_ins')
    .set({ tries: sql<number>`tries + 1` })
    .where('token_hash', '=', hashToken(token))
    .where('expires_at', '>', sql<Date>`now()`)
    .where('tries', '<', mostTries)
    .returning(['user_id', sql<boolean>`tries >= ${sql.lit(mostTries)}`.as('is_last')])
    .executeTakeFirst()
}

/** Held until the transaction ends: of two with the right code one goes on. */
export async function holdHalfSignIn(db: Db, token: string) {
  return await db
    .selectFrom('half_sign_ins')
    .innerJoin('users', 'users.id', 'half_sign_ins.user_id')
    .select(['user_id', 'is_kept', 'next'])
    .where('token_hash', '=', hashToken(token))
    .where('users.state', '=', 'active')
    .forUpdate('half_sign_ins')
    .executeTakeFirst()
}

export async function endHalfSignIn(db: Db, token: string): Promise<void> {
  await db.deleteFrom('half_sign_ins').where('token_hash', '=', hashToken(token)).execute()
}

/** Whoever gets this far has the password, so its owner hears of it. */
export async function giveUpHalfSignIn(db: Db, token: string, user_id: number, ip: string, place: string) {
  await db.transaction().execute(async (db) => {
    await endHalfSignIn(db, token)
    const subject = { type: 'user', id: user_id }
    await recordEvent(db, { action: 'second-factor.failed', actor_id: null, client_ip: ip, subject })
    await tellOf(db, user_id, { kind: 'codes-guessed', place })
  })
}

export async function deleteEndedHalfSignIns(db: Db): Promise<number> {
  return await deleteSome(db, 'half_sign_ins', sql`expires_at < now()`)
}
