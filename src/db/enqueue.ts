import { sql } from 'kysely'
import type { Db } from './pool.ts'

/** Every job and what it is told. */
export type Jobs = {
  'send-mail': { to: string; subject: string; text: string; message_id: string }
}

/** Adds a job in the transaction of `db`: it exists exactly when the write does. */
export async function enqueue<Name extends keyof Jobs>(db: Db, name: Name, payload: Jobs[Name]): Promise<void> {
  await sql`select graphile_worker.add_job(${name}, ${JSON.stringify(payload)}::json, max_attempts := 12)`.execute(db)
}
