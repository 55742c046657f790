// A runner that was killed leaves its job locked, and the library waits four hours before it takes it for dead.
import { sql } from 'kysely'
import type { Db } from './pool.ts'

// More than twice the seven minutes that a job may take (job-runner.ts): what is freed here has no runner that lives.
const minutes = 15
/** Who is not known to live by then is gone: who lives says so every two seconds, also after a crash emptied the table. */
const unknownSeconds = 30

/** Jobs whose runner must be gone are for others to do. Another runner may have begun one again: jobs may run twice. */
export async function freeStuckJobs(db: Db): Promise<void> {
  await sql`select graphile_worker.force_unlock_workers(array_agg(distinct locked_by)) from graphile_worker.jobs
    where locked_at < now() - make_interval(mins => ${minutes})
      or (locked_at < now() - make_interval(secs => ${unknownSeconds}) and locked_by not in (select id from job_runners))
    having count(*) > 0`.execute(db)
}

/** Several signs of life that did not come: a process that stands still for as long has its job done by another as well. */
const deadSeconds = 8

/** Says that a runner lives, and frees what those hold that say so no more. */
export async function showLife(db: Db, runnerId: string): Promise<void> {
  await sql`
    with here as (
      insert into job_runners (id) values (${runnerId}) on conflict (id) do update set seen_at = now()),
    gone as (
      delete from job_runners where id <> ${runnerId} and seen_at < now() - make_interval(secs => ${deadSeconds})
        returning id)
    select graphile_worker.force_unlock_workers(array_agg(id)) from gone having count(*) > 0`.execute(db)
}

/**
 * For a runner that has had nothing to do for a while: what it still holds is a job of which it could not say that it was done,
 * since PostgreSQL was away just then.
 */
export async function freeForgotten(db: Db, runnerId: string): Promise<void> {
  await sql`
    with freed as (
      update graphile_worker._private_jobs set locked_at = null, locked_by = null
        where locked_by = ${runnerId} and locked_at < now() - make_interval(secs => ${deadSeconds}) returning job_queue_id)
    update graphile_worker._private_job_queues as queues set locked_at = null, locked_by = null
      from freed where queues.id = freed.job_queue_id`.execute(db)
}

/** For a runner that ended and holds nothing any more. */
export async function forgetRunner(db: Db, runnerId: string): Promise<void> {
  await sql`delete from job_runners where id = ${runnerId}`.execute(db)
}

/** For a runner that ended without saying what became of its job. */
export async function freeJobsOf(db: Db, runnerId: string): Promise<void> {
  await sql`select graphile_worker.force_unlock_workers(array[${runnerId}])`.execute(db)
}

/** True when a job is due that any runner may take which knows one of these tasks. */
export async function isJobDue(db: Db, tasks: string[]): Promise<boolean> {
  const { rows } = await sql<{ is_due: boolean }>`
    select exists (
      select from graphile_worker._private_jobs as jobs
        join graphile_worker._private_tasks as tasks on tasks.id = jobs.task_id
        left join graphile_worker._private_job_queues as queues on queues.id = jobs.job_queue_id
        where jobs.is_available and jobs.run_at <= now() and coalesce(queues.is_available, true)
          and tasks.identifier in (select jsonb_array_elements_text(${JSON.stringify(tasks)}::text::jsonb))) as is_due`.execute(
    db,
  )
  return rows[0]?.is_due ?? false
}
