// Sign-ins by other services that are under way, and the accounts of those services that people are connected with.
import { sql } from 'kysely'
import { recordEvent } from '../audit/queries.ts'
import { enqueue } from '../db/enqueue.ts'
import type { Db } from '../db/pool.ts'
import { conflict } from '../errors.ts'
import type { Provider } from '../provider-settings.ts'
import { endSessionsOf } from '../sessions/queries.ts'
import { hashToken } from '../sessions/session.ts'
import { text } from '../texts/texts.ts'
import { insertUser } from '../users/queries.ts'
import type { Profile } from './profile.ts'
import type { Reason } from './refusal.ts'

export type Start = {
  provider: string
  verifier: string
  nonce: string
  /** Where to go afterwards. */
  next: string
  is_kept: boolean
  /** Who connects an account; null for who signs in. */
  user_id: number | null
}

export async function beginStart(db: Db, state: string, browser: string, start: Start): Promise<void> {
  await db
    .insertInto('oauth_starts')
    .values({
      ...start,
      state_hash: hashToken(state),
      browser_hash: hashToken(browser),
      expires_at: sql<Date>`now() + interval '10 minutes'`,
    })
    .execute()
}

/** Once, and for the browser that began it; of two at once, one gets it. */
export async function takeStart(
  db: Db,
  state: string,
  browser: string,
): Promise<(Start & { isOver: boolean }) | undefined> {
  return await db
    .deleteFrom('oauth_starts')
    .where('state_hash', '=', hashToken(state))
    .where('browser_hash', '=', hashToken(browser))
    .returning(['provider', 'verifier', 'nonce', 'next', 'is_kept', 'user_id'])
    .returning(sql<boolean>`expires_at <= now()`.as('isOver'))
    .executeTakeFirst()
}

/** A day later, so that who comes back too late is told so. */
export async function deleteEndedStarts(db: Db): Promise<void> {
  await db
    .deleteFrom('oauth_starts')
    .where('expires_at', '<', sql<Date>`now() - interval '1 day'`)
    .execute()
}

type Known = { id: number; user_id: number }

/** The connection and its person, who stays as they are until the transaction ends. */
export async function findConnected(db: Db, { key }: Provider, { id, former_ids }: Profile) {
  return await db
    .selectFrom('oauth_accounts')
    .innerJoin('users', 'users.id', 'oauth_accounts.user_id')
    .select(['oauth_accounts.id', 'oauth_accounts.user_id', 'users.state', 'users.email', 'users.email_confirmed_at'])
    .where('oauth_accounts.provider', '=', key)
    .where('oauth_accounts.provider_user_id', 'in', [id, ...former_ids])
    .orderBy(sql`oauth_accounts.provider_user_id = ${id}`, 'desc')
    .limit(1)
    .forUpdate('users')
    .executeTakeFirst()
}

/**
 * What the service says now; picture and other things that the older Bloggy kept stay. Throws a conflict when it was
 * disconnected while its person was waited for.
 */
export async function refreshConnection(db: Db, { id }: Pick<Known, 'id'>, profile: Profile): Promise<void> {
  const row = await db
    .updateTable('oauth_accounts')
    .set({
      provider_user_id: profile.id,
      email: profile.email,
      name: profile.name,
      last_login_at: sql<Date>`now()`,
    })
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst()
  if (!row) throw conflict(text('oidc.atOnce'))
}

/** Throws a conflict when the same account was connected at the same moment. */
export async function insertConnection(db: Db, user_id: number, { key }: Provider, profile: Profile): Promise<void> {
  const row = await db
    .insertInto('oauth_accounts')
    .values({
      user_id,
      provider: key,
      provider_user_id: profile.id,
      email: profile.email,
      name: profile.name,
      created_at: sql<Date>`now()`,
      last_login_at: sql<Date>`now()`,
    })
    .onConflict((taken) => taken.doNothing())
    .returning('id')
    .executeTakeFirst()
  if (!row) throw conflict(text('oidc.atOnce'))
}

type TakenOver = { name: string; password_hash: string | null; isConfirmed: boolean }

/**
 * The account of an address that nobody has proved yet, for whoever comes by a service or an invitation: as with a second
 * registration (src/registrations/queries.ts), what somebody else put there before is gone. Undefined when there is none.
 */
export async function takeOverUnproved(db: Db, email: string, { name, password_hash, isConfirmed }: TakenOver) {
  const user = await db
    .updateTable('users')
    .set({
      name,
      password_hash,
      ...(isConfirmed && { email_confirmed_at: sql<Date>`now()` }),
      updated_at: sql<Date>`now()`,
    })
    .where(sql<string>`lower(email)`, '=', email)
    .where('email_confirmed_at', 'is', null)
    .where('state', '=', 'active')
    .returning('id')
    .executeTakeFirst()
  if (!user) return undefined
  await forgetConnections(db, user.id)
  // Nothing is proved yet: who registered the address keeps their link, which asks for their password.
  const links = db.deleteFrom('mail_tokens').where('user_id', '=', user.id)
  await (
    isConfirmed ? links : links.where('purpose', '=', 'confirm-email').where('registration_id', 'is', null)
  ).execute()
  if (isConfirmed) await db.deleteFrom('registrations').where('user_id', '=', user.id).execute()
  await endSessionsOf(db, user.id)
  return user
}

/** Who may have connected them never proved the address. */
export async function forgetConnections(db: Db, user_id: number): Promise<void> {
  await db.deleteFrom('oauth_accounts').where('user_id', '=', user_id).execute()
}

