import type { App } from '../http/app.ts'
import { fieldErrors, postedValues } from '../http/validation.ts'
import { paths } from '../paths.ts'
import { requireOwner } from '../permissions/require-owner.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { text } from '../texts/texts.ts'
import { MachineSettingsForm, machineSettingsErrors, machineSettingsOf } from './machine-settings.ts'
import { updateMachineSettings } from './queries.ts'
import { MachineSettingsPage } from './views.tsx'

export function machineSettingsAdmin(app: App, current: CurrentSettings): void {
  app.get(paths.admin.machineSettings(), async (request, reply) => {
    requireOwner(request)
    await current.refresh()
    const isSaved = new URLSearchParams(request.url.split('?')[1]).has('saved')
    return reply.html(MachineSettingsPage({ page: request.page, settings: current.get(), isSaved }))
  })

  app.post(
    paths.admin.machineSettings(),
    { schema: { body: MachineSettingsForm }, attachValidation: true },
    async (request, reply) => {
      const visitor = requireOwner(request)
      const values = postedValues(request.body)
      const again = (status: number, errors: Record<string, string>, message?: string) =>
        reply.code(status).html(
          MachineSettingsPage({
            page: request.page,
            settings: current.get(),
            form: { values, errors },
            ...(message && { message }),
          }),
        )
      const errors = { ...fieldErrors(request), ...machineSettingsErrors(values) }
      if (Object.keys(errors).length > 0) return again(422, errors)

      const actor = { id: visitor.id, ip: request.ip }
      const given = machineSettingsOf(request.body)
      const isDone = await updateMachineSettings(app.db, Number(request.body.version), given, actor)
      await current.refresh()
      if (!isDone) return again(409, {}, text('machines.changedMeanwhile'))
      return reply.redirect(`${paths.admin.machineSettings()}?saved`, 303)
    },
  )
}
