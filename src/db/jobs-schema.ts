// graphile-worker brings its own tables. They are made with ours, so that a job can be added before a worker ran.
import type { ConnectionTarget } from './connection-string.ts'
import { openJobPool } from './job-pool.ts'
import type { Limits } from './pool.ts'

/** Changes with the package, so that an upgrade is a migration like any other. */
export const jobsName = 'graphile-worker 0.18.0'

export async function installJobs(target: ConnectionTarget, limits: Limits): Promise<void> {
  const { runMigrations, Logger } = await import('graphile-worker')
  const pool = await openJobPool(target, limits)
  try {
    await runMigrations({ pgPool: pool, logger: new Logger(() => () => {}) })
    // A job is a row for a moment, and whoever looks for the next passes by the dead. See db/migrations/0057.
    await pool.query(`alter table graphile_worker._private_jobs
      set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500)`)
  } finally {
    await pool.end()
  }
}
