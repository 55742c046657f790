import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { fieldsOf, forbidden, notFound } from '../errors.ts'
import type { FormState } from '../html/form.tsx'
import type { App } from '../http/app.ts'
import { IdParams } from '../http/params.ts'
import { type Fields, fieldErrors, postedValues } from '../http/validation.ts'
import { paths } from '../paths.ts'
import { isWithin, rightsOfPermission } from '../permissions/ceiling.ts'
import { holds } from '../permissions/permission.ts'
import { listPermissions } from '../permissions/queries.ts'
import { requireSection, ticksOf } from '../permissions/team.ts'
import { text } from '../texts/texts.ts'
import { cleanName } from '../users/user.ts'
import {
  changeGrants,
  changeRole,
  countHolders,
  countOfRole,
  createRole,
  deleteRole,
  findRole,
  listRoles,
} from './queries.ts'
import { RoleForm, type RoleInput, type RoleRights, isRoleName, rightsOverRole } from './role.ts'
import { RolePage } from './role-views.tsx'
import { MatrixPage, RoleDeletionPage, RolesPage } from './views.tsx'

const DoneQuery = Type.Object({ done: Type.Optional(Type.Unknown()) })
const GrantsForm = Type.Object({
  seen: Type.Optional(Type.Unknown()),
  ticked: Type.Optional(Type.Unknown()),
  all: Type.Optional(Type.Unknown()),
})

type IdRequest = FastifyRequest<{ Params: { id: string } }>

export function roleAdmin(app: App) {
  app.get(paths.admin.roles(), async (request, reply) => await showList(request, reply, {}))

  app.post(paths.admin.roles(), { schema: { body: RoleForm }, attachValidation: true }, async (request, reply) => {
    const visitor = requireSection(request, 'roles')
    if (!holds(visitor, 'role.create')) throw forbidden()
    const { input, errors } = read(request)
    const values = postedValues(request.body)
    if (Object.keys(errors).length > 0) return await showList(request, reply.code(422), { values, errors })
    const made = await createRole(app.db, input, { id: visitor.id, ip: request.ip }).catch(fieldsOf)
    if (typeof made === 'object') return await showList(request, reply.code(422), { values, errors: made.errors })
    return reply.redirect(paths.admin.role(made, { done: 'created' }), 303)
  })

  app.get(paths.admin.roleMatrix(), async (request, reply) => {
    requireSection(request, 'roles')
    const [roles, permissions] = await Promise.all([listRoles(app.db), listPermissions(app.db)])
    return reply.html(MatrixPage({ page: request.page, roles, permissions }))
  })

  app.get(paths.admin.role(':id'), { schema: { params: IdParams, querystring: DoneQuery } }, async (request, reply) => {
    return await showRole(request, reply, {}, request.query.done)
  })

  app.post(
    paths.admin.role(':id'),
    { schema: { params: IdParams, body: RoleForm }, attachValidation: true },
    async (request, reply) => {
      const { visitor, role } = await about(request, 'edits')
      const { input, errors } = read(request, role.name)
      const values = postedValues(request.body)
      if (Object.keys(errors).length > 0) return await showRole(request, reply.code(422), { values, errors })
      const refused = await changeRole(app.db, role.id, input, visitor, request.ip).catch(fieldsOf)
      if (refused) return await showRole(request, reply.code(422), { values, errors: refused.errors })
      return reply.redirect(paths.admin.role(role.id, { done: 'changed' }), 303)
    },
  )

  app.post(
    paths.admin.roleGrants(':id'),
    { schema: { params: IdParams, body: GrantsForm } },
    async (request, reply) => {
      const { visitor, role } = await about(request, 'grants')
      const { seen, ticked, all } = request.body
      const resources = (Array.isArray(all) ? all : [all]).filter((value) => typeof value === 'string')
      await changeGrants(app.db, role.id, { ...ticksOf(seen, ticked), all: resources }, visitor, request.ip)
      return reply.redirect(paths.admin.role(role.id, { done: 'changed' }), 303)
    },
  )

  app.get(paths.admin.roleDeletion(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { role } = await about(request, 'deletes')
    return reply.html(RoleDeletionPage({ page: request.page, role, counts: await countOfRole(app.db, role.id) }))
  })

  app.post(paths.admin.roleDeletion(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { visitor, role } = await about(request, 'deletes')
    await deleteRole(app.db, role.id, visitor, request.ip)
    return reply.redirect(paths.admin.roles(), 303)
  })

  async function about(request: IdRequest, deed: keyof RoleRights) {
    const visitor = requireSection(request, 'roles')
    const role = await findRole(app.db, Number(request.params.id))
    if (!role) throw notFound('role')
    const rights = rightsOverRole(visitor, role)
    if (rights.isAbove) throw forbidden(text('team.roleAbove', { role: role.name }))
    if (!rights[deed]) throw forbidden()
    return { visitor, role }
  }

  async function showList(request: FastifyRequest, reply: FastifyReply, form: FormState) {
    const visitor = requireSection(request, 'roles')
    const [roles, holders] = await Promise.all([listRoles(app.db), countHolders(app.db)])
    return reply.html(RolesPage({ page: request.page, roles, holders, mayCreate: holds(visitor, 'role.create'), form }))
  }

  async function showRole(request: IdRequest, reply: FastifyReply, form: FormState, done?: unknown) {
    const visitor = requireSection(request, 'roles')
    const id = Number(request.params.id)
    const [role, permissions, holders] = await Promise.all([
      findRole(app.db, id),
      listPermissions(app.db),
      countHolders(app.db),
    ])
    if (!role) throw notFound('role')
    const grantable = new Set(
      permissions.filter(({ name }) => isWithin(visitor, rightsOfPermission(name))).map(({ id }) => id),
    )
    const view = { page: request.page, role, permissions, grantable, rights: rightsOverRole(visitor, role), form, done }
    return reply.html(RolePage({ ...view, people: holders.get(id) ?? 0 }))
  }
}

/** As it is kept, and what is wrong with it. `before` is a name that may stay whatever it is. */
function read(request: FastifyRequest, before?: string): { input: RoleInput; errors: Fields } {
  const values = postedValues(request.body)
  const input = { name: (values.name ?? '').trim(), description: cleanName(values.description ?? '') }
  const isOdd = input.name !== before && !isRoleName(input.name)
  return { input, errors: { ...fieldErrors(request), ...(isOdd && { name: text('team.roleNameHint') }) } }
}
