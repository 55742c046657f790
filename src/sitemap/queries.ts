import { sql } from 'kysely'
import { compiled } from '../db/compiled.ts'
import type { Db } from '../db/pool.ts'
import { mostParts, postsInPart } from './sitemap.ts'

// Pages too; what is unlisted is in no list.
const isFound = sql<boolean>`published_at is not null and published_at <= now() and visibility in ('public', 'members')`
const size = sql.lit(postsInPart)

// What nobody counted yet is new, and so in the last part. Behind it may lie drafts, of which a few are passed over.
const parts = compiled(
  () => sql<{ part: number }>`
  select part from sitemap_runs,
      generate_series(first_part, least(last_part, first_part + ${sql.lit(mostParts)})) as part
    union (select (id - 1) / ${size} from (
        select id, published_at, visibility from posts order by id desc limit 100) as newest
      where ${isFound} limit 1)
    order by part limit ${sql.lit(mostParts)}`,
)

/** Parts of the numbers of posts that have one to be found; a part never moves, so each changes as its posts do. */
export async function listParts(db: Db): Promise<number[]> {
  return (await parts(db, {})).map(({ part }) => part)
}

/**
 * Looks again which parts have a post, from one to the next: one index entry each, however many numbers lie between. Who calls
 * it takes turns with others.
 */
export async function countParts(db: Db): Promise<void> {
  await sql`
    with recursive found (part) as (
        (select (id - 1) / ${size} from posts where ${isFound} order by id limit 1)
        union all
        select (select (id - 1) / ${size} from posts where id > (found.part + 1) * ${size} and ${isFound} order by id limit 1)
          from found where found.part is not null),
      runs as (
        select min(part) as first_part, max(part) as last_part from (
            select part, part - row_number() over (order by part) as run from found where part is not null) as numbered
          group by run),
      gone as (delete from sitemap_runs where first_part not in (select first_part from runs))
    insert into sitemap_runs as known (first_part, last_part) select first_part, last_part from runs
      on conflict (first_part) do update set last_part = excluded.last_part where known.last_part <> excluded.last_part
  `.execute(db)
}

const ofPart = compiled((db, { part }: { part: number }) =>
  db
    .selectFrom('posts')
    .select(['kind', 'slug', 'canonical_url'])
    .select(sql<Date>`greatest(updated_at, published_at)`.as('changed_at'))
    .where(sql<boolean>`id > ${part}::bigint * ${size} and id <= (${part}::bigint + 1) * ${size}`)
    .where(isFound)
    .orderBy('id'),
)

export async function listPostsOfPart(db: Db, part: number) {
  return await ofPart(db, { part })
}
