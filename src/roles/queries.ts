import { sql } from 'kysely'
import { type Actor, recordEvent } from '../audit/queries.ts'
import type { Db } from '../db/pool.ts'
import { conflict, forbidden, invalid, notFound } from '../errors.ts'
import type { Visitor } from '../http/app.ts'
import { isWithin, rightsOfPermission, rightsOfRole } from '../permissions/ceiling.ts'
import { keepingOwner } from '../permissions/queries.ts'

import { text } from '../texts/texts.ts'
import { type RoleInput, isAdminRole, mostRoles } from './role.ts'

export const withRights = sql<string[]>`coalesce((
  select jsonb_agg(permissions.name order by permissions.name) from role_permissions
    join permissions on permissions.id = role_permissions.permission_id where role_permissions.role_id = roles.id), '[]')`

/** By name, each with the names of its permissions. */
export async function listRoles(db: Db) {
  return await db
    .selectFrom('roles')
    .select(['id', 'name', 'description', withRights.as('permissions')])
    .orderBy(sql`lower(name)`)
    .limit(mostRoles)
    .execute()
}
export type Role = Awaited<ReturnType<typeof listRoles>>[number]

export async function findRole(db: Db, id: number): Promise<Role | undefined> {
  const query = db.selectFrom('roles').select(['id', 'name', 'description', withRights.as('permissions')])
  return await query.where('id', '=', id).executeTakeFirst()
}

/** How many people hold each role, by themselves or by a group of its name. */
/** In whatever case. */
export async function findRoleNamed(db: Db, name: string): Promise<{ id: number } | undefined> {
  return await db
    .selectFrom('roles')
    .select('id')
    .where(sql<string>`lower(name)`, '=', name.toLowerCase())
    .executeTakeFirst()
}

export async function countHolders(db: Db): Promise<Map<number, number>> {
  const { rows } = await sql<{ role_id: number; people: number }>`
    select role_id, count(*)::int as people from (
      select role_id, user_id from user_roles
      union select roles.id, group_memberships.user_id from group_memberships
        join groups on groups.id = group_memberships.group_id
        join roles on lower(roles.name) = lower(groups.name)) as held
    group by role_id`.execute(db)
  return new Map(rows.map(({ role_id, people }) => [role_id, people]))
}

/** What goes with a role: who holds it by themselves, and invitations that wait. */
export async function countOfRole(db: Db, id: number): Promise<{ people: number; invitations: number }> {
  const { rows } = await sql<{ people: number; invitations: number }>`
    select (select count(*)::int from user_roles where role_id = ${id}) as people,
      (select count(*)::int from invitations
        where role_id = ${id} and accepted_at is null and revoked_at is null and expires_at > now()) as invitations`.execute(
    db,
  )
  return rows[0] ?? { people: 0, invitations: 0 }
}

/** Held as it is until the transaction ends: a role that is being given cannot grow meanwhile. */
export async function holdRoles(db: Db, ids: number[]): Promise<Role[]> {
  if (ids.length === 0) return []
  await db.selectFrom('roles').select('id').where('id', 'in', ids).orderBy('id').forShare().execute()
  return await db
    .selectFrom('roles')
    .select(['id', 'name', 'description', withRights.as('permissions')])
    .where('id', 'in', ids)
    .orderBy('id')
    .execute()
}

/** Throws `invalid` when there is one of that name, in whatever case. */
export async function createRole(db: Db, { name, description }: RoleInput, actor: Actor): Promise<number> {
  return await db.transaction().execute(async (db) => {
    const many = await db
      .selectFrom('roles')
      .select(sql<number>`count(*)::int`.as('n'))
      .executeTakeFirstOrThrow()
    if (many.n >= mostRoles)
      throw invalid(text('team.tooManyRoles', { most: mostRoles }), {
        name: text('team.tooManyRoles', { most: mostRoles }),
      })
    const row = await db
      .insertInto('roles')
      .values({ name, description })
      .onConflict((taken) => taken.doNothing())
      .returning('id')
      .executeTakeFirst()
    if (!row) throw taken()
    await record(db, 'role.created', row.id, actor, name)
    return row.id
  })
}

function taken() {
  return invalid(text('team.roleTaken'), { name: text('team.roleTaken') })
}

