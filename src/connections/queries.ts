// The accounts of other services that somebody signs in by.
import { sql } from 'kysely'
import { recordEvent } from '../audit/queries.ts'
import { enqueue } from '../db/enqueue.ts'
import type { Db } from '../db/pool.ts'

export async function listConnections(db: Db, user_id: number) {
  return await db
    .selectFrom('oauth_accounts')
    .select(['id', 'provider', 'email', 'name', 'created_at', 'last_login_at'])
    .where('user_id', '=', user_id)
    .orderBy('id')
    .limit(mostShown)
    .execute()
}
export type Connection = Awaited<ReturnType<typeof listConnections>>[number]

const mostShown = 100

/** How else somebody can come in. */
export async function findWaysIn(db: Db, user_id: number) {
  return await db
    .selectFrom('users')
    .select([sql<boolean>`password_hash is not null and email is not null`.as('hasPassword'), 'email'])
    .where('id', '=', user_id)
    .executeTakeFirstOrThrow()
}

/**
 * Undefined when there is no such connection. `last` when nothing else would open the account: a password, or a
 * connection of a service that is offered. Its tokens go with it, and their service hears of it from a job.
 */
export async function disconnect(
  db: Db,
  id: number,
  { user_id, offered, ip }: { user_id: number; offered: string[]; ip: string },
): Promise<'gone' | 'last' | undefined> {
  return await db.transaction().execute(async (db) => {
    // Of two at once the second sees what the first left.
    await db.selectFrom('users').select('id').where('id', '=', user_id).forUpdate().execute()
    const all = await listConnections(db, user_id)
    const connection = all.find((connection) => connection.id === id)
    if (!connection) return undefined
    const others = all.filter((other) => other !== connection && offered.includes(other.provider))
    const { hasPassword } = await findWaysIn(db, user_id)
    if (!hasPassword && others.length === 0) return 'last'

    await endConnection(db, connection, { user_id, ip })
    return 'gone'
  })
}

/**
 * Those of the account among these ids, for who has proved by mail that it is theirs, and chooses a password in the same
 * transaction: nobody is left without a way in.
 */
export async function endConnections(
  db: Db,
  ids: number[],
  { user_id, ip }: { user_id: number; ip: string },
): Promise<void> {
  const all = await listConnections(db, user_id)
  for (const connection of all.filter(({ id }) => ids.includes(id)))
    await endConnection(db, connection, { user_id, ip })
}

async function endConnection(db: Db, { id, provider }: Connection, { user_id, ip }: { user_id: number; ip: string }) {
  const tokens = await db
    .deleteFrom('oauth_tokens')
    .where('oauth_account_id', '=', id)
    .returning(['access_token_encrypted', 'refresh_token_encrypted'])
    .execute()
  for (const { access_token_encrypted, refresh_token_encrypted } of tokens) {
    // A service that ends what a token can be renewed with ends the token, too.
    const token = refresh_token_encrypted ?? access_token_encrypted
    await enqueue(db, 'revoke-token', { provider, account_id: id, token })
  }
  await db.deleteFrom('oauth_accounts').where('id', '=', id).where('user_id', '=', user_id).execute()
  await recordEvent(db, {
    action: 'oauth.disconnected',
    actor_id: user_id,
    subject: { type: 'user', id: user_id },
    client_ip: ip,
    details: { provider },
  })
}
