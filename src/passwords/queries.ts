import { sql } from 'kysely'
import { recordEvent } from '../audit/queries.ts'
import { enqueue } from '../db/enqueue.ts'
import type { Db } from '../db/pool.ts'
import { redeemMailToken } from '../mail-tokens/queries.ts'
import { endApiTokensOf } from '../api-tokens/queries.ts'
import { endConnections } from '../connections/queries.ts'
import { forgetUnprovedConnections } from '../oauth/queries.ts'
import { forgetRegistrations } from '../registrations/queries.ts'
import { forgetCodes } from '../second-factor/queries.ts'
import { endSessionsOf, unlockSignIn } from '../sessions/queries.ts'
import { newToken } from '../sessions/session.ts'

const purpose = 'reset-password' as const

/** The same work for every address, with an account or without; the job finds out. */
export async function requestPasswordReset(db: Db, email: string, ip: string): Promise<void> {
  await db.transaction().execute(async (db) => {
    await recordEvent(db, { action: 'password.reset-requested', actor_id: null, client_ip: ip })
    await enqueue(db, 'send-password-reset', { email })
  })
}

/** A link for half an hour, of a new account for a week, or undefined when nobody may sign in with this address. */
export async function createPasswordReset(db: Db, email: string, isFirst = false): Promise<string | undefined> {
  const account = await db
    .selectFrom('users')
    .select('id')
    .where(sql<string>`lower(email)`, '=', email)
    .where('state', '=', 'active')
    .executeTakeFirst()
  if (!account) return undefined
  const { token, token_hash } = newToken()
  const expires_at = isFirst ? sql<Date>`now() + interval '7 days'` : sql<Date>`now() + interval '30 minutes'`
  await db.insertInto('mail_tokens').values({ token_hash, user_id: account.id, purpose, expires_at }).execute()
  return token
}

/** `disconnected`: ids of connections with other services that end with it. */
type Reset = { password_hash: string; disconnected: number[]; ip: string }

/**
 * Uses the link up, ends every session of the account and every other reset link. The link came by mail, so the
 * address is confirmed as well. A closed account stays closed. False when the link was used or is too old.
 */
export async function resetPassword(
  db: Db,
  token: string,
  { password_hash, disconnected, ip }: Reset,
): Promise<boolean> {
  return await db.transaction().execute(async (db) => {
    const user_id = await redeemMailToken(db, purpose, token)
    if (!user_id) return false
    await db.deleteFrom('mail_tokens').where('user_id', '=', user_id).execute()
    await forgetUnprovedConnections(db, user_id)
    await endConnections(db, disconnected, { user_id, ip })
    await forgetRegistrations(db, user_id)
    const email_confirmed_at = sql<Date>`coalesce(email_confirmed_at, now())`
    await setPassword(db, user_id, { password_hash, email_confirmed_at })
    const { email } = await db.selectFrom('users').select('email').where('id', '=', user_id).executeTakeFirstOrThrow()
    if (email) await unlockSignIn(db, email, ip)
    // The factor stays, and asks; but whoever knew the old password no longer uses its tries up.
    await forgetCodes(db, user_id, ip)
    await recordEvent(db, { action: 'password.reset', actor_id: user_id, client_ip: ip })
    return true
  })
}

/**
 * Ends every session of the account and every reset link; the caller opens a new session for who changed it. False
 * when `old_hash` is no longer the account's: of two changes at once one wins.
 */
export async function changePassword(
  db: Db,
  userId: number,
  { old_hash, new_hash, ip }: { old_hash: string; new_hash: string; ip: string },
): Promise<boolean> {
  const mine = db.selectFrom('users').select('id').where('id', '=', userId).where('password_hash', '=', old_hash)
  if (!(await mine.forUpdate().executeTakeFirst())) return false
  await db.deleteFrom('mail_tokens').where('user_id', '=', userId).where('purpose', '=', purpose).execute()
  await setPassword(db, userId, { password_hash: new_hash })
  await recordEvent(db, { action: 'password.changed', actor_id: userId, client_ip: ip })
  return true
}

/**
 * The same password, kept better: sessions and links stay. False when `old_hash` is no longer the account's, or when
 * it was closed: of two sign-ins at once one upgrades, and a password that was changed meanwhile stays.
 */
export async function upgradePassword(
  db: Db,
  userId: number,
  { old_hash, new_hash, ip }: { old_hash: string; new_hash: string; ip: string },
): Promise<boolean> {
  const mine = db.updateTable('users').set({ password_hash: new_hash }).where('id', '=', userId)
  const query = mine.where('state', '=', 'active').where('password_hash', '=', old_hash).returning('id')
  if (!(await query.executeTakeFirst())) return false
  await recordEvent(db, { action: 'password.upgraded', actor_id: userId, client_ip: ip })
  return true
}

async function setPassword(
  db: Db,
  id: number,
  set: { password_hash: string; email_confirmed_at?: ReturnType<typeof sql<Date>> },
) {
  await db
    .updateTable('users')
    .set({ ...set, updated_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute()
  await endSessionsOf(db, id)
  await endApiTokensOf(db, id)
}
