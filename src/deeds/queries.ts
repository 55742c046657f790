import { sql } from 'kysely'
import type { Db } from '../db/pool.ts'
import { normaliseEmail } from '../users/user.ts'

/** Who does what a command does: who has the address, or the owner that was there first. Undefined for nobody. */
export async function findActor(db: Db, email?: string): Promise<number | undefined> {
  let query = db.selectFrom('users').select('users.id').where('users.state', '=', 'active')
  if (email === undefined) {
    query = query
      .innerJoin('user_roles', 'user_roles.user_id', 'users.id')
      .innerJoin('roles', 'roles.id', 'user_roles.role_id')
      .where(sql<string>`lower(roles.name)`, '=', 'admin')
  } else query = query.where(sql<string>`lower(users.email)`, '=', normaliseEmail(email))
  return (await query.orderBy('users.id').limit(1).executeTakeFirst())?.id
}