/** The first lock of everything that changes a role. Throws `forbidden` for one above the visitor. */
async function holdRole(db: Db, id: number, visitor: Visitor): Promise<Role> {
  await db.selectFrom('roles').select('id').where('id', '=', id).forUpdate().execute()
  const role = await findRole(db, id)
  if (!role) throw notFound('role')
  if (!isWithin(visitor, rightsOfRole(role))) throw forbidden(text('team.roleAbove', { role: role.name }))
  return role
}

/** Who holds it keeps it, under the new name. */
export async function changeRole(db: Db, id: number, wish: RoleInput, visitor: Visitor, ip: string): Promise<void> {
  await keepingOwner(db, async (db) => {
    const role = await holdRole(db, id, visitor)
    if (isAdminRole(role) && wish.name !== role.name) throw conflict(text('team.adminStays'))
    const details = Object.fromEntries(
      (['name', 'description'] as const)
        .filter((field) => wish[field] !== role[field])
        .map((field) => [field, { from: role[field], to: wish[field] }]),
    )
    if (Object.keys(details).length === 0) return
    await db
      .updateTable('roles')
      .set(wish)
      .where('id', '=', id)
      .execute()
      .catch((error: { constraint_name?: string }) => {
        throw error.constraint_name === 'roles_name_key' ? taken() : error
      })
    await record(db, 'role.changed', id, { id: visitor.id, ip }, wish.name, details)
  })
}

export async function deleteRole(db: Db, id: number, visitor: Visitor, ip: string): Promise<void> {
  await keepingOwner(db, async (db) => {
    const role = await holdRole(db, id, visitor)
    if (isAdminRole(role)) throw conflict(text('team.adminStays'))
    const { people } = await countOfRole(db, id)
    await db.deleteFrom('roles').where('id', '=', id).execute()
    const { permissions } = role
    await record(db, 'role.deleted', id, { id: visitor.id, ip }, role.name, { people, permissions })
  })
}

export type Grants = { given: number[]; taken: number[]; all: string[] }

/**
 * Gives and takes permissions, and gives all of the resources in `all`. Throws `forbidden` for a permission that the
 * visitor does not hold, and for a role above them.
 */
export async function changeGrants(db: Db, id: number, { given, taken, all }: Grants, visitor: Visitor, ip: string) {
  await db.transaction().execute(async (db) => {
    const role = await holdRole(db, id, visitor)
    if (isAdminRole(role)) throw conflict(text('team.adminHasAll'))
    const rows = await db
      .selectFrom('permissions')
      .select(['id', 'name', 'resource'])
      .where((is) => is.or([is('id', 'in', [...given, ...taken, 0]), is('resource', 'in', [...all, ''])]))
      .orderBy('id')
      .execute()
    const has = new Set(role.permissions)
    const isGiven = (row: { id: number; resource: string }) => given.includes(row.id) || all.includes(row.resource)
    const more = rows.filter((row) => isGiven(row) && !has.has(row.name))
    const less = rows.filter((row) => !isGiven(row) && has.has(row.name))
    const above = [...more, ...less].find(({ name }) => !isWithin(visitor, rightsOfPermission(name)))
    if (above) throw forbidden(text('team.rightAbove', { right: above.name }))
    if (more.length === 0 && less.length === 0) return
    if (more.length > 0) {
      const granted = more.map((row) => ({ role_id: id, permission_id: row.id, granted_by: visitor.id }))
      await db
        .insertInto('role_permissions')
        .values(granted)
        .onConflict((held) => held.doNothing())
        .execute()
    }
    if (less.length > 0) {
      const gone = less.map((row) => row.id)
      await db.deleteFrom('role_permissions').where('role_id', '=', id).where('permission_id', 'in', gone).execute()
    }
    const names = (changed: { name: string }[]) => changed.map(({ name }) => name)
    await record(db, 'role.grants-changed', id, { id: visitor.id, ip }, role.name, {
      given: names(more),
      taken: names(less),
    })
  })
}

async function record(db: Db, action: string, id: number, actor: Actor, description: string, details = {}) {
  const subject = { type: 'role', id }
  await recordEvent(db, { action, actor_id: actor.id, client_ip: actor.ip, subject, description, details })
}
