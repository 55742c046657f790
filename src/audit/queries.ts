import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../db/pool.ts'
import { type Origin, currentWay } from './way.ts'

/** Who does it, and from where. */
export type Actor = { id: number; ip: string }

export type Event = {
  /** Noun and verb in the past: `post.published`. */
  action: string
  actor_id: number | null
  subject?: { type: string; id: number }
  client_ip: string | null
  description?: string
  details?: Record<string, unknown>
}

/** Called with the transaction that holds the deed: both or neither. Notes by which way it came. Answers the id. */
export async function recordEvent(
  db: Db,
  { action, actor_id, subject, client_ip, description = '', details = {} }: Event,
): Promise<number> {
  const way = currentWay()
  const row = await db
    .insertInto('audit_events')
    .values({
      action,
      actor_id,
      subject_type: subject?.type ?? null,
      subject_id: subject?.id ?? null,
      // A command is typed at the machine itself, and comes from no address.
      client_ip: way?.origin === 'command' ? null : client_ip,
      ...(way && { origin: way.origin, token_name: way.token_name ?? null }),
      description,
      details,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return row.id
}

/** SQL: lines that came this way. Spelt as its index is; pages are found in the order of the list, where they are most. */
export function cameBy(origin: Origin): RawBuilder<boolean> {
  const isOurs = sql`audit_events.action <> 'legacy.event'`
  if (origin === 'web') return sql<boolean>`(audit_events.origin = 'web' and ${isOurs})`
  return sql<boolean>`(audit_events.origin = ${origin} and audit_events.origin <> 'web' and ${isOurs})`
}
