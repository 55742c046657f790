// A runner that was killed leaves its job locked, and the library waits four hours before it takes it for dead.
import { sql } from 'kysely'
import type { Db } from './pool.ts'

// More than twice the seven minutes that a job may take (job-runner.ts): what is freed here has no runner that lives.
const minutes = 15

/** Jobs whose runner must be gone are for others to do. Another runner may have begun one again: jobs may run twice. */
export async function freeStuckJobs(db: Db): Promise<void> {
  await sql`select graphile_worker.force_unlock_workers(array_agg(distinct locked_by)) from graphile_worker.jobs
    where locked_at < now() - make_interval(mins => ${minutes})`.execute(db)
}

/** For a runner that ended without saying what became of its job. */
export async function freeJobsOf(db: Db, runnerId: string): Promise<void> {
  await sql`select graphile_worker.force_unlock_workers(array[${runnerId}])`.execute(db)
}
