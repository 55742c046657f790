import { sql } from 'kysely'
import { type ListQuery, pageOf as restPage } from '../api/list.ts'
import { type Actor, recordEvent } from '../audit/queries.ts'
import { enqueue } from '../db/enqueue.ts'
import type { Sorts } from '../db/keyset.ts'
import { pageOf } from '../db/page-of.ts'
import type { Db } from '../db/pool.ts'
import { conflict, forbidden, invalid, notFound } from '../errors.ts'
import type { Visitor } from '../http/app.ts'
import { takeOverUnproved } from '../oauth/queries.ts'
import { seesAddresses } from '../permissions/team.ts'
import { type Role, holdRoles } from '../roles/queries.ts'
import { findVisitorById } from '../sessions/queries.ts'
import { hashToken, newToken } from '../sessions/session.ts'
import { text } from '../texts/texts.ts'
import { findAccountByEmail, insertUser } from '../users/queries.ts'
import { type InvitationState, canSee, daysListed, daysOpen, invitationsOnPage, mayInvite } from './invitation.ts'

const isWaiting = sql<boolean>`(invitations.accepted_at is null and invitations.revoked_at is null and invitations.expires_at > now())`
const stateOf = sql<InvitationState>`(case when invitations.accepted_at is not null then 'accepted'
  when invitations.revoked_at is not null then 'revoked' when ${isWaiting} then 'waiting' else 'expired' end)`
const inSomeDays = sql<Date>`now() + make_interval(days => ${sql.lit(daysOpen)})`

/**
 * The same whether the address has an account or not; the mail finds out. Throws `invalid` when one waits for the address,
 * `forbidden` for a role above the visitor.
 */
export async function invite(
  db: Db,
  wish: { email: string; role_id: number },
  visitor: Visitor,
  ip: string,
): Promise<number> {
  return await db.transaction().execute(async (db) => {
    const role = await requireRole(db, wish.role_id, visitor)
    // One whose days are over makes room.
    await db
      .updateTable('invitations')
      .set({ revoked_at: sql<Date>`expires_at` })
      .where(sql<string>`lower(email)`, '=', wish.email)
      .where('accepted_at', 'is', null)
      .where('revoked_at', 'is', null)
      .where('expires_at', '<=', sql<Date>`now()`)
      .execute()
    const row = await db
      .insertInto('invitations')
      .values({ ...wish, invited_by: visitor.id, expires_at: inSomeDays })
      .onConflict((waiting) => waiting.doNothing())
      .returning('id')
      .executeTakeFirst()
    if (!row) throw invalid(text('team.invitedAlready'), { email: text('team.invitedAlready') })
    await enqueue(db, 'send-invitation', { invitation_id: row.id })
    await record(db, 'invitation.sent', row.id, { id: visitor.id, ip }, role.name)
    return row.id
  })
}

async function requireRole(db: Db, id: number, visitor: Visitor): Promise<Role> {
  const [role] = await holdRoles(db, [id])
  if (!role) throw invalid(text('errors.unknownValue'), { role: text('errors.unknownValue') })
  if (!mayInvite(visitor, role)) throw forbidden(text('team.roleAbove', { role: role.name }))
  return role
}

/** A new link for as many days as at first; the one before is dead. Whoever sends it again answers for it from now on. */
export async function inviteAgain(db: Db, id: number, visitor: Visitor, ip: string): Promise<void> {
  await db.transaction().execute(async (db) => {
    const open = await holdOpen(db, id, visitor)
    const role = await requireRole(db, open.role_id, visitor)
    const set = { token_hash: null, invited_by: visitor.id, expires_at: inSomeDays }
    await db.updateTable('invitations').set(set).where('id', '=', id).execute()
    await enqueue(db, 'send-invitation', { invitation_id: id })
    await record(db, 'invitation.sent-again', id, { id: visitor.id, ip }, role.name)
  })
}

/** Who sent it may always take it back; of others the ceiling holds. */
export async function revokeInvitation(db: Db, id: number, visitor: Visitor, ip: string): Promise<void> {
  await db.transaction().execute(async (db) => {
    const open = await holdOpen(db, id, visitor)
    if (open.invited_by !== visitor.id) await requireRole(db, open.role_id, visitor)
    const set = { token_hash: null, revoked_at: sql<Date>`now()` }
    await db.updateTable('invitations').set(set).where('id', '=', id).execute()
    await record(db, 'invitation.revoked', id, { id: visitor.id, ip })
  })
}

