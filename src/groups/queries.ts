import { sql } from 'kysely'
import { type ListQuery, pageOf } from '../api/list.ts'
import { type Actor, recordEvent } from '../audit/queries.ts'
import type { Sorts } from '../db/keyset.ts'
import type { Db } from '../db/pool.ts'
import { forbidden, invalid, notFound } from '../errors.ts'
import type { Visitor } from '../http/app.ts'
import { keepingOwner } from '../permissions/queries.ts'
import { isWithin, rightsOfRole } from '../permissions/ceiling.ts'
import { holdRoles } from '../roles/queries.ts'
import { text } from '../texts/texts.ts'
import { type GroupInput, mostGroups } from './group.ts'

const sorts: Sorts = {
  name: { by: sql`lower(groups.name)`, type: 'text' },
  id: { by: sql`groups.id`, type: 'number' },
}

function groups(db: Db) {
  return db
    .selectFrom('groups')
    .select(['groups.id', 'groups.name', 'groups.description', 'groups.created_at'])
    .select(
      sql<number>`(select count(*)::int from group_memberships where group_memberships.group_id = groups.id)`.as(
        'people',
      ),
    )
}
export type GroupRow = Awaited<ReturnType<ReturnType<typeof groups>['execute']>>[number]

export async function listGroupRows(db: Db, list: ListQuery) {
  return await pageOf<GroupRow>(groups(db), sorts, list, 'name', sql`groups.id`)
}

/** All of them, by name. */
export async function listAllGroups(db: Db): Promise<GroupRow[]> {
  return await groups(db)
    .orderBy(sql`lower(groups.name)`)
    .limit(mostGroups)
    .execute()
}

/** With `isHeld` nobody else changes it before the transaction ends. */
export async function findGroup(db: Db, id: number, isHeld = false): Promise<GroupRow | undefined> {
  if (isHeld) await sql`select from groups where id = ${id} for update`.execute(db)
  return await groups(db).where('groups.id', '=', id).executeTakeFirst()
}

/** In whatever case. */
export async function findGroupNamed(db: Db, name: string): Promise<{ id: number } | undefined> {
  return await db
    .selectFrom('groups')
    .select('id')
    .where(sql<string>`lower(name)`, '=', name.toLowerCase())
    .executeTakeFirst()
}

const memberSorts: Sorts = {
  name: { by: sql`lower(users.name)`, type: 'text' },
  id: { by: sql`users.id`, type: 'number' },
}

/** Who is in a group. */
export async function listMembers(db: Db, group_id: number, list: ListQuery) {
  const query = db
    .selectFrom('group_memberships')
    .innerJoin('users', 'users.id', 'group_memberships.user_id')
    .select(['users.id', 'users.name', 'users.slug'])
    .where('group_memberships.group_id', '=', group_id)
  return await pageOf<{ id: number; name: string; slug: string }>(query, memberSorts, list, 'name', sql`users.id`)
}

/** Throws `invalid` when there is one of that name, and `forbidden` where the role of that name is above the visitor. */
export async function createGroup(db: Db, { name, description }: GroupInput, visitor: Visitor, ip: string) {
  return await db.transaction().execute(async (db) => {
    await refuseAbove(db, name, visitor)
    const many = await db
      .selectFrom('groups')
      .select(sql<number>`count(*)::int`.as('n'))
      .executeTakeFirstOrThrow()
    if (many.n >= mostGroups) throw wrongName(text('groups.tooMany', { most: mostGroups }))
    const row = await db
      .insertInto('groups')
      .values({ name, description })
      .onConflict((taken) => taken.doNothing())
      .returning('id')
      .executeTakeFirst()
    if (!row) throw wrongName(text('groups.taken'))
    await record(db, 'group.created', row.id, { id: visitor.id, ip }, name)
    return row.id
  })
}

export async function describeGroup(db: Db, id: number, description: string, visitor: Visitor, ip: string) {
  await db.transaction().execute(async (db) => {
    const group = await requireGroup(db, id, visitor)
    if (group.description === description) return
    await db
      .updateTable('groups')
      .set({ description, updated_at: sql<Date>`now()` })
      .where('id', '=', id)
      .execute()
    const details = { description: { from: group.description, to: description } }
    await record(db, 'group.changed', id, { id: visitor.id, ip }, group.name, details)
  })
}

/** Who was in it loses the rights that came by it. Throws `conflict` rather than leave the blog without an owner. */
export async function deleteGroup(db: Db, id: number, visitor: Visitor, ip: string): Promise<void> {
  await keepingOwner(db, async (db) => {
    const group = await requireGroup(db, id, visitor)
    await db.deleteFrom('groups').where('id', '=', id).execute()
    await record(db, 'group.deleted', id, { id: visitor.id, ip }, group.name, { people: group.people })
  })
}

async function requireGroup(db: Db, id: number, visitor: Visitor): Promise<GroupRow> {
  const group = await findGroup(db, id, true)
  if (!group) throw notFound('group')
  await refuseAbove(db, group.name, visitor)
  return group
}

/** The role of that name, if there is one, stays as it is until the transaction ends. */
async function refuseAbove(db: Db, name: string, visitor: Visitor): Promise<void> {
  const called = db
    .selectFrom('roles')
    .select('id')
    .where(sql<string>`lower(name)`, '=', name.toLowerCase())
  const ids = (await called.execute()).map(({ id }) => id)
  const isAbove = (await holdRoles(db, ids)).some((role) => !isWithin(visitor, rightsOfRole(role)))
  if (isAbove) throw forbidden(text('team.roleAbove', { role: name }))
}

function wrongName(message: string) {
  return invalid(message, { name: message })
}

async function record(db: Db, action: string, id: number, actor: Actor, description: string, details = {}) {
  const subject = { type: 'group', id }
  await recordEvent(db, { action, actor_id: actor.id, client_ip: actor.ip, subject, description, details })
}
