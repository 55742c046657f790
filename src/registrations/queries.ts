import { sql } from 'kysely'
import { recordEvent } from '../audit/queries.ts'
import { enqueue } from '../db/enqueue.ts'
import type { Db } from '../db/pool.ts'
import { redeemMailToken } from '../mail-tokens/queries.ts'
import { forgetConnections } from '../oauth/queries.ts'
import { newToken } from '../sessions/session.ts'
import { insertUser } from '../users/queries.ts'

const purpose = 'confirm-email' as const

export type Registration = { name: string; email: string; password_hash: string; ip: string; next: string }

/**
 * Makes an account that cannot sign in before its address is confirmed. When the address has a confirmed one already
 * nothing is made; the mail that goes out differs, the answer does not.
 */
export async function register(db: Db, { ip, next, ...person }: Registration): Promise<void> {
  await db.transaction().execute(async (db) => {
    const user =
      (await insertUser(db, { ...person, isConfirmed: false, role: 'viewer' })) ?? (await registerAgain(db, person))
    await recordEvent(db, {
      action: user ? 'user.registered' : 'user.registration-repeated',
      actor_id: user?.id ?? null,
      client_ip: ip,
      ...(user && { subject: { type: 'user', id: user.id } }),
    })
    const { email } = person
    if (user) await enqueue(db, 'send-confirmation', { email, next })
    else await enqueue(db, 'send-registration-notice', { email })
  })
}

/**
 * Nobody has proved an unconfirmed address, so the newest registration of it counts: its password, and only a link
 * that was asked for after it. Whoever typed the address first gains nothing.
 */
async function registerAgain(db: Db, { name, email, password_hash }: Omit<Registration, 'ip' | 'next'>) {
  const user = await db
    .updateTable('users')
    .set({ name, password_hash, updated_at: sql<Date>`now()` })
    .where(sql<string>`lower(email)`, '=', email)
    .where('email_confirmed_at', 'is', null)
    .where('state', '=', 'active')
    .returning('id')
    .executeTakeFirst()
  if (!user) return undefined
  await db.deleteFrom('mail_tokens').where('user_id', '=', user.id).where('purpose', '=', purpose).execute()
  await forgetConnections(db, user.id)
  return user
}

export async function requestConfirmation(db: Db, email: string, next: string): Promise<void> {
  await enqueue(db, 'send-confirmation', { email, next })
}

/** A fresh link for an address that still waits, or undefined. Earlier links stay good until they end. */
export async function createConfirmation(db: Db, email: string) {
  const { token, token_hash } = newToken()
  const row = await db
    .insertInto('mail_tokens')
    .columns(['token_hash', 'user_id', 'purpose', 'expires_at'])
    .expression(
      db
        .selectFrom('users')
        .select([
          sql<Buffer>`${token_hash}::bytea`.as('token_hash'),
          'id',
          sql<string>`${purpose}`.as('purpose'),
          sql<Date>`now() + interval '2 days'`.as('expires_at'),
        ])
        .where(sql<string>`lower(email)`, '=', email)
        .where('email_confirmed_at', 'is', null)
        .where('state', '=', 'active'),
    )
    .returning('user_id')
    .executeTakeFirst()
  return row && token
}

/** Uses the link up, and every other confirmation link of that account. False when it was used or is too old. */
export async function confirmEmail(db: Db, token: string, ip: string): Promise<boolean> {
  return await db.transaction().execute(async (db) => {
    const user_id = await redeemMailToken(db, purpose, token)
    if (!user_id) return false
    await db.deleteFrom('mail_tokens').where('user_id', '=', user_id).where('purpose', '=', purpose).execute()
    await db
      .updateTable('users')
      .set({ email_confirmed_at: sql<Date>`now()` })
      .where('id', '=', user_id)
      .execute()
    await recordEvent(db, {
      action: 'user.confirmed',
      actor_id: user_id,
      client_ip: ip,
      subject: { type: 'user', id: user_id },
    })
    return true
  })
}
