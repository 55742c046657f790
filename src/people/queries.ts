import { sql } from 'kysely'
import { endApiTokensOf } from '../api-tokens/queries.ts'
import { type Actor, recordEvent } from '../audit/queries.ts'
import { enqueue } from '../db/enqueue.ts'
import { pageOf } from '../db/page-of.ts'
import type { Db } from '../db/pool.ts'
import { conflict, forbidden, invalid, notFound } from '../errors.ts'
import type { Visitor } from '../http/app.ts'
import { isWithin, rightsOfRole } from '../permissions/ceiling.ts'
import { keepingOwner } from '../permissions/queries.ts'

import { holdRoles } from '../roles/queries.ts'
import { endSessionsOf, findRights } from '../sessions/queries.ts'
import { text } from '../texts/texts.ts'
import { type PeopleFilters, mostCounted, peopleOnPage } from './person.ts'

// With the groups of the older system, which count as the roles of their names.
export const roleNames = sql<string[]>`coalesce((
  select jsonb_agg(distinct held.name order by held.name) from (
    select roles.name from user_roles join roles on roles.id = user_roles.role_id where user_roles.user_id = users.id
    union select groups.name from group_memberships
      join groups on groups.id = group_memberships.group_id where group_memberships.user_id = users.id) as held), '[]')`

/** From below the person `after` on. Who may not see mailboxes does not search in them either. */
export async function listPeople(db: Db, filters: PeopleFilters, seesAddresses: boolean, after?: number) {
  const held = filters.role === undefined ? undefined : await idsNamed(db, filters.role)
  const wanted = wantedPeople(db, filters, held, seesAddresses)
  const last = after === undefined ? undefined : await findPlace(db, after)
  let query = wanted
    .select(['users.id', 'users.name', 'users.slug', 'users.state', 'users.created_at', roleNames.as('roles')])
    .select(sql<boolean>`users.email_confirmed_at is not null`.as('is_confirmed'))
    .select(seesAddresses ? 'users.email' : sql<string | null>`null`.as('email'))
    .limit(peopleOnPage + 1)
  if (filters.sort === 'newest') {
    query = query.orderBy('users.created_at', 'desc').orderBy('users.id', 'desc')
    if (last)
      query = query.where(
        sql<boolean>`(users.created_at, users.id) < (${last.created}::text::timestamptz, ${last.id}::bigint)`,
      )
  } else {
    query = query.orderBy(sql`lower(users.name)`).orderBy('users.id')
    if (last) query = query.where(sql<boolean>`(lower(users.name), users.id) > (${last.name}, ${last.id}::bigint)`)
  }
  const counted = db
    .selectFrom(
      wantedPeople(db, filters, held, seesAddresses)
        .select('users.id')
        .limit(mostCounted + 1)
        .as('few'),
    )
    .select(sql<number>`count(*)::int`.as('count'))
  const [rows, count] = await Promise.all([query.execute(), counted.executeTakeFirstOrThrow()])
  const { rows: people, last: next } = pageOf(rows, peopleOnPage)
  return { people, next: next?.id, count: count.count }
}
export type PeopleList = Awaited<ReturnType<typeof listPeople>>
export type ListedPerson = PeopleList['people'][number]

type Held = { roles: number[]; groups: number[] }

/** With the ids PostgreSQL knows how many hold a role, and walks the list in its order where it is most of them. */
export async function idsNamed(db: Db, name: string): Promise<Held> {
  const of = (table: 'roles' | 'groups') =>
    db
      .selectFrom(table)
      .select('id')
      .where(sql<string>`lower(name)`, '=', name.toLowerCase())
      .execute()
  const [roles, groups] = await Promise.all([of('roles'), of('groups')])
  return { roles: roles.map(({ id }) => id), groups: groups.map(({ id }) => id) }
}