/** The same for who proves it now. */
export async function forgetUnprovedConnections(db: Db, user_id: number): Promise<void> {
  const unproved = db.selectFrom('users').select('id').where('id', '=', user_id).where('email_confirmed_at', 'is', null)
  await db.deleteFrom('oauth_accounts').where('user_id', 'in', unproved).execute()
}

/** A service vouches for the address, or a mail proved it in the same browser: passwords, sessions and links from before the proof are gone. */
export async function confirmByProvider(db: Db, user_id: number, connection: Known, ip: string): Promise<void> {
  await db
    .updateTable('users')
    .set({ email_confirmed_at: sql<Date>`now()`, password_hash: null, updated_at: sql<Date>`now()` })
    .where('id', '=', user_id)
    .execute()
  await db.deleteFrom('oauth_accounts').where('user_id', '=', user_id).where('id', '!=', connection.id).execute()
  await db.deleteFrom('registrations').where('user_id', '=', user_id).execute()
  await db.deleteFrom('mail_tokens').where('user_id', '=', user_id).execute()
  await endSessionsOf(db, user_id)
  await recordEvent(db, {
    action: 'user.confirmed',
    actor_id: user_id,
    subject: { type: 'user', id: user_id },
    client_ip: ip,
  })
}

/** Whether somebody opened the link that was sent to who comes by this service. */
export async function isProvedByMail(db: Db, user_id: number, token: string): Promise<boolean> {
  const row = await db
    .selectFrom('mail_tokens')
    .select('user_id')
    .where('token_hash', '=', hashToken(token))
    .where('user_id', '=', user_id)
    .where('purpose', '=', 'confirm-email')
    .where('registration_id', 'is', null)
    .where('expires_at', '>', sql<Date>`now()`)
    .executeTakeFirst()
  return row !== undefined
}

type Newcomer = { email: string; name: string; isConfirmed: boolean }

/** Undefined when the address has an account. It has no password; one comes by mail when it is asked for. */
export async function insertNewcomer(db: Db, { email, name, isConfirmed }: Newcomer) {
  const newcomer = { name, isConfirmed, password_hash: null }
  return (await takeOverUnproved(db, email, newcomer)) ?? (await insertUser(db, { email, ...newcomer, role: 'viewer' }))
}

/** Whether somebody proved the address here, or an account with it is closed: either way it is no newcomer's. */
export async function isTaken(db: Db, email: string): Promise<boolean> {
  const row = await db
    .selectFrom('users')
    .select('id')
    .where(sql<string>`lower(email)`, '=', email)
    .where((is) => is.or([is('email_confirmed_at', 'is not', null), is('state', '!=', 'active')]))
    .executeTakeFirst()
  return row !== undefined
}

type Deed = {
  action: 'oauth.signed-in' | 'oauth.connected' | 'oauth.disconnected' | 'oauth.refused' | 'user.registered'
  user_id: number | null
  provider: Pick<Provider, 'key'>
  ip: string
  reason?: Reason
  /** What the operator may want to know, without a secret. */
  detail?: string
}

export async function recordDeed(db: Db, { action, user_id, provider, ip, reason, detail }: Deed): Promise<void> {
  await recordEvent(db, {
    action,
    actor_id: user_id,
    client_ip: ip,
    ...(user_id !== null && { subject: { type: 'user', id: user_id } }),
    details: { provider: provider.key, ...(reason && { reason }), ...(detail && { detail: detail.slice(0, 300) }) },
  })
}

/** A mail to the address, which shows the way on to whoever reads it. */
export async function askToConfirm(db: Db, email: string, { label }: Provider): Promise<void> {
  await enqueue(db, 'send-provider-confirmation', { email, service: label })
}

export async function tellOfAccount(db: Db, email: string, { label }: Provider): Promise<void> {
  await enqueue(db, 'send-provider-notice', { email, service: label })
}

export async function countConnections(db: Db, user_id: number): Promise<number> {
  const { count } = await db
    .selectFrom('oauth_accounts')
    .select(sql<number>`count(*)::int`.as('count'))
    .where('user_id', '=', user_id)
    .executeTakeFirstOrThrow()
  return count
}

/** Where somebody is written to; null for who has no address, or an account that is closed. */
export async function findAddress(db: Db, user_id: number): Promise<string | null> {
  const query = db.selectFrom('users').select('email').where('id', '=', user_id).where('state', '=', 'active')
  return (await query.executeTakeFirst())?.email ?? null
}

type Tokens = { id: number; access_token_encrypted: string; refresh_token_encrypted: string | null }

/** Some of the tokens that an import brought, in the order of their ids. */
export async function listTokensAfter(db: Db, after: number) {
  return await db
    .selectFrom('oauth_tokens')
    .select(['id', 'oauth_account_id', 'access_token_encrypted', 'refresh_token_encrypted'])
    .where('id', '>', after)
    .orderBy('id')
    .limit(500)
    .execute()
}

/** Only as long as they are what was read. */
export async function replaceTokens(db: Db, before: Tokens, tokens: Omit<Tokens, 'id'>): Promise<void> {
  await db
    .updateTable('oauth_tokens')
    .set(tokens)
    .where('id', '=', before.id)
    .where('access_token_encrypted', '=', before.access_token_encrypted)
    .where('refresh_token_encrypted', 'is not distinct from', before.refresh_token_encrypted)
    .execute()
}
