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
