import { Type } from 'typebox'
import { AppError, forbidden } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { IdParams } from '../http/params.ts'
import { type Fields, fieldErrors, postedValues } from '../http/validation.ts'
import { paths } from '../paths.ts'
import { isAdmin } from '../permissions/permission.ts'
import { requireVisitor } from '../sessions/read-session.ts'
import { deleteRedirect, listRedirects, saveRedirect } from './queries.ts'
import { RedirectForm, redirectOf } from './redirect.ts'
import { RedirectsPage } from './views.tsx'

const Before = Type.Object({ before: Type.Optional(Type.String({ pattern: '^[1-9]\\d{0,14}$' })) })

export function redirectAdmin(app: App) {
  app.get(paths.admin.redirects(), { schema: { querystring: Before } }, async (request, reply) => {
    requireOwner(requireVisitor(request))
    const before = request.query.before === undefined ? undefined : Number(request.query.before)
    const list = await listRedirects(app.db, before)
    return reply.html(RedirectsPage({ page: request.page, list, isFirst: before === undefined }))
  })

  app.post(
    paths.admin.redirects(),
    { schema: { body: RedirectForm }, attachValidation: true },
    async (request, reply) => {
      const visitor = requireOwner(requireVisitor(request))
      const again = async (errors: Fields) => {
        const form = { values: postedValues(request.body), errors }
        const list = await listRedirects(app.db)
        return reply.code(422).html(RedirectsPage({ page: request.page, list, isFirst: true, form }))
      }
      if (request.validationError) return await again(fieldErrors(request) ?? {})
      const { redirect, errors } = redirectOf(request.body, app.config.siteUrl.origin)
      if (!redirect) return await again(errors)
      if (app.hasRoute({ method: 'GET', url: redirect.from_path }))
        return await again({ from_path: 'The blog has a page of its own there, so this would never be asked for.' })
      try {
        await saveRedirect(app.db, redirect, { id: visitor.id, ip: request.ip })
      } catch (error) {
        if (error instanceof AppError && error.kind === 'invalid') return await again(error.fields)
        throw error
      }
      return reply.redirect(paths.admin.redirects(), 303)
    },
  )

  app.post(paths.admin.redirectDeletion(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const visitor = requireOwner(requireVisitor(request))
    await deleteRedirect(app.db, Number(request.params.id), { id: visitor.id, ip: request.ip })
    return reply.redirect(paths.admin.redirects(), 303)
  })
}

function requireOwner(visitor: Visitor): Visitor {
  if (!isAdmin(visitor)) throw forbidden()
  return visitor
}
