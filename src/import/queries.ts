import { sql } from 'kysely'
import type { BulkConnection } from '../db/copy.ts'
import type { Db } from '../db/pool.ts'
import type { Progress, Step } from './bloggy-sqlite/run.ts'
import type { Undone } from './bloggy-sqlite/settling/undo.ts'
import type { ImportReport } from './report.ts'
import { turnLock } from './turn.ts'

/** For those who look on from elsewhere. */
export async function noteStep(db: BulkConnection, id: number, step: Step): Promise<void> {
  const { phase, label } = step
  // When this step began and with how much, so that whoever looks can tell the rate; a process that goes on begins anew.
  await db
    .query(
      `update imports set updated_at = now(), step = $2::jsonb || (
          case when step @> $3::jsonb then jsonb_build_object('began_at', step->'began_at', 'began_done', step->'began_done')
            else jsonb_build_object('began_at', now(), 'began_done', $2::jsonb->'done') end)
        where id = $1`,
      [id, { ...step, pid: process.pid }, { phase, label, pid: process.pid }],
    )
    .catch(() => {})
}

/** As noted by noteStep(). */
export type NotedStep = Step & { began_at: string; began_done: number }

/** Newest first, with what became of the rows. */
export async function listImports(db: Db) {
  return await db
    .selectFrom('imports')
    .leftJoin('users', 'users.id', 'imports.started_by')
    .select(['imports.id', 'file_name', 'family', 'imports.state', 'is_rehearsal', 'continues_id', 'started_at'])
    .select(['error', 'users.name as started_by_name', isActive.as('is_active')])
    .select(
      sql<Record<
        'copied' | 'changed' | 'set_aside' | 'already_there' | 'kept_aside',
        number
      > | null>`case when report is not null then (
        select jsonb_build_object('copied', coalesce(sum((t->>'copied')::bigint), 0),
          'changed', coalesce(sum((t->>'changed')::bigint), 0), 'set_aside', coalesce(sum((t->>'set_aside')::bigint), 0),
          'already_there', coalesce(sum((t->>'already_there')::bigint), 0),
          'kept_aside', coalesce(sum((select sum(value::bigint) from jsonb_each_text(t->'kept_aside'))), 0))
        from jsonb_array_elements(report->'tables') as t) end`.as('counts'),
    )
    .orderBy('imports.id', 'desc')
    .limit(100)
    .execute()
}
export type ListedImport = Awaited<ReturnType<typeof listImports>>[number]

export async function findImport(db: Db, id: number) {
  return await db
    .selectFrom('imports')
    .leftJoin('users', 'users.id', 'imports.started_by')
    .select(['imports.id', 'file_name', 'file_bytes', 'family', 'fingerprint', 'imports.state', 'is_rehearsal'])
    .select([
      'continues_id',
      'error',
      'started_at',
      'finished_at',
      'imports.updated_at',
      'users.name as started_by_name',
    ])
    .select([isActive.as('is_active'), sql<NotedStep | null>`step`.as('step')])
    .select(sql<Progress | Record<string, never>>`progress`.as('progress'))
    .select(sql<ImportReport | null>`report`.as('report'))
    .select(sql<Undone | null>`options->'undone'`.as('undone'))
    .where('imports.id', '=', id)
    .executeTakeFirst()
}
export type ShownImport = NonNullable<Awaited<ReturnType<typeof findImport>>>

/** The one that was begun with this file and is not over. */
export async function findOpenImport(db: Db, fingerprint: string, isRehearsal: boolean) {
  return await db
    .selectFrom('imports')
    .select('id')
    .where('fingerprint', '=', fingerprint)
    .where('is_rehearsal', '=', isRehearsal)
    .where('state', 'in', ['running', 'failed'])
    .orderBy('id', 'desc')
    .executeTakeFirst()
}

/** The files that interrupted imports wait for. */
export async function listAwaitedFingerprints(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('imports')
    .select('fingerprint')
    .where('is_rehearsal', '=', false)
    .where('state', 'in', ['running', 'failed'])
    .execute()
  return rows.map(({ fingerprint }) => fingerprint)
}

/** Whether an import, a rehearsal or an undo is at work on this blog, anywhere. */
export async function isAtWork(db: Db): Promise<boolean> {
  const { rows } = await sql<{ busy: boolean }>`select ${lockIsHeld} as busy`.execute(db)
  return rows[0]?.busy ?? false
}

