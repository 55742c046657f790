import { sql } from 'kysely'
import type { Db } from '../db/pool.ts'
import { daysInBin } from '../post-bin/bin.ts'
import { goneAt } from '../post-bin/queries.ts'
import { isNotBinned, isPublic } from '../posts/conditions.ts'
import { mostShown, soonDays, staleDays } from './dashboard.ts'

const isStale = sql<boolean>`posts.updated_at < now() - make_interval(days => ${sql.lit(staleDays)})`

/** What waits for a writer. `mine` is whose posts alone may be seen; null for those who see everybody's. */
export async function listWriting(db: Db, visitor_id: number, mine: number | null) {
  const [drafts, stale, scheduled, rewritten, anything] = await Promise.all([
    ownDrafts(db, visitor_id)
      .where(sql<boolean>`not ${isStale}`)
      .execute(),
    ownDrafts(db, visitor_id).where(isStale).execute(),
    posts(db, mine)
      .where('posts.published_at', '>', sql<Date>`now()`)
      .orderBy('posts.published_at')
      .execute(),
    posts(db, mine)
      .innerJoin('post_drafts', 'post_drafts.post_id', 'posts.id')
      .select('post_drafts.updated_at as rewritten_at')
      .where(isPublic)
      .orderBy('post_drafts.updated_at', 'desc')
      .execute(),
    posts(db, mine).limit(1).execute(),
  ])
  return { drafts, stale, scheduled, rewritten, isNew: anything.length === 0 }
}
export type Writing = Awaited<ReturnType<typeof listWriting>>
export type WaitingPost = Writing['drafts'][number]

function ownDrafts(db: Db, visitor_id: number) {
  return posts(db, visitor_id)
    .where('posts.published_at', 'is', null)
    .orderBy('posts.updated_at', 'desc')
    .orderBy('posts.id', 'desc')
}

function posts(db: Db, author_id: number | null) {
  const query = db
    .selectFrom('posts')
    .leftJoin('users', 'users.id', 'posts.author_id')
    .select(['posts.id', 'posts.title', 'posts.published_at', 'posts.updated_at', 'users.name as author_name'])
    .select(isPublic.as('is_public'))
    .where(isNotBinned)
    .limit(mostShown)
  return author_id === null ? query : query.where('posts.author_id', '=', author_id)
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
