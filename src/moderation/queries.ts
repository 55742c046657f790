// The queue, and what is decided in it.
import { sql } from 'kysely'
import { type Actor, recordEvent } from '../audit/queries.ts'
import { reopenReports, settleReports } from '../comment-reports/queries.ts'
import { type ReportReason, reportsShown } from '../comment-reports/report.ts'
import { lockThreads } from '../comments/queries.ts'
import { pageOf } from '../db/page-of.ts'
import type { Db } from '../db/pool.ts'
import { findAuthorNamed } from '../post-list/queries.ts'
import { isPublic } from '../post-states/queries.ts'
import { slugOf } from '../slug.ts'
import {
  type Chosen,
  type Deed,
  type Looker,
  actionOfDeed,
  deedActions,
  mostCounted,
  mostLookedThrough,
  queueOnPage,
  stateOfDeed,
} from './moderation.ts'
import { type QueueFilters, type Tab, slugIn } from './queue.ts'

/** Comments that are not deleted, below posts that are out and may be opened. */
function inSight(db: Db, { id, seesAll }: Looker) {
  const query = db
    .selectFrom('comments')
    .innerJoin('posts', 'posts.id', 'comments.post_id')
    .where('comments.deleted_at', 'is', null)
    // What nobody confirmed is nobody's yet.
    .where(sql<boolean>`comments.held_for is distinct from 'unconfirmed'`)
    .where('posts.kind', '=', 'post')
    .where(isPublic)
  if (seesAll) return query
  return query.where(
    sql<boolean>`(posts.visibility <> 'private' or posts.author_id = ${id}
      or exists (select from post_authors where post_authors.post_id = posts.id and post_authors.user_id = ${id}))`,
  )
}

const isReported = sql<boolean>`exists (
  select from comment_reports where comment_reports.comment_id = comments.id and comment_reports.settled_at is null)`

function ofTab(query: ReturnType<typeof inSight>, tab: Tab) {
  if (tab === 'reported')
    return query.where(sql<boolean>`comments.id in (select comment_id from comment_reports where settled_at is null)`)
  if (tab === 'all') return query
  // The words of comments_queue_idx.
  return query.where('comments.state', '=', sql.lit(tab)).where(sql<boolean>`comments.state <> 'approved'`)
}

/** How many wait and how many are reported, each capped at one more than `mostCounted`. */
export async function countQueue(db: Db, looker: Looker): Promise<{ waiting: number; reported: number }> {
  const counted = (tab: Tab) =>
    db
      .selectFrom(
        ofTab(inSight(db, looker), tab)
          .select('comments.id')
          .limit(mostCounted + 1)
          .as(tab),
      )
      .select(sql<number>`count(*)::int`.as('count'))
  return await db
    .selectNoFrom([counted('waiting').as('waiting'), counted('reported').as('reported')])
    .$narrowType<{ waiting: number; reported: number }>()
    .executeTakeFirstOrThrow()
}

export type Queue = {
  comments: QueuedComment[]
  next?: number | undefined
  /** How many were looked through for words. */
  looked?: number
  /** What was asked for by a name that nothing has. */
  unknown?: 'post' | 'person'
}

/** The newest first. */
export async function listQueue(db: Db, filters: QueueFilters, looker: Looker, before?: number): Promise<Queue> {
  let query = ofTab(inSight(db, looker), filters.tab).orderBy('comments.id', 'desc')
  if (before !== undefined) query = query.where('comments.id', '<', before)
  if (filters.post) {
    // Its address, or the title that the address was made from.
    const slugs = [slugIn(filters.post), slugOf(filters.post, '-')]
    const found = await db.selectFrom('posts').select(['id', 'slug']).where('slug', 'in', slugs).execute()
    const post = found.find(({ slug }) => slug === slugs[0]) ?? found[0]
    if (!post) return { comments: [], unknown: 'post' }
    query = query.where('comments.post_id', '=', post.id)
  }
  if (filters.person) {
    const person = await findAuthorNamed(db, filters.person)
    if (!person) return { comments: [], unknown: 'person' }
    query = query.where('comments.author_id', '=', person.id)
  }
  if (!filters.words) {
    const { rows, last } = pageOf(
      await queued(query)
        .limit(queueOnPage + 1)
        .execute(),
      queueOnPage,
    )
    return { comments: rows, next: last?.id }
  }
  const pattern = `%${filters.words.replace(/[\\%_]/g, '\\$&')}%`
  const found = await query
    .select(['comments.id', sql<boolean>`comments.body ilike ${pattern}`.as('is_hit')])
    .limit(mostLookedThrough + 1)
    .execute()
  const looked = found.slice(0, mostLookedThrough)
  const hits = looked.filter(({ is_hit }) => is_hit)
  const ids = hits.slice(0, queueOnPage).map(({ id }) => id)
  const comments =
    ids.length === 0
      ? []
      : await queued(inSight(db, looker).where('comments.id', 'in', ids))
          .orderBy('comments.id', 'desc')
          .execute()
  const isFull = hits.length > queueOnPage
  const next = isFull ? ids.at(-1) : found.length > looked.length ? looked.at(-1)?.id : undefined
  return { comments, next, looked: looked.length }
}

type Report = { reason: ReportReason; words: string; name: string | null }

