import { Type } from 'typebox'
import type { Call, Register } from '../api/endpoint.ts'
import { fieldsOf, listQuery, listSchema, oneQuery, showList } from '../api/list.ts'
import { idOf, tagOf } from '../api/resource.ts'
import { forbidden, invalid, notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { paths } from '../paths.ts'
import { changeGroups } from '../people/queries.ts'
import { holds } from '../permissions/permission.ts'
import { canLookAfterPeople } from '../permissions/team.ts'
import { isRoleName } from '../roles/role.ts'
import { text } from '../texts/texts.ts'
import { cleanName } from '../users/user.ts'
import { requireRight } from '../users-api/require-right.ts'
import { Group, GroupChange, Member, NewGroup } from './group.ts'
import {
  type GroupRow,
  createGroup,
  deleteGroup,
  describeGroup,
  findGroup,
  listGroupRows,
  listMembers,
} from './queries.ts'

const noun = 'groups'
const params = Type.Object({ id: idOf('groups') })
const memberParams = Type.Object({ id: idOf('groups'), user: idOf('users') })

export function groupApi(app: App, register: Register) {
  register(
    {
      id: 'listGroups',
      method: 'GET',
      path: paths.api.groups(),
      noun,
      summary: 'Groups',
      description: 'Of the older Bloggy: being in one counts as having the role of the same name.',
      scope: 'roles:read',
      needs: '`role.read`',
      query: listQuery(['name', 'id'], 'name', {}),
      answer: { status: 200, schema: listSchema(Group) },
    },
    async (call) => {
      needs(call.someone(), 'role.read')
      const only = fieldsOf(Group, call.query)
      return { body: showList(Group, await listGroupRows(app.db, call.query), () => 'staff', only) }
    },
  )

  register(
    {
      id: 'getGroup',
      method: 'GET',
      path: paths.api.group(':id'),
      noun,
      summary: 'One group',
      scope: 'roles:read',
      needs: '`role.read`',
      params,
      query: oneQuery(),
      answer: { status: 200, schema: Group.schema },
    },
    async (call) => {
      needs(call.someone(), 'role.read')
      return shown(await findGroup(app.db, call.params.id), fieldsOf(Group, call.query))
    },
  )

  register(
    {
      id: 'createGroup',
      method: 'POST',
      path: paths.api.groups(),
      noun,
      summary: 'Make a group',
      scope: 'roles:write',
      needs: '`role.create`; where a role has the name, its permissions too',
      body: NewGroup,
      answer: { status: 201, schema: Group.schema },
    },
    async (call) => {
      const visitor = needs(call.someone(), 'role.read', 'role.create')
      const wish = { name: call.body.name.trim(), description: cleanName(call.body.description ?? '') }
      if (!isRoleName(wish.name)) throw invalid(text('team.roleNameHint'), { name: text('team.roleNameHint') })
      return await call.write(async (db) => {
        const id = await createGroup(db, wish, visitor, call.request.ip)
        return { ...shown(await findGroup(db, id)), location: paths.api.group(id) }
      })
    },
  )

  register(
    {
      id: 'updateGroup',
      method: 'PATCH',
      path: paths.api.group(':id'),
      noun,
      summary: 'Describe a group',
      description: 'Its name says which rights come by it, and stays.',
      scope: 'roles:write',
      needs: '`role.edit`; where a role has the name, its permissions too',
      params,
      body: GroupChange,
      hasMatch: true,
      answer: { status: 200, schema: Group.schema },
    },
    async (call) => {
      const visitor = needs(call.someone(), 'role.read', 'role.edit')
      return await call.write(async (db) => {
        call.requireMatch(shown(await findGroup(db, call.params.id, true)).etag)
        await describeGroup(db, call.params.id, cleanName(call.body.description), visitor, call.request.ip)
        return shown(await findGroup(db, call.params.id))
      })
    },
  )

  register(
    {
      id: 'deleteGroup',
      method: 'DELETE',
      path: paths.api.group(':id'),
      noun,
      summary: 'Delete a group',
      description: 'Whoever is in it loses what came by it.',
      scope: 'roles:write',
      needs: '`role.delete`; where a role has the name, its permissions too',
      params,
      hasMatch: true,
      answer: { status: 204 },
    },
    async (call) => {
      const visitor = needs(call.someone(), 'role.read', 'role.delete')
      return await call.write(async (db) => {
        call.requireMatch(shown(await findGroup(db, call.params.id, true)).etag)
        await deleteGroup(db, call.params.id, visitor, call.request.ip)
        return {}
      })
    },
  )

  register(
    {
      id: 'listGroupMembers',
      method: 'GET',
      path: paths.api.groupMembers(':id'),
      noun,
      summary: 'Who is in a group',
      scope: 'roles:read',
      needs: '`role.read`, and who looks after people',
      params,
      query: listQuery(['name', 'id'], 'name', {}),
      answer: { status: 200, schema: listSchema(Member) },
    },
    async (call) => {
      if (!canLookAfterPeople(needs(call.someone(), 'role.read'))) throw forbidden()
      if (!(await findGroup(app.db, call.params.id))) throw notFound('group')
      const page = await listMembers(app.db, call.params.id, call.query)
      return { body: showList(Member, page, () => 'staff', fieldsOf(Member, call.query)) }
    },
  )

  const membership = {
    path: paths.api.groupMember(':id', ':user'),
    noun,
    scope: 'roles:write',
    needs: '`role.assign`; where a role has the name, its permissions too',
    params: memberParams,
    answer: { status: 204 },
  } as const

  register(
    { ...membership, id: 'addGroupMember', method: 'PUT', summary: 'Put somebody into a group' },
    async (call) => await change(call, true),
  )

  register(
    {
      ...membership,
      id: 'removeGroupMember',
      method: 'DELETE',
      summary: 'Take somebody out of a group',
      description: 'Who is an owner by it alone, and the last one, stays.',
    },
    async (call) => await change(call, false),
  )

  async function change(call: Call<typeof memberParams, never, never>, isGiven: boolean) {
    const visitor = call.someone()
    const { id, user } = call.params
    return await call.write(async (db) => {
      await requireRight(db, visitor, user, 'assigns')
      if (!(await findGroup(db, id))) throw notFound('group')
      const ticks = { given: isGiven ? [id] : [], taken: isGiven ? [] : [id] }
      await changeGroups(db, user, ticks, visitor, call.request.ip)
      return {}
    })
  }
}

function needs(visitor: Visitor, ...rights: string[]): Visitor {
  if (!rights.every((right) => holds(visitor, right))) throw forbidden()
  return visitor
}

/** Who is in it is no part of what somebody changes here. */
function shown(row: GroupRow | undefined, only?: ReadonlySet<string>) {
  if (!row) throw notFound('group')
  const { people: _, ...state } = row
  return { body: Group.show(row, 'staff', only), etag: tagOf(state) }
}
