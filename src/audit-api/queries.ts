import { sql } from 'kysely'
import { type ListQuery, pageOf } from '../api/list.ts'
import { cameBy } from '../audit/queries.ts'
import type { Origin } from '../audit/way.ts'
import type { Sorts } from '../db/keyset.ts'
import type { Db } from '../db/pool.ts'

const sorts: Sorts = { created_at: { by: sql`audit_events.created_at`, type: 'moment' } }

function columns(db: Db) {
  return db
    .selectFrom('audit_events')
    .leftJoin('users', 'users.id', 'audit_events.actor_id')
    .select(['audit_events.id', 'audit_events.created_at', 'audit_events.action', 'audit_events.actor_id'])
    .select([
      'users.name as actor_name',
      'subject_type',
      'subject_id',
      'client_ip',
      'origin',
      'token_name',
      'description',
    ])
    .select(sql<Record<string, unknown>>`audit_events.details`.as('details'))
}

export type WantedEvents = {
  action?: string
  actor_id?: number
  subject_type?: string
  subject_id?: number
  client_ip?: string
  origin?: Origin
  token_name?: string
  after?: string
  before?: string
}

export async function listEvents(db: Db, wanted: WantedEvents, list: ListQuery) {
  const { action, actor_id, subject_type, subject_id, client_ip, origin, token_name, after, before } = wanted
  let query = columns(db)
  if (action !== undefined) query = query.where('audit_events.action', '=', action)
  if (actor_id !== undefined) query = query.where('audit_events.actor_id', '=', actor_id)
  if (subject_type !== undefined) query = query.where('subject_type', '=', subject_type)
  if (subject_id !== undefined) query = query.where('subject_id', '=', subject_id)
  if (client_ip !== undefined) query = query.where('client_ip', '=', client_ip)
  if (token_name !== undefined) query = query.where('token_name', '=', token_name)
  if (origin !== undefined) query = query.where(cameBy(origin))
  if (after !== undefined) query = query.where(sql<boolean>`audit_events.created_at > ${after}::text::timestamptz`)
  if (before !== undefined) query = query.where(sql<boolean>`audit_events.created_at < ${before}::text::timestamptz`)
  return await pageOf<{ id: number }>(query, sorts, list, '-created_at', sql`audit_events.id`)
}

export async function findEvent(db: Db, id: number) {
  return await columns(db).where('audit_events.id', '=', id).executeTakeFirst()
}

export async function isPerson(db: Db, id: number): Promise<boolean> {
  return (await db.selectFrom('users').select('id').where('id', '=', id).executeTakeFirst()) !== undefined
}
