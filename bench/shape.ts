// The statements of the front page and the post page, as Bloggy sends them.
import type { Limits } from '../src/db/pool.ts'

export const floorLimits: Limits = {
  poolSize: 20,
  connectTimeoutSeconds: 5,
  statementTimeoutSeconds: 30,
  lockTimeoutSeconds: 5,
  preparesStatements: true,
}

export const frontQuery = `
  select posts.id, posts.slug, posts.title, posts.excerpt, posts.published_at,
    users.name as author_name, users.slug as author_slug,
    (extract(epoch from posts.published_at) * 1000000)::bigint as moment
  from posts left join users on users.id = posts.author_id
  where posts.published_at is not null and posts.published_at <= now()
  order by posts.published_at desc, posts.id desc limit 21`

export const postQuery = `
  select posts.id, posts.slug, posts.title, posts.body_html, posts.excerpt, posts.published_at, posts.author_id,
    users.name as author_name, users.slug as author_slug,
    (select coalesce(jsonb_agg(jsonb_build_object('slug', tags.slug, 'name', tags.name) order by post_tags.position), '[]')
      from post_tags join tags on tags.id = post_tags.tag_id where post_tags.post_id = posts.id) as tags
  from posts left join users on users.id = posts.author_id
  where posts.slug = $1 and posts.published_at is not null and posts.published_at <= now()`

export const commentsQuery = `
  select comments.id, comments.body, comments.created_at, comments.edited_at, comments.author_id,
    users.name as author_name, users.slug as author_slug
  from comments left join users on users.id = comments.author_id
  where comments.post_id = $1 order by comments.id desc limit 101`

/** Beside the one for the comments; values: the post's id. */
export const aroundQuery = `
  with own as (select published_at, id, series_id from posts where id = $1)
  select
    (select jsonb_build_object('slug', slug, 'title', title, 'language', language) from posts
      where published_at is not null and published_at <= now() and kind = 'post' and visibility in ('public', 'members')
        and (published_at, id) < ((select published_at from own), $1::bigint)
      order by published_at desc, id desc limit 1) as previous,
    (select jsonb_build_object('slug', slug, 'title', title, 'language', language) from posts
      where published_at is not null and published_at <= now() and kind = 'post' and visibility in ('public', 'members')
        and (published_at, id) > ((select published_at from own), $1::bigint)
      order by published_at, id limit 1) as next,
    (select title from series where id = (select series_id from own)) as series,
    (select related_ids from post_digests where post_id = $1) as related,
    (select coalesce(jsonb_object_agg(kind, people), '{}') from (
      select kind, sum(people) as people from reaction_counts where post_id = $1 group by kind) as counted) as reactions`
