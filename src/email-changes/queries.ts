// A new mailbox to sign in with, which counts when it has answered.
import { sql } from 'kysely'
import { recordEvent } from '../audit/queries.ts'
import { enqueue } from '../db/enqueue.ts'
import type { Db } from '../db/pool.ts'
import { conflict } from '../errors.ts'
import { rightsOverPerson } from '../people/person.ts'
import { findVisitorById, findRights } from '../sessions/queries.ts'
import { hashToken, newToken } from '../sessions/session.ts'
import { text } from '../texts/texts.ts'

const isOpen = sql<boolean>`expires_at > now()`

/** A fresh link, in place of one that was sent before. Undefined when nothing is asked for any more. */
export async function createEmailLink(db: Db, user_id: number) {
  const { token, token_hash } = newToken()
  const row = await db
    .updateTable('email_changes')
    .set({ token_hash })
    .where('user_id', '=', user_id)
    .where(isOpen)
    .returning('email')
    .executeTakeFirst()
  return row && { token, email: row.email }
}

export async function findEmailChange(db: Db, token: string) {
  return await db
    .selectFrom('email_changes')
    .select('email')
    .where('token_hash', '=', hashToken(token))
    .where(isOpen)
    .executeTakeFirst()
}

/**
 * The account has the new address from now on, links that went to the old one are dead, and the old one is told. False
 * when the link was used or is too old, or who asked for it may not any more; throws `conflict` when another account has
 * the address by now.
 */
export async function changeEmail(db: Db, token: string, ip: string): Promise<boolean> {
  return await db.transaction().execute(async (db) => {
    const row = await db
      .deleteFrom('email_changes')
      .where('token_hash', '=', hashToken(token))
      .where(isOpen)
      .returning(['user_id', 'email', 'asked_by'])
      .executeTakeFirst()
    if (!row) return false
    const { user_id, email, asked_by } = row
    const person = db.selectFrom('users').select('email').where('id', '=', user_id)
    const before = await person.where('state', '=', 'active').forUpdate().executeTakeFirst()
    if (!before || !(await mayStillAsk(db, asked_by, user_id))) return false
    await db
      .updateTable('users')
      .set({ email, email_confirmed_at: sql<Date>`now()`, updated_at: sql<Date>`now()` })
      .where('id', '=', user_id)
      .execute()
      .catch((error: { constraint_name?: string }) => {
        throw error.constraint_name === 'users_email_key' ? conflict(text('team.emailTaken')) : error
      })
    await db.deleteFrom('mail_tokens').where('user_id', '=', user_id).execute()
    if (before.email !== null) await enqueue(db, 'send-email-notice', { email: before.email })
    const subject = { type: 'user', id: user_id }
    await recordEvent(db, { action: 'user.email-changed', actor_id: user_id, client_ip: ip, subject })
    return true
  })
}

/** Somebody may have been deactivated since, or the account may have grown above them. */
async function mayStillAsk(db: Db, asked_by: number | null, user_id: number): Promise<boolean> {
  if (asked_by === null) return false
  const [asker, person] = await Promise.all([findVisitorById(db, asked_by), findRights(db, user_id)])
  return asker !== null && person !== null && rightsOverPerson(asker, person).edits
}

export async function deleteEndedEmailChanges(db: Db): Promise<void> {
  await db
    .deleteFrom('email_changes')
    .where('expires_at', '<', sql<Date>`now()`)
    .execute()
}
