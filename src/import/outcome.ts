// What an import means for the blog as it is now: who of its people may sign in, whose the blog is, and whether its posts
// were here before.
import { sql } from 'kysely'
import type { Db } from '../db/pool.ts'
import { numberAt } from './blocks.ts'
import { text } from '../texts/texts.ts'

export type Outcome = {
  /** How many people, by the first thing that keeps them from signing in; null for those whom nothing keeps. */
  people: { hindrance: Hindrance | null; count: number }[]
  /** The blog had no owner, and has one since. */
  gave_owner: boolean
  /** Of some of its posts, how many are here beside it with the same title and date. */
  posts_looked_at: number
  posts_twice: number
}
type Hindrance = 'blocked' | 'unconfirmed' | 'no address' | 'no password'

/** Of a complete import, together with the earlier ones of the same blog. */
export async function findOutcome(db: Db, importId: number): Promise<Outcome> {
  const { rows: people } = await sql<Outcome['people'][number]>`
    select case
        when state in ('disabled', 'blocked') then 'blocked'
        when email is null then 'no address'
        when state <> 'active' or email_confirmed_at is null then 'unconfirmed'
        when password_hash is null then 'no password' end as hindrance, count(*)::int as count
      from users where id in (
        select target_id from import_rows where source_table = 'users' and fate in ('copied', 'changed')
          and chain_id = (select coalesce(continues_id, id) from imports where id = ${importId}))
      group by hindrance order by hindrance`.execute(db)
  // The moments are those of one transaction.
  const { rows: owner } = await sql<{ gave_owner: boolean }>`
    select exists (select from settings join imports on finished_at = set_up_at where imports.id = ${importId})
      as gave_owner`.execute(db)
  const { rows: posts } = await sql<{ looked_at: number; twice: number }>`
    with brought as (
        (select target_id as id from import_rows join imports on imports.id = ${importId}
          where chain_id = coalesce(continues_id, imports.id) and import_id = imports.id
            and source_table = 'posts' and fate in ('copied', 'changed') order by source_key limit ${sampledPosts})
        union all
        select ${sql.raw(numberAt('keys'))}
          from (select keys from import_blocks join imports on imports.id = ${importId}
            where chain_id = coalesce(continues_id, imports.id) and import_id = imports.id and source_table = 'posts'
            order by first_key limit 1) as block,
          generate_series(0, least(length(keys) / 8, ${sampledPosts}) - 1) as place)
      select count(*)::int as looked_at, (count(*) filter (where exists (select from posts as other
          where other.published_at = post.published_at and other.title = post.title
            and other.id not in (select id from brought))))::int as twice
        from posts as post where id in (select id from brought)
          and published_at <> timestamptz 'epoch' and title <> ''`.execute(db)
  return {
    people,
    gave_owner: owner[0]?.gave_owner ?? false,
    posts_looked_at: posts[0]?.looked_at ?? 0,
    posts_twice: posts[0]?.twice ?? 0,
  }
}

const sampledPosts = 500

/** In sentences, the gravest first. */
export function outcomeWords({ people, gave_owner, posts_looked_at, posts_twice }: Outcome): string[] {
  const isTwice = posts_twice > 0 && posts_twice * 2 >= posts_looked_at
  return [
    isTwice ? text('imports.postsTwice', { twice: posts_twice, looked: posts_looked_at }) : [],
    people.length > 0 ? signInWords(people) : [],
    gave_owner ? text('imports.gaveOwner') : [],
  ].flat()
}

function signInWords(people: Outcome['people']): string {
  const able = people.find(({ hindrance }) => hindrance === null)?.count ?? 0
  const others = people.flatMap(({ hindrance, count }) => (hindrance ? [{ hindrance, count }] : []))
  const unable = others.reduce((sum, { count }) => sum + count, 0)
  const can = text('imports.canSignIn', { count: able })
  if (unable === 0) return can
  const why = others.map(({ hindrance, count }) => hindrances[hindrance](count)).join(', ')
  return `${can} ${text('imports.cannotSignIn', { count: unable, why })}`
}

const hindrances: Record<Hindrance, (count: number) => string> = {
  blocked: (count) => text('imports.cannotBlocked', { count }),
  unconfirmed: (count) => text('imports.cannotUnconfirmed', { count }),
  'no address': (count) => text('imports.cannotNoAddress', { count }),
  'no password': (count) => text('imports.cannotNoPassword', { count }),
}
