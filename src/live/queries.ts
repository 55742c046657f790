// What changed among comments since a snapshot. A sequence would lose what commits late: a snapshot knows which
// transactions it did not see. See docs/decisions/0030.
import { type RawBuilder, sql } from 'kysely'
import { compiled } from '../db/compiled.ts'
import { deleteSome } from '../db/delete-some.ts'
import type { Db } from '../db/pool.ts'
import { coAuthors, isPublic } from '../post-states/queries.ts'
import { type Cursor, writeCursor } from './cursor.ts'

/** Pages that were asleep for longer are told to load again. */
const hoursKept = 24
/** More for one page, or for all of a process at once, and pages are told to load again. */
export const mostOfPost = 500
const mostAtOnce = 2000

/**
 * SQL: the moment that a statement sees, for a page to begin from. A snapshot of a standby does not name what was under way
 * (PostgreSQL 16), so there it is shortened to what was done.
 */
export const moment = sql<{ at: number; snapshot: string }>`jsonb_build_object(
  'at', extract(epoch from now())::bigint, 'snapshot', case when pg_is_in_recovery()
    then format('%1$s:%1$s:', pg_snapshot_xmin(pg_current_snapshot())) else pg_current_snapshot()::text end)`

type Row = { now: Cursor; is_known: boolean; changes: [post_id: number, comment_id: number][] | null }

function changes(ofPost: RawBuilder<unknown>, most: number, { at, snapshot }: { at: number; snapshot: string }) {
  const since = sql`${snapshot}::text::pg_snapshot`
  // Rows of a database that was put back from a copy have numbers of transactions that are still to come.
  return sql<Row>`
    select ${moment} as now,
      ${at}::bigint > extract(epoch from now()) - ${sql.lit(hoursKept * 3600)}
        and pg_snapshot_xmax(${since}) <= pg_snapshot_xmax(pg_current_snapshot()) as is_known,
      (select jsonb_agg(jsonb_build_array(post_id, comment_id)) from (
        select distinct post_id, comment_id from comment_changes
          where ${ofPost} and xid >= pg_snapshot_xmin(${since}) and not pg_visible_in_snapshot(xid, ${since})
            and pg_visible_in_snapshot(xid, pg_current_snapshot())
          limit ${sql.lit(most + 1)}) as found) as changes`
}

const ofPost = compiled((_, { post_id, at, snapshot }: { post_id: number; at: number; snapshot: string }) =>
  changes(sql`post_id = ${post_id}`, mostOfPost, { at, snapshot }),
)
const ofAll = compiled((_, { at, snapshot }: { at: number; snapshot: string }) =>
  changes(sql`true`, mostAtOnce, { at, snapshot }),
)
const present = compiled((_, __: Record<string, never>) => sql<{ now: Cursor }>`select ${moment} as now`)

/** `isLost` where not all of it can be told. */
export type Changes = { now: string; ids: number[]; isLost: boolean }

/** What a page of this post has not seen. Without a cursor that can be read, that is not known. */
export async function listChanges(db: Db, post_id: number, since: Cursor | undefined): Promise<Changes> {
  if (!since) return { now: writeCursor(await readMoment(db)), ids: [], isLost: true }
  const [row] = await ofPost(db, { post_id, at: since.at, snapshot: since.snapshot })
  const ids = (row?.changes ?? []).map(([, id]) => id)
  const isLost = !row?.is_known || ids.length > mostOfPost
  return { now: row ? writeCursor(row.now) : '', ids: isLost ? [] : ids, isLost }
}

/** The same for every post, by post. */
export async function listAllChanges(db: Db, since: Cursor) {
  const [row] = await ofAll(db, { at: since.at, snapshot: since.snapshot })
  if (!row) throw new Error('A statement without conditions has no row.')
  const found = row.changes ?? []
  const isLost = !row.is_known || found.length > mostAtOnce
  return { now: row.now, byPost: Map.groupBy(isLost ? [] : found, ([post_id]) => post_id), isLost }
}

const followed = compiled((db, { ids }: { ids: string }) =>
  db
    .selectFrom('posts')
    .select(['id', 'kind', 'visibility', 'author_id', 'comments_are_open', 'published_at', coAuthors.as('co_authors')])
    .where('id', 'in', sql<number>`(select jsonb_array_elements_text(${ids}::text::jsonb)::bigint)`)
    .where(isPublic),
)

/** Of these posts, those that are still out, with what says who may be told of their comments; by id. */
export async function listFollowed(db: Db, ids: ReadonlySet<number>) {
  const rows = ids.size > 0 ? await followed(db, { ids: JSON.stringify([...ids]) }) : []
  return new Map(rows.map((row) => [row.id, row]))
}
export type Followed = Awaited<ReturnType<typeof followed>>[number]

export async function readMoment(db: Db): Promise<Cursor> {
  const [row] = await present(db, {})
  if (!row) throw new Error('A statement without conditions has no row.')
  return row.now
}

/** Twice as long as any page may ask for. */
export async function deleteOldChanges(db: Db): Promise<number> {
  return await deleteSome(db, 'comment_changes', sql`at < now() - make_interval(hours => ${sql.lit(hoursKept * 2)})`)
}
