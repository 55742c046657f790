import { sql } from 'kysely'
import { compiled } from '../db/compiled.ts'
import type { Db } from '../db/pool.ts'
import { postsInPart } from './sitemap.ts'

// Pages too; what is unlisted is in no list.
const isFound = sql<boolean>`published_at is not null and published_at <= now() and visibility in ('public', 'members')`

// From one part with a post to the next: one index entry each, however many numbers lie between.
const parts = compiled(
  () => sql<{ part: number }>`
  with recursive found (part) as (
    (select (id - 1) / ${sql.lit(postsInPart)} from posts where ${isFound} order by id limit 1)
    union all
    select (select (id - 1) / ${sql.lit(postsInPart)} from posts
        where id > (found.part + 1) * ${sql.lit(postsInPart)} and ${isFound} order by id limit 1)
      from found where found.part is not null)
  select part from found where part is not null limit ${sql.lit(postsInPart)}`,
)

/** Parts of the numbers of posts that have one to be found; a part never moves, so each changes as its posts do. */
export async function listParts(db: Db): Promise<number[]> {
  return (await parts(db, {})).map(({ part }) => part)
}

const ofPart = compiled((db, { part }: { part: number }) =>
  db
    .selectFrom('posts')
    .select(['kind', 'slug', 'canonical_url'])
    .select(sql<Date>`greatest(updated_at, published_at)`.as('changed_at'))
    .where(
      sql<boolean>`id > ${part}::bigint * ${sql.lit(postsInPart)} and id <= (${part}::bigint + 1) * ${sql.lit(postsInPart)}`,
    )
    .where(isFound)
    .orderBy('id'),
)

export async function listPostsOfPart(db: Db, part: number) {
  return await ofPart(db, { part })
}
