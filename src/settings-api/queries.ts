import type { Selectable } from 'kysely'
import type { Db } from '../db/pool.ts'
import type { Schema } from '../db/schema.ts'

export type SettingsRow = Selectable<Schema['settings']>

/** With `isHeld` nobody else saves them before the transaction ends. */
export async function findSettings(db: Db, isHeld = false): Promise<SettingsRow> {
  const query = db.selectFrom('settings').selectAll()
  return await (isHeld ? query.forUpdate() : query).executeTakeFirstOrThrow()
}
