import { sql } from 'kysely'
import type { Db } from '../db/pool.ts'
import { mostOnDay } from './month.ts'

export type Day = { day: string; is_inside: boolean; is_today: boolean; is_past: boolean }
export type PostOnDay = {
  id: number
  title: string
  author_name: string | null
  is_public: boolean
  day: string
  published_at: Date
  /** How many posts the day has, also those that are not listed. */
  of_day: number
}

/** The weeks of a month, or of this one, from Monday to Sunday. PostgreSQL knows which day it is in the zone. */
export async function listDays(db: Db, month: string | null, zone: string) {
  const { rows } = await sql<Day & { month: string; previous: string; next: string }>`
    with shown as (
      select (coalesce(${month}::text, to_char(now() at time zone ${zone}, 'YYYY-MM')) || '-01')::timestamp as first)
    select to_char(day, 'YYYY-MM-DD') as day, to_char(first, 'YYYY-MM') as month,
        to_char(first - interval '1 month', 'YYYY-MM') as previous, to_char(first + interval '1 month', 'YYYY-MM') as next,
        date_trunc('month', day) = first as is_inside, day = date_trunc('day', now() at time zone ${zone}) as is_today,
        day < date_trunc('day', now() at time zone ${zone}) as is_past
      from shown, generate_series(date_trunc('week', first),
        date_trunc('week', first + interval '1 month' - interval '1 day') + interval '6 days', interval '1 day') as day
      order by day`.execute(db)
  const [{ month: shown = '', previous = '', next = '' } = {}] = rows
  return { month: shown, previous, next, days: rows }
}

/** The first posts of each day of a month, in the zone. `mine` is whose posts alone may be seen; null is everybody's. */
export async function listPostsOfMonth(db: Db, month: string, zone: string, mine: number | null): Promise<PostOnDay[]> {
  const { rows } = await sql<PostOnDay>`
    with found as (
      select id, title, author_id, published_at, published_at at time zone ${zone} as local
        from posts
        where published_at >= ${`${month}-01`}::text::timestamp at time zone ${zone}
          and published_at < (${`${month}-01`}::text::timestamp + interval '1 month') at time zone ${zone}
          -- An older blog did not say when.
          and published_at <> timestamptz 'epoch'
          and ${mine === null ? sql`true` : isOf(mine)}),
      counted as (
        select *, row_number() over (partition by local::date order by published_at, id) as place,
            count(*) over (partition by local::date)::int as of_day
          from found)
    select counted.id, title, users.name as author_name, published_at <= now() as is_public,
        to_char(local, 'YYYY-MM-DD') as day, published_at, of_day
      from counted left join users on users.id = author_id
      where place <= ${mostOnDay} order by published_at, counted.id`.execute(db)
  return rows
}

function isOf(user_id: number) {
  return sql`(author_id = ${user_id} or id in (select post_id from post_authors where user_id = ${user_id}))`
}
