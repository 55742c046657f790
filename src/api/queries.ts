import { sql } from 'kysely'
import type { Db } from '../db/pool.ts'

type Kept = { status: number; answer: string }

/**
 * Takes the key for this transaction; whoever comes second with it waits here until the first is done. Answers what was
 * answered then, `'other'` when that was another request, or undefined for the first.
 */
export async function claimKey(
  db: Db,
  { user_id, key, request_hash }: { user_id: number; key: string; request_hash: Buffer },
): Promise<Kept | 'other' | undefined> {
  const claimed = await db
    .insertInto('idempotency_keys')
    .values({ user_id, key, request_hash, status: 0, answer: '' })
    .onConflict((taken) => taken.doNothing())
    .returning('key')
    .executeTakeFirst()
  if (claimed) return undefined
  const found = await db
    .selectFrom('idempotency_keys')
    .select(['status', 'answer', 'request_hash'])
    .where('user_id', '=', user_id)
    .where('key', '=', key)
    .executeTakeFirst()
  if (!found) return undefined
  return found.request_hash.equals(request_hash) ? found : 'other'
}

export async function keepAnswer(db: Db, user_id: number, key: string, { status, answer }: Kept): Promise<void> {
  await db
    .updateTable('idempotency_keys')
    .set({ status, answer })
    .where('user_id', '=', user_id)
    .where('key', '=', key)
    .execute()
}

const keptHours = 24
const batch = 5000

/** A batch of them; answers how many. */
export async function deleteOldKeys(db: Db): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    with old as (
      select ctid from idempotency_keys
      where created_at < now() - make_interval(hours => ${sql.lit(keptHours)}) limit ${sql.lit(batch)}),
    gone as (delete from idempotency_keys where ctid in (select ctid from old) returning 1)
    select count(*)::int as count from gone`.execute(db)
  return rows[0]?.count ?? 0
}
