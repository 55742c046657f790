// What changed of readers' pages since a snapshot, for the process that keeps them. See docs/decisions/0030 and 0036.
import { sql } from 'kysely'
import { compiled } from '../db/compiled.ts'
import { deleteSome } from '../db/delete-some.ts'
import { type Db, watcherOf } from '../db/pool.ts'
import type { Cursor } from '../live/cursor.ts'
import { moment } from '../live/queries.ts'

/** A process that asks after longer begins with an empty cache. */
const minutesKept = 30
/** More, and all pages are taken out. */
const mostKeys = 500

type Row = { now: Cursor; next_ms: number | null; is_known: boolean; keys: string[] | null }

// A post that was given a moment to come is out when it has come, without anything being written.
const nextPost = sql<number | null>`(
  select ceil(extract(epoch from min(published_at) - clock_timestamp()) * 1000)::bigint
    from posts where published_at is not null and published_at > now())`

const first = compiled(
  (_, __: Record<string, never>) => sql<Row>`
  select ${moment} as now, ${nextPost} as next_ms, false as is_known, null as keys`,
  watcherOf,
)

const since = compiled((_, { at, snapshot }: { at: number; snapshot: string }) => {
  const seen = sql`${snapshot}::text::pg_snapshot`
  const isNew = sql`xid >= pg_snapshot_xmin(${seen}) and not pg_visible_in_snapshot(xid, ${seen})`
  return sql<Row>`
    select ${moment} as now, ${nextPost} as next_ms,
      ${at}::bigint > extract(epoch from now()) - ${sql.lit(minutesKept * 60)}
        and pg_snapshot_xmax(${seen}) <= pg_snapshot_xmax(pg_current_snapshot()) as is_known,
      (select jsonb_agg(key) from (
        (select distinct key from page_changes where ${isNew} limit ${sql.lit(mostKeys + 1)})
        union all
        (select distinct 'post:' || post_id from comment_changes where ${isNew} limit ${sql.lit(mostKeys + 1)})) as found) as keys`
}, watcherOf)

export type Changed = {
  now: Cursor
  /** Keys of pages that are out of date; undefined where all of them may be. */
  keys: string[] | undefined
  /** When the next post appears by itself, from now. */
  nextMs: number | undefined
}

/** `before` is what `now` of the last answer was. */
export async function findChanged(db: Db, before: Cursor | undefined): Promise<Changed> {
  const [row] = before ? await since(db, { at: before.at, snapshot: before.snapshot }) : await first(db, {})
  if (!row) throw new Error('A statement without a table gives one row.')
  const found = row.keys ?? []
  const keys = row.is_known && found.length <= mostKeys ? found : undefined
  return { now: row.now, keys, nextMs: row.next_ms === null ? undefined : Math.max(0, row.next_ms) }
}

/** Twice as long as any process may ask for. */
export async function deleteOldPageChanges(db: Db): Promise<number> {
  return await deleteSome(db, 'page_changes', sql`at < now() - make_interval(mins => ${sql.lit(minutesKept * 2)})`)
}
