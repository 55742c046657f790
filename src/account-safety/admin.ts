import { forbidden } from '../errors.ts'
import type { FastifyRequest } from 'fastify'
import type { App, Visitor } from '../http/app.ts'
import { IdParams } from '../http/params.ts'
import { paths } from '../paths.ts'
import { holds } from '../permissions/permission.ts'
import { requireOwner } from '../permissions/require-owner.ts'
import { hasFactor } from '../second-factor/queries.ts'
import { requireVisitor } from '../sessions/read-session.ts'
import { text } from '../texts/texts.ts'
import { SafetySettingsPage } from './admin-views.tsx'
import { endSessionsOfPerson, removeFactorOfPerson } from './end-access.ts'
import { listFactorRoles, setFactorRoles } from './queries.ts'

/** Which roles ask for a second factor, and the ends that somebody who manages accounts can bring about. */
export function accountSafetyAdmin(app: App) {
  app.get(paths.admin.safetySettings(), async (request, reply) => {
    requireOwner(request)
    const isSaved = new URLSearchParams(request.url.split('?')[1]).has('saved')
    return reply.html(SafetySettingsPage({ page: request.page, roles: await listFactorRoles(app.db), isSaved }))
  })

  app.post(paths.admin.safetySettings(), async (request, reply) => {
    const visitor = requireOwner(request)
    const roles = await listFactorRoles(app.db)
    const { roles: ticked = [] } = (request.body ?? {}) as { roles?: string | string[] }
    const chosen = new Set([ticked].flat().filter((id) => typeof id === 'string'))
    const wanted = roles.filter(({ id }) => chosen.has(String(id)))
    // Otherwise whoever turns it on would stand outside at once.
    const isMine = wanted.some(({ name }) => visitor.roles.has(name.toLowerCase()))
    if (isMine && !(await hasFactor(app.db, visitor.id))) {
      const shown = roles.map((role) => ({ ...role, requires_second_factor: chosen.has(String(role.id)) }))
      const trouble = text('factor.yoursFirst')
      return reply.code(422).html(SafetySettingsPage({ page: request.page, roles: shown, trouble }))
    }
    const ids = wanted.map(({ id }) => id)
    await setFactorRoles(app.db, ids, { id: visitor.id, ip: request.ip })
    return reply.redirect(`${paths.admin.safetySettings()}?saved`, 303)
  })

  app.post(paths.admin.personSessionsEnd(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { visitor, id } = requireManager(request)
    await endSessionsOfPerson(app.db, id, visitor, request.ip)
    return reply.redirect(paths.admin.person(id, { done: 'signedOut' }), 303)
  })

  app.post(paths.admin.personSecondFactorEnd(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { visitor, id } = requireManager(request)
    await removeFactorOfPerson(app.db, id, visitor, request.ip)
    return reply.redirect(paths.admin.person(id, { done: 'factorGone' }), 303)
  })
}

/** Over whom is looked at inside the transaction, with the account held still. */
function requireManager(request: FastifyRequest & { params: { id: string } }): { visitor: Visitor; id: number } {
  const visitor = requireVisitor(request)
  if (!holds(visitor, 'user.manage')) throw forbidden()
  return { visitor, id: Number(request.params.id) }
}
