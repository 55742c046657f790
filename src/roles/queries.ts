import { sql } from 'kysely'
import type { Db } from '../db/pool.ts'

/** More than these are not shown anywhere. */
const mostRoles = 500

const withRights = sql<string[]>`coalesce((
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

export async function isRole(db: Db, id: number): Promise<boolean> {
  return (await db.selectFrom('roles').select('id').where('id', '=', id).executeTakeFirst()) !== undefined
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
