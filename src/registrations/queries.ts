import { sql } from 'kysely'
import { recordEvent } from '../audit/queries.ts'
import { deleteSome } from '../db/delete-some.ts'
import { enqueue } from '../db/enqueue.ts'
import type { Db } from '../db/pool.ts'
import { redeemMailToken } from '../mail-tokens/queries.ts'
import { forgetConnections } from '../oauth/queries.ts'
import { endSessionsOf } from '../sessions/queries.ts'
import { hashToken, newToken } from '../sessions/session.ts'
import { insertUser } from '../users/queries.ts'

const purpose = 'confirm-email' as const

export type Registration = { name: string; email: string; password_hash: string; ip: string; next: string }

/**
 * Makes an account that cannot sign in before its address is confirmed. When the address has a confirmed one already
 * nothing is made; the mail that goes out differs, the answer does not. Of several registrations of one address each has
 * a link of its own, and the first that is confirmed counts: see docs/decisions/0038.
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
    if (user) await askToConfirm(db, { user_id: user.id, ...person }, next)
    else await enqueue(db, 'send-registration-notice', { email })
  })
}

/** The account that waits already. Its own row says what was typed last; what was typed before still has its link. */
async function registerAgain(db: Db, { name, email, password_hash }: Omit<Registration, 'ip' | 'next'>) {
  return await db
    .updateTable('users')
    .set({ name, password_hash, updated_at: sql<Date>`now()` })
    .where(sql<string>`lower(email)`, '=', email)
    .where('email_confirmed_at', 'is', null)
    .where('state', '=', 'active')
    .returning('id')
    .executeTakeFirst()
}

type Waiting = { user_id: number; name: string; email: string; password_hash: string }

/** A mail with a link that confirms this name and this password. */
async function askToConfirm(db: Db, { user_id, name, email, password_hash }: Waiting, next: string): Promise<void> {
  const { id } = await db
    .insertInto('registrations')
    .values({ user_id, name, password_hash })
    .returning('id')
    .executeTakeFirstOrThrow()
  await enqueue(db, 'send-confirmation', { email, next, registration_id: id })
}

/** For who knows the password of an account that still waits. */
export async function requestConfirmation(db: Db, waiting: Waiting, next: string): Promise<void> {
  await db.transaction().execute(async (db) => await askToConfirm(db, waiting, next))
}

/**
 * A fresh link for an address that still waits, or undefined. Earlier links stay good until they end. Without a
 * registration it is for who signs in by a service.
 */
export async function createConfirmation(db: Db, email: string, registration_id: number | null) {
  const { token, token_hash } = newToken()
  const isKnown =
    registration_id === null
      ? sql<boolean>`true`
      : sql<boolean>`exists (select from registrations where id = ${registration_id}::bigint and user_id = users.id)`
  const row = await db
    .insertInto('mail_tokens')
    .columns(['token_hash', 'user_id', 'purpose', 'registration_id', 'expires_at'])
    .expression(
      db
        .selectFrom('users')
        .select([
          sql<Buffer>`${token_hash}::bytea`.as('token_hash'),
          'id',
          sql<string>`${purpose}`.as('purpose'),
          sql<number | null>`${registration_id}::bigint`.as('registration_id'),
          sql<Date>`now() + interval '2 days'`.as('expires_at'),
        ])
        .where(sql<string>`lower(email)`, '=', email)
        .where('email_confirmed_at', 'is', null)
        .where('state', '=', 'active')
        .where(isKnown),
    )
    .returning('user_id')
    .executeTakeFirst()
  return row && token
}

/** What a link that is open confirms: a registration with its password, or, without one, a mailbox alone. */
export async function findConfirmation(db: Db, token: string) {
  return await db
    .selectFrom('mail_tokens')
    .innerJoin('users', 'users.id', 'mail_tokens.user_id')
    .leftJoin('registrations', 'registrations.id', 'mail_tokens.registration_id')
    .select(['mail_tokens.user_id', 'mail_tokens.registration_id', 'registrations.password_hash'])
    .where('mail_tokens.token_hash', '=', hashToken(token))
    .where('mail_tokens.purpose', '=', purpose)
    .where('mail_tokens.expires_at', '>', sql<Date>`now()`)
    .where('users.state', '=', 'active')
    .executeTakeFirst()
}

/**
 * The account has the name and the password of the registration that the link was sent for, and nothing that anybody
 * else put there: other registrations, links, connections. False when it was used or is too old.
 */
export async function confirmRegistration(db: Db, token: string, ip: string): Promise<boolean> {
  return await db.transaction().execute(async (db) => {
    const registration = await db
      .selectFrom('registrations')
      .innerJoin('mail_tokens', 'mail_tokens.registration_id', 'registrations.id')
      .select(['registrations.name', 'registrations.password_hash'])
      .where('mail_tokens.token_hash', '=', hashToken(token))
      .executeTakeFirst()
    const user_id = registration && (await redeemMailToken(db, purpose, token))
    if (!user_id) return false
    await forgetRegistrations(db, user_id)
    await db.deleteFrom('mail_tokens').where('user_id', '=', user_id).execute()
    await forgetConnections(db, user_id)
    await endSessionsOf(db, user_id)
    await db
      .updateTable('users')
      .set({ ...registration, email_confirmed_at: sql<Date>`now()`, updated_at: sql<Date>`now()` })
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

/** With the links that were sent for them. */
export async function forgetRegistrations(db: Db, user_id: number): Promise<void> {
  await db.deleteFrom('registrations').where('user_id', '=', user_id).execute()
}

/** Their links ended a day before. */
export async function deleteEndedRegistrations(db: Db): Promise<number> {
  return await deleteSome(db, 'registrations', sql`created_at < now() - interval '3 days'`)
}
