import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { fieldsOf } from '../errors.ts'
import type { FormState } from '../html/form.tsx'
import type { App } from '../http/app.ts'
import { IdParams } from '../http/params.ts'
import { fieldErrors, postedValues } from '../http/validation.ts'
import { paths } from '../paths.ts'
import { requireSection } from '../permissions/team.ts'
import { listRoles } from '../roles/queries.ts'
import { text } from '../texts/texts.ts'
import { isEmail, normaliseEmail } from '../users/user.ts'
import { InvitationForm, mayInvite } from './invitation.ts'
import { countInvitation } from './limits.ts'
import { invite, inviteAgain, listInvitations, revokeInvitation } from './queries.ts'
import { InvitationsPage } from './views.tsx'

const InvitationsQuery = Type.Object({
  before: Type.Optional(Type.String({ pattern: '^[1-9]\\d{0,15}$' })),
  done: Type.Optional(Type.Unknown()),
})

export function invitationAdmin(app: App) {
  app.get(paths.admin.invitations(), { schema: { querystring: InvitationsQuery } }, async (request, reply) => {
    const { before, done } = request.query
    return await show(request, reply, {}, { before: before === undefined ? undefined : Number(before), done })
  })

  app.post(
    paths.admin.invitations(),
    { schema: { body: InvitationForm }, attachValidation: true },
    async (request, reply) => {
      const visitor = requireSection(request, 'invitations')
      const values = postedValues(request.body)
      const email = normaliseEmail(values.email ?? '')
      const errors = { ...(!isEmail(email) && { email: text('people.wrongEmail') }), ...fieldErrors(request) }
      if (Object.keys(errors).length > 0) return await show(request, reply.code(422), { values, errors })
      await countInvitation(app.db, visitor, email)
      const wish = { email, role_id: Number(request.body.role) }
      const refused = await invite(app.db, wish, visitor, request.ip).catch(fieldsOf)
      if (typeof refused === 'object') return await show(request, reply.code(422), { values, errors: refused.errors })
      return reply.redirect(paths.admin.invitations({ done: 'sent' }), 303)
    },
  )

  app.post(paths.admin.invitationSending(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const visitor = requireSection(request, 'invitations')
    await countInvitation(app.db, visitor, `invitation ${request.params.id}`)
    await inviteAgain(app.db, Number(request.params.id), visitor, request.ip)
    return reply.redirect(paths.admin.invitations({ done: 'sent' }), 303)
  })

  app.post(paths.admin.invitationEnd(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const visitor = requireSection(request, 'invitations')
    await revokeInvitation(app.db, Number(request.params.id), visitor, request.ip)
    return reply.redirect(paths.admin.invitations({ done: 'revoked' }), 303)
  })

  type Place = { before?: number | undefined; done?: unknown }

  async function show(request: FastifyRequest, reply: FastifyReply, form: FormState, { before, done }: Place = {}) {
    const visitor = requireSection(request, 'invitations')
    const [list, roles] = await Promise.all([listInvitations(app.db, visitor, before), listRoles(app.db)])
    const offered = roles.filter((role) => mayInvite(visitor, role))
    const view = { page: request.page, visitor, list, roles: offered, form, done, isFirst: before === undefined }
    return reply.html(InvitationsPage(view))
  }
}