/** SQL: people as the filters say; `held` is who has the role of the filter. */
export function wantedPeople(
  db: Db,
  { text: words, state }: PeopleFilters,
  held: Held | undefined,
  seesAddresses: boolean,
) {
  let query = db.selectFrom('users')
  if (words !== undefined) {
    const pattern = `%${words.replace(/[\\%_]/g, '\\$&')}%`
    query = query.where((is) =>
      is.or([
        is('users.name', 'ilike', pattern),
        is('users.slug', 'ilike', pattern),
        ...(seesAddresses ? [is('users.email', 'ilike', pattern)] : []),
      ]),
    )
  }
  if (state === 'unconfirmed')
    query = query.where('users.state', '=', 'active').where('users.email_confirmed_at', 'is', null)
  // A constant, so that the index of those who are not active is considered.
  else if (state !== undefined) query = query.where('users.state', '=', sql.lit(state))
  if (held) {
    const ids = (list: number[]) => sql.join([...list, 0].map((id) => sql.lit(id)))
    const byRole = sql`select user_id from user_roles where role_id in (${ids(held.roles)})`
    const byGroup = sql`union all select user_id from group_memberships where group_id in (${ids(held.groups)})`
    query = query.where(sql<boolean>`users.id in (${byRole} ${held.groups.length > 0 ? byGroup : sql``})`)
  }
  return query
}

async function findPlace(db: Db, id: number) {
  return await db
    .selectFrom('users')
    .select(['id', sql<string>`lower(name)`.as('name'), sql<string>`created_at::text`.as('created')])
    .where('id', '=', id)
    .executeTakeFirst()
}

const mostOfPerson = 10_000
const countOf = (table: 'posts' | 'comments') => sql<number>`(select count(*)::int from (
  select from ${sql.table(table)} where author_id = users.id limit ${sql.lit(mostOfPerson + 1)}) as few)`

export async function findPerson(db: Db, id: number) {
  return await db
    .selectFrom('users')
    .leftJoin('email_changes', (join) =>
      join.onRef('email_changes.user_id', '=', 'users.id').on('email_changes.expires_at', '>', sql<Date>`now()`),
    )
    .leftJoin('departures', 'departures.user_id', 'users.id')
    .select(['users.id', 'users.name', 'users.slug', 'users.email', 'users.state', 'users.created_at'])
    .select(['users.email_confirmed_at', 'email_changes.email as email_to_be', 'departures.kind as leaves'])
    .select(sql<boolean>`users.password_hash is not null`.as('has_password'))
    .select(
      sql<boolean>`exists (select from second_factors where second_factors.user_id = users.id and confirmed_at is not null)`.as(
        'has_factor',
      ),
    )
    .select([countOf('posts').as('posts'), countOf('comments').as('comments')])
    .select((from) => [
      from
        .selectFrom('sessions')
        .select(sql<number>`count(*)::int`.as('n'))
        .whereRef('user_id', '=', 'users.id')
        .where('expires_at', '>', sql<Date>`now()`)
        .as('sessions'),
      from
        .selectFrom('audit_events')
        .select('audit_events.created_at')
        .whereRef('actor_id', '=', 'users.id')
        .where('action', '=', 'session.created')
        .orderBy('audit_events.created_at', 'desc')
        .orderBy('audit_events.id', 'desc')
        .limit(1)
        .as('signed_in_at'),
    ])
    .where('users.id', '=', id)
    .executeTakeFirst()
}
export type FoundPerson = NonNullable<Awaited<ReturnType<typeof findPerson>>>

/** What somebody holds by themselves: the ids of roles and of groups. */
export async function findHeld(db: Db, user_id: number): Promise<{ roles: number[]; groups: number[] }> {
  const [roles, groups] = await Promise.all([
    db.selectFrom('user_roles').select('role_id as id').where('user_id', '=', user_id).limit(1000).execute(),
    db.selectFrom('group_memberships').select('group_id as id').where('user_id', '=', user_id).limit(1000).execute(),
  ])
  return { roles: roles.map(({ id }) => id), groups: groups.map(({ id }) => id) }
}

export async function listGroups(db: Db) {
  return await db
    .selectFrom('groups')
    .select(['id', 'name', 'description'])
    .orderBy(sql`lower(name)`)
    .limit(500)
    .execute()
}
export type Group = Awaited<ReturnType<typeof listGroups>>[number]

