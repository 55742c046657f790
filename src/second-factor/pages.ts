import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { renderSVG } from 'uqr'
import { notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { fieldErrors, postedValues } from '../http/validation.ts'
import { countAttempt } from '../limits/queries.ts'
import { verifyPassword } from '../passwords/password.ts'
import { paths } from '../paths.ts'
import { requireVisitor, sessionOf } from '../sessions/read-session.ts'
import { safeNext } from '../sessions/session.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { text } from '../texts/texts.ts'
import { findPasswordHash } from '../users/queries.ts'
import { Code, addressFor, hashOfRecoveryCode, newRecoveryCodes, newSecret } from './codes.ts'
import { keyForNew, keysOf } from './key.ts'
import {
  beginFactor,
  confirmFactor,
  countCode,
  findBegunSecret,
  findFactor,
  forgetCodes,
  removeFactor,
  replaceRecoveryCodes,
  takeCode,
} from './queries.ts'
import { RecoveryCodesPage, type FactorPageProps, SecondFactorPage } from './views.tsx'

const Password = Type.String({ minLength: 1, maxLength: 1024 })
const Next = Type.Optional(Type.String({ maxLength: 2000 }))
const Query = Type.Object({ next: Next, done: Type.Optional(Type.String({ maxLength: 20 })) })
const BeginForm = Type.Object({ password: Password, next: Next })
const ConfirmForm = Type.Object({ code: Code, next: Next })
const ProofForm = Type.Object({ password: Password, code: Code })
const perAccount = { most: 10, windowSeconds: 900 }

/** Where somebody sets up a second factor, gets new codes on paper, and turns it off. */
export function secondFactorPages(app: App, settings: CurrentSettings) {
  app.get(paths.secondFactor(), { schema: { querystring: Query } }, async (request, reply) => {
    requireVisitor(request)
    const { next, done } = request.query
    return await show(request, reply, { next: safeNext(next), isOff: done === 'off' })
  })

  app.post(paths.secondFactor(), { schema: { body: BeginForm }, attachValidation: true }, async (request, reply) => {
    const visitor = requireVisitor(request)
    const session = sessionOf(app, request)
    const { next } = postedValues(request.body)
    const key = keyForNew(app.config)
    if (!key || !session) return await show(request, reply.code(409), {})
    const errors = fieldErrors(request) ?? (await wrongPassword(visitor, request.body.password))
    if (errors) return await show(request, reply.code(422), { beginForm: { errors }, next: safeNext(next) })
    await beginFactor(app.db, visitor.id, { secret: newSecret(), key, session })
    return reply.redirect(paths.secondFactor({ next: safeNext(next) }), 303)
  })

  // Not inline: the policy lets no page hold a picture.
  app.get(paths.secondFactorPicture(), async (request, reply) => {
    const visitor = requireVisitor(request)
    const secret = await begunSecret(request, visitor)
    if (!secret) throw notFound()
    const address = addressFor(secret, settings.get().title, visitor.email ?? visitor.name)
    return reply
      .header('cache-control', 'no-store')
      .type('image/svg+xml')
      .send(renderSVG(address, { border: 3 }))
  })

  app.post(
    paths.secondFactorConfirmation(),
    { schema: { body: ConfirmForm }, attachValidation: true },
    async (request, reply) => {
      const visitor = requireVisitor(request)
      const session = sessionOf(app, request)
      const { next } = postedValues(request.body)
      const wrong = (errors: Record<string, string>) =>
        show(request, reply.code(422), { confirmForm: { errors }, next: safeNext(next) })
      const errors = fieldErrors(request)
      if (errors) return await wrong(errors)
      await countCode(app.db, visitor.id, request.ip)
      const codes = newRecoveryCodes()
      const confirmed =
        session &&
        (await confirmFactor(app.db, visitor.id, {
          code: request.body.code,
          keys: keysOf(app.config),
          session,
          hashes: hashesOf(codes),
          ip: request.ip,
        }))
      if (!confirmed) return await wrong({ code: text('factor.wrongCode') })
      await forgetCodes(app.db, visitor.id, request.ip)
      return reply.html(RecoveryCodesPage({ page: request.page, codes, next: safeNext(next), isNew: true }))
    },
  )

  app.post(paths.recoveryCodes(), { schema: { body: ProofForm }, attachValidation: true }, async (request, reply) => {
    const visitor = requireVisitor(request)
    const codes = newRecoveryCodes()
    const errors = await withProof(request, visitor, (db) =>
      replaceRecoveryCodes(db, visitor.id, hashesOf(codes), request.ip),
    )
    if (errors) return await show(request, reply.code(422), { codesForm: { errors } })
    return reply.html(RecoveryCodesPage({ page: request.page, codes, next: paths.secondFactor(), isNew: false }))
  })

  app.post(paths.secondFactorEnd(), { schema: { body: ProofForm }, attachValidation: true }, async (request, reply) => {
    const visitor = requireVisitor(request)
    const errors = await withProof(request, visitor, async (db) => {
      await removeFactor(db, visitor.id, { id: visitor.id, ip: request.ip })
    })
    if (errors) return await show(request, reply.code(422), { endForm: { errors } })
    return reply.redirect(paths.secondFactor({ done: 'off' }), 303)
  })

  /** Does the work when password and code are right, in the transaction that uses the code up. */
  async function withProof(
    request: FastifyRequest & { body: { password: string; code: string } },
    visitor: Visitor,
    work: (db: App['db']) => Promise<void>,
  ): Promise<Record<string, string> | undefined> {
    const errors = fieldErrors(request) ?? (await wrongPassword(visitor, request.body.password))
    if (errors) return errors
    await countCode(app.db, visitor.id, request.ip)
    const isDone = await app.db.transaction().execute(async (db) => {
      if (!(await takeCode(db, visitor.id, request.body.code, keysOf(app.config)))) return false
      await work(db)
      return true
    })
    if (!isDone) return { code: text('factor.wrongCode') }
    await forgetCodes(app.db, visitor.id, request.ip)
    return undefined
  }

  async function wrongPassword(visitor: Visitor, password: string): Promise<Record<string, string> | undefined> {
    await countAttempt(app.db, 'change password of', String(visitor.id), perAccount)
    const hash = await findPasswordHash(app.db, visitor.id)
    const isRight = await verifyPassword(password, hash, app.config.legacyAuthKey)
    return isRight ? undefined : { password: text('passwords.notYours') }
  }

  async function begunSecret(request: FastifyRequest, visitor: Visitor): Promise<string | undefined> {
    const session = sessionOf(app, request)
    return session && (await findBegunSecret(app.db, visitor.id, session, keysOf(app.config)))
  }

  async function show(request: FastifyRequest, reply: FastifyReply, more: Partial<FactorPageProps>) {
    const visitor = requireVisitor(request)
    const [factor, secret, hash] = await Promise.all([
      findFactor(app.db, visitor.id),
      begunSecret(request, visitor),
      findPasswordHash(app.db, visitor.id),
    ])
    return reply.html(
      SecondFactorPage({
        page: request.page,
        factor: factor?.confirmed_at ? { ...factor, confirmed_at: factor.confirmed_at } : undefined,
        secret,
        canBegin: keyForNew(app.config) !== undefined,
        hasPassword: Boolean(hash),
        isNeeded: visitor.lacksFactor === true,
        ...more,
      }),
    )
  }
}

function hashesOf(codes: string[]): Buffer[] {
  return codes.map((code) => hashOfRecoveryCode(code)).filter((hash) => hash !== undefined)
}
