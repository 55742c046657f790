import type { App } from '../http/app.ts'
import { fieldErrors, postedValues } from '../http/validation.ts'
import { paths } from '../paths.ts'
import { requireOwner } from '../permissions/require-owner.ts'
import type { CurrentSettings } from './current.ts'
import { text } from '../texts/texts.ts'
import { updateSettings } from './queries.ts'
import { SettingsForm, settingsErrors, settingsOf } from './settings.ts'
import { SettingsPage } from './views.tsx'

export function settingsAdmin(app: App, current: CurrentSettings) {
  app.get(paths.admin.settings(), async (request, reply) => {
    requireOwner(request)
    await current.refresh()
    const isSaved = new URLSearchParams(request.url.split('?')[1]).has('saved')
    return reply.html(SettingsPage({ page: request.page, settings: current.get(), isSaved }))
  })

  app.post(
    paths.admin.settings(),
    { schema: { body: SettingsForm }, attachValidation: true },
    async (request, reply) => {
      const visitor = requireOwner(request)
      const values = postedValues(request.body)
      const again = (status: number, more: { errors?: Record<string, string>; message?: string }) =>
        reply.code(status).html(
          SettingsPage({
            page: request.page,
            settings: current.get(),
            form: { values, errors: more.errors ?? {} },
            ...(more.message && { message: more.message }),
          }),
        )
      const errors = { ...fieldErrors(request), ...settingsErrors(values) }
      if (Object.keys(errors).length > 0) return again(422, { errors })

      const actor = { id: visitor.id, ip: request.ip }
      const saved = await updateSettings(app.db, Number(request.body.version), settingsOf(request.body), actor)
      await current.refresh()
      if (!saved) return again(409, { message: text('settings.changedMeanwhile') })
      return reply.redirect(`${paths.admin.settings()}?saved`, 303)
    },
  )
}