/** Also one whose days are over: it can be sent again. */
async function holdOpen(db: Db, id: number, visitor: Visitor) {
  const row = await db
    .selectFrom('invitations')
    .select(['id', 'role_id', 'invited_by', 'accepted_at', 'revoked_at'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  if (!row || !canSee(visitor, row)) throw notFound('invitation')
  if (row.accepted_at !== null || row.revoked_at !== null) throw conflict(text('team.invitationEnded'))
  return row
}

/** The newest first; of who sees no mailboxes, those that they sent. */
export async function listInvitations(db: Db, visitor: Visitor, before?: number) {
  let query = db
    .selectFrom('invitations')
    .innerJoin('roles', 'roles.id', 'invitations.role_id')
    .leftJoin('users as inviters', 'inviters.id', 'invitations.invited_by')
    .select(['invitations.id', 'invitations.email', 'roles.name as role_name', 'inviters.name as inviter_name'])
    .select(['invitations.role_id', 'invitations.invited_by'])
    .select(['invitations.created_at', 'invitations.expires_at', 'invitations.accepted_at', 'invitations.revoked_at'])
    .select(isWaiting.as('is_waiting'))
    .orderBy('invitations.id', 'desc')
    .limit(invitationsOnPage + 1)
  if (before !== undefined) query = query.where('invitations.id', '<', before)
  if (!seesAddresses(visitor)) query = query.where('invitations.invited_by', '=', visitor.id)
  const { rows, last } = pageOf(await query.execute(), invitationsOnPage)
  return { invitations: rows, next: last?.id }
}
export type InvitationList = Awaited<ReturnType<typeof listInvitations>>

const sorts: Sorts = { id: { by: sql`invitations.id`, type: 'number' } }

/** As programs list them; the same ones as above. */
export async function listInvitationRows(db: Db, visitor: Visitor, list: ListQuery, state?: InvitationState) {
  let query = invitationRows(db, visitor)
  if (state) query = query.where(stateOf, '=', state)
  return await restPage<InvitationRow>(query, sorts, list, '-id', sql`invitations.id`)
}

/** Undefined for one that is none of the visitor's business. */
export async function findInvitationRow(db: Db, visitor: Visitor, id: number): Promise<InvitationRow | undefined> {
  return await invitationRows(db, visitor).where('invitations.id', '=', id).executeTakeFirst()
}

export type InvitationRow = NonNullable<Awaited<ReturnType<ReturnType<typeof invitationRows>['executeTakeFirst']>>>

function invitationRows(db: Db, visitor: Visitor) {
  const query = db
    .selectFrom('invitations')
    .innerJoin('roles', 'roles.id', 'invitations.role_id')
    .leftJoin('users as inviters', 'inviters.id', 'invitations.invited_by')
    .select(['invitations.id', 'invitations.email', 'roles.name as role', 'inviters.name as invited_by'])
    .select(['invitations.created_at', 'invitations.expires_at', stateOf.as('state')])
  return seesAddresses(visitor) ? query : query.where('invitations.invited_by', '=', visitor.id)
}

/** What the mail says, with a fresh link in place of the one before. Undefined for one that does not wait any more. */
export async function createInvitationLink(db: Db, id: number) {
  const { token, token_hash } = newToken()
  const row = await db
    .updateTable('invitations')
    .set({ token_hash })
    .where('id', '=', id)
    .where(isWaiting)
    .returning(['email', 'role_id', 'invited_by'])
    .executeTakeFirst()
  if (!row) return undefined
  const account = await findAccountByEmail(db, row.email)
  const inviter = row.invited_by === null ? null : await findVisitorById(db, row.invited_by)
  return { email: row.email, token, inviter: inviter?.name, hasAccount: isSettled(account) }
}

type Account = Awaited<ReturnType<typeof findAccountByEmail>>

/** Of an address that nobody has proved, nobody's word counts: whoever holds the invitation does. */
function isSettled(account: Account): boolean {
  return account !== undefined && (account.email_confirmed_at !== null || account.state !== 'active')
}

export async function findInvitation(db: Db, token: string) {
  const row = await db
    .selectFrom('invitations')
    .innerJoin('roles', 'roles.id', 'invitations.role_id')
    .select(['invitations.id', 'invitations.email', 'roles.name as role_name'])
    .where('token_hash', '=', hashToken(token))
    .where(isWaiting)
    .executeTakeFirst()
  if (!row) return undefined
  const account = await findAccountByEmail(db, row.email)
  return { ...row, account_id: isSettled(account) ? (account?.id ?? null) : null }
}
export type FoundInvitation = NonNullable<Awaited<ReturnType<typeof findInvitation>>>

/** Uses the link up. Of two at once one gets it; undefined for the other, and when the inviter may not invite any more. */
async function redeem(db: Db, token: string) {
  const row = await db
    .selectFrom('invitations')
    .select(['id', 'email', 'role_id', 'invited_by'])
    .where('token_hash', '=', hashToken(token))
    .where(isWaiting)
    .forUpdate()
    .executeTakeFirst()
  const [role] = row ? await holdRoles(db, [row.role_id]) : []
  const inviter = row?.invited_by ? await findVisitorById(db, row.invited_by) : null
  if (!row || !role || !mayInvite(inviter, role)) return undefined
  return { ...row, role, inviter_id: row.invited_by }
}

type Redeemed = NonNullable<Awaited<ReturnType<typeof redeem>>>

/** Makes the account, confirmed and with the role. Undefined when the link is not good any more. Call it in a transaction. */
export async function acceptAsNew(
  db: Db,
  token: string,
  person: { name: string; password_hash: string },
  ip: string,
): Promise<number | undefined> {
  const invitation = await redeem(db, token)
  if (!invitation) return undefined
  const { email, role } = invitation
  const made = await insertUser(db, { ...person, email, isConfirmed: true, role: role.name.toLowerCase() })
  const id = made?.id ?? (await takeOver(db, email, person))
  if (!made) await giveRole(db, id, invitation)
  await end(db, invitation, id, ip)
  return id
}

/** Somebody typed the address once and never proved it: what they chose counts no more. */
async function takeOver(db: Db, email: string, person: { name: string; password_hash: string }): Promise<number> {
  const user = await takeOverUnproved(db, email, { ...person, isConfirmed: true })
  if (!user) throw conflict(text('team.hasAccount'))
  return user.id
}

/** For the account of the address and no other. False when the link is not good any more. */
export async function acceptAs(db: Db, token: string, visitor: Visitor, ip: string): Promise<boolean> {
  return await db.transaction().execute(async (db) => {
    const invitation = await redeem(db, token)
    if (!invitation) return false
    const account = await findAccountByEmail(db, invitation.email)
    if (!account || account.id !== visitor.id) throw forbidden(text('team.notYourInvitation'))
    await giveRole(db, visitor.id, invitation)
    await end(db, invitation, visitor.id, ip)
    return true
  })
}

async function giveRole(db: Db, user_id: number, { role, inviter_id }: Redeemed): Promise<void> {
  const values = { user_id, role_id: role.id, assigned_by: inviter_id }
  await db
    .insertInto('user_roles')
    .values(values)
    .onConflict((held) => held.doNothing())
    .execute()
}

async function end(db: Db, { id, role }: Redeemed, user_id: number, ip: string): Promise<void> {
  const set = { token_hash: null, accepted_at: sql<Date>`now()`, accepted_by: user_id }
  await db.updateTable('invitations').set(set).where('id', '=', id).execute()
  await record(db, 'invitation.accepted', id, { id: user_id, ip }, role.name)
}

export async function deleteOldInvitations(db: Db): Promise<void> {
  await db
    .deleteFrom('invitations')
    .where('expires_at', '<', sql<Date>`now() - make_interval(days => ${sql.lit(daysListed)})`)
    .execute()
}

async function record(db: Db, action: string, id: number, actor: Actor, description = ''): Promise<void> {
  const subject = { type: 'invitation', id }
  await recordEvent(db, { action, actor_id: actor.id, client_ip: actor.ip, subject, description })
}
