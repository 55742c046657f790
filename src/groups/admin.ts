import type { FastifyReply, FastifyRequest } from 'fastify'
import { fieldsOf, forbidden, notFound } from '../errors.ts'
import type { FormState } from '../html/form.tsx'
import type { App } from '../http/app.ts'
import { IdParams } from '../http/params.ts'
import { type Fields, fieldErrors, postedValues } from '../http/validation.ts'
import { paths } from '../paths.ts'
import { holds } from '../permissions/permission.ts'
import { requireSection } from '../permissions/team.ts'
import { isRoleName } from '../roles/role.ts'
import { text } from '../texts/texts.ts'
import { cleanName } from '../users/user.ts'
import { GroupDescriptionForm, GroupForm } from './group.ts'
import { createGroup, deleteGroup, describeGroup, findGroup, listAllGroups } from './queries.ts'
import { GroupDeletionPage, GroupsPage } from './views.tsx'

export function groupAdmin(app: App) {
  app.get(paths.admin.groups(), async (request, reply) => await show(request, reply, {}))

  app.post(paths.admin.groups(), { schema: { body: GroupForm }, attachValidation: true }, async (request, reply) => {
    const visitor = requireRight(request, 'role.create')
    const values = postedValues(request.body)
    const wish = { name: (values.name ?? '').trim(), description: cleanName(values.description ?? '') }
    const errors: Fields = {
      ...(!isRoleName(wish.name) && { name: text('team.roleNameHint') }),
      ...fieldErrors(request),
    }
    if (Object.keys(errors).length > 0) return await show(request, reply.code(422), { values, errors })
    const made = await createGroup(app.db, wish, visitor, request.ip).catch(fieldsOf)
    if (typeof made === 'object') return await show(request, reply.code(422), { values, errors: made.errors })
    return reply.redirect(paths.admin.groups({ done: 'roles' }), 303)
  })

  app.post(
    paths.admin.group(':id'),
    { schema: { params: IdParams, body: GroupDescriptionForm } },
    async (request, reply) => {
      const visitor = requireRight(request, 'role.edit')
      const { description = '' } = request.body
      await describeGroup(app.db, Number(request.params.id), cleanName(description), visitor, request.ip)
      return reply.redirect(paths.admin.groups({ done: 'roles' }), 303)
    },
  )

  app.get(paths.admin.groupDeletion(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    requireRight(request, 'role.delete')
    const group = await findGroup(app.db, Number(request.params.id))
    if (!group) throw notFound('group')
    return reply.html(GroupDeletionPage({ page: request.page, group }))
  })

  app.post(paths.admin.groupDeletion(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const visitor = requireRight(request, 'role.delete')
    await deleteGroup(app.db, Number(request.params.id), visitor, request.ip)
    return reply.redirect(paths.admin.groups({ done: 'roles' }), 303)
  })

  function requireRight(request: FastifyRequest, right: string) {
    const visitor = requireSection(request, 'roles')
    if (!holds(visitor, right)) throw forbidden()
    return visitor
  }

  async function show(request: FastifyRequest, reply: FastifyReply, form: FormState) {
    const visitor = requireSection(request, 'roles')
    const may = {
      create: holds(visitor, 'role.create'),
      edit: holds(visitor, 'role.edit'),
      delete: holds(visitor, 'role.delete'),
    }
    const isDone = new URLSearchParams(request.url.split('?')[1]).has('done')
    return reply.html(GroupsPage({ page: request.page, groups: await listAllGroups(app.db), may, form, isDone }))
  }
}
