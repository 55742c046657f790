import { Type } from 'typebox'
import { notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { IdParams } from '../http/params.ts'
import { type Fields, fieldErrors, postedValues } from '../http/validation.ts'
import { countAttempt } from '../limits/queries.ts'
import { verifyPassword } from '../passwords/password.ts'
import { paths } from '../paths.ts'
import { requireVisitor } from '../sessions/read-session.ts'
import { text } from '../texts/texts.ts'
import { findPasswordHash } from '../users/queries.ts'
import { cleanName } from '../users/user.ts'
import { createApiToken, endApiToken, listApiTokens } from './queries.ts'
import { type Scope, ScopeSchema, lifetimes, longestName, scopes } from './token.ts'
import { sortScopes } from './use.ts'
import { TokensPage } from './views.tsx'

const TokenForm = Type.Object({
  name: Type.String({ minLength: 1, maxLength: longestName, pattern: '\\S' }),
  scope: Type.Optional(Type.Union([ScopeSchema, Type.Array(ScopeSchema, { maxItems: scopes.length })])),
  days: Type.Enum(lifetimes.map(String)),
  password: Type.Optional(Type.String({ maxLength: 1024 })),
})
const perAccount = { most: 10, windowSeconds: 900 }

/** One's own tokens. Whoever finds an open browser must not leave with one, so the password is asked for. */
export function tokenAdmin(app: App) {
  app.get(paths.tokens(), async (request, reply) => {
    const visitor = requireVisitor(request)
    const hasPassword = Boolean(await findPasswordHash(app.db, visitor.id))
    const tokens = await listApiTokens(app.db, visitor.id)
    return reply.html(TokensPage({ page: request.page, tokens, hasPassword, scopes: sortScopes(visitor) }))
  })

  app.post(paths.tokens(), { schema: { body: TokenForm }, attachValidation: true }, async (request, reply) => {
    const visitor = requireVisitor(request)
    const { id } = visitor
    const chosen = new Set([request.body.scope ?? []].flat())
    const password_hash = await findPasswordHash(app.db, id)
    const hasPassword = Boolean(password_hash)
    const show = async (status: number, more: { errors?: Fields; token?: string }) => {
      const { password: _, ...values } = postedValues(request.body)
      const form = more.errors && { values, errors: more.errors, chosen }
      const tokens = await listApiTokens(app.db, id)
      return reply
        .code(status)
        .html(
          TokensPage({ page: request.page, tokens, hasPassword, scopes: sortScopes(visitor), form, token: more.token }),
        )
    }
    const errors: Fields = { ...fieldErrors(request) }
    if (chosen.size === 0) errors.scope ??= text('tokens.noScope')
    if (Object.keys(errors).length > 0) return await show(422, { errors })
    if (hasPassword) {
      await countAttempt(app.db, 'token of', String(id), perAccount)
      if (!(await verifyPassword(request.body.password ?? '', password_hash, app.config.legacyAuthKey)))
        return await show(422, { errors: { password: text('passwords.notYours') } })
    }
    const wanted = {
      name: cleanName(request.body.name),
      scopes: [...chosen] as Scope[],
      days: Number(request.body.days),
    }
    const { token } = await createApiToken(app.db, id, wanted, { id, ip: request.ip })
    return await show(201, { token })
  })

  app.post(paths.tokenEnd(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { id } = requireVisitor(request)
    if (!(await endApiToken(app.db, id, Number(request.params.id), { id, ip: request.ip }))) throw notFound()
    return reply.redirect(paths.tokens(), 303)
  })
}
