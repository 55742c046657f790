import { Type } from 'typebox'
import { notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { TokenParams } from '../http/params.ts'
import { fieldErrors, postedValues } from '../http/validation.ts'
import { countAttempt, networkOf } from '../limits/queries.ts'
import { isMailTokenOpen } from '../mail-tokens/queries.ts'
import { hashPassword } from '../passwords/password.ts'
import { weaknessOf } from '../passwords/weakness.ts'
import { paths } from '../paths.ts'
import { Next, safeNext } from '../sessions/session.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { text } from '../texts/texts.ts'
import { Email, Name, NewPassword, cleanName, isEmail, normaliseEmail } from '../users/user.ts'
import { confirmEmail, register } from './queries.ts'
import { ConfirmPage, RegisterPage, RegisteredPage } from './views.tsx'

const RegistrationForm = Type.Object({ name: Name, email: Email, password: NewPassword, next: Next })
const WayQuery = Type.Object({ next: Next })
const perNetwork = { most: 20, windowSeconds: 3600 }
const perAddress = { most: 5, windowSeconds: 3600 }

export function registrationPages(app: App, settings: CurrentSettings) {
  const requireOpen = () => {
    const { registration_is_open, set_up_at } = settings.get()
    if (!registration_is_open || !set_up_at) throw notFound()
  }

  app.get(paths.register(), { schema: { querystring: WayQuery } }, async (request, reply) => {
    requireOpen()
    const next = safeNext(request.query.next)
    if (request.visitor) return reply.redirect(next, 303)
    return reply.html(RegisterPage({ page: request.page, next }))
  })

  app.post(paths.register(), { schema: { body: RegistrationForm }, attachValidation: true }, async (request, reply) => {
    requireOpen()
    const { password, ...values } = postedValues(request.body)
    const errors = { ...fieldErrors(request) }
    const email = normaliseEmail(values.email ?? '')
    const name = cleanName(values.name ?? '')
    const next = safeNext(values.next)
    if (!isEmail(email)) errors.email ??= text('people.wrongEmail')
    if (!name) errors.name ??= text('errors.fillIn')
    const weakness = password && weaknessOf(app.config, password, { name, email, site: request.page.site.title })
    if (weakness) errors.password ??= weakness
    if (Object.keys(errors).length > 0 || !password) {
      return reply.code(422).html(RegisterPage({ page: request.page, next, form: { values, errors } }))
    }
    await countAttempt(app.db, 'register from', networkOf(request.ip), perNetwork)
    await countAttempt(app.db, 'register as', email, perAddress)
    await register(app.db, { name, email, password_hash: await hashPassword(password), ip: request.ip, next })
    return reply.redirect(paths.registered(), 303)
  })

  app.get(paths.registered(), async (request, reply) => reply.html(RegisteredPage({ page: request.page })))

  // Opening the link changes nothing: mail programs open links by themselves.
  app.get(
    paths.confirmation(':token'),
    { schema: { params: TokenParams, querystring: WayQuery } },
    async (request, reply) => {
      const { token } = request.params
      const next = safeNext(request.query.next)
      const isOpen = await isMailTokenOpen(app.db, 'confirm-email', token)
      return reply
        .header('referrer-policy', 'same-origin')
        .html(ConfirmPage({ page: request.page, token, next, isOpen }))
    },
  )

  app.post(
    paths.confirmation(':token'),
    { schema: { params: TokenParams, querystring: WayQuery } },
    async (request, reply) => {
      const { token } = request.params
      const next = safeNext(request.query.next)
      if (!(await confirmEmail(app.db, token, request.ip))) {
        return reply.code(404).html(ConfirmPage({ page: request.page, token, next, isOpen: false }))
      }
      return reply.redirect(paths.signInAfter('confirmed', next), 303)
    },
  )
}
