import { Type } from 'typebox'
import type { App } from '../http/app.ts'
import { fieldErrors, postedValues } from '../http/validation.ts'
import { countAttempt } from '../limits/queries.ts'
import { kindOfStoredPassword } from '../passwords/legacy.ts'
import { hashPassword, verifyPassword } from '../passwords/password.ts'
import { upgradePassword } from '../passwords/queries.ts'
import { paths } from '../paths.ts'
import { requestConfirmation } from '../registrations/queries.ts'
import { text } from '../texts/texts.ts'
import { findAccountByEmail, findPasswordHash } from '../users/queries.ts'
import { normaliseEmail } from '../users/user.ts'
import { clearSessionCookie, cookieName, refuseOpenLine } from './cookie.ts'
import { type Door, openSession } from './open-session.ts'
import { countSignIn, endSession, forgetSignIns, holdsPassword } from './queries.ts'
import { Next, SignInForm, safeNext } from './session.ts'
import { SignInPage } from './views.tsx'

const confirmations = { most: 3, windowSeconds: 3600 }

const SignInQuery = Type.Object({
  next: Next,
  done: Type.Optional(Type.String({ maxLength: 20 })),
})
function messageOf(done: string | undefined): string | undefined {
  if (done === 'confirmed') return text('sessions.confirmed')
  if (done === 'proved') return text('sessions.proved')
  if (done === 'over') return text('factor.over')
  return done === 'password' ? text('sessions.passwordChanged') : undefined
}

export function sessionPages(app: App) {
  const { providers } = app.config
  app.get(paths.signIn(), { schema: { querystring: SignInQuery } }, async (request, reply) => {
    const next = safeNext(request.query.next)
    if (request.visitor) return reply.redirect(next, 303)
    const done = messageOf(request.query.done)
    return reply.html(SignInPage({ page: request.page, next, providers, ...(done && { done }) }))
  })

  app.post(paths.signIn(), { schema: { body: SignInForm }, attachValidation: true }, async (request, reply) => {
    refuseOpenLine(app, request)
    const { password: _, ...values } = postedValues(request.body)
    const again = (status: number, more: { message?: string; errors?: Record<string, string> }) => {
      const form = { values, errors: more.errors ?? {} }
      const message = more.message && { message: more.message }
      return reply
        .code(status)
        .html(SignInPage({ page: request.page, next: safeNext(values.next), providers, form, ...message }))
    }
    const errors = fieldErrors(request)
    if (errors) return again(422, { errors })

    const email = normaliseEmail(request.body.email)
    await countSignIn(app.db, email, request.ip)
    const account = await findAccountByEmail(app.db, email)
    const { password } = request.body
    const isRight = await verifyPassword(password, account?.password_hash, app.config.legacyAuthKey)
    if (!account?.password_hash || !isRight || account.state !== 'active')
      return again(422, { message: text('sessions.wrong') })
    if (!account.email_confirmed_at) {
      await countAttempt(app.db, 'confirm', email, confirmations)
      const { id: user_id, name, password_hash } = account
      await requestConfirmation(app.db, { user_id, name, email, password_hash }, safeNext(values.next))
      return again(422, { message: text('sessions.confirmFirst') })
    }

    const verified = { id: account.id, email, password, password_hash: account.password_hash }
    const wishes = { isKept: request.body.keep === 'yes', next: safeNext(request.body.next) }
    const onward = await signIn({ app, request, reply }, verified, wishes)
    if (!onward) return again(422, { message: text('sessions.wrong') })
    return reply.redirect(onward, 303)
  })

  app.post(paths.signOut(), async (request, reply) => {
    const token = request.cookies[cookieName(app)]
    if (token) await endSession(app.db, token, request.ip)
    clearSessionCookie(app, reply)
    return reply.redirect(paths.home(), 303)
  })
}

type Verified = { id: number; email: string; password: string; password_hash: string }
type Wishes = { isKept: boolean; next: string }

/** Where to go on. Undefined when the password is another by now, or the account closed. */
async function signIn(door: Door, verified: Verified, wishes: Wishes): Promise<string | undefined> {
  const { app, request } = door
  const { id, email, password, password_hash } = verified
  const isLegacy = kindOfStoredPassword(password_hash) === 'legacy'
  const upgrade = isLegacy && { old_hash: password_hash, new_hash: await hashPassword(password), ip: request.ip }
  const onward = await app.db.transaction().execute(async (db) => {
    const isHeld = upgrade ? await upgradePassword(db, id, upgrade) : await holdsPassword(db, id, password_hash)
    if (!isHeld) return undefined
    await forgetSignIns(db, email)
    return await openSession(db, door, id, wishes.isKept, wishes.next)
  })
  if (onward || !isLegacy) return onward

  // The hash is another now: that of the same password when somebody signed in at the same moment.
  const newer = await findPasswordHash(app.db, id)
  if (!newer || kindOfStoredPassword(newer) !== 'argon2id') return undefined
  if (!(await verifyPassword(password, newer, app.config.legacyAuthKey))) return undefined
  return await signIn(door, { ...verified, password_hash: newer }, wishes)
}
