import { sql } from 'kysely'
import type { Db } from './pool.ts'

/** Every job and what it is told. Links are made when the mail is written, so no job holds one. */
export type Jobs = {
  'send-confirmation': { email: string }
  'send-registration-notice': { email: string }
  'send-password-reset': { email: string }
  'remove-stale': Record<string, never>
}

/** Adds a job in the transaction of `db`: it exists exactly when the write does. */
export async function enqueue<Name extends keyof Jobs>(db: Db, name: Name, payload: Jobs[Name]): Promise<void> {
  // Given as json, the driver would encode the text a second time.
  await sql`select graphile_worker.add_job(${name}, ${JSON.stringify(payload)}::text::json, max_attempts := 12)`.execute(
    db,
  )
}
