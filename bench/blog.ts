import type { Sql } from 'postgres'

export const busySlug = 'post-1000'

/** 1,000 posts of about 4.7 KB by five authors with one to four of 24 tags, and 20 comments on the newest. */
export async function fillBlog(sql: Sql): Promise<void> {
  await sql`insert into users (name, slug, email) select 'Author ' || n, 'author-' || n, 'a' || n || '@example.com' from generate_series(1, 5) n`
  await sql`insert into user_roles (user_id, role_id) select min(users.id), roles.id from users, roles where roles.name = 'admin' group by roles.id`
  await sql`update settings set title = 'Bench', description = 'A blog to measure', set_up_at = now()`
  await sql`insert into tags (slug, name) select 'tag-' || n, 'Tag ' || n from generate_series(1, 24) n`
  await sql`
    insert into posts (slug, title, body, body_html, excerpt, author_id, published_at)
    select 'post-' || n, 'A post about the thing with number ' || n, '', html.text, left(${sentence.repeat(3)}, 240),
      (select id from users order by id offset n % 5 limit 1), now() - (1001 - n) * interval '26 hours'
    from generate_series(1, 1000) n
    cross join lateral (
      select string_agg('<p>' || repeat(${sentence}, 4) || '</p>', ${'\n'}) || ${'\n<pre><code class="language-js">let a = 1\n</code></pre>'} as text
      from generate_series(1, 8 + n % 7)
    ) html`
  await sql`
    insert into post_tags (post_id, tag_id, position)
    select posts.id, tags.id, n from posts, generate_series(1, 4) n, tags
    where n <= 1 + posts.id % 4 and tags.id = 1 + (posts.id * 7 + n * 5) % 24`
  await sql`
    insert into comments (post_id, author_id, body)
    select posts.id, (select id from users order by id offset n % 5 limit 1), repeat(${sentence}, 1 + n % 4)
    from posts, generate_series(1, 20) n where slug = ${busySlug}`
  await sql`vacuum analyze`
}

const sentence = 'It was a plain sentence of middling length, written so that a page has something to hold. '
