import type { Sql } from 'postgres'

/** How many there are of what does not grow with the posts: a twentieth is enough where only plans are looked at. */
type Size = { people?: number; comments?: number; busy?: number; years?: number }

const partsOfSeries = 4

/**
 * Posts by 500 authors with two of 300 tags each, series, redirects, reactions, sessions and 300,000 comments, 100,000 of
 * them on one post. With `years` the posts are spread over as many, whatever their number.
 */
export async function fillLargeBlog(
  sql: Sql,
  posts: number,
  { people = 20_000, years, comments = 200_000, busy = 30_000 }: Size = {},
): Promise<void> {
  // So many rows are one change, not a change each.
  await sql`set bloggy.brings_many = 'yes'`
  // The same tags each time.
  await sql`select setseed(0.5)`
  const minutes = years ? (years * 365 * 24 * 60) / posts : 5
  // As many as leave each a full page, also half way back, so that a small blog and a large one can be compared.
  const authors = Math.min(500, Math.ceil(posts / 60))
  // Anywhere among the accounts: where they are the first ones, a small blog has them all on one page of the table.
  const step = Math.floor((people - 7) / authors)
  await sql`insert into users (name, slug, email) select 'Author ' || n, 'author-' || n, 'a' || n || '@example.com' from generate_series(1, ${people}::int) n`
  await sql`insert into tags (slug, name) select 'tag-' || n, 'Tag ' || n from generate_series(1, 300) n`
  // More than a page of them lists, in any blog.
  const series = Math.min(2000, Math.ceil(posts / partsOfSeries))
  await sql`insert into series (slug, title) select 'series-' || n, 'Series ' || n from generate_series(1, ${series}::int) n`
  await sql`
    insert into posts (slug, title, body, body_html, excerpt, author_id, published_at, series_id, series_part)
    select 'post-' || n, 'Title ' || n, '', repeat('word ', 60) || case when n % ${Math.ceil(posts / 15)}::int = 2 then 'quokka ' else '' end
        || case when n % 7 = 0 then 'common' else '' end, repeat('w ', 100), 7 + ((n + 1) % ${authors}::int) * ${step}::int,
      case when n % 50 > 0 then now() - n * ${minutes}::float8 * interval '1 minute' end,
      case when n <= ${partsOfSeries * series}::int then 1 + n % ${series}::int end,
      case when n <= ${partsOfSeries * series}::int then 1 + n / ${series}::int end
    from generate_series(1, ${posts}::int) n`
  await sql`insert into post_authors (post_id, user_id, position) select id, 7 + ((id * 7 + 1) % ${authors}::int) * ${step}::int, 0 from posts where id % 3 = 0`
  await sql`insert into old_slugs (slug, post_id) select 'old-' || id, id from posts where id % 10 = 0`
  await sql`insert into redirects (from_path, to_address) select '/from/' || n, '/to' from generate_series(1, 10000) n`
  await sql`insert into post_tags (post_id, tag_id) select id, 1 + (power(random(), 4) * 299)::int from posts`
  // A second tag, so that posts share more than one.
  await sql`insert into post_tags (post_id, tag_id, position) select id, 1 + id % 300, 1 from posts on conflict do nothing`
  await sql`
    insert into post_digests (post_id, of_version, reading_minutes, related_ids)
    select id, version, 1, jsonb_build_array(1 + id % ${posts}::int, 1 + (id + 7) % ${posts}::int, 1 + (id + 77) % ${posts}::int,
      1 + (id + 777) % ${posts}::int) from posts`
  await sql`insert into reactions (post_id, user_id, kind) select 777, n, (array['like', 'love', 'insight', 'thanks'])[1 + n % 4] from generate_series(1, ${people}::int) n`
  await sql`insert into comments (post_id, author_id, body) select 1 + n % ${posts}::int, 1 + n % ${Math.min(500, people)}::int, 'words' from generate_series(1, ${comments}::int) n`
  await sql`insert into comments (post_id, author_id, body) select 999, 1 + n % ${Math.min(500, people)}::int, 'words' from generate_series(1, ${busy}::int) n`
  // One of them with 20,000 answers, others with answers to answers, 32 deep.
  await sql`
    with roots as (
        select id, created_at, row_number() over (order by id) as n from comments where post_id = 999 and root_id is null),
      answers as materialized (
        select id as root, created_at, n, level, nextval(pg_get_serial_sequence('public.comments', 'id')) as own
          from roots, generate_series(1, case when n = 500 then ${busy}::int * 2 / 3 when n % 18 = 0 then 31 else 0 end) as level)
    insert into comments (id, post_id, author_id, body, parent_id, root_id, root_at, path)
      select own, 999, 7, case n when 500 then 'one of many' else 'words' end,
          case n when 500 then root else coalesce(lag(own) over below, root) end, root, created_at,
          case n when 500 then int8send(own) else string_agg(int8send(own), ''::bytea) over below end
        from answers window below as (partition by root, case n when 500 then own end order by level)`
  await sql`insert into sessions (token_hash, user_id, expires_at) select sha256(n::text::bytea), n, now() + interval '1 day' from generate_series(1, ${people}::int) n`
  await sql`vacuum analyze`
}
