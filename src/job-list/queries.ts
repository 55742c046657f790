// The queue of graphile-worker, for people: what waits, runs and failed for good. What a job is told stays there: it names
// addresses and people.
import { type RawBuilder, sql } from 'kysely'
import { type ListQuery, pageOf as restPage } from '../api/list.ts'
import { type Actor, recordEvent } from '../audit/queries.ts'
import type { Db } from '../db/pool.ts'
import type { Sorts } from '../db/keyset.ts'
import { pageOf } from '../db/page-of.ts'
import { type JobState, jobsOnPage, mostRetried, shownError } from './job.ts'

export type Job = {
  id: number
  task: string
  state: JobState
  attempts: number
  most_attempts: number
  /** When it is tried next, or was to be. */
  run_at: Date
  created_at: Date
  last_error: string | null
}

const hasFailed = sql<boolean>`attempts >= max_attempts and locked_at is null`
const states: Record<JobState, RawBuilder<boolean>> = {
  failed: hasFailed,
  waiting: sql`attempts < max_attempts and locked_at is null`,
  running: sql`locked_at is not null`,
}

function jobs(db: Db, where: RawBuilder<boolean> = sql`true`) {
  const rows = sql<Job>`(select id, task_identifier as task, attempts, max_attempts as most_attempts, run_at, created_at,
      left(last_error, 2000) as last_error,
      case when locked_at is not null then 'running' when attempts >= max_attempts then 'failed' else 'waiting' end as state
    from graphile_worker.jobs where ${where})`
  return db
    .selectFrom(rows.as('jobs'))
    .select(['id', 'task', 'state', 'attempts', 'most_attempts', 'run_at', 'created_at', 'last_error'])
}

const shown = <Row extends { last_error: string | null }>(job: Row): Row => ({
  ...job,
  last_error: shownError(job.last_error),
})

/** Newest first, from below the id on. */
export async function listJobs(db: Db, state: JobState | '', before?: number) {
  let query = jobs(db, state === '' ? sql`true` : states[state])
    .orderBy('id', 'desc')
    .limit(jobsOnPage + 1)
  if (before !== undefined) query = query.where('id', '<', before)
  const { rows, last } = pageOf(await query.execute(), jobsOnPage)
  return { jobs: rows.map(shown), next: last?.id }
}

const sorts: Sorts = {
  id: { by: sql`id`, type: 'number' },
  run_at: { by: sql`run_at`, type: 'moment' },
}

/** As programs list them; the same ones as above. */
export async function listJobRows(db: Db, list: ListQuery & { state?: JobState; task?: string }) {
  const { state, task } = list
  let query = jobs(db, state === undefined ? sql`true` : states[state])
  if (task !== undefined) query = query.where('task', '=', task)
  const page = await restPage<Job>(query, sorts, list, '-id', sql`id`)
  return { ...page, rows: page.rows.map(shown) }
}

export async function findJob(db: Db, id: number): Promise<Job | undefined> {
  const row = await jobs(db, sql`id = ${id}`).executeTakeFirst()
  return row && shown(row)
}

/** Cheap while there are few: beyond a thousand of a kind more says no more. */
export async function countJobs(db: Db): Promise<Record<JobState, number>> {
  const few = (where: RawBuilder<boolean>) =>
    sql`(select count(*)::int from (select from graphile_worker._private_jobs where ${where} limit 1000) as few)`
  const { rows } = await sql<Record<JobState, number>>`
    select ${few(states.failed)} as failed, ${few(states.waiting)} as waiting, ${few(states.running)} as running`.execute(
    db,
  )
  return rows[0] ?? { failed: 0, waiting: 0, running: 0 }
}

export type Outcome = 'done' | 'running' | 'missing'

/** Tries one at once, as often as a new one. One that is done just now is left to that. */
export async function retryJob(db: Db, id: number, actor: Actor): Promise<Outcome> {
  return await change(
    db,
    id,
    'job.retried',
    actor,
    sql`graphile_worker.reschedule_jobs(array[${id}::bigint], run_at := now(), attempts := 0)`,
  )
}

/** Nobody does it any more. */
export async function deleteJob(db: Db, id: number, actor: Actor): Promise<Outcome> {
  return await change(db, id, 'job.deleted', actor, sql`graphile_worker.complete_jobs(array[${id}::bigint])`)
}

async function change(db: Db, id: number, action: string, actor: Actor, work: RawBuilder<unknown>): Promise<Outcome> {
  return await db.transaction().execute(async (db) => {
    const { rows } = await sql<{ task: string; attempts: number; last_error: string | null; is_running: boolean }>`
      select identifier as task, attempts, last_error, locked_at is not null as is_running
      from graphile_worker._private_jobs as jobs join graphile_worker._private_tasks as tasks on tasks.id = task_id
      where jobs.id = ${id} for update of jobs`.execute(db)
    const [job] = rows
    if (!job) return 'missing'
    if (job.is_running) return 'running'
    await sql`select from ${work}`.execute(db)
    const { task, attempts, last_error } = job
    await recordEvent(db, {
      action,
      actor_id: actor.id,
      client_ip: actor.ip,
      subject: { type: 'job', id },
      details: { task, attempts, ...(last_error && { last_error: shownError(last_error) }) },
    })
    return 'done'
  })
}

/** All that failed for good, and how many that were. */
export async function retryFailed(db: Db, actor: Actor): Promise<number> {
  return await db.transaction().execute(async (db) => {
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from graphile_worker.reschedule_jobs(
        array(select id from graphile_worker._private_jobs where ${hasFailed} order by id limit ${sql.lit(mostRetried)}),
        run_at := now(), attempts := 0)`.execute(db)
    const count = rows[0]?.count ?? 0
    if (count > 0)
      await recordEvent(db, {
        action: 'job.all-retried',
        actor_id: actor.id,
        client_ip: actor.ip,
        details: { count },
      })
    return count
  })
}

export type Measured = { failed: number; waiting: number; running: number; late: number; oldest_seconds: number }

/** For a monitor. What waits for its moment is not late. */
export async function measureQueue(db: Db): Promise<Measured | undefined> {
  const { rows } = await sql<Measured>`
    select count(*) filter (where ${states.failed})::int as failed, count(*) filter (where ${states.waiting})::int as waiting,
      count(*) filter (where ${states.running})::int as running,
      count(*) filter (where ${states.waiting} and run_at < now() - interval '15 minutes')::int as late,
      coalesce(extract(epoch from now() - min(run_at) filter (where ${states.waiting} and run_at < now())), 0)::float8
        as oldest_seconds
    from graphile_worker._private_jobs`.execute(db)
  return rows[0]
}
