import { sql } from 'kysely'
import { enqueue } from '../db/enqueue.ts'
import type { Db } from '../db/pool.ts'
import { conflict, forbidden, invalid } from '../errors.ts'
import type { Visitor } from '../http/app.ts'
import { mayInvite } from '../invitations/invitation.ts'
import { takeOverUnproved } from '../oauth/queries.ts'
import { createPasswordReset } from '../passwords/queries.ts'
import { holdPerson, record } from '../people/queries.ts'
import { type Role, holdRoles } from '../roles/queries.ts'
import { text } from '../texts/texts.ts'
import { findAccountByEmail, insertUser } from '../users/queries.ts'

export type NewAccount = { name: string; email: string; password_hash: string | null; roles?: string[] | undefined }

/**
 * The address counts as proved: whoever makes the account vouches for it, and nobody who registers with it meanwhile gets
 * the roles. Throws `invalid` for an address that has an account, `forbidden` for a role above the visitor.
 */
export async function makeAccount(db: Db, wish: NewAccount, visitor: Visitor, ip: string): Promise<number> {
  return await db.transaction().execute(async (db) => {
    const { roles: names, ...person } = wish
    const roles = await requireRoles(db, names, visitor)
    const newcomer = { ...person, isConfirmed: true }
    // What is taken over is changed, and nobody changes an account that has rights they lack.
    const known = await findAccountByEmail(db, wish.email)
    if (known && known.email_confirmed_at === null) await holdPerson(db, known.id, visitor)
    const user = (await takeOverUnproved(db, wish.email, newcomer)) ?? (await insertUser(db, { ...newcomer, role: '' }))
    if (!user) throw invalid(text('team.emailTaken'), { email: text('team.emailTaken') })
    for (const role of roles) {
      await db
        .insertInto('user_roles')
        .values({ user_id: user.id, role_id: role.id, assigned_by: visitor.id })
        .onConflict((held) => held.doNothing())
        .execute()
    }
    await record(db, 'user.created', user.id, { id: visitor.id, ip }, { roles: roles.map(({ name }) => name) })
    return user.id
  })
}

/** Who makes the account says which, or it is a reader as those who register. */
async function requireRoles(db: Db, names: string[] | undefined, visitor: Visitor): Promise<Role[]> {
  const wanted = [...new Set((names ?? ['viewer']).map((name) => name.toLowerCase()))]
  const found = await db
    .selectFrom('roles')
    .select('id')
    .where(sql<string>`lower(name)`, 'in', [...wanted, ''])
    .execute()
  if (names && found.length < wanted.length)
    throw invalid(text('errors.unknownValue'), { roles: text('errors.unknownValue') })
  const roles = await holdRoles(
    db,
    found.map(({ id }) => id),
  )
  for (const role of roles) if (!mayInvite(visitor, role)) throw forbidden(text('team.roleAbove', { role: role.name }))
  return roles
}

/** By mail whoever asks never sees it; otherwise it is answered. Throws `conflict` for who could do nothing with it. */
export async function sendPasswordLink(
  db: Db,
  id: number,
  visitor: Visitor,
  ip: string,
  isMailed: boolean,
): Promise<string | undefined> {
  return await db.transaction().execute(async (db) => {
    const { email, state } = await holdPerson(db, id, visitor)
    if (email === null || state !== 'active') throw conflict(text('team.noLinkPossible'))
    const address = email.toLowerCase()
    await record(db, isMailed ? 'password.link-sent' : 'password.link-shown', id, { id: visitor.id, ip })
    if (!isMailed) return await createPasswordReset(db, address)
    await enqueue(db, 'send-password-reset', { email: address })
    return undefined
  })
}
