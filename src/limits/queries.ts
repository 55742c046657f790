// How often something may be tried. Counted in PostgreSQL, so every process counts together.
import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { sql } from 'kysely'
import { compiledWrite } from '../db/compiled.ts'
import { deleteSome } from '../db/delete-some.ts'
import { onceMore } from '../db/once-more.ts'
import type { Db } from '../db/pool.ts'
import { tooMany } from '../errors.ts'
import { plainAddress } from '../http/network-address.ts'

export type Limit = { most: number; windowSeconds: number }

/** Counts one try; throws `too_many` with the wait when there were more than `most` in the window. */
export async function countAttempt(db: Db, what: string, who: string, limit: Limit): Promise<void> {
  const { left, wait } = await countCall(db, what, who, limit)
  if (left < 0) throw tooMany(wait)
}

/** The same for what is left out when there was enough of it: false from then on. */
export async function tryAttempt(db: Db, what: string, who: string, limit: Limit): Promise<boolean> {
  return (await countCall(db, what, who, limit)).left >= 0
}

/** Counts one try; `left` is how many more there may be for `wait` seconds, -1 and less when this was too many. */
export async function countCall(db: Db, what: string, who: string, limit: Limit) {
  const { windowSeconds } = limit
  // One that counts twice harms nobody.
  const [row] = await onceMore(
    () => count(db, { key: keyOf(what, who), windowSeconds }),
    () => !db.isTransaction,
  )
  return { left: limit.most - (row?.count ?? 1), wait: row?.wait ?? windowSeconds }
}

/** SQL: counts one try of a key, and gives `count` and `wait`; for who looks at more in the same statement. */
export function counting(key: string, windowSeconds: number) {
  return sql<{ count: number; wait: number }>`
    insert into attempts (key, count, window_ends_at)
    values (${key}, 1, now() + ${windowSeconds}::int * interval '1 second')
    on conflict (key) do update set
      count = case when attempts.window_ends_at > now() then attempts.count + 1 else 1 end,
      window_ends_at = case when attempts.window_ends_at > now() then attempts.window_ends_at else excluded.window_ends_at end
    returning count, extract(epoch from window_ends_at - now())::int as wait`
}

const count = compiledWrite((_, { key, windowSeconds }: { key: string; windowSeconds: number }) =>
  counting(key, windowSeconds),
)

/** After the right password, or a new one by mail, the wrong ones of others no longer count. */
export async function forgetAttempts(db: Db, what: string, who: string): Promise<void> {
  await db.deleteFrom('attempts').where('key', '=', keyOf(what, who)).execute()
}

/** What is counted is kept without a name that anybody could read. */
export function keyOf(what: string, who: string): string {
  return `${what}:${createHash('sha256').update(who).digest('base64url')}`
}

/** One household or server usually has a whole /64, so that is what counts as one address. */
export function networkOf(ip: string): string {
  const plain = plainAddress(ip)
  if (plain === null || !isIPv6(plain)) return plain ?? ip
  const [head = '', tail] = plain.split('::')
  const groups = head.split(':').filter(Boolean)
  if (tail !== undefined)
    groups.push(...Array(Math.max(0, 8 - groups.length - tail.split(':').filter(Boolean).length)).fill('0'))
  return groups.slice(0, 4).join(':')
}

export async function deleteEndedAttempts(db: Db): Promise<number> {
  return await deleteSome(db, 'attempts', sql`window_ends_at < now()`)
}
