import { sql } from 'kysely'
import { type ListQuery, pageOf } from '../api/list.ts'
import type { Sorts } from '../db/keyset.ts'
import type { Db } from '../db/pool.ts'
import { exactKey, isActive } from '../import/queries.ts'

const sorts: Sorts = { id: { by: sql`imports.id`, type: 'number' } }

function columns(db: Db) {
  return db
    .selectFrom('imports')
    .leftJoin('users', 'users.id', 'imports.started_by')
    .select(['imports.id', 'source', 'file_name', 'file_bytes', 'family', 'fingerprint', 'imports.state'])
    .select(['is_rehearsal', 'continues_id', 'users.name as started_by_name', 'started_at', 'finished_at', 'error'])
    .select(isActive.as('is_active'))
}

export async function listImportRows(db: Db, wanted: { state?: string; is_rehearsal?: boolean }, list: ListQuery) {
  let query = columns(db)
  if (wanted.state !== undefined) query = query.where('imports.state', '=', wanted.state)
  if (wanted.is_rehearsal !== undefined) query = query.where('is_rehearsal', '=', wanted.is_rehearsal)
  return await pageOf<Awaited<ReturnType<typeof findImportRow>> & { id: number }>(
    query,
    sorts,
    list,
    '-id',
    sql`imports.id`,
  )
}

export async function findImportRow(db: Db, id: number) {
  return await columns(db).select('report').where('imports.id', '=', id).executeTakeFirst()
}

const leftoverSorts: Sorts = { id: { by: sql`import_leftovers.id`, type: 'number' } }

/** A hundred of these are no more than some megabytes; one alone may be longer. */
const listed = { bytes: 5000, letters: 20_000 }
const alone = { bytes: 1_000_000, letters: 1_000_000 }

function leftovers(db: Db, import_id: number, most: typeof listed) {
  return db
    .selectFrom('import_leftovers')
    .select(['id', 'source_table as table', exactKey.as('key'), 'source_column as column', 'reason'])
    .select(sql<number>`pg_column_size(data)`.as('bytes'))
    .select(
      sql<string | null>`case when pg_column_size(data) > ${sql.lit(most.bytes)} then null
        when length(data::text) > ${sql.lit(most.letters)} then null else data::text end`.as('data'),
    )
    .where('import_id', '=', import_id)
}

export async function listLeftoverRows(
  db: Db,
  import_id: number,
  { table, reason }: { table?: string; reason?: string },
  list: ListQuery,
) {
  let query = leftovers(db, import_id, listed)
  if (table !== undefined) query = query.where('source_table', '=', table)
  if (reason !== undefined) query = query.where('reason', '=', reason)
  return await pageOf<{ id: number }>(query, leftoverSorts, list, 'id', sql`import_leftovers.id`)
}

export async function findLeftoverRow(db: Db, import_id: number, id: number) {
  return await leftovers(db, import_id, alone).where('id', '=', id).executeTakeFirst()
}
