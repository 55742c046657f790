import type { BulkConnection } from '../../../db/copy.ts'
import type { Jobs } from '../../../db/enqueue.ts'

/** As enqueue() does on a connection of the blog: it exists exactly when the import does, once, however often it is asked for. */
export async function leaveJob<Name extends keyof Jobs>(
  db: BulkConnection,
  name: Name,
  payload: Jobs[Name],
): Promise<void> {
  await db.query(
    'select graphile_worker.add_job($1, $2::text::json, max_attempts := 12, job_key := $1, priority := 10)',
    [name, JSON.stringify(payload)],
  )
}
