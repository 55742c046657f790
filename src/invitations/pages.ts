import type { FastifyReply, FastifyRequest } from 'fastify'
import { conflict } from '../errors.ts'
import type { FormState } from '../html/form.tsx'
import type { App } from '../http/app.ts'
import { TokenParams } from '../http/params.ts'
import { fieldErrors, postedValues } from '../http/validation.ts'
import { countAttempt, networkOf } from '../limits/queries.ts'
import { hashPassword } from '../passwords/password.ts'
import { weaknessOf } from '../passwords/weakness.ts'
import { paths } from '../paths.ts'
import { refuseOpenLine } from '../sessions/cookie.ts'
import { openSession } from '../sessions/open-session.ts'
import { text } from '../texts/texts.ts'
import { cleanName, nameError } from '../users/user.ts'
import { AcceptanceForm } from './invitation.ts'
import { acceptAs, acceptAsNew, findInvitation } from './queries.ts'
import { InvitationPage } from './acceptance-views.tsx'

const perNetwork = { most: 20, windowSeconds: 3600 }

/** Open to who has the link, also while nobody may register. */
export function invitationPages(app: App) {
  app.get(paths.invitation(':token'), { schema: { params: TokenParams } }, async (request, reply) => {
    return await show(request, reply, {})
  })

  app.post(
    paths.invitation(':token'),
    { schema: { params: TokenParams, body: AcceptanceForm }, attachValidation: true },
    async (request, reply) => {
      const { token } = request.params
      const invitation = await findInvitation(app.db, token)
      if (!invitation) return await show(request, reply, {})
      if (invitation.account_id !== null) {
        if (request.visitor?.id !== invitation.account_id) return await show(request, reply, {})
        if (!(await acceptAs(app.db, token, request.visitor, request.ip))) throw conflict(text('team.invitationOver'))
        return reply.redirect(paths.profile(), 303)
      }
      refuseOpenLine(app, request)
      const { password, ...values } = postedValues(request.body)
      const name = cleanName(values.name ?? '')
      const own = { name, email: invitation.email, site: request.page.site.title }
      const weakness = password && weaknessOf(app.config, password, own)
      const errors = {
        ...(nameError(name) && { name: nameError(name) ?? '' }),
        ...(!password && { password: text('errors.fillIn') }),
        ...(weakness && { password: weakness }),
        ...fieldErrors(request),
      }
      if (Object.keys(errors).length > 0 || !password) return await show(request, reply.code(422), { values, errors })
      await countAttempt(app.db, 'accept from', networkOf(request.ip), perNetwork)
      const person = { name, password_hash: await hashPassword(password) }
      const onward = await app.db.transaction().execute(async (db) => {
        const user_id = await acceptAsNew(db, token, person, request.ip)
        if (user_id === undefined) throw conflict(text('team.invitationOver'))
        return await openSession(db, { app, request, reply }, user_id, false, paths.profile())
      })
      return reply.redirect(onward, 303)
    },
  )

  async function show(request: FastifyRequest<{ Params: { token: string } }>, reply: FastifyReply, form: FormState) {
    const { token } = request.params
    const invitation = await findInvitation(app.db, token)
    reply.header('referrer-policy', 'same-origin')
    if (!invitation) reply.code(404)
    const isTheirs = invitation !== undefined && request.visitor?.id === invitation.account_id
    return reply.html(InvitationPage({ page: request.page, token, invitation, isTheirs, form }))
  }
}
