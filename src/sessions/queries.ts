import { isIP } from 'node:net'
import { type RawBuilder, sql } from 'kysely'
import { recordEvent } from '../audit/queries.ts'
import { compiled, onPrimary } from '../db/compiled.ts'
import { deleteSome } from '../db/delete-some.ts'
import type { Db } from '../db/pool.ts'
import type { Visitor } from '../http/app.ts'
import { countAttempt, forgetAttempts, networkOf } from '../limits/queries.ts'
import { hashToken, lifetimeSeconds, newToken } from './session.ts'

type VisitorRow = {
  id: number
  name: string
  slug: string
  email: string | null
  roles: string[]
  permissions: string[]
  is_banned: boolean
  lacks_factor: boolean
  /** The session was not said to be in use for some minutes. */
  is_stale?: boolean
}

// Membership in a group of the older system counts as the role of the same name. A role that asks for a second factor
// counts for those who have one.
const columnsWith = (isIncluded: RawBuilder<unknown>) => sql`
    users.id, users.name, users.slug, users.email,
      coalesce(jsonb_agg(distinct lower(held.name)) filter (where ${isIncluded}), '[]') as roles,
      coalesce(bool_or(not held.counts), false) as lacks_factor,
      coalesce(jsonb_agg(distinct permissions.name) filter (where permissions.name is not null), '[]') as permissions,
      exists (select from bans where bans.user_id = users.id and bans.lifted_at is null
        and (bans.expires_at is null or bans.expires_at > now())) as is_banned`
const rolesWith = (isIncluded: RawBuilder<unknown>) => sql`
    left join second_factors on second_factors.user_id = users.id and second_factors.confirmed_at is not null
    left join lateral (
      select roles.id, roles.name, not roles.requires_second_factor or second_factors.user_id is not null as counts
      from user_roles join roles on roles.id = user_roles.role_id
      where user_roles.user_id = users.id
      union
      select roles.id, roles.name, not roles.requires_second_factor or second_factors.user_id is not null
      from group_memberships
      join groups on groups.id = group_memberships.group_id
      join roles on lower(roles.name) = lower(groups.name)
      where group_memberships.user_id = users.id
    ) as held on true
    left join role_permissions on role_permissions.role_id = held.id and ${isIncluded}
    left join permissions on permissions.id = role_permissions.permission_id`
const [visitorColumns, itsRoles] = [columnsWith(sql`held.counts`), rolesWith(sql`held.counts`)]
const isHeld = sql`held.id is not null`
const [heldColumns, heldRoles] = [columnsWith(isHeld), rolesWith(isHeld)]

const visitorByToken = compiled<{ token_hash: Buffer }, VisitorRow>(
  (_, { token_hash }) => sql<VisitorRow>`
    select ${visitorColumns},
      sessions.last_seen_at < now() - interval '5 minutes' as is_stale
    from sessions
    join users on users.id = sessions.user_id and users.state = 'active'
    ${itsRoles}
    where sessions.token_hash = ${token_hash} and sessions.expires_at > now()
    group by users.id, sessions.token_hash`,
  onPrimary,
)

export async function findVisitor(db: Db, token: string): Promise<{ visitor: Visitor; isStale: boolean } | null> {
  const [row] = await visitorByToken(db, { token_hash: hashToken(token) })
  return row ? { visitor: visitorOf(row), isStale: row.is_stale === true } : null
}

function visitorOf({ is_stale: _, lacks_factor: lacksFactor, ...row }: VisitorRow): Visitor {
  const rights = { roles: new Set(row.roles), permissions: new Set(row.permissions) }
  return { ...row, ...rights, ...(lacksFactor && { lacksFactor }) }
}

/** Of several requests at once one writes. */
export async function noteSeen(db: Db, token: string): Promise<void> {
  await db
    .updateTable('sessions')
    .set({ last_seen_at: sql<Date>`now()` })
    .where('token_hash', '=', hashToken(token))
    .where('last_seen_at', '<', sql<Date>`now() - interval '5 minutes'`)
    .execute()
}

/** Those of the hashes, in hex, whose sessions are open still. */
export async function listOpenSessions(db: Db, hashes: string[]): Promise<Set<string>> {
  if (hashes.length === 0) return new Set()
  const { rows } = await sql<{ hash: string }>`
    select encode(token_hash, 'hex') as hash
    from sessions join users on users.id = sessions.user_id and users.state = 'active'
    where expires_at > now() and token_hash in (
      select decode(given.hash, 'hex') from jsonb_array_elements_text(${JSON.stringify(hashes)}::text::jsonb) as given(hash))`.execute(
    db,
  )
  return new Set(rows.map(({ hash }) => hash))
}

