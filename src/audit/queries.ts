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

/** SQL: inserts the line for each row of `written`, whose id is that of the subject, within the statement that writes it. */
export function eventOf(
  {
    action,
    actor_id,
    client_ip,
    subject,
    description = '',
    details = {},
  }: Pick<Event, 'action' | 'description'> & {
    subject: { type: string }
    /** Or SQL that says it of each row. */
    actor_id: Event['actor_id'] | RawBuilder<unknown>
    client_ip: Event['client_ip'] | RawBuilder<unknown>
    details?: Event['details'] | RawBuilder<unknown>
  },
  written: RawBuilder<unknown>,
): RawBuilder<unknown> {
  const way = currentWay()
  const ip = way?.origin === 'command' ? null : client_ip
  const columns = way ? sql`, origin, token_name` : sql``
  const values = way ? sql`, ${way.origin}, ${way.token_name ?? null}::text` : sql``
  const json = isSql(details) ? details : sql`${JSON.stringify(details)}::text::jsonb`
  return sql`
    insert into audit_events (action, actor_id, subject_type, subject_id, client_ip, description, details ${columns})
      select ${action}, ${actor_id}::bigint, ${subject.type}, id, ${ip}::text, ${description}, ${json} ${values}
        from ${written}`
}

function isSql(details: object): details is RawBuilder<unknown> {
  return 'toOperationNode' in details
}

/** The line and a job, from jobOf(), in one statement. */
export async function recordEventAndJob(
  db: Db,
  { subject, ...event }: Event & { subject: { type: string; id: number } },
  job: RawBuilder<unknown>,
): Promise<void> {
  const line = eventOf({ ...event, subject: { type: subject.type } }, sql`(select ${subject.id}::bigint as id) as deed`)
  await sql`with noted as (${line}) select ${job}`.execute(db)
}

/** SQL: lines that came this way. Spelt as its index is; pages are found in the order of the list, where they are most. */
export function cameBy(origin: Origin): RawBuilder<boolean> {
  const isOurs = sql`audit_events.action <> 'legacy.event'`
  if (origin === 'web') return sql<boolean>`(audit_events.origin = 'web' and ${isOurs})`
  return sql<boolean>`(audit_events.origin = ${origin} and audit_events.origin <> 'web' and ${isOurs})`
}
