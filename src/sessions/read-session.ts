import cookies from '@fastify/cookie'
import type { FastifyRequest } from 'fastify'
import { unauthenticated } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { cookieName } from './cookie.ts'
import { findVisitor } from './queries.ts'

/** Knows who is asking before any door opens. Without a cookie it costs nothing. */
export function readSession(app: App): void {
  void app.register(cookies)
  const name = cookieName(app)
  // After the body was read: what was typed is shown again when the database is away.
  app.addHook('preValidation', async (request) => {
    // Also without a database the files and health pages are answered.
    if (/^\/(assets\/|livez|readyz|metrics)/.test(request.url)) return
    const token = request.cookies[name]
    if (token && token.length < 100) request.visitor = await findVisitor(app.db, token)
  })
}

/** The visitor, or the way to the sign-in page and back. */
export function requireVisitor(request: Pick<FastifyRequest, 'visitor'>): Visitor {
  if (!request.visitor) throw unauthenticated()
  return request.visitor
}
