import { sql } from 'kysely'
import { endApiTokensOf } from '../api-tokens/queries.ts'
import { type Actor, recordEvent } from '../audit/queries.ts'
import type { Db } from '../db/pool.ts'

/** More are ended together or not at all. */
const mostListed = 100

/** Those of one account, the latest seen first; `here` is the hash of the token that asks. */
export async function listSessions(db: Db, user_id: number, here?: Buffer) {
  return await db
    .selectFrom('sessions')
    .select(['id', 'user_agent', 'created_at', 'last_seen_at'])
    .select([
      sql<string | null>`host(ip)`.as('ip'),
      sql<boolean>`token_hash is not distinct from ${here ?? null}::bytea`.as('is_here'),
    ])
    .where('user_id', '=', user_id)
    .where('expires_at', '>', sql<Date>`now()`)
    .orderBy(sql`token_hash is not distinct from ${here ?? null}::bytea`, 'desc')
    .orderBy('last_seen_at', 'desc')
    .orderBy('id')
    .limit(mostListed)
    .execute()
}
export type ListedSession = Awaited<ReturnType<typeof listSessions>>[number]

/** One of the account's own. False when it is gone, or somebody else's. */
export async function endSessionById(db: Db, user_id: number, id: string, actor: Actor): Promise<boolean> {
  return await db.transaction().execute(async (db) => {
    const row = await db
      .deleteFrom('sessions')
      .where('user_id', '=', user_id)
      .where('id', '=', id)
      .returning('id')
      .executeTakeFirst()
    if (row) await record(db, user_id, 1, actor)
    return row !== undefined
  })
}

/**
 * Every session of the account but the one with this hash, and whoever stands half-way through the door. Without such a
 * hash nothing is to be left open: tokens of programs end as well.
 */
export async function endEverySession(db: Db, user_id: number, actor: Actor, but?: Buffer): Promise<number> {
  return await db.transaction().execute(async (db) => {
    const rows = await db
      .deleteFrom('sessions')
      .where('user_id', '=', user_id)
      .where('token_hash', 'is distinct from', but ?? null)
      .returning('id')
      .execute()
    await db.deleteFrom('half_sign_ins').where('user_id', '=', user_id).execute()
    if (!but) await endApiTokensOf(db, user_id)
    if (rows.length > 0) await record(db, user_id, rows.length, actor)
    return rows.length
  })
}

async function record(db: Db, user_id: number, count: number, actor: Actor): Promise<void> {
  await recordEvent(db, {
    action: 'session.ended',
    actor_id: actor.id,
    client_ip: actor.ip,
    subject: { type: 'user', id: user_id },
    description: 'ended from the list of sessions',
    details: { count },
  })
}
