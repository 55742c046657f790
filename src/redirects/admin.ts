import { fieldsOf } from '../errors.ts'
import type { App } from '../http/app.ts'
import { BeforeIdQuery, IdParams } from '../http/params.ts'
import { type Fields, fieldErrors, postedValues } from '../http/validation.ts'
import { paths } from '../paths.ts'
import { requireOwner } from '../permissions/require-owner.ts'
import { text } from '../texts/texts.ts'
import { deleteRedirect, isAnswered, listRedirects, saveRedirect } from './queries.ts'
import { RedirectForm, redirectOf } from './redirect.ts'
import { RedirectsPage } from './views.tsx'

export function redirectAdmin(app: App) {
  app.get(paths.admin.redirects(), { schema: { querystring: BeforeIdQuery } }, async (request, reply) => {
    requireOwner(request)
    const before = request.query.before === undefined ? undefined : Number(request.query.before)
    const list = await listRedirects(app.db, before)
    return reply.html(RedirectsPage({ page: request.page, list, isFirst: before === undefined }))
  })

  app.post(
    paths.admin.redirects(),
    { schema: { body: RedirectForm }, attachValidation: true },
    async (request, reply) => {
      const visitor = requireOwner(request)
      const again = async (errors: Fields) => {
        const form = { values: postedValues(request.body), errors }
        const list = await listRedirects(app.db)
        return reply.code(422).html(RedirectsPage({ page: request.page, list, isFirst: true, form }))
      }
      if (request.validationError) return await again(fieldErrors(request) ?? {})
      const { redirect, errors } = redirectOf(request.body, app.config.siteUrl.origin)
      if (!redirect) return await again(errors)
      const { from_path } = redirect
      if (app.hasRoute({ method: 'GET', url: from_path }) || (await isAnswered(app.db, from_path)))
        return await again({ from_path: text('redirects.taken') })
      const refused = await saveRedirect(app.db, redirect, { id: visitor.id, ip: request.ip }).catch(fieldsOf)
      if (typeof refused === 'object') return await again(refused.errors)
      return reply.redirect(paths.admin.redirects(), 303)
    },
  )

  app.post(paths.admin.redirectDeletion(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const visitor = requireOwner(request)
    await deleteRedirect(app.db, Number(request.params.id), { id: visitor.id, ip: request.ip })
    return reply.redirect(paths.admin.redirects(), 303)
  })
}
