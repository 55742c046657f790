// What became of the backups that the blog makes by itself.
import { sql } from 'kysely'
import { recordEvent } from '../audit/queries.ts'
import type { BulkConnection } from '../db/copy.ts'
import type { Db } from '../db/pool.ts'

const lockKey = 8081_0003

/** Held as long as the connection, so a killed maker frees it. */
export async function takeMakerLock(db: BulkConnection): Promise<boolean> {
  return (await db.one<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [lockKey])).taken
}

export async function beginNote(db: Db, name: string, is_encrypted: boolean): Promise<number> {
  const row = await db.insertInto('backups').values({ name, is_encrypted }).returning('id').executeTakeFirstOrThrow()
  return row.id
}

type Done = { name: string; bytes: number; rows: number; removed: string[] }

export async function noteDone(db: Db, id: number, { name, bytes, rows, removed }: Done): Promise<void> {
  await db.transaction().execute(async (db) => {
    await db
      .updateTable('backups')
      .set({ ended_at: sql`clock_timestamp()`, bytes, rows })
      .where('id', '=', id)
      .execute()
    await record(db, 'backup.made', { name, bytes, rows, removed })
    // What nobody asks for any more.
    await db
      .deleteFrom('backups')
      .where('begun_at', '<', sql<Date>`now() - interval '1 year'`)
      .execute()
  })
}

export async function noteFailure(db: Db, id: number, name: string, reason: string): Promise<void> {
  const error = reason.slice(0, 2000)
  await db.transaction().execute(async (db) => {
    await db
      .updateTable('backups')
      .set({ ended_at: sql`clock_timestamp()`, error })
      .where('id', '=', id)
      .execute()
    await record(db, 'backup.failed', { name, error })
  })
}

export async function recordRestore(db: Db, details: { made_at: string; program: string }): Promise<void> {
  await record(db, 'backup.restored', details)
}

async function record(db: Db, action: string, details: Record<string, unknown>): Promise<void> {
  await recordEvent(db, { action, actor_id: null, client_ip: null, details })
}

/** The last that is whole, and what came of the last try. Nothing of either where none was made. */
export async function findLastBackups(db: Db) {
  const { rows } = await sql<LastBackups>`
    select done.ended_at as made_at, done.bytes, done.is_encrypted, last.begun_at as tried_at, last.error,
      last.ended_at is null as is_open,
      extract(epoch from now() - done.begun_at)::float8 as age_seconds
    from (select) as one
      left join lateral (select * from backups where ended_at is not null and error is null order by begun_at desc limit 1)
        as done on true
      left join lateral (select * from backups order by begun_at desc limit 1) as last on true`.execute(db)
  const [row] = rows
  if (!row) throw new Error('One row is always there.')
  return row
}
export type LastBackups = {
  /** Null where there is none; so are the next two. */
  made_at: Date | null
  bytes: number | null
  is_encrypted: boolean | null
  tried_at: Date | null
  error: string | null
  is_open: boolean | null
  /** Since the moment that it holds. */
  age_seconds: number | null
}

/** Whether the next one is due: so many hours after the last began, or one hour after one that failed. */
export async function isBackupDue(db: Db, everyHours: number): Promise<boolean> {
  const { rows } = await sql<{ is_due: boolean }>`
    select not exists (select from backups where error is null and ended_at is not null
        and begun_at > now() - make_interval(hours => ${everyHours}) + interval '1 minute')
      and not exists (select from backups where begun_at > now() - interval '1 hour'
        and (error is not null or ended_at is null)) as is_due`.execute(db)
  return rows[0]?.is_due ?? false
}
