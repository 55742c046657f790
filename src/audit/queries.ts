import type { Db } from '../db/pool.ts'

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

/** Called with the transaction that holds the deed: both or neither. Answers the id of the event. */
export async function recordEvent(
  db: Db,
  { action, actor_id, subject, client_ip, description = '', details = {} }: Event,
): Promise<number> {
  const row = await db
    .insertInto('audit_events')
    .values({
      action,
      actor_id,
      subject_type: subject?.type ?? null,
      subject_id: subject?.id ?? null,
      client_ip,
      description,
      details,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return row.id
}
