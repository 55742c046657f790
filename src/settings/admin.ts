import type { App } from '../http/app.ts'
import { fieldErrors, postedValues } from '../http/validation.ts'
import { paths } from '../paths.ts'
import { requireOwner } from '../permissions/require-owner.ts'
import type { CurrentSettings } from './current.ts'
import { menuError } from './menu.ts'
import { text } from '../texts/texts.ts'
import { updateSettings } from './queries.ts'
import { SettingsForm, isLanguage, mostDays, mostMinutes, isTimeZone, settingsOf } from './settings.ts'
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
      const errors = fieldErrors(request) ?? {}
      if (!isLanguage(values.language ?? '')) errors.language = text('settings.wrongLanguage')
      if (!isTimeZone(values.time_zone ?? 'UTC')) errors.time_zone = text('settings.wrongZone')
      for (const [name, most] of [
        ['comment_edit_minutes', mostMinutes],
        ['comments_close_after_days', mostDays],
      ] as const) {
        const isNumber = /^\s*\d+\s*$/.test(values[name] ?? '0')
        if (!isNumber || Number(values[name] ?? 0) > most) errors[name] = text('comments.numberUpTo', { most })
      }
      const wrong = menuError(values.menu ?? '')
      if (wrong) errors.menu = wrong
      if (Object.keys(errors).length > 0) return again(422, { errors })

      const actor = { id: visitor.id, ip: request.ip }
      const saved = await updateSettings(app.db, Number(request.body.version), settingsOf(request.body), actor)
      await current.refresh()
      if (!saved) return again(409, { message: text('settings.changedMeanwhile') })
      return reply.redirect(`${paths.admin.settings()}?saved`, 303)
    },
  )
}
