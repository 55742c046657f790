import { sql } from 'kysely'
import type { Db } from '../db/pool.ts'
import { findGroupNamed } from '../groups/queries.ts'
import { findRoleNamed } from '../roles/queries.ts'
import { findAccountByEmail } from '../users/queries.ts'
import { normaliseEmail } from '../users/user.ts'
import type { Named } from './deeds.ts'

/** Who does what a command does: who has the address, or the owner that was there first. Undefined for nobody. */
export async function findActor(db: Db, email?: string): Promise<number | undefined> {
  let query = db.selectFrom('users').select('users.id').where('users.state', '=', 'active')
  if (email === undefined) {
    // By the role, or by a group of the older system that counts as it.
    query = query.where(sql<boolean>`users.id in (
      select user_id from user_roles join roles on roles.id = role_id where lower(roles.name) = 'admin'
      union select user_id from group_memberships join groups on groups.id = group_id where lower(groups.name) = 'admin')`)
  } else query = query.where(sql<string>`lower(users.email)`, '=', normaliseEmail(email))
  return (await query.orderBy('users.id').limit(1).executeTakeFirst())?.id
}

/** The id of what is called so: a person by e-mail or slug, a role or a group by its name, a post by its slug. Undefined for nothing. */
export async function findNamed(db: Db, noun: Named, name: string): Promise<number | undefined> {
  if (noun === 'groups') return (await findGroupNamed(db, name))?.id
  if (noun === 'roles') return (await findRoleNamed(db, name))?.id
  if (noun === 'users' && name.includes('@')) return (await findAccountByEmail(db, normaliseEmail(name)))?.id
  const row = await db.selectFrom(noun).select('id').where('slug', '=', name.toLowerCase()).executeTakeFirst()
  return row?.id
}
