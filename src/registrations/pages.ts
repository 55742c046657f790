import { setTimeout as sleep } from 'node:timers/promises'
import { Type } from 'typebox'
import { notFound } from '../errors.ts'
import type { FormState } from '../html/form.tsx'
import type { App } from '../http/app.ts'
import { TokenParams } from '../http/params.ts'
import { type Fields, fieldErrors, postedValues } from '../http/validation.ts'
import { countAttempt, networkOf } from '../limits/queries.ts'
import { keepMailProof } from '../oauth/mail-proof.ts'
import { hashPassword, verifyPassword } from '../passwords/password.ts'
import { weaknessOf } from '../passwords/weakness.ts'
import { paths } from '../paths.ts'
import { Next, safeNext } from '../sessions/session.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { text } from '../texts/texts.ts'
import { Email, Name, NewPassword, cleanName, isEmail, nameError, normaliseEmail } from '../users/user.ts'
import { confirmRegistration, findConfirmation, register } from './queries.ts'
import { ConfirmPage, RegisterPage, RegisteredPage } from './views.tsx'

const RegistrationForm = Type.Object({ name: Name, email: Email, password: NewPassword, next: Next })
const ConfirmationForm = Type.Object({ password: Type.Optional(Type.String({ maxLength: 1024 })) })
const WayQuery = Type.Object({ next: Next })
// Making an account takes a few milliseconds longer than noting that there is one; the answer is not to tell which it was.
const leastWriteMs = 100
const perNetwork = { most: 20, windowSeconds: 3600 }
const perAddress = { most: 5, windowSeconds: 3600 }
const perAccount = { most: 20, windowSeconds: 3600 }

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
    const wrong = nameError(name)
    if (wrong) errors.name ??= wrong
    const weakness = password && weaknessOf(app.config, password, { name, email, site: request.page.site.title })
    if (weakness) errors.password ??= weakness
    if (Object.keys(errors).length > 0 || !password) {
      return reply.code(422).html(RegisterPage({ page: request.page, next, form: { values, errors } }))
    }
    await countAttempt(app.db, 'register from', networkOf(request.ip), perNetwork)
    await countAttempt(app.db, 'register as', email, perAddress)
    const password_hash = await hashPassword(password)
    await Promise.all([register(app.db, { name, email, password_hash, ip: request.ip, next }), sleep(leastWriteMs)])
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
      const waiting = await findConfirmation(app.db, token)
      return reply
        .header('referrer-policy', 'same-origin')
        .html(ConfirmPage({ page: request.page, token, next, waiting }))
    },
  )

  app.post(
    paths.confirmation(':token'),
    { schema: { params: TokenParams, querystring: WayQuery, body: ConfirmationForm }, attachValidation: true },
    async (request, reply) => {
      const { token } = request.params
      const next = safeNext(request.query.next)
      reply.header('referrer-policy', 'same-origin')
      const waiting = await findConfirmation(app.db, token)
      const show = (status: number, more: { waiting?: typeof waiting; form?: FormState } = {}) =>
        reply.code(status).html(ConfirmPage({ page: request.page, token, next, waiting: undefined, ...more }))
      if (!waiting) return show(404)
      if (waiting.registration_id === null) {
        keepMailProof(app, reply, token)
        return reply.redirect(paths.signInAfter('proved', next), 303)
      }
      const errors: Fields = { ...fieldErrors(request) }
      if (Object.keys(errors).length === 0) {
        await countAttempt(app.db, 'confirm from', networkOf(request.ip), perNetwork)
        await countAttempt(app.db, 'confirmation of', String(waiting.user_id), perAccount)
        // Whoever typed the address of somebody else does not have their mail read and confirmed by them.
        const isTheirs = await verifyPassword(
          request.body.password ?? '',
          waiting.password_hash,
          app.config.legacyAuthKey,
        )
        if (!isTheirs) errors.password = text('registrations.otherPassword')
      }
      if (Object.keys(errors).length > 0) return show(422, { waiting, form: { errors } })
      if (!(await confirmRegistration(app.db, token, request.ip))) return show(404)
      return reply.redirect(paths.signInAfter('confirmed', next), 303)
    },
  )
}
