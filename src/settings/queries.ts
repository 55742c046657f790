import { type Selectable, sql } from 'kysely'
import { type Actor, recordEvent } from '../audit/queries.ts'
import type { Db } from '../db/pool.ts'
import type { Schema } from '../db/schema.ts'
import type { Look } from '../html/page.ts'
import { type Dressed, dress, lookOf } from '../themes/look.ts'
import { findLogo, findTheme } from '../themes/queries.ts'
import { defaultTheme } from '../themes/theme.ts'
import { type MenuItem, menuOf } from './menu.ts'
import type { NewSettings } from './settings.ts'

/** `known` is what was loaded before: a theme that did not change is not made again. */
export async function loadSettings(db: Db, known?: Settings): Promise<Settings> {
  const row = await db.selectFrom('settings').selectAll().executeTakeFirstOrThrow()
  const dressed =
    known?.dressed.number === row.theme_number
      ? known.dressed
      : dress((await findTheme(db, row.theme_number)) ?? defaultTheme, row.theme_number)
  // Asked each time: the picture may have been replaced.
  const logo = row.logo_id === null ? undefined : await findLogo(db, { id: row.logo_id })
  return { ...row, menu_items: menuOf(row.menu), dressed, look: lookOf(dressed, logo) }
}
export type Settings = Selectable<Schema['settings']> & { menu_items: MenuItem[]; dressed: Dressed; look: Look }

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