/** A page of leftovers, oldest first. Long values are cut; so large that reading them takes time, they are left out. */
export async function listLeftovers(
  db: Db,
  importId: number,
  { table, reason, after = 0 }: { table?: string | undefined; reason?: string | undefined; after?: number },
) {
  const rows = await db
    .selectFrom('import_leftovers')
    .select(['id', 'source_table', exactKey.as('source_key'), 'source_column', 'reason'])
    .select(sql<string | null>`case when ${isSmall} then left(data::text, ${shownLength + 1}) end`.as('data'))
    .where('import_id', '=', importId)
    .where('id', '>', after)
    .where((is) =>
      is.and([...(table ? [is('source_table', '=', table)] : []), ...(reason ? [is('reason', '=', reason)] : [])]),
    )
    .orderBy('id')
    .limit(leftoversPerPage + 1)
    .execute()
  const leftovers = rows.slice(0, leftoversPerPage)
  return { leftovers, next: rows.length > leftoversPerPage ? leftovers.at(-1)?.id : undefined }
}
export type ListedLeftover = Awaited<ReturnType<typeof listLeftovers>>['leftovers'][number]

const leftoversPerPage = 50
/** Characters of a leftover in the list, and on its own page. */
export const shownLength = 600
export const wholeLength = 1_000_000

export async function findLeftover(db: Db, importId: number, id: number) {
  return await db
    .selectFrom('import_leftovers')
    .select(['id', 'source_table', exactKey.as('source_key'), 'source_column', 'reason'])
    .select(
      sql<
        string | null
      >`case when pg_column_size(data) < ${wholeLength} then left(jsonb_pretty(data), ${wholeLength + 1}) end`.as(
        'data',
      ),
    )
    .where('import_id', '=', importId)
    .where('id', '=', id)
    .executeTakeFirst()
}
export type WholeLeftover = NonNullable<Awaited<ReturnType<typeof findLeftover>>>

/** All leftovers as lines of JSON, a few at a time; one that is large comes in slices. */
export async function* exportLeftovers(db: Db, importId: number): AsyncGenerator<string> {
  for (let after = 0; ;) {
    const rows = await db
      .selectFrom('import_leftovers')
      .select(['id', 'source_table', exactKey.as('source_key'), 'source_column', 'reason'])
      .select(sql<string | null>`case when ${isSmall} then data::text end`.as('data'))
      .where('import_id', '=', importId)
      .where('id', '>', after)
      .orderBy('id')
      .limit(leftoversPerBatch)
      .execute()
    for (const { id, source_table, source_key, source_column, reason, data } of rows) {
      const about = JSON.stringify({ column: source_column, reason }).slice(1, -1)
      yield `{"table":${JSON.stringify(source_table)},"key":${source_key ?? 'null'},${about},"data":`
      if (data !== null) yield data
      else yield* slicesOf(db, id)
      yield '}\n'
      after = id
    }
    if (rows.length < leftoversPerBatch) return
  }
}

async function* slicesOf(db: Db, id: number): AsyncGenerator<string> {
  for (let from = 1; ; from += sliceLength) {
    const { slice } = await db
      .selectFrom('import_leftovers')
      .select(sql<string>`substr(data::text, ${from}::int, ${sliceLength}::int)`.as('slice'))
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    yield slice
    if (slice.length < sliceLength) return
  }
}

// Ids of other programs may be larger than numbers of JavaScript can tell apart.
export const exactKey = sql<string | null>`source_key::text`
const leftoversPerBatch = 100
const sliceLength = 2_000_000
// As it is stored, compressed: what is this small holds some megabytes of text at the very most.
const isSmall = sql<boolean>`pg_column_size(data) < 50000`

// The lock of takeTurn() goes with its connection, so a process that was killed does not hold it.
const lockIsHeld = sql<boolean>`exists (
  select from pg_locks where locktype = 'advisory' and classid = 0 and objid = ${turnLock} and granted
    and database = (select oid from pg_database where datname = current_database()))`

// Who has the lock works on the newest that is not over: it took the others away, or left them for later.
export const isActive = sql<boolean>`(imports.state = 'running' and ${lockIsHeld}
  and imports.id = (select max(id) from imports where state = 'running'))`