/** What somebody may do who is not here now, for what is sent to them. */
export async function findVisitorById(db: Db, id: number): Promise<Visitor | null> {
  const { rows } = await sql<VisitorRow>`
    select ${visitorColumns} from users ${itsRoles} where users.id = ${id} and users.state = 'active' group by users.id`.execute(
    db,
  )
  return rows[0] ? visitorOf(rows[0]) : null
}

/**
 * What a ceiling looks at, and the owner at the machine has: every right of anybody who has an account, also of one that is
 * closed, and also those that wait for a second factor. Whoever sets one up has them in a minute.
 */
export async function findRights(db: Db, id: number): Promise<Visitor | null> {
  const { rows } = await sql<VisitorRow>`
    select ${heldColumns} from users ${heldRoles} where users.id = ${id} group by users.id`.execute(db)
  return rows[0] ? visitorOf(rows[0]) : null
}

type NewSession = { user_id: number; isKept: boolean; ip: string; user_agent: string }

/** Signs in and says so in the audit log. Returns the token for the cookie, which is known nowhere else. */
export async function createSession(db: Db, { user_id, isKept, ip, user_agent }: NewSession): Promise<string> {
  const { token, token_hash } = newToken()
  await db
    .insertInto('sessions')
    .values({
      token_hash,
      user_id,
      expires_at: sql<Date>`now() + ${lifetimeSeconds(isKept)} * interval '1 second'`,
      ip: storableIp(ip),
      user_agent: user_agent.slice(0, 300),
    })
    .execute()
  await recordEvent(db, { action: 'session.created', actor_id: user_id, client_ip: ip, description: 'signed in' })
  return token
}

/** A link-local address comes with its interface, and a proxy may say anything; PostgreSQL takes addresses alone. */
function storableIp(ip: string): string | null {
  const address = ip.replace(/%.*/, '')
  return isIP(address) ? address : null
}

// Few from one place; many from everywhere, so that strangers cannot keep the owner out.
const perAccountHere = { most: 10, windowSeconds: 900 }
const perAccount = { most: 100, windowSeconds: 900 }
const perNetwork = { most: 50, windowSeconds: 900 }

/** Counts one try before the password is looked at; throws `too_many`. */
export async function countSignIn(db: Db, email: string, ip: string): Promise<void> {
  await countAttempt(db, 'sign-in from', networkOf(ip), perNetwork)
  await countAttempt(db, 'sign-in as', email, perAccount)
  await countAttempt(db, 'sign-in here as', placeOf(email, ip), perAccountHere)
}

/** After the right password: what others tried from elsewhere no longer counts. */
export async function forgetSignIns(db: Db, email: string): Promise<void> {
  await forgetAttempts(db, 'sign-in as', email)
}

/** After a new password by mail: who locked the account by guessing must not keep its owner out, here either. */
export async function unlockSignIn(db: Db, email: string, ip: string): Promise<void> {
  await forgetSignIns(db, email)
  await forgetAttempts(db, 'sign-in here as', placeOf(email, ip))
}

function placeOf(email: string, ip: string): string {
  return `${email} ${networkOf(ip)}`
}

/**
 * True while the account is open and has the password that was verified; held until the transaction ends. Verifying
 * takes its time, and the password may be changed meanwhile.
 */
export async function holdsPassword(db: Db, user_id: number, password_hash: string | null): Promise<boolean> {
  const query = db.selectFrom('users').select('id').where('id', '=', user_id).where('state', '=', 'active')
  return (await query.where('password_hash', '=', password_hash).forShare().executeTakeFirst()) !== undefined
}

/** Without a word in the audit log: the same person goes on with another session. */
export async function replaceSession(db: Db, token: string | undefined): Promise<void> {
  if (token) await db.deleteFrom('sessions').where('token_hash', '=', hashToken(token)).execute()
}

/** Deleting a session that is gone changes nothing. */
export async function endSession(db: Db, token: string, ip: string): Promise<void> {
  await db.transaction().execute(async (db) => {
    const row = await db
      .deleteFrom('sessions')
      .where('token_hash', '=', hashToken(token))
      .returning('user_id')
      .executeTakeFirst()
    if (row)
      await recordEvent(db, {
        action: 'session.ended',
        actor_id: row.user_id,
        client_ip: ip,
        description: 'signed out',
      })
  })
}

/** Also of those who have not given their code yet. */
export async function endSessionsOf(db: Db, userId: number): Promise<void> {
  await db.deleteFrom('half_sign_ins').where('user_id', '=', userId).execute()
  await db.deleteFrom('sessions').where('user_id', '=', userId).execute()
}

export async function deleteEndedSessions(db: Db): Promise<number> {
  return await deleteSome(db, 'sessions', sql`expires_at < now()`)
}
