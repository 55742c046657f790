import { sql } from 'kysely'
import { type Actor, recordEvent } from '../audit/queries.ts'
import type { Db } from '../db/pool.ts'
import { menuOf } from './menu.ts'
import type { NewSettings } from './settings.ts'

export async function loadSettings(db: Db) {
  const row = await db.selectFrom('settings').selectAll().executeTakeFirstOrThrow()
  return { ...row, menu_items: menuOf(row.menu) }
}
export type Settings = Awaited<ReturnType<typeof loadSettings>>

/** Undefined when somebody else saved since `version` was shown. */
export async function updateSettings(db: Db, version: number, settings: NewSettings, actor: Actor) {
  return await db.transaction().execute(async (db) => {
    const row = await db
      .updateTable('settings')
      .set({ ...settings, version: sql`version + 1` })
      .where('version', '=', version)
      .returningAll()
      .executeTakeFirst()
    if (row)
      await recordEvent(db, { action: 'settings.changed', actor_id: actor.id, client_ip: actor.ip, details: settings })
    return row
  })
}
