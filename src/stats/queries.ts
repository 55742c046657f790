import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../db/pool.ts'
import { isNotBinned, isPublic } from '../post-states/queries.ts'

/** Counted row by row up to here, so that asking stays cheap; of more the statistics of PostgreSQL tell how many. */
export const mostCounted = 100_000

export type Count = { count: number; is_exact: boolean }

const notBinned = sql<boolean>`posts.published_at is not null or ${isNotBinned}`
const kinds = {
  posts_published: ['posts', isPublic],
  posts_scheduled: ['posts', sql<boolean>`posts.published_at > now()`],
  posts_draft: ['posts', sql<boolean>`posts.published_at is null and (${notBinned})`],
  posts_binned: ['post_bin', sql<boolean>`true`],
  comments: ['comments', sql<boolean>`true`],
  // In the words of comments_queue_idx.
  comments_waiting: ['comments', sql<boolean>`state = 'waiting' and state <> 'approved'`],
  comments_spam: ['comments', sql<boolean>`state = 'spam' and state <> 'approved'`],
  users: ['users', sql<boolean>`true`],
  media: ['media', sql<boolean>`true`],
} as const
export type Counted = keyof typeof kinds
// Of these a table has nearly as many as it has rows.
const wholeTables = new Set<Counted>(['posts_published', 'comments', 'users', 'media'])

export async function countThings(db: Db, what: Counted[]): Promise<Partial<Record<Counted, Count>>> {
  const found = await Promise.all(what.map(async (name) => [name, await countOf(db, name)] as const))
  return Object.fromEntries(found)
}

async function countOf(db: Db, name: Counted): Promise<Count> {
  const [table, where] = kinds[name] as readonly [string, RawBuilder<boolean>]
  const { rows } = await sql<{ counted: number; supposed: number }>`
    select (select count(*)::int from (
        select from ${sql.table(table)} where ${where} limit ${sql.lit(mostCounted + 1)}) as few) as counted,
      (select greatest(reltuples, 0)::bigint from pg_class where oid = ${table}::text::regclass) as supposed`.execute(
    db,
  )
  const { counted = 0, supposed = 0 } = rows[0] ?? {}
  if (counted <= mostCounted) return { count: counted, is_exact: true }
  return { count: wholeTables.has(name) ? Math.max(counted, Number(supposed)) : counted, is_exact: false }
}

export type Machinery = {
  jobs_waiting: number
  jobs_late: number
  jobs_failed: number
  database_bytes: number
  postgres: string
}

/** How the installation is. A job that waits for long has no worker; one that failed is not tried again. */
export async function readMachinery(db: Db): Promise<Machinery> {
  const { rows } = await sql<Machinery>`
    select split_part(current_setting('server_version'), ' ', 1) as postgres,
      pg_database_size(current_database()) as database_bytes,
      count(*) filter (where attempts < max_attempts)::int as jobs_waiting,
      count(*) filter (where attempts < max_attempts and run_at < now() - interval '15 minutes' and locked_at is null)::int
        as jobs_late,
      count(*) filter (where attempts >= max_attempts)::int as jobs_failed
    from graphile_worker.jobs`.execute(db)
  const [row] = rows
  if (!row) throw new Error('PostgreSQL said nothing of itself.')
  return { ...row, database_bytes: Number(row.database_bytes) }
}
