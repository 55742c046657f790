import { sql } from 'kysely'
import { recordEvent } from '../audit/queries.ts'
import type { Db } from '../db/pool.ts'
import { hashToken } from '../sessions/session.ts'
import type { ReportInput } from './report.ts'

/** By an account, or by a network of which the hash alone is kept. */
export type Reporter = { id: number | null; network: string; ip: string }

/** One of each person and comment: a second one changes nothing. Answers whether it is new. */
export async function reportComment(db: Db, comment_id: number, { reason, words }: ReportInput, by: Reporter) {
  return await db.transaction().execute(async (db) => {
    const row = await db
      .insertInto('comment_reports')
      .values({
        comment_id,
        reason,
        words: words?.trim() ?? '',
        reporter_id: by.id,
        network_hash: by.id === null ? keyed(hashToken(`report ${by.network}`)) : null,
      })
      .onConflict((taken) => taken.doNothing())
      .returning('id')
      .executeTakeFirst()
    if (!row) return false
    await recordEvent(db, {
      action: 'comment.reported',
      actor_id: by.id,
      client_ip: by.ip,
      subject: { type: 'comment', id: comment_id },
      details: { reason },
    })
    return true
  })
}

/** With a secret of this blog: there are few enough IPv4 addresses to try them all. */
function keyed(hash: Buffer) {
  return sql<Buffer>`(select sha256(convert_to(form_secret, 'UTF8') || ${hash}::bytea) from settings)`
}

/** Called with the transaction of a decision: nobody has to look at them any more. */
export async function settleReports(db: Db, comment_id: number, event_id: number): Promise<void> {
  await db
    .updateTable('comment_reports')
    .set({ settled_at: sql`now()`, settled_by: event_id })
    .where('comment_id', '=', comment_id)
    .where('settled_at', 'is', null)
    .execute()
}

/** Called with the transaction that takes the decision back. */
export async function reopenReports(db: Db, comment_id: number, event_id: number): Promise<void> {
  await db
    .updateTable('comment_reports')
    .set({ settled_at: null, settled_by: null })
    .where('comment_id', '=', comment_id)
    .where('settled_by', '=', event_id)
    .execute()
}
