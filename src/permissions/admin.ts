import type { FastifyReply, FastifyRequest } from 'fastify'
import { fieldsOf, forbidden } from '../errors.ts'
import type { FormState } from '../html/form.tsx'
import type { App } from '../http/app.ts'
import { IdParams } from '../http/params.ts'
import { fieldErrors, postedValues } from '../http/validation.ts'
import { paths } from '../paths.ts'
import { cleanName } from '../users/user.ts'
import { DescriptionForm, PermissionForm, namesErrors } from './permission-groups.ts'
import { holds } from './permission.ts'
import { createPermission, deletePermission, describePermission, listHeldPermissions } from './queries.ts'
import { requireSection } from './team.ts'
import { PermissionsPage } from './views.tsx'

export function permissionAdmin(app: App) {
  app.get(paths.admin.permissions(), async (request, reply) => await show(request, reply, {}))

  app.post(
    paths.admin.permissions(),
    { schema: { body: PermissionForm }, attachValidation: true },
    async (request, reply) => {
      const actor = actorWith(request, 'permission.create')
      const values = postedValues(request.body)
      const { resource = '', action = '', scope = '', description = '' } = values
      const parts = { resource: resource.trim(), action: action.trim(), scope, description: cleanName(description) }
      const errors = { ...fieldErrors(request), ...namesErrors(parts) }
      if (Object.keys(errors).length > 0) return await show(request, reply.code(422), { values, errors })
      const refused = await createPermission(app.db, parts, actor).catch(fieldsOf)
      if ('errors' in refused) return await show(request, reply.code(422), { values, errors: refused.errors })
      return reply.redirect(paths.admin.permissions({ done: 'saved' }), 303)
    },
  )

  app.post(
    paths.admin.permission(':id'),
    { schema: { params: IdParams, body: DescriptionForm } },
    async (request, reply) => {
      const actor = actorWith(request, 'permission.edit')
      const { description = '' } = request.body
      await describePermission(app.db, Number(request.params.id), cleanName(description), actor)
      return reply.redirect(paths.admin.permissions({ done: 'saved' }), 303)
    },
  )

  app.post(paths.admin.permissionDeletion(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const actor = actorWith(request, 'permission.delete')
    await deletePermission(app.db, Number(request.params.id), actor)
    return reply.redirect(paths.admin.permissions({ done: 'saved' }), 303)
  })

  function actorWith(request: FastifyRequest, right: string) {
    const visitor = requireSection(request, 'permissions')
    if (!holds(visitor, right)) throw forbidden()
    return { id: visitor.id, ip: request.ip }
  }

  async function show(request: FastifyRequest, reply: FastifyReply, form: FormState) {
    const visitor = requireSection(request, 'permissions')
    const may = {
      create: holds(visitor, 'permission.create'),
      edit: holds(visitor, 'permission.edit'),
      delete: holds(visitor, 'permission.delete'),
      seeRoles: holds(visitor, 'role.read'),
    }
    const isDone = new URLSearchParams(request.url.split('?')[1]).has('done')
    const permissions = await listHeldPermissions(app.db)
    return reply.html(PermissionsPage({ page: request.page, permissions, may, form, isDone }))
  }
}
