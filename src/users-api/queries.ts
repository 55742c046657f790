import { sql } from 'kysely'
import { type ListQuery, pageOf } from '../api/list.ts'
import type { Sorts } from '../db/keyset.ts'
import type { Db } from '../db/pool.ts'
import { type PeopleFilters } from '../people/person.ts'
import { idsNamed, roleNames, wantedPeople } from '../people/queries.ts'
import { isListed } from '../post-states/queries.ts'
import type { UserRow } from './user-resource.ts'

const sorts: Sorts = {
  name: { by: sql`lower(users.name)`, type: 'text' },
  created_at: { by: sql`users.created_at`, type: 'moment' },
  id: { by: sql`users.id`, type: 'number' },
}

/**
 * SQL: as the page of an author is there, with something published, alone or with others. The first author from this one
 * on: in that order there is one index, while for "one of this author" PostgreSQL may look through the posts of all.
 */
export const isWriter = sql<boolean>`(
  coalesce((select author_id from posts where author_id >= users.id and ${isListed} order by author_id limit 1), 0) = users.id
  or coalesce((select user_id from post_authors where user_id >= users.id and published_at <= now()
    order by user_id limit 1), 0) = users.id)`

/** SQL: the same of a list, one step of posts_author_listed_idx for each writer, however many people and posts there are. */
export const isAmongWriters = sql<boolean>`users.id in (
  with recursive writers (id) as (
    (select author_id from posts where author_id is not null and ${isListed} order by author_id limit 1)
    union all
    select (select author_id from posts where author_id > writers.id and ${isListed} order by author_id limit 1)
      from writers where writers.id is not null)
  select id from writers where id is not null
  union select user_id from post_authors where published_at <= now())`

function columns(query: ReturnType<typeof wantedPeople>) {
  return query
    .select(['users.id', 'users.slug', 'users.name', 'users.about', 'users.links', 'users.email', 'users.state'])
    .select(['users.created_at', roleNames.as('roles'), isWriter.as('is_writer')])
    .select(sql<boolean>`users.email_confirmed_at is not null`.as('is_confirmed'))
}

/** With `isHeld` nobody else changes the account before the transaction ends. */
export async function findUserRow(db: Db, id: number, isHeld = false): Promise<UserRow | undefined> {
  if (isHeld) await sql`select from users where id = ${id} for update`.execute(db)
  return await columns(db.selectFrom('users')).where('users.id', '=', id).executeTakeFirst()
}

/** `reach` says who is found: everybody, or those whose page everyone may read; and whether mailboxes are searched. */
export async function listUserRows(
  db: Db,
  filters: PeopleFilters,
  list: ListQuery,
  reach: { isEverybody: boolean; seesAddresses: boolean },
) {
  const held = filters.role === undefined ? undefined : await idsNamed(db, filters.role)
  const query = columns(wantedPeople(db, filters, held, reach.seesAddresses))
  const found = reach.isEverybody ? query : query.where(isAmongWriters)
  return await pageOf<UserRow>(found, sorts, list, 'name', sql`users.id`)
}

/** With the groups of the older system, which count as the roles of their names. */
export async function listRoleNames(db: Db): Promise<string[]> {
  const groups = db.selectFrom('groups').select('name')
  const names = await db.selectFrom('roles').select('name').union(groups).orderBy('name').limit(1000).execute()
  return names.map(({ name }) => name)
}