/**
 * The first lock of everything that changes an account. Throws `not_found` when it is gone, `forbidden` when it has rights
 * that the visitor lacks, as they are now, and `conflict` when it is on its way out.
 */
export async function holdPerson(db: Db, id: number, visitor: Visitor) {
  const row = await db
    .selectFrom('users')
    .select(['id', 'name', 'slug', 'email', 'state'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  const rights = row && (await findRights(db, id))
  if (!row || !rights) throw notFound('person')
  if (id !== visitor.id && !isWithin(visitor, rights)) throw forbidden(text('team.above'))
  const leaving = db.selectFrom('departures').select('user_id').where('user_id', '=', id)
  if (await leaving.executeTakeFirst()) throw conflict(text('team.isLeaving'))
  return row
}

export type Ticks = { given: number[]; taken: number[] }

/** Gives and takes roles, each once. Throws `forbidden` for one that has rights the visitor lacks. */
export async function changeRoles(
  db: Db,
  id: number,
  { given, taken }: Ticks,
  visitor: Visitor,
  ip: string,
): Promise<void> {
  await keepingOwner(db, async (db) => {
    await holdPerson(db, id, visitor)
    for (const role of await holdRoles(db, [...given, ...taken])) {
      if (!isWithin(visitor, rightsOfRole(role))) throw forbidden(text('team.roleAbove', { role: role.name }))
      const isGiven = given.includes(role.id)
      const changed = isGiven
        ? db
            .insertInto('user_roles')
            .values({ user_id: id, role_id: role.id, assigned_by: visitor.id })
            .onConflict((taken) => taken.doNothing())
            .returning('id')
        : db.deleteFrom('user_roles').where('user_id', '=', id).where('role_id', '=', role.id).returning('id')
      if ((await changed.execute()).length === 0) continue
      await record(db, isGiven ? 'role.assigned' : 'role.removed', id, { id: visitor.id, ip }, {}, role.name)
    }
  })
}

/** The same for groups; one that is called as a role gives its rights. */
export async function changeGroups(
  db: Db,
  id: number,
  { given, taken }: Ticks,
  visitor: Visitor,
  ip: string,
): Promise<void> {
  const ids = [...given, ...taken]
  if (ids.length === 0) return
  await keepingOwner(db, async (db) => {
    await holdPerson(db, id, visitor)
    const groups = await db
      .selectFrom('groups')
      .select(['id', 'name'])
      .where('id', 'in', ids)
      .orderBy('id')
      .forShare()
      .execute()
    const names = groups.map(({ name }) => name.toLowerCase())
    const roles = db
      .selectFrom('roles')
      .select('id')
      .where(sql<string>`lower(name)`, 'in', [...names, ''])
    const held = await holdRoles(
      db,
      (await roles.execute()).map(({ id }) => id),
    )
    for (const group of groups) {
      const role = held.find(({ name }) => name.toLowerCase() === group.name.toLowerCase())
      if (role && !isWithin(visitor, rightsOfRole(role))) throw forbidden(text('team.roleAbove', { role: group.name }))
      const isGiven = given.includes(group.id)
      const changed = isGiven
        ? db
            .insertInto('group_memberships')
            .values({ user_id: id, group_id: group.id })
            .onConflict((taken) => taken.doNothing())
            .returning('id')
        : db.deleteFrom('group_memberships').where('user_id', '=', id).where('group_id', '=', group.id).returning('id')
      if ((await changed.execute()).length === 0) continue
      await record(db, isGiven ? 'group.joined' : 'group.left', id, { id: visitor.id, ip }, {}, group.name)
    }
  })
}

/** Closed: signed out everywhere, and no link that was sent opens anything. A second call changes nothing. */
export async function closePerson(db: Db, id: number, visitor: Visitor, ip: string): Promise<void> {
  await keepingOwner(db, async (db) => {
    const { state } = await holdPerson(db, id, visitor)
    await signOutEverywhere(db, id)
    if (state === 'disabled') return
    await setState(db, id, 'disabled')
    await record(db, 'user.deactivated', id, { id: visitor.id, ip }, { state: { from: state, to: 'disabled' } })
  })
}

export async function signOutEverywhere(db: Db, id: number): Promise<void> {
  await endSessionsOf(db, id)
  await endApiTokensOf(db, id)
  await db.deleteFrom('mail_tokens').where('user_id', '=', id).execute()
  await db.deleteFrom('email_changes').where('user_id', '=', id).execute()
}

export async function openPerson(db: Db, id: number, visitor: Visitor, ip: string): Promise<void> {
  await db.transaction().execute(async (db) => {
    const { state } = await holdPerson(db, id, visitor)
    if (state === 'active') return
    await setState(db, id, 'active')
    await record(db, 'user.activated', id, { id: visitor.id, ip }, { state: { from: state, to: 'active' } })
  })
}

export async function setState(db: Db, id: number, state: 'active' | 'disabled'): Promise<void> {
  await db
    .updateTable('users')
    .set({ state, updated_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute()
}

export type PersonChange = { name: string; slug: string; email?: string | undefined }

/**
 * The name and the address of the page at once; links to the old one lead to the new one. A new mailbox counts when it
 * has answered. Throws `invalid` for what another account has.
 */
export async function changePerson(
  db: Db,
  id: number,
  wish: PersonChange,
  visitor: Visitor,
  ip: string,
): Promise<void> {
  await db.transaction().execute(async (db) => {
    const before = await holdPerson(db, id, visitor)
    const fields: string[] = []
    if (wish.name !== before.name) {
      fields.push('name')
      const set = { name: wish.name, first_name: null, last_name: null, updated_at: sql<Date>`now()` }
      await db.updateTable('users').set(set).where('id', '=', id).execute()
    }
    if (wish.slug !== before.slug) {
      fields.push('slug')
      await changeSlug(db, id, before.slug, wish.slug)
    }
    if (wish.email !== undefined && wish.email !== before.email?.toLowerCase()) {
      fields.push('email asked for')
      await askForEmail(db, id, wish.email, visitor.id)
    }
    if (fields.length > 0) await record(db, 'user.changed', id, { id: visitor.id, ip }, { fields })
  })
}

async function changeSlug(db: Db, id: number, before: string, slug: string): Promise<void> {
  const taken = await db.selectFrom('users').select('id').where('slug', '=', slug).executeTakeFirst()
  if (taken) throw invalid(text('team.slugTaken'), { slug: text('team.slugTaken') })
  // Who comes between the look and the write learns it from the constraint.
  await db.updateTable('users').set({ slug }).where('id', '=', id).execute().catch(toTaken)
  await db.deleteFrom('old_user_slugs').where('slug', '=', slug).execute()
  await keepOldSlug(db, before, id)
}

function toTaken(error: { constraint_name?: string }): never {
  if (error.constraint_name !== 'users_slug_key') throw error
  throw invalid(text('team.slugTaken'), { slug: text('team.slugTaken') })
}

export async function keepOldSlug(db: Db, slug: string, user_id: number): Promise<void> {
  await db
    .insertInto('old_user_slugs')
    .values({ slug, user_id })
    .onConflict((taken) => taken.column('slug').doUpdateSet({ user_id, created_at: sql<Date>`now()` }))
    .execute()
}

async function askForEmail(db: Db, user_id: number, email: string, asked_by: number): Promise<void> {
  const taken = await db
    .selectFrom('users')
    .select('id')
    .where(sql<string>`lower(email)`, '=', email)
    .where('id', '<>', user_id)
    .executeTakeFirst()
  if (taken) throw invalid(text('team.emailTaken'), { email: text('team.emailTaken') })
  const values = { email, asked_by, token_hash: null, expires_at: sql<Date>`now() + interval '2 days'` }
  await db
    .insertInto('email_changes')
    .values({ user_id, ...values })
    .onConflict((asked) => asked.column('user_id').doUpdateSet(values))
    .execute()
  await enqueue(db, 'send-email-change', { user_id })
}

type Details = Record<string, unknown>

export async function record(
  db: Db,
  action: string,
  id: number,
  actor: Actor,
  details: Details = {},
  description = '',
) {
  const subject = { type: 'user', id }
  await recordEvent(db, { action, actor_id: actor.id, client_ip: actor.ip, subject, details, description })
}
