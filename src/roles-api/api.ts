import { Type } from 'typebox'
import type { Register } from '../api/endpoint.ts'
import { fieldsOf, listQuery, listSchema, oneQuery, showList } from '../api/list.ts'
import { Id, idOf, tagOf } from '../api/resource.ts'
import type { Db } from '../db/pool.ts'
import { forbidden, invalid, notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { paths } from '../paths.ts'
import { descriptionOf } from '../permissions/permission-groups.ts'
import { holds } from '../permissions/permission.ts'
import { createPermission, deletePermission, describePermission, listPermissions } from '../permissions/queries.ts'
import { changeGrants, changeRole, countHolders, createRole, deleteRole } from '../roles/queries.ts'
import { isRoleName } from '../roles/role.ts'
import { text } from '../texts/texts.ts'
import { cleanName } from '../users/user.ts'
import {
  type PermissionRow,
  type RoleRow,
  findPermissionRow,
  findRoleRow,
  listPermissionRows,
  listRoleRows,
} from './queries.ts'
import { NewPermission, NewRole, Permission, PermissionChange, Role, RoleChange } from './role-resource.ts'

const params = Type.Object({ id: Id })
const roleParams = Type.Object({ id: idOf('roles') })
const ofRoles = { noun: 'roles' } as const
const ofPermissions = { noun: 'permissions' } as const

export function roleApi(app: App, register: Register) {
  register(
    {
      ...ofRoles,
      id: 'listRoles',
      method: 'GET',
      path: paths.api.roles(),
      summary: 'Roles',
      scope: 'roles:read',
      needs: '`role.read`',
      query: listQuery(['name', 'id'], 'name', {}),
      answer: { status: 200, schema: listSchema(Role) },
    },
    async (call) => {
      needs(call.someone(), 'role.read')
      const [page, holders] = await Promise.all([listRoleRows(app.db, call.query), countHolders(app.db)])
      const rows = page.rows.map((row) => ({ ...row, people: holders.get(row.id) ?? 0 }))
      return { body: showList(Role, { ...page, rows }, () => 'staff', fieldsOf(Role, call.query)) }
    },
  )

  register(
    {
      ...ofRoles,
      id: 'getRole',
      method: 'GET',
      path: paths.api.role(':id'),
      summary: 'One role',
      scope: 'roles:read',
      needs: '`role.read`',
      params: roleParams,
      query: oneQuery(),
      answer: { status: 200, schema: Role.schema },
    },
    async (call) => {
      needs(call.someone(), 'role.read')
      return await showRole(app.db, call.params.id, fieldsOf(Role, call.query))
    },
  )

  register(
    {
      ...ofRoles,
      id: 'createRole',
      method: 'POST',
      path: paths.api.roles(),
      summary: 'Make a role',
      scope: 'roles:write',
      needs: '`role.create`; `permission.assign` for permissions, of those one has',
      body: NewRole,
      answer: { status: 201, schema: Role.schema },
    },
    async (call) => {
      const visitor = needs(call.someone(), 'role.read', 'role.create')
      const { permissions } = call.body
      if (permissions) needs(visitor, 'permission.assign')
      const wish = { name: nameOf(call.body.name), description: cleanName(call.body.description ?? '') }
      return await call.write(async (db) => {
        const id = await createRole(db, wish, call.actor())
        if (permissions) await setGrants(db, id, [], permissions, visitor, call.request.ip)
        return { ...(await showRole(db, id)), location: paths.api.role(id) }
      })
    },
  )

  register(
    {
      ...ofRoles,
      id: 'updateRole',
      method: 'PATCH',
      path: paths.api.role(':id'),
      summary: 'Change a role',
      description: 'What is left out stays. Who holds it keeps it. `admin` keeps its name and everything it may do.',
      scope: 'roles:write',
      needs: '`role.edit`, `permission.assign` for permissions; of roles whose permissions one has',
      params: roleParams,
      body: RoleChange,
      hasMatch: true,
      answer: { status: 200, schema: Role.schema },
    },
    async (call) => {
      const visitor = needs(call.someone(), 'role.read')
      const { name, description, permissions } = call.body
      if (name !== undefined || description !== undefined) needs(visitor, 'role.edit')
      if (permissions) needs(visitor, 'permission.assign')
      return await call.write(async (db) => {
        const row = await findRoleRow(db, call.params.id, true)
        if (!row) throw notFound('role')
        call.requireMatch(tagOf(row))
        if (name !== undefined || description !== undefined) {
          const wish = {
            name: name === undefined ? row.name : nameOf(name, row.name),
            description: description === undefined ? row.description : cleanName(description),
          }
          await changeRole(db, row.id, wish, visitor, call.request.ip)
        }
        if (permissions) await setGrants(db, row.id, row.permissions, permissions, visitor, call.request.ip)
        return await showRole(db, row.id)
      })
    },
  )

  register(
    {
      ...ofRoles,
      id: 'deleteRole',
      method: 'DELETE',
      path: paths.api.role(':id'),
      summary: 'Delete a role',
      description: 'Whoever holds it loses it.',
      scope: 'roles:write',
      needs: '`role.delete`, of roles whose permissions one has',
      params: roleParams,
      hasMatch: true,
      answer: { status: 204 },
    },
    async (call) => {
      const visitor = needs(call.someone(), 'role.read', 'role.delete')
      return await call.write(async (db) => {
        const row = await findRoleRow(db, call.params.id, true)
        if (!row) throw notFound('role')
        call.requireMatch(tagOf(row))
        await deleteRole(db, row.id, visitor, call.request.ip)
        return {}
      })
    },
  )

  register(
    {
      ...ofPermissions,
      id: 'listPermissions',
      method: 'GET',
      path: paths.api.permissions(),
      summary: 'Permissions',
      scope: 'roles:read',
      needs: '`permission.read`',
      query: listQuery(['name', 'id'], 'name', {
        resource: Type.Optional(Type.String({ minLength: 1, maxLength: 39 })),
      }),
      answer: { status: 200, schema: listSchema(Permission) },
    },
    async (call) => {
      needs(call.someone(), 'permission.read')
      const page = await listPermissionRows(app.db, call.query, call.query)
      const rows = page.rows.map(described)
      return { body: showList(Permission, { ...page, rows }, () => 'staff', fieldsOf(Permission, call.query)) }
    },
  )

  register(
    {
      ...ofPermissions,
      id: 'getPermission',
      method: 'GET',
      path: paths.api.permission(':id'),
      summary: 'One permission',
      scope: 'roles:read',
      needs: '`permission.read`',
      params,
      query: oneQuery(),
      answer: { status: 200, schema: Permission.schema },
    },
    async (call) => {
      needs(call.someone(), 'permission.read')
      return shownPermission(await findPermissionRow(app.db, call.params.id), fieldsOf(Permission, call.query))
    },
  )

  register(
    {
      ...ofPermissions,
      id: 'createPermission',
      method: 'POST',
      path: paths.api.permissions(),
      summary: 'Make a permission of one’s own',
      description: 'For programs beside Bloggy, which itself asks for none but its own.',
      scope: 'roles:write',
      needs: '`permission.create`',
      body: NewPermission,
      answer: { status: 201, schema: Permission.schema },
    },
    async (call) => {
      needs(call.someone(), 'permission.read', 'permission.create')
      const { resource, action, scope = '', description = '' } = call.body
      return await call.write(async (db) => {
        const parts = { resource, action, scope, description: cleanName(description) }
        const { id } = await createPermission(db, parts, call.actor())
        return { ...shownPermission(await findPermissionRow(db, id)), location: paths.api.permission(id) }
      })
    },
  )

  register(
    {
      ...ofPermissions,
      id: 'updatePermission',
      method: 'PATCH',
      path: paths.api.permission(':id'),
      summary: 'Describe a permission',
      description: 'Its name is what programs ask for, and stays.',
      scope: 'roles:write',
      needs: '`permission.edit`',
      params,
      body: PermissionChange,
      hasMatch: true,
      answer: { status: 200, schema: Permission.schema },
    },
    async (call) => {
      needs(call.someone(), 'permission.read', 'permission.edit')
      return await call.write(async (db) => {
        const row = await findPermissionRow(db, call.params.id, true)
        call.requireMatch(shownPermission(row).etag)
        await describePermission(db, call.params.id, cleanName(call.body.description), call.actor())
        return shownPermission(await findPermissionRow(db, call.params.id))
      })
    },
  )

  register(
    {
      ...ofPermissions,
      id: 'deletePermission',
      method: 'DELETE',
      path: paths.api.permission(':id'),
      summary: 'Delete a permission',
      description: 'Not one that Bloggy asks for, or that a role holds.',
      scope: 'roles:write',
      needs: '`permission.delete`',
      params,
      hasMatch: true,
      answer: { status: 204 },
    },
    async (call) => {
      needs(call.someone(), 'permission.read', 'permission.delete')
      return await call.write(async (db) => {
        const row = await findPermissionRow(db, call.params.id, true)
        call.requireMatch(shownPermission(row).etag)
        await deletePermission(db, call.params.id, call.actor())
        return {}
      })
    },
  )
}

function needs(visitor: Visitor, ...rights: string[]): Visitor {
  if (!rights.every((right) => holds(visitor, right))) throw forbidden()
  return visitor
}

/** As every Bloggy has named them; one that came by another name with an import may keep it. */
function nameOf(given: string, before?: string): string {
  const name = given.trim()
  if (name === before || isRoleName(name)) return name
  throw invalid(text('team.roleNameHint'), { name: text('team.roleNameHint') })
}

async function showRole(db: Db, id: number, only?: ReadonlySet<string>) {
  const row: RoleRow | undefined = await findRoleRow(db, id)
  if (!row) throw notFound('role')
  const people = !only || only.has('people') ? ((await countHolders(db)).get(id) ?? 0) : 0
  // Who holds it is no part of what somebody changes here.
  return { body: Role.show({ ...row, people }, 'staff', only), etag: tagOf(row) }
}

function shownPermission(row: PermissionRow | undefined, only?: ReadonlySet<string>) {
  if (!row) throw notFound('permission')
  return { body: Permission.show(described(row), 'staff', only), etag: tagOf(row) }
}

function described(row: PermissionRow): PermissionRow {
  return { ...row, description: descriptionOf(row) }
}

async function setGrants(db: Db, id: number, before: string[], wanted: string[], visitor: Visitor, ip: string) {
  const known = new Map((await listPermissions(db)).map((permission) => [permission.name, permission.id]))
  const unknown = wanted.find((name) => !known.has(name))
  if (unknown !== undefined) {
    const message = text('api.unknownPermission', { name: unknown })
    throw invalid(message, { permissions: message })
  }
  const ids = (names: string[]) => names.flatMap((name) => known.get(name) ?? [])
  const given = ids(wanted.filter((name) => !before.includes(name)))
  const taken = ids(before.filter((name) => !wanted.includes(name)))
  if (given.length + taken.length > 0) await changeGrants(db, id, { given, taken, all: [] }, visitor, ip)
}
