import { sql } from 'kysely'
import { type ListQuery, pageOf } from '../api/list.ts'
import type { Sorts } from '../db/keyset.ts'
import type { Db } from '../db/pool.ts'
import { withRights } from '../roles/queries.ts'

const sorts: Sorts = {
  name: { by: sql`lower(roles.name)`, type: 'text' },
  id: { by: sql`roles.id`, type: 'number' },
}

function roles(db: Db) {
  return db
    .selectFrom('roles')
    .select(['roles.id', 'roles.name', 'roles.description', 'roles.created_at', withRights.as('permissions')])
}
export type RoleRow = NonNullable<Awaited<ReturnType<typeof findRoleRow>>>

export async function listRoleRows(db: Db, list: ListQuery) {
  return await pageOf<RoleRow>(roles(db), sorts, list, 'name', sql`roles.id`)
}

/** With `isHeld` nobody else changes it before the transaction ends. */
export async function findRoleRow(db: Db, id: number, isHeld = false) {
  if (isHeld) await sql`select from roles where id = ${id} for update`.execute(db)
  return await roles(db).where('roles.id', '=', id).executeTakeFirst()
}

const permissionSorts: Sorts = {
  name: { by: sql`permissions.name`, type: 'text' },
  id: { by: sql`permissions.id`, type: 'number' },
}

function permissions(db: Db) {
  return db
    .selectFrom('permissions')
    .select(['permissions.id', 'name', 'resource', 'action', 'scope', 'description', 'created_at'])
}
export type PermissionRow = NonNullable<Awaited<ReturnType<typeof findPermissionRow>>>

export async function listPermissionRows(db: Db, wanted: { resource?: string }, list: ListQuery) {
  const query = permissions(db)
  const found = wanted.resource === undefined ? query : query.where('resource', '=', wanted.resource)
  return await pageOf<PermissionRow>(found, permissionSorts, list, 'name', sql`permissions.id`)
}

export async function findPermissionRow(db: Db, id: number, isHeld = false) {
  if (isHeld) await sql`select from permissions where id = ${id} for update`.execute(db)
  return await permissions(db).where('permissions.id', '=', id).executeTakeFirst()
}
