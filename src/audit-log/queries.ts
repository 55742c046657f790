import { sql } from 'kysely'
import { cameBy } from '../audit/queries.ts'
import { pageOf } from '../db/page-of.ts'
import type { Db } from '../db/pool.ts'
import { momentAt, momentOf } from '../post-states/queries.ts'
import { type Position, writePosition } from '../posts/post.ts'
import { findAuthorNamed } from '../post-list/queries.ts'
import { text } from '../texts/texts.ts'
import { type AuditFilters, type FilterErrors, csvCell, eventsOnPage } from './filters.ts'

/** Newest first; each filter has an index in this order. Undefined when `who` is nobody known. */
export async function listEvents(db: Db, filters: AuditFilters, before?: Position, size: number = eventsOnPage) {
  const wanted = await findWanted(db, filters)
  if (!wanted) return { events: [], next: undefined }
  const found = await selectEvents(db, wanted, before)
    .limit(size + 1)
    .execute()
  const { rows, last } = pageOf(found, size)
  return { events: rows, next: last && writePosition(last) }
}
export type AuditEvent = Awaited<ReturnType<typeof listEvents>>['events'][number]

type Wanted = Omit<AuditFilters, 'who'> & { actor_id?: number | null }

async function findWanted(db: Db, { who, ...filters }: AuditFilters): Promise<Wanted | undefined> {
  if (who === undefined) return filters
  if (who === '-') return { ...filters, actor_id: null }
  const person = await findAuthorNamed(db, who)
  return person && { ...filters, actor_id: person.id }
}

/** What the filters name and the blog does not know. */
export async function findUnknown(db: Db, { who, action, type }: AuditFilters): Promise<FilterErrors> {
  const isThere = async (column: 'action' | 'subject_type', value: string) =>
    (await db.selectFrom('audit_events').select('id').where(column, '=', value).limit(1).executeTakeFirst()) !==
    undefined
  const [knowsWho, knowsAction, knowsType] = await Promise.all([
    who === undefined || who === '-' || findAuthorNamed(db, who),
    action === undefined || isThere('action', action),
    type === undefined || isThere('subject_type', type),
  ])
  return {
    ...(who !== undefined && !knowsWho && { who: text('team.filterWho', { given: who }) }),
    ...(action !== undefined && !knowsAction && { action: text('team.filterDeed', { given: action }) }),
    ...(type !== undefined && !knowsType && { type: text('team.filterType', { given: type }) }),
  }
}

function selectEvents(db: Db, wanted: Wanted, before?: Position) {
  const { actor_id, action, type, subject, from, to, address, way, token } = wanted
  let query = db
    .selectFrom('audit_events')
    .leftJoin('users', 'users.id', 'audit_events.actor_id')
    .select(['audit_events.id', 'audit_events.created_at', 'audit_events.action', 'audit_events.subject_type'])
    .select(['audit_events.subject_id', 'audit_events.client_ip', 'audit_events.origin', 'audit_events.description'])
    .select('audit_events.token_name')
    .select(['audit_events.actor_id', 'users.name as actor_name', momentOf('audit_events.created_at').as('moment')])
    .orderBy('audit_events.created_at', 'desc')
    .orderBy('audit_events.id', 'desc')
  if (actor_id === null) query = query.where('audit_events.actor_id', 'is', null)
  else if (actor_id !== undefined) query = query.where('audit_events.actor_id', '=', actor_id)
  if (action !== undefined) query = query.where('audit_events.action', '=', action)
  if (type !== undefined) query = query.where('audit_events.subject_type', '=', type)
  if (subject !== undefined) query = query.where('audit_events.subject_id', '=', Number(subject))
  if (address !== undefined) query = query.where('audit_events.client_ip', '=', address)
  if (token !== undefined) query = query.where('audit_events.token_name', '=', token)
  if (way === 'legacy') query = query.where('audit_events.action', '=', 'legacy.event')
  else if (way !== undefined) query = query.where(cameBy(way))
  if (from !== undefined)
    query = query.where('audit_events.created_at', '>=', sql<Date>`(${from} || 'T00:00Z')::timestamptz`)
  if (to !== undefined)
    query = query.where('audit_events.created_at', '<', sql<Date>`(${to} || 'T00:00Z')::timestamptz + interval '1 day'`)
  if (before) {
    const { moment, id } = before
    query = query.where(sql<boolean>`(audit_events.created_at, audit_events.id) < (${momentAt(moment)}, ${id}::bigint)`)
  }
  return query
}

