import { type RawBuilder, sql } from 'kysely'
import type { Db } from './pool.ts'
import type { Schema } from './schema.ts'

/**
 * A thousand at a time, so that no statement takes long or holds many locks; what somebody holds is left for another time.
 * Answers how many went.
 */
export async function deleteSome(db: Db, table: keyof Schema & string, isOld: RawBuilder<unknown>): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from ${sql.table(table)} where ctid = any(array(
      select ctid from ${sql.table(table)} where ${isOld} limit 1000 for update skip locked))`.execute(db)
  return Number(numAffectedRows ?? 0)
}
