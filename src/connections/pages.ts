import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { notFound } from '../errors.ts'
import type { FormState } from '../html/form.tsx'
import type { App } from '../http/app.ts'
import { IdParams } from '../http/params.ts'
import { type Fields, fieldErrors } from '../http/validation.ts'
import { countAttempt } from '../limits/queries.ts'
import type { Providers } from '../oauth/ask-provider.ts'
import { ProviderParams, leave, requireProvider } from '../oauth/start.ts'
import { verifyPassword } from '../passwords/password.ts'
import { paths } from '../paths.ts'
import { requireVisitor } from '../sessions/read-session.ts'
import { text } from '../texts/texts.ts'
import { findPasswordHash } from '../users/queries.ts'
import { disconnect, findWaysIn, listConnections } from './queries.ts'
import { ConnectionsPage } from './views.tsx'

const Query = Type.Object({ done: Type.Optional(Type.String({ maxLength: 20 })) })
const StartForm = Type.Object({ password: Type.Optional(Type.String({ maxLength: 1024 })) })
const perAccount = { most: 10, windowSeconds: 900 }

export function connectionPages(app: App, providers: Providers) {
  const offered = app.config.providers

  app.get(paths.connections(), { schema: { querystring: Query } }, async (request, reply) => {
    return await show(request, reply, { done: request.query.done })
  })

  // What is connected stays when sessions end and passwords change, so an open browser alone does not connect anything.
  const start = { schema: { params: ProviderParams, body: StartForm }, attachValidation: true }
  app.post(paths.connectionStart(':provider'), start, async (request, reply) => {
    const provider = requireProvider(app, request.params.provider)
    const { id } = requireVisitor(request)
    const errors: Fields = { ...fieldErrors(request) }
    const password_hash = await findPasswordHash(app.db, id)
    if (password_hash && !errors.password) {
      await countAttempt(app.db, 'connection of', String(id), perAccount)
      if (!(await verifyPassword(request.body.password ?? '', password_hash, app.config.legacyAuthKey)))
        errors.password = text('passwords.notYours')
    }
    if (Object.keys(errors).length > 0) return await show(request, reply.code(422), { form: { values: {}, errors } })
    const wish = { next: paths.connections(), is_kept: false, user_id: id }
    return await leave({ app, request, reply }, providers, provider, wish)
  })

  app.post(paths.connectionEnd(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { id: user_id } = requireVisitor(request)
    const id = Number(request.params.id)
    const keys = offered.map(({ key }) => key)
    const outcome = await disconnect(app.db, id, { user_id, offered: keys, ip: request.ip })
    if (!outcome) throw notFound()
    if (outcome === 'last') return await show(request, reply.code(409), { last: id })
    return reply.redirect(`${paths.connections()}?done=disconnected`, 303)
  })

  async function show(
    request: FastifyRequest,
    reply: FastifyReply,
    more: { done?: string | undefined; last?: number; form?: FormState },
  ): Promise<FastifyReply> {
    const { id } = requireVisitor(request)
    const [connections, waysIn, hash] = await Promise.all([
      listConnections(app.db, id),
      findWaysIn(app.db, id),
      findPasswordHash(app.db, id),
    ])
    const asksPassword = Boolean(hash)
    // Without a service there is nothing to see, unless something was connected before.
    if (offered.length === 0 && connections.length === 0) throw notFound()
    return reply.html(ConnectionsPage({ page: request.page, connections, waysIn, offered, asksPassword, ...more }))
  }
}