/** Every action there is, one step in the index for each. */
export async function listActions(db: Db): Promise<string[]> {
  const { rows } = await sql<{ action: string }>`
    with recursive actions (action) as (
      (select min(action) from audit_events)
      union all
      (select (select min(action) from audit_events where action > actions.action) from actions where actions.action is not null))
    select action from actions where action is not null limit 300`.execute(db)
  return rows.map(({ action }) => action)
}

export async function listSubjectTypes(db: Db): Promise<string[]> {
  const { rows } = await sql<{ type: string }>`
    with recursive types (type) as (
      (select min(subject_type) from audit_events)
      union all
      (select (select min(subject_type) from audit_events where subject_type > types.type) from types where types.type is not null))
    select type from types where type is not null limit 100`.execute(db)
  return rows.map(({ type }) => type)
}

/** With the details, and whether what it is about is still here. */
export async function findEvent(db: Db, id: number) {
  return await db
    .selectFrom('audit_events')
    .leftJoin('users', 'users.id', 'audit_events.actor_id')
    .select(['audit_events.id', 'audit_events.created_at', 'audit_events.action', 'audit_events.subject_type'])
    .select(['audit_events.subject_id', 'audit_events.client_ip', 'audit_events.origin', 'audit_events.description'])
    .select(['audit_events.actor_id', 'users.name as actor_name', 'audit_events.token_name'])
    .select(sql<string>`jsonb_pretty(audit_events.details)`.as('details'))
    .select(
      sql<boolean>`case subject_type
        when 'user' then exists (select from users as them where them.id = subject_id)
        when 'post' then exists (select from posts where posts.id = subject_id)
        when 'comment' then exists (select from comments where comments.id = subject_id)
        when 'role' then exists (select from roles where roles.id = subject_id)
        when 'import' then exists (select from imports where imports.id = subject_id)
        when 'tag' then exists (select from tags where tags.id = subject_id)
        when 'series' then exists (select from series where series.id = subject_id)
        when 'group' then exists (select from groups where groups.id = subject_id)
        when 'media' then exists (select from media where media.id = subject_id)
        else false end`.as('is_here'),
    )
    .where('audit_events.id', '=', id)
    .executeTakeFirst()
}
export type FoundEvent = NonNullable<Awaited<ReturnType<typeof findEvent>>>

const columns = [
  'id',
  'created_at',
  'actor_id',
  'actor_name',
  'action',
  'subject_type',
  'subject_id',
  'client_ip',
  'origin',
  'token_name',
  'description',
  'details',
] as const
const inFile = 1000

/** The same lines as a file, a part at a time: rows for a spreadsheet, or one object a line. */
export async function* exportEvents(db: Db, filters: AuditFilters, form: 'csv' | 'jsonl'): AsyncGenerator<string> {
  if (form === 'csv') yield `${columns.join(',')}\r\n`
  const wanted = await findWanted(db, filters)
  if (!wanted) return
  for (let before: Position | undefined; ;) {
    const rows = await selectEvents(db, wanted, before)
      .select(sql<string>`audit_events.details::text`.as('details'))
      .limit(inFile)
      .execute()
    let text = ''
    for (const row of rows) {
      const created_at = row.created_at.toISOString()
      if (form === 'csv') {
        const cells = columns.map((name) => csvCell(String((name === 'created_at' ? created_at : row[name]) ?? '')))
        text += `${cells.join(',')}\r\n`
      } else {
        const { moment: _, details, ...others } = row
        text += `${JSON.stringify({ ...others, created_at }).slice(0, -1)},"details":${details}}\n`
      }
    }
    yield text
    const last = rows.at(-1)
    if (!last || rows.length < inFile) return
    before = { moment: last.moment, id: last.id }
  }
}
