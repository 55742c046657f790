import { Type } from 'typebox'
import type { FastifyRequest } from 'fastify'
import { listConnections } from '../connections/queries.ts'
import { labelOf } from '../connections/views.tsx'
import type { FormState } from '../html/form.tsx'
import type { App } from '../http/app.ts'
import { TokenParams } from '../http/params.ts'
import { fieldErrors, postedValues } from '../http/validation.ts'
import { countAttempt, networkOf } from '../limits/queries.ts'
import { findMailTokenOwner } from '../mail-tokens/queries.ts'
import { paths } from '../paths.ts'
import { setSessionCookie } from '../sessions/cookie.ts'
import { createSession } from '../sessions/queries.ts'
import { requireVisitor } from '../sessions/read-session.ts'
import { text } from '../texts/texts.ts'
import { findPasswordHash } from '../users/queries.ts'
import { Email, NewPassword, isEmail, normaliseEmail } from '../users/user.ts'
import { hashPassword, verifyPassword } from './password.ts'
import { changePassword, requestPasswordReset, resetPassword } from './queries.ts'
import { weaknessOf } from './weakness.ts'
import { ChangePasswordPage, ForgottenPasswordPage, ResetPasswordPage } from './views.tsx'

const ChangeForm = Type.Object({ old_password: Type.String({ minLength: 1, maxLength: 1024 }), password: NewPassword })
const ForgottenForm = Type.Object({ email: Email })
const ConnectionId = Type.String({ pattern: '^[1-9]\\d{0,15}$' })
const ResetForm = Type.Object({
  password: NewPassword,
  disconnect: Type.Optional(Type.Union([ConnectionId, Type.Array(ConnectionId, { maxItems: 100 })])),
})
const notYours = () => ({ old_password: text('passwords.notYours') })
const perNetwork = { most: 20, windowSeconds: 3600 }
// As long as a link works: whoever asked too often for somebody else has sent them one.
const perAddress = { most: 5, windowSeconds: 1800 }
const perAccount = { most: 10, windowSeconds: 900 }

export function passwordPages(app: App) {
  const weaknessFor = (owner: { name: string; email: string | null }, password: string, site: string) => {
    const weakness = weaknessOf(app.config, password, { ...owner, site })
    return weakness ? { password: weakness } : undefined
  }

  app.get(paths.password(), async (request, reply) => {
    const { id } = requireVisitor(request)
    // Who came by another service has none to change; the first one comes by mail.
    if ((await findPasswordHash(app.db, id)) === null) return reply.redirect(paths.forgottenPassword(), 303)
    return reply.html(ChangePasswordPage({ page: request.page }))
  })

  app.post(paths.password(), { schema: { body: ChangeForm }, attachValidation: true }, async (request, reply) => {
    const visitor = requireVisitor(request)
    const again = (errors: Record<string, string>) =>
      reply.code(422).html(ChangePasswordPage({ page: request.page, form: { errors } }))
    const errors = fieldErrors(request)
    if (errors) return again(errors)

    const { old_password, password } = request.body
    const own = { name: visitor.name, email: visitor.email, site: request.page.site.title }
    const weakness = weaknessOf(app.config, password, own)
    if (weakness) return again({ password: weakness })
    await countAttempt(app.db, 'change password of', String(visitor.id), perAccount)
    const old_hash = await findPasswordHash(app.db, visitor.id)
    const isRight = await verifyPassword(old_password, old_hash, app.config.legacyAuthKey)
    if (!isRight || !old_hash) return again(notYours())
    const change = { old_hash, new_hash: await hashPassword(password), ip: request.ip }
    const session = {
      user_id: visitor.id,
      isKept: false,
      ip: request.ip,
      user_agent: request.headers['user-agent'] ?? '',
    }
    const token = await app.db.transaction().execute(async (db) => {
      return (await changePassword(db, visitor.id, change)) ? await createSession(db, session) : undefined
    })
    if (!token) return again(notYours())
    setSessionCookie(app, reply, token, false)
    return reply.redirect(`${paths.profile()}?saved`, 303)
  })

  app.get(paths.forgottenPassword(), async (request, reply) =>
    reply.html(ForgottenPasswordPage({ page: request.page })),
  )

  app.post(
    paths.forgottenPassword(),
    { schema: { body: ForgottenForm }, attachValidation: true },
    async (request, reply) => {
      const values = postedValues(request.body)
      const email = normaliseEmail(values.email ?? '')
      const errors = fieldErrors(request) ?? (isEmail(email) ? undefined : { email: text('people.wrongEmail') })
      if (errors) return reply.code(422).html(ForgottenPasswordPage({ page: request.page, form: { values, errors } }))

      await countAttempt(app.db, 'forgotten from', networkOf(request.ip), perNetwork)
      await countAttempt(app.db, 'forgotten as', email, perAddress)
      await requestPasswordReset(app.db, email, request.ip)
      return reply.html(ForgottenPasswordPage({ page: request.page, isSent: true }))
    },
  )

  app.get(paths.passwordReset(':token'), { schema: { params: TokenParams } }, async (request, reply) => {
    const { token } = request.params
    const owner = await findMailTokenOwner(app.db, 'reset-password', token)
    return reply.header('referrer-policy', 'same-origin').html(await resetPage(request, token, owner))
  })

  app.post(
    paths.passwordReset(':token'),
    { schema: { params: TokenParams, body: ResetForm }, attachValidation: true },
    async (request, reply) => {
      const { token } = request.params
      reply.header('referrer-policy', 'same-origin')
      const owner = await findMailTokenOwner(app.db, 'reset-password', token)
      const errors =
        fieldErrors(request) ?? (owner && weaknessFor(owner, request.body.password, request.page.site.title))
      if (errors && owner) return reply.code(422).html(await resetPage(request, token, owner, { errors }))
      const disconnected = [request.body?.disconnect ?? []].flat().map(Number)
      const reset = owner && { password_hash: await hashPassword(request.body.password), disconnected, ip: request.ip }
      if (!reset || !(await resetPassword(app.db, token, reset)))
        return reply.code(404).html(await resetPage(request, token, undefined))
      return reply.redirect(`${paths.signIn()}?done=password`, 303)
    },
  )

  type Owner = Awaited<ReturnType<typeof findMailTokenOwner>>

  /** Whoever lost a password may have lost it to a thief, who may have left a door of their own open. */
  async function resetPage(request: FastifyRequest, token: string, owner: Owner, form?: FormState) {
    // What was there before anybody proved the address goes unasked.
    const connections = owner?.email_confirmed_at ? await listConnections(app.db, owner.id) : []
    const services = connections.map(({ provider, ...rest }) => ({
      ...rest,
      label: labelOf(provider, app.config.providers),
    }))
    return ResetPasswordPage({ page: request.page, token, isOpen: owner !== undefined, services, form })
  }
}
