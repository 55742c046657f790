import { sql } from 'kysely'
import { type Actor, recordEvent } from '../audit/queries.ts'
import { compiled } from '../db/compiled.ts'
import { onceMore } from '../db/once-more.ts'
import type { Db } from '../db/pool.ts'
import { AppError } from '../errors.ts'
import type { Visitor } from '../http/app.ts'
import { findVisitorById } from '../sessions/queries.ts'
import { hashToken } from '../sessions/session.ts'
import { text } from '../texts/texts.ts'
import { type Scope, mostTokens, newApiToken } from './token.ts'

const byHash = compiled((db, { token_hash }: { token_hash: Buffer }) =>
  db
    .selectFrom('api_tokens')
    .select(['user_id', 'name', 'scopes', 'id'])
    .select(sql<boolean>`(last_used_at is null or last_used_at < now() - interval '1 minute')`.as('is_to_be_noted'))
    .where('token_hash', '=', token_hash)
    .where((is) => is.or([is('expires_at', 'is', null), is('expires_at', '>', sql<Date>`now()`)])),
)

/** Whose a token is and what for; undefined when it has ended, or its person may not sign in. */
export async function findBearer(
  db: Db,
  token: string,
  ip: string,
): Promise<{ visitor: Visitor; token_name: string; scopes: ReadonlySet<string> } | undefined> {
  const [row] = await byHash(db, { token_hash: hashToken(token) })
  const visitor = row && (await findVisitorById(db, row.user_id))
  if (!row || !visitor) return undefined
  // Once a minute: who reads all day writes little.
  if (row.is_to_be_noted) {
    const used = { last_used_at: sql<Date>`now()`, last_used_from: ip }
    await onceMore(
      () => db.updateTable('api_tokens').set(used).where('id', '=', row.id).execute(),
      () => !db.isTransaction,
    )
  }
  return { visitor, token_name: row.name, scopes: new Set(row.scopes.split(' ')) }
}

export type NewApiToken = { name: string; scopes: Scope[]; days: number }

/** The token is known to whoever called, and nowhere else. */
export async function createApiToken(
  db: Db,
  user_id: number,
  { name, scopes, days }: NewApiToken,
  actor: { id: number | null; ip: string | null },
): Promise<{ id: number; token: string }> {
  const { token, token_hash, ending } = newApiToken()
  return await db.transaction().execute(async (db) => {
    // Those who make the last one at once take turns.
    await sql`select from users where id = ${user_id} for update`.execute(db)
    const held = await db
      .selectFrom('api_tokens')
      .select('id')
      .where('user_id', '=', user_id)
      .limit(mostTokens)
      .execute()
    if (held.length === mostTokens) throw new AppError('conflict', text('api.mostTokens', { most: mostTokens }))
    const expires_at = days > 0 ? sql<Date>`now() + make_interval(days => ${sql.lit(days)})` : null
    const { id } = await db
      .insertInto('api_tokens')
      .values({ user_id, name, token_hash, ending, scopes: scopes.join(' '), expires_at })
      .returning('id')
      .executeTakeFirstOrThrow()
    await recordEvent(db, {
      action: 'token.created',
      actor_id: actor.id,
      client_ip: actor.ip,
      subject: { type: 'user', id: user_id },
      description: name,
      details: { token: id, scopes },
    })
    return { id, token }
  })
}

export async function listApiTokens(db: Db, user_id: number) {
  return await db
    .selectFrom('api_tokens')
    .select(['id', 'name', 'ending', 'scopes', 'created_at', 'expires_at', 'last_used_at', 'last_used_from'])
    .select(sql<boolean>`coalesce(expires_at <= now(), false)`.as('has_ended'))
    .where('user_id', '=', user_id)
    .orderBy('id', 'desc')
    .limit(mostTokens)
    .execute()
}
export type ListedToken = Awaited<ReturnType<typeof listApiTokens>>[number]

/** False when there is none of that number, or it is somebody else's. */
export async function endApiToken(db: Db, user_id: number, id: number, actor: Actor | null): Promise<boolean> {
  return await db.transaction().execute(async (db) => {
    const row = await db
      .deleteFrom('api_tokens')
      .where('id', '=', id)
      .where('user_id', '=', user_id)
      .returning('name')
      .executeTakeFirst()
    if (!row) return false
    await recordEvent(db, {
      action: 'token.ended',
      actor_id: actor?.id ?? null,
      client_ip: actor?.ip ?? null,
      subject: { type: 'user', id: user_id },
      description: row.name,
      details: { token: id },
    })
    return true
  })
}

/** With the password goes what was made under it; with the account, or every session of it, also what still works. */
export async function endApiTokensOf(db: Db, user_id: number): Promise<void> {
  await db.deleteFrom('api_tokens').where('user_id', '=', user_id).execute()
}

/** Those that ended a while ago: until then their owner sees why a program fails. */
export async function deleteEndedApiTokens(db: Db): Promise<void> {
  await db
    .deleteFrom('api_tokens')
    .where('expires_at', '<', sql<Date>`now() - interval '30 days'`)
    .execute()
}
