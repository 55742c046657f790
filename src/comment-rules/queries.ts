import { sql } from 'kysely'
import { type Actor, recordEvent } from '../audit/queries.ts'
import type { Db } from '../db/pool.ts'
import type { NewRules } from './settings.ts'

/** The key is in no log. False when somebody else saved the settings since `version` was shown. */
export async function updateRules(
  db: Db,
  version: number,
  rules: NewRules,
  key: string,
  actor: Actor,
): Promise<boolean> {
  return await db.transaction().execute(async (db) => {
    const row = await db
      .updateTable('settings')
      // An empty field keeps the key, which is never shown again.
      .set({ ...rules, ...(key && { spam_check_key: key }), version: sql`version + 1` })
      .where('version', '=', version)
      .returning('version')
      .executeTakeFirst()
    if (!row) return false
    await recordEvent(db, { action: 'moderation.changed', actor_id: actor.id, client_ip: actor.ip, details: rules })
    return true
  })
}
