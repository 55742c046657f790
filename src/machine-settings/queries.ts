import { sql } from 'kysely'
import { type Actor, recordEvent } from '../audit/queries.ts'
import type { Db } from '../db/pool.ts'
import type { MachineSettings } from './machine-settings.ts'

/** False when somebody else saved since `version` was shown. */
export async function updateMachineSettings(db: Db, version: number, settings: MachineSettings, actor: Actor) {
  return await db.transaction().execute(async (db) => {
    const row = await db
      .updateTable('settings')
      .set({ ...settings, version: sql`version + 1` })
      .where('version', '=', version)
      .returning('version')
      .executeTakeFirst()
    if (!row) return false
    await recordEvent(db, { action: 'settings.changed', actor_id: actor.id, client_ip: actor.ip, details: settings })
    return true
  })
}
