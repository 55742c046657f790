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

const place = `place_in_thread(
  coalesce(comments.root_at, comments.created_at), coalesce(comments.root_id, comments.id), comments.path)`

export const commentsQuery = `
  select listed.id, listed.parent_id, listed.author_id, listed.body_format, listed.created_at, listed.edited_at,
    listed.state, listed.shown, listed.place, octet_length(listed.path) / 8 as level, listed.body, listed.body_html,
    (select name from users where users.id = listed.author_id) as author_name,
    (select users.name from comments as answered join users on users.id = answered.author_id
      where answered.id = listed.parent_id and answered.shown = 'whole') as parent_author_name
  from (select comments.*, ${place} as place from comments
      where post_id = $1 and shown <> 'nothing' order by ${place} limit 101) as listed
  order by listed.place`

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
