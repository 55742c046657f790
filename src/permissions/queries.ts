import { sql } from 'kysely'
import { type Actor, recordEvent } from '../audit/queries.ts'
import type { Db } from '../db/pool.ts'
import { AppError, conflict, invalid, notFound } from '../errors.ts'
import { text } from '../texts/texts.ts'
import { type Permission, isOfProgram, mostPermissions } from './permission-groups.ts'

/** SQL: whether a row of `users` is somebody who may write posts: active, with the permission. */
export const isWriter = sql<boolean>`(users.state = 'active' and exists (
  select from user_roles
    join roles on roles.id = user_roles.role_id
    left join role_permissions on role_permissions.role_id = roles.id
    left join permissions on permissions.id = role_permissions.permission_id
  where user_roles.user_id = users.id and (lower(roles.name) = 'admin' or permissions.name = 'post.create')))`

export async function mayWritePosts(db: Db, user_id: number): Promise<boolean> {
  const query = db.selectFrom('users').select(isWriter.as('may')).where('id', '=', user_id)
  return (await query.executeTakeFirst())?.may ?? false
}

/** Gives a role; a second time changes nothing. Throws `not_found` for an unknown address or role. */
export async function assignRole(db: Db, email: string, role: string): Promise<void> {
  await db.transaction().execute(async (db) => {
    const held = await findBoth(db, email, role)
    const row = await db
      .insertInto('user_roles')
      .values(held)
      .onConflict((taken) => taken.doNothing())
      .returning('id')
      .executeTakeFirst()
    if (row) await record(db, 'role.assigned', held.user_id, role)
  })
}

/** Takes a role away. Throws `conflict` rather than leave the blog without an owner. */
export async function removeRole(db: Db, email: string, role: string): Promise<void> {
  await keepingOwner(db, async (db) => {
    const { user_id, role_id } = await findBoth(db, email, role)
    const taken = db.deleteFrom('user_roles').where('user_id', '=', user_id).where('role_id', '=', role_id)
    if (await taken.returning('id').executeTakeFirst()) await record(db, 'role.removed', user_id, role)
  })
}

/** A transaction that may take the last owner away: PostgreSQL refuses that when it ends, and this says so in words. */
export async function keepingOwner<T>(db: Db, deed: (db: Db) => Promise<T>): Promise<T> {
  try {
    return await db.transaction().execute(deed)
  } catch (error) {
    const { constraint_name } = error as { constraint_name?: string }
    throw constraint_name === 'blog_has_owner' ? conflict(text('team.lastOwner')) : error
  }
}

async function findBoth(db: Db, email: string, role: string): Promise<{ user_id: number; role_id: number }> {
  const user = await db
    .selectFrom('users')
    .select('id')
    .where(sql<string>`lower(email)`, '=', email)
    .executeTakeFirst()
  if (!user) throw notHere(`account as ${email}`)
  const roles = await db.selectFrom('roles').select(['id', 'name']).orderBy('id').limit(1000).execute()
  const found = roles.find(({ name }) => name.toLowerCase() === role.toLowerCase())
  if (!found)
    throw notHere(`role as "${role}": there are ${roles.map(({ name }) => name).join(', ')}, but none of that name`)
  return { user_id: user.id, role_id: found.id }
}

// Read in a terminal.
function notHere(what: string): AppError {
  return new AppError('not_found', `There is no such ${what} here.`)
}

async function record(db: Db, action: string, id: number, role: string): Promise<void> {
  const subject = { type: 'user', id }
  await recordEvent(db, {
    action,
    actor_id: null,
    client_ip: null,
    subject,
    description: role,
    details: { by: 'command' },
  })
}

/** By name, so that what is about one thing stands together. */
export async function listPermissions(db: Db): Promise<Permission[]> {
  return await db
    .selectFrom('permissions')
    .select(['id', 'name', 'resource', 'action', 'scope', 'description'])
    .orderBy('name')
    .limit(1000)
    .execute()
}

/** With the names of the roles that hold each. */
export async function listHeldPermissions(db: Db) {
  return await db
    .selectFrom('permissions')
    .select(['id', 'name', 'resource', 'action', 'scope', 'description'])
    .select(
      sql<{ id: number; name: string }[]>`coalesce((
        select jsonb_agg(jsonb_build_object('id', roles.id, 'name', roles.name) order by lower(roles.name))
          from role_permissions join roles on roles.id = role_permissions.role_id
          where role_permissions.permission_id = permissions.id), '[]')`.as('roles'),
    )
    .orderBy('name')
    .limit(1000)
    .execute()
}
export type HeldPermission = Awaited<ReturnType<typeof listHeldPermissions>>[number]

type Parts = { resource: string; action: string; scope: string; description: string }

/** Throws `invalid` when there is one of that name. */
export async function createPermission(db: Db, parts: Parts, actor: Actor): Promise<{ id: number }> {
  return await db.transaction().execute(async (db) => {
    const many = await db
      .selectFrom('permissions')
      .select(sql<number>`count(*)::int`.as('n'))
      .executeTakeFirstOrThrow()
    const wrong =
      many.n >= mostPermissions ? text('team.tooManyRights', { most: mostPermissions }) : text('team.rightTaken')
    const row =
      many.n < mostPermissions &&
      (await db
        .insertInto('permissions')
        .values(parts)
        .onConflict((taken) => taken.doNothing())
        .returning(['id', 'name'])
        .executeTakeFirst())
    if (!row) throw invalid(wrong, { action: wrong })
    await recordPermission(db, 'permission.created', row.id, actor, row.name)
    return { id: row.id }
  })
}

export async function describePermission(db: Db, id: number, description: string, actor: Actor): Promise<void> {
  await db.transaction().execute(async (db) => {
    const before = await db
      .selectFrom('permissions')
      .select(['name', 'description'])
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst()
    if (!before) throw notFound('permission')
    if (before.description === description) return
    await db.updateTable('permissions').set({ description }).where('id', '=', id).execute()
    const details = { description: { from: before.description, to: description } }
    await recordPermission(db, 'permission.changed', id, actor, before.name, details)
  })
}

/** Throws `conflict` for one that the program asks for, or that a role holds. */
export async function deletePermission(db: Db, id: number, actor: Actor): Promise<void> {
  await db.transaction().execute(async (db) => {
    const found = await db.selectFrom('permissions').select('name').where('id', '=', id).forUpdate().executeTakeFirst()
    if (!found) throw notFound('permission')
    if (isOfProgram(found.name)) throw conflict(text('team.rightOfProgram'))
    const held = db.selectFrom('role_permissions').select('id').where('permission_id', '=', id).limit(1)
    if (await held.executeTakeFirst()) throw conflict(text('team.rightInUse'))
    await db.deleteFrom('permissions').where('id', '=', id).execute()
    await recordPermission(db, 'permission.deleted', id, actor, found.name)
  })
}

async function recordPermission(db: Db, action: string, id: number, actor: Actor, description: string, details = {}) {
  const subject = { type: 'permission', id }
  await recordEvent(db, { action, actor_id: actor.id, client_ip: actor.ip, subject, description, details })
}
