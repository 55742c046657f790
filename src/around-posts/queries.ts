// What stands around a post: found with the post itself, each part of it a few index entries.
import { sql } from 'kysely'
import { compiled } from '../db/compiled.ts'
import type { Db } from '../db/pool.ts'
import { notFound } from '../errors.ts'
import { isListed } from '../post-states/queries.ts'
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
  reacted: Record<string, number>
  mine: string | null
}

const neighbour = sql`jsonb_build_object('slug', posts.slug, 'title', posts.title, 'language', posts.language)`

/** Who reads: an account, or a stranger who reacted before; both are null for any other. */
export type Reader = { user_id: number | null; guest: string | null }

/** SQL: columns for a row that is `own` with its id, published_at and series_id, beside its `post_digests`. */
export function aroundColumns({ user_id, guest }: Reader) {
  // In the words of readerOf().
  const hash = sql`sha256(convert_to(${guest}::text || ' ' || own.id, 'UTF8'))`
  return [
    sql<Around['previous']>`(select ${neighbour} from posts
      where ${isListed} and (posts.published_at, posts.id) < (own.published_at, own.id)
      order by posts.published_at desc, posts.id desc limit 1)`.as('previous'),
    sql<Around['next']>`(select ${neighbour} from posts
      where ${isListed} and (posts.published_at, posts.id) > (own.published_at, own.id)
      order by posts.published_at, posts.id limit 1)`.as('next'),
    sql<Around['related']>`(select coalesce(jsonb_agg(post order by place), '[]') from (
      select ${neighbour} as post, place
        from jsonb_array_elements_text(post_digests.related_ids) with ordinality as related (id, place)
          join posts on posts.id = related.id::bigint
        where ${isListed} and posts.visibility = 'public'
        order by place limit ${sql.lit(relatedShown)}) as shown)`.as('related'),
    sql<Around['series']>`case when own.series_id is not null then (
      select jsonb_build_object('slug', series.slug, 'title', series.title, 'parts', (
        select coalesce(jsonb_agg(part), '[]') from (
          select posts.id, posts.slug, posts.title, posts.language from posts
            where posts.series_id = series.id and ${isListed}
            order by posts.series_part, posts.published_at, posts.id limit ${sql.lit(mostParts)}) as part))
      from series where series.id = own.series_id) end`.as('series'),
    sql<Around['reading_minutes']>`post_digests.reading_minutes`.as('reading_minutes'),
    sql<Around['reacted']>`(select coalesce(jsonb_object_agg(kind, people), '{}') from (
      select kind, sum(people) as people from reaction_counts where post_id = own.id
        group by kind having sum(people) > 0) as counted)`.as('reacted'),
    sql<Around['mine']>`case
      when ${user_id}::bigint is not null
        then (select kind from reactions where post_id = own.id and user_id = ${user_id}::bigint)
      when ${guest}::text is not null
        then (select kind from reactions where post_id = own.id and guest_hash = ${hash}) end`.as('mine'),
  ] as const
}

const aroundPost = compiled((db, { id, user_id, guest }: Reader & { id: number }) =>
  db
    .selectFrom('posts as own')
    .leftJoin('post_digests', 'post_digests.post_id', 'own.id')
    .select(aroundColumns({ user_id, guest }))
    .where('own.id', '=', id),
)

/** Of a post that readers may open, as it is for this one. */
export async function findAround(db: Db, id: number, { user_id, guest }: Reader): Promise<Around> {
  const [around] = await aroundPost(db, { id, user_id, guest })
  if (!around) throw notFound('post')
  return around
}