function queued(query: ReturnType<typeof inSight>) {
  return query
    .leftJoin('users', 'users.id', 'comments.author_id')
    .leftJoin('guests', 'guests.id', 'comments.guest_id')
    .select(['guests.name as guest_name', 'guests.email as guest_email'])
    .select(['comments.id', 'comments.state', 'comments.held_for', 'comments.created_at', 'comments.parent_id'])
    .select('comments.version')
    .select([
      'users.name as author_name',
      'users.slug as author_slug',
      'posts.slug as post_slug',
      'posts.title as post_title',
    ])
    .select(sql<string>`left(comments.body, 1500)`.as('beginning'))
    .select(sql<boolean>`length(comments.body) > 1500`.as('is_cut'))
    .select(
      sql<string | null>`(select client_ip from audit_events where subject_type = 'comment' and subject_id = comments.id
        and action = 'comment.created' order by id limit 1)`.as('client_ip'),
    )
    .select(
      sql<
        Report[]
      >`(select coalesce(jsonb_agg(jsonb_build_object('reason', reason, 'words', words, 'name', name) order by id), '[]')
        from (select comment_reports.id, reason, words, reporters.name from comment_reports
            left join users as reporters on reporters.id = reporter_id
          where comment_id = comments.id and settled_at is null order by comment_reports.id limit ${sql.lit(reportsShown)}) as open)`.as(
        'reports',
      ),
    )
}
export type QueuedComment = Awaited<ReturnType<ReturnType<typeof queued>['execute']>>[number]

export type Decided = {
  /** The events, each of which can be taken back, and the comments they are about, in the same order. */
  events: number[]
  decided: number[]
  /** Left as they are: gone, or changed or decided about meanwhile. */
  left: number
}

/** One transaction for all: each comment in the version and state that were seen gets the other, its reports are settled. */
export async function decide(
  db: Db,
  deed: Deed,
  chosen: Chosen[],
  why: string,
  looker: Looker,
  actor: Actor,
): Promise<Decided> {
  const ids = chosen.map(({ id }) => id)
  return await db.transaction().execute(async (db) => {
    await lockThreads(db, ids)
    const rows = await inSight(db, looker)
      .select(['comments.id', 'comments.version', 'comments.state', isReported.as('is_reported')])
      .where('comments.id', 'in', ids)
      .execute()
    const to = stateOfDeed[deed]
    const events: number[] = []
    const decided: number[] = []
    for (const { id, version, state } of chosen.toSorted((a, b) => a.id - b.id)) {
      const row = rows.find((row) => row.id === id)
      if (!row || row.version !== version || row.state !== state || (state === to && !row.is_reported)) continue
      if (state !== to) await setState(db, id, to)
      const details = { from: state, to, version, ...(why && { why }) }
      const event = await recordEvent(db, { ...of(id, actor), action: actionOfDeed[deed], details })
      await settleReports(db, id, event)
      events.push(event)
      decided.push(id)
    }
    return { events, decided, left: chosen.length - events.length }
  })
}

/**
 * What nothing was decided about since is as it was before. A second call changes nothing. A text that was changed since
 * is shown by no way back: nobody decided that it may be.
 */
export async function undoDecisions(
  db: Db,
  events: number[],
  looker: Looker,
  actor: Actor,
): Promise<{ done: number; left: number }> {
  return await db.transaction().execute(async (db) => {
    const decisions = await db
      .selectFrom('audit_events')
      .select(['id', 'subject_id', sql<string>`details->>'from'`.as('from'), sql<string>`details->>'to'`.as('to')])
      .where('id', 'in', events)
      .where('action', 'in', deedActions)
      .where('subject_type', '=', 'comment')
      .select(sql<number | null>`(details->>'version')::int`.as('version'))
      .orderBy('id')
      .execute()
    const ids = decisions.flatMap(({ subject_id }) => subject_id ?? [])
    if (ids.length === 0) return { done: 0, left: events.length }
    await lockThreads(db, ids)
    const rows = await inSight(db, looker)
      .select(['comments.id', 'comments.version', 'comments.state', lastDecision.as('last')])
      .where('comments.id', 'in', ids)
      .execute()
    let done = 0
    for (const { id, subject_id, from, to, version } of decisions) {
      const row = rows.find((row) => row.id === subject_id)
      if (!row || row.last !== id || row.state !== to) continue
      if (from === 'approved' && version !== null && row.version !== version) continue
      await setState(db, row.id, from)
      await reopenReports(db, row.id, id)
      const details = { from: to, to: from, undid: id }
      await recordEvent(db, { ...of(row.id, actor), action: 'comment.decision-undone', details })
      done++
    }
    return { done, left: events.length - done }
  })
}

const lastDecision = sql<number | null>`(
  select max(id) from audit_events where subject_type = 'comment' and subject_id = comments.id
    and action in (${sql.join([...deedActions, 'comment.decision-undone'].map((action) => sql.lit(action)))}))`

/** How many of these decisions can be taken back, by deed. */
export async function listUndoable(db: Db, events: number[], actor_id: number) {
  if (events.length === 0) return []
  return await db
    .selectFrom('audit_events')
    .innerJoin('comments', 'comments.id', 'audit_events.subject_id')
    .select(['audit_events.id', 'audit_events.action'])
    .where('audit_events.id', 'in', events)
    .where('audit_events.action', 'in', deedActions)
    .where('audit_events.actor_id', '=', actor_id)
    .where(sql<boolean>`${lastDecision} = audit_events.id`)
    .execute()
}

async function setState(db: Db, id: number, state: string): Promise<void> {
  await db.updateTable('comments').set({ state }).where('id', '=', id).execute()
}

function of(id: number, actor: Actor) {
  return { actor_id: actor.id, client_ip: actor.ip, subject: { type: 'comment', id } }
}
