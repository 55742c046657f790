import { notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { TokenParams } from '../http/params.ts'
import { fieldErrors, postedValues } from '../http/validation.ts'
import { hashPassword } from '../passwords/password.ts'
import { weaknessOf } from '../passwords/weakness.ts'
import { paths } from '../paths.ts'
import { refuseOpenLine } from '../sessions/cookie.ts'
import { openSession } from '../sessions/open-session.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { isSetupLinkOpen, setUp } from './queries.ts'
import { SetupForm, checkSetup } from './setup.ts'
import { SetupPage } from './views.tsx'

/** The first page of a new blog, for who holds the link from the terminal. For everyone else it is not there. */
export function setupPages(app: App, settings: CurrentSettings) {
  app.get(paths.setup(':token'), { schema: { params: TokenParams } }, async (request, reply) => {
    const { token } = request.params
    if (!(await isSetupLinkOpen(app.db, token))) throw notFound()
    return reply.header('referrer-policy', 'same-origin').html(SetupPage({ page: request.page, token }))
  })

  app.post(
    paths.setup(':token'),
    { schema: { params: TokenParams, body: SetupForm }, attachValidation: true },
    async (request, reply) => {
      const { token } = request.params
      if (!(await isSetupLinkOpen(app.db, token))) throw notFound()
      refuseOpenLine(app, request)
      reply.header('referrer-policy', 'same-origin')
      const { password = '', ...values } = postedValues(request.body)
      const checked = checkSetup(values)
      const errors: Record<string, string> = { ...checked.errors, ...fieldErrors(request) }
      const { name, email, title: site } = checked.input
      const weakness = weaknessOf(app.config, password, { name, email, site })
      if (weakness) errors.password ??= weakness
      if (Object.keys(errors).length > 0) {
        return reply.code(422).html(SetupPage({ page: request.page, token, form: { values, errors } }))
      }
      const password_hash = await hashPassword(password)
      const user_id = await setUp(app.db, { ...checked.input, password_hash }, request.ip)
      const door = { app, request, reply }
      const onward = await app.db.transaction().execute((db) => openSession(db, door, user_id, false))
      await settings.refresh()
      return reply.redirect(onward, 303)
    },
  )
}
