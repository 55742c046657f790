import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../db/pool.ts'
import { daysInBin } from '../post-bin/bin.ts'
import { goneAt } from '../post-bin/queries.ts'
import { isNotBinned, isPublic } from '../post-states/queries.ts'
import { mostShown, soonDays, staleDays } from './dashboard.ts'

type Condition = RawBuilder<boolean>

const isStale = sql<boolean>`posts.updated_at < now() - make_interval(days => ${sql.lit(staleDays)})`

/**
 * What waits for a writer. `mine` is whose posts alone may be seen, with those that others share; null for those who see
 * everybody's.
 */
export async function listWriting(db: Db, visitor_id: number, mine: number | null) {
  const own = ofWriter(visitor_id)
  const seen = mine === null ? [anybodys] : ofWriter(mine)
  const draftsOf = (whose: Condition) =>
    posts(db, whose)
      .where('posts.published_at', 'is', null)
      .orderBy('posts.updated_at', 'desc')
      .orderBy('posts.id', 'desc')
  const fresh = (whose: Condition) =>
    draftsOf(whose)
      .where(sql<boolean>`not ${isStale}`)
      .execute()
  const old = (whose: Condition) => draftsOf(whose).where(isStale).execute()
  const waiting = (whose: Condition) =>
    posts(db, whose)
      .where('posts.published_at', '>', sql<Date>`now()`)
      .orderBy('posts.published_at')
      .execute()
  const changed = (whose: Condition) =>
    posts(db, whose)
      .innerJoin('post_drafts', 'post_drafts.post_id', 'posts.id')
      .select('post_drafts.updated_at as rewritten_at')
      .where(isPublic)
      .orderBy('post_drafts.updated_at', 'desc')
      .execute()
  const any = (whose: Condition) => posts(db, whose).limit(1).execute()
  const [drafts, stale, scheduled, rewritten, anything] = await Promise.all([
    fewOf(own, fresh, (post) => Number(post.updated_at)),
    fewOf(own, old, (post) => Number(post.updated_at)),
    // The next first.
    fewOf(seen, waiting, (post) => -Number(post.published_at)),
    fewOf(seen, changed, (post) => Number(post.rewritten_at)),
    fewOf(seen, any, (post) => post.id),
  ])
  return { drafts, stale, scheduled, rewritten, isNew: anything.length === 0 }
}
export type Writing = Awaited<ReturnType<typeof listWriting>>
export type WaitingPost = Writing['drafts'][number]

/** What each condition finds, asked apart: with "or" between them, PostgreSQL would walk through the posts of everybody. */
async function fewOf<Row extends { id: number }>(
  whose: Condition[],
  list: (whose: Condition) => Promise<Row[]>,
  at: (row: Row) => number,
): Promise<Row[]> {
  const rows = (await Promise.all(whose.map(list))).flat()
  const distinct = [...new Map(rows.map((row) => [row.id, row])).values()]
  return distinct.toSorted((a, b) => at(b) - at(a) || b.id - a.id).slice(0, mostShown)
}

function ofWriter(id: number): Condition[] {
  return [
    sql<boolean>`posts.author_id = ${id}`,
    sql<boolean>`posts.id = any(array(select post_id from post_authors where user_id = ${id}))`,
  ]
}

const anybodys = sql<boolean>`true`

function posts(db: Db, whose: Condition) {
  return db
    .selectFrom('posts')
    .leftJoin('users', 'users.id', 'posts.author_id')
    .select(['posts.id', 'posts.title', 'posts.published_at', 'posts.updated_at', 'users.name as author_name'])
    .select(isPublic.as('is_public'))
    .where(isNotBinned)
    .where(whose)
    .limit(mostShown)
}

/** What goes from the bin within a week, first first. */
export async function listEndingSoon(db: Db, mine: number | null) {
  const query = db
    .selectFrom('post_bin')
    .innerJoin('posts', 'posts.id', 'post_bin.post_id')
    .select(['posts.id', 'posts.title', 'posts.author_id'])
    .select(goneAt.as('gone_at'))
    .where('post_bin.deleted_at', '<', sql<Date>`now() - make_interval(days => ${sql.lit(daysInBin - soonDays)})`)
    .orderBy('post_bin.deleted_at')
    .limit(mostShown)
  return await (mine === null ? query : query.where('posts.author_id', '=', mine)).execute()
}
export type EndingPost = Awaited<ReturnType<typeof listEndingSoon>>[number]

/** Jobs that were tried as often as they may be. Nobody tries them again. */
export async function listFailedJobs(db: Db) {
  const { rows } = await sql<{ id: number; task: string; attempts: number; error: string; failed_at: Date }>`
    select id, task_identifier as task, attempts, left(split_part(coalesce(last_error, ''), E'\n', 1), 200) as error,
        updated_at as failed_at
      from graphile_worker.jobs where attempts >= max_attempts order by updated_at desc limit ${mostShown}`.execute(db)
  return rows
}
export type FailedJob = Awaited<ReturnType<typeof listFailedJobs>>[number]

/** How the installation is. A job that waits for long has no worker. */
export async function readHealth(db: Db) {
  const { rows } = await sql<{ postgres: string; size: string; late_jobs: number }>`
    select split_part(current_setting('server_version'), ' ', 1) as postgres,
      pg_size_pretty(pg_database_size(current_database())) as size,
      (select count(*)::int from graphile_worker.jobs
        where attempts < max_attempts and run_at < now() - interval '15 minutes' and locked_at is null) as late_jobs`.execute(
    db,
  )
  const [row] = rows
  if (!row) throw new Error('PostgreSQL said nothing of itself.')
  return row
}
export type Health = Awaited<ReturnType<typeof readHealth>>
