// What the doctor asks of the blog's own tables. Everything here only reads.
import type { Sql } from 'postgres'
import { postsInPart } from '../sitemap/sitemap.ts'

/** Numbers that are kept beside what they count, and differ from it. Rows are counted up to a thousand. */
export async function countMiscounted(sql: Sql) {
  const [row] = await sql<Miscounted[]>`
    select exists (select from graphile_worker.jobs where task_identifier = 'count-posts' and attempts < max_attempts)
        as is_asked,
      (select count(*)::int from (
        select tag_id, count(*) as posts from post_tags where published_at is not null and published_at <= now() group by 1
        ) as counted full join tag_counts using (tag_id)
        where counted.posts is distinct from tag_counts.posts) as tags,
      (select count(*)::int from (
        select to_char(published_at at time zone 'UTC', 'YYYY-MM') as month, count(*) as posts from posts
          where kind = 'post' and visibility in ('public', 'members') and published_at <= now()
            and published_at >= '0001-01-01Z' and published_at < '9999-12-31Z' and published_at <> timestamptz 'epoch'
          group by 1) as counted full join archive_months using (month)
        where counted.posts is distinct from archive_months.posts) as months,
      (select count(*)::int from (
        select min(part) as first_part, max(part) as last_part from (
            select part, part - row_number() over (order by part) as run from (
              select distinct (id - 1) / ${postsInPart} as part from posts
                where published_at <= now() and visibility in ('public', 'members')) as parts) as numbered
          group by run) as counted full join sitemap_runs using (first_part)
        where counted.last_part is distinct from sitemap_runs.last_part) as runs,
      (select count(*)::int from (
        select post_id, kind, count(*) as people from reactions group by 1, 2) as counted
        full join (select post_id, kind, sum(people) as people from reaction_counts group by 1, 2) as kept using (post_id, kind)
        where coalesce(counted.people, 0) <> coalesce(kept.people, 0)) as reactions,
      (select count(*)::int from (select from comments where state = 'approved' and deleted_at is null and shown <> 'whole'
        limit 1000) as few) as shown,
      (select count(*)::int from (
        select from post_tags join posts on posts.id = post_id where post_tags.published_at is distinct from
          case when posts.kind = 'post' and posts.visibility in ('public', 'members') then posts.published_at end
        limit 1000) as few) as moments`
  if (!row) throw new Error('PostgreSQL counted nothing.')
  return row
}
type Miscounted = {
  /** That posts are counted again. */
  is_asked: boolean
  tags: number
  months: number
  runs: number
  reactions: number
  shown: number
  moments: number
}

/** Jobs by what became of them. */
export async function readJobs(sql: Sql) {
  return await sql<{ task: string; failed: number; late: number; stuck: number; last_error: string | null }[]>`
    select task_identifier as task, (count(*) filter (where attempts >= max_attempts and locked_at is null))::int as failed,
      (count(*) filter (where attempts < max_attempts and locked_at is null and run_at < now() - interval '15 minutes'))::int
        as late,
      (count(*) filter (where locked_at < now() - interval '16 minutes'))::int as stuck,
      max(last_error) filter (where attempts >= max_attempts) as last_error
    from graphile_worker.jobs group by 1
    having count(*) filter (where attempts >= max_attempts or run_at < now() - interval '15 minutes' or locked_at is not null) > 0
    order by 2 desc, 3 desc, 1 limit 50`
}

/** Asked before an upgrade too, of a schema that may lack the tables. */
export async function readLastBackups(sql: Sql): Promise<LastBackup> {
  const none = { name: null, age_hours: null, failed_at: null, error: null, has_posts: false }
  const [there] = await sql<{ has_posts: boolean; has_backups: boolean }[]>`
    select to_regclass('posts') is not null as has_posts, to_regclass('backups') is not null as has_backups`
  if (!there?.has_posts) return none
  if (!there.has_backups) {
    const [row] = await sql<{ has_posts: boolean }[]>`select exists (select from posts) as has_posts`
    return { ...none, ...row }
  }
  const [row] = await sql<LastBackup[]>`
    select done.name, extract(epoch from now() - done.begun_at)::float8 / 3600 as age_hours,
      last.begun_at as failed_at, last.error, exists (select from posts) as has_posts
    from (select) as one
      left join lateral (select * from backups where ended_at is not null and error is null order by begun_at desc limit 1)
        as done on true
      left join lateral (select * from (select * from backups order by begun_at desc limit 1) as newest
        where error is not null) as last on true`
  return row ?? none
}
type LastBackup = {
  name: string | null
  age_hours: number | null
  failed_at: Date | null
  error: string | null
  has_posts: boolean
}

/** Files of pictures by their places, some at a time. */
export async function listFilesAfter(sql: Sql, after: number, most: number) {
  const rows = await sql<{ id: number; place: string; sizes: string }[]>`
    select id, place, sizes::text from media_files where id > ${after} order by id limit ${most}`
  return rows.map(({ sizes, ...row }) => ({ ...row, sizes: JSON.parse(sizes) as FileSize[] }))
}
export type FileSize = { width: number; bytes: number; sha256?: string }

export async function countFiles(sql: Sql): Promise<{ files: number; bytes: number }> {
  const [row] = await sql<{ files: number; bytes: number }[]>`
    select count(*)::int as files, coalesce(sum((size ->> 'bytes')::bigint), 0)::bigint as bytes
    from media_files cross join lateral jsonb_array_elements(sizes) as size`
  return row ?? { files: 0, bytes: 0 }
}

/** Which of these places no row has. */
export async function listUnknownPlaces(sql: Sql, places: string[]): Promise<string[]> {
  // As one text: the driver is given no arrays.
  const rows = await sql<{ place: string }[]>`
    select place from json_array_elements_text(${JSON.stringify(places)}::text::json) as given (place)
    where not exists (select from media_files where media_files.place = given.place) order by 1`
  return rows.map(({ place }) => place)
}
