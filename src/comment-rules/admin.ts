import type { App } from '../http/app.ts'
import { fieldErrors, postedValues } from '../http/validation.ts'
import { paths } from '../paths.ts'
import { requireOwner } from '../permissions/require-owner.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { text } from '../texts/texts.ts'
import { updateRules } from './queries.ts'
import { RulesForm, newRulesOf, rulesErrors } from './settings.ts'
import { RulesPage } from './views.tsx'

// Two lists of 10,000 characters, each written as %F0%9F%98%80.
const bodyLimit = 256 * 1024

export function commentRulesAdmin(app: App, current: CurrentSettings) {
  app.get(paths.admin.commentRules(), async (request, reply) => {
    requireOwner(request)
    await current.refresh()
    const isSaved = new URLSearchParams(request.url.split('?')[1]).has('saved')
    return reply.html(RulesPage({ page: request.page, settings: current.get(), isSaved }))
  })

  app.post(
    paths.admin.commentRules(),
    { schema: { body: RulesForm }, attachValidation: true, bodyLimit },
    async (request, reply) => {
      const visitor = requireOwner(request)
      const values = postedValues(request.body)
      const again = (status: number, errors: Record<string, string>, message?: string) =>
        reply.code(status).html(
          RulesPage({
            page: request.page,
            settings: current.get(),
            form: { values, errors },
            ...(message && { message }),
          }),
        )
      const errors = { ...fieldErrors(request), ...rulesErrors(values) }
      if (Object.keys(errors).length > 0) return again(422, errors)
      const actor = { id: visitor.id, ip: request.ip }
      const key = (request.body.spam_check_key ?? '').trim()
      const isSaved = await updateRules(app.db, Number(request.body.version), newRulesOf(request.body), key, actor)
      await current.refresh()
      if (!isSaved) return again(409, {}, text('moderation.rulesChangedMeanwhile'))
      return reply.redirect(`${paths.admin.commentRules()}?saved`, 303)
    },
  )
}
