// What stands around a post: one statement, sent together with that for the comments, each part of it a few index entries.
import { sql } from 'kysely'
import { compiled } from '../db/compiled.ts'
import type { Db } from '../db/pool.ts'
import { isListed } from '../post-states/queries.ts'
import type { Reader } from '../reactions/reaction.ts'
import { mostParts } from '../series/series.ts'
import { relatedShown } from './around.ts'

export type Neighbour = { slug: string; title: string; language: string }
type Part = Neighbour & { id: number }

export type Around = {
  /** Older and newer ones in the stream of posts; not for a post that is not in it. */
  previous: Neighbour | null
  next: Neighbour | null
  related: Neighbour[]
  series: { slug: string; title: string; parts: Part[] } | null
  /** Null until a job has looked at the text. */
  reading_minutes: number | null
  /** By kind. */
  reactions: Record<string, number>
  mine: string | null
}

const neighbour = sql`jsonb_build_object('slug', posts.slug, 'title', posts.title, 'language', posts.language)`
const own = (id: number) => sql`((select own.published_at from posts as own where own.id = ${id}), ${id}::bigint)`

const aroundPost = compiled(
  (_, { id, series_id, user_id, guest_hash }: Reader & { id: number; series_id: number | null }) => sql<Around>`select
    (select ${neighbour} from posts where ${isListed} and (posts.published_at, posts.id) < ${own(id)}
      order by posts.published_at desc, posts.id desc limit 1) as previous,
    (select ${neighbour} from posts where ${isListed} and (posts.published_at, posts.id) > ${own(id)}
      order by posts.published_at, posts.id limit 1) as next,
    (select coalesce(jsonb_agg(post order by place), '[]') from (
      select ${neighbour} as post, place
        from post_digests, jsonb_array_elements_text(post_digests.related_ids) with ordinality as related (id, place)
          join posts on posts.id = related.id::bigint
        where post_digests.post_id = ${id} and ${isListed} and posts.visibility = 'public'
        order by place limit ${sql.lit(relatedShown)}) as shown) as related,
    (select jsonb_build_object('slug', series.slug, 'title', series.title, 'parts', (
        select coalesce(jsonb_agg(part), '[]') from (
          select posts.id, posts.slug, posts.title, posts.language from posts
            where posts.series_id = series.id and ${isListed}
            order by posts.series_part, posts.published_at, posts.id limit ${sql.lit(mostParts)}) as part))
      from series where series.id = ${series_id}) as series,
    (select reading_minutes from post_digests where post_id = ${id}) as reading_minutes,
    (select coalesce(jsonb_object_agg(kind, people), '{}') from (
      select kind, sum(people) as people from reaction_counts where post_id = ${id}
        group by kind having sum(people) > 0) as counted) as reactions,
    coalesce(
      (select kind from reactions where post_id = ${id} and user_id = ${user_id}),
      (select kind from reactions where post_id = ${id} and guest_hash = ${guest_hash})) as mine`,
)

/** Of a post that readers may open, as it is for this one. */
export async function findAround(
  db: Db,
  post: { id: number; series_id: number | null },
  { user_id, guest_hash }: Reader,
): Promise<Around> {
  const [around] = await aroundPost(db, { id: post.id, series_id: post.series_id, user_id, guest_hash })
  if (!around) throw new Error('A statement without a table gives one row.')
  return around
}
