import cookies from '@fastify/cookie'
import type { FastifyRequest } from 'fastify'
import { unauthenticated } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { cookieName } from './cookie.ts'
import { findVisitor } from './queries.ts'

// What a form of a stranger may weigh; more is read only from somebody who is known.
const strangersBody = 64 * 1024

/** Knows who is asking before any door opens. Without a cookie it costs nothing. */
export function readSession(app: App): void {
  void app.register(cookies)
  const name = cookieName(app)
  const isRead = Symbol('session was read')
  const read = async (request: FastifyRequest & { [isRead]?: true }) => {
    // Also without a database the files and health pages are answered; the API knows people by their tokens.
    if (request[isRead] || /^\/(assets\/|media\/|livez|readyz|metrics|api\/v1\/)/.test(request.url)) return
    request[isRead] = true
    // Who showed a token is known by that, whatever cookies came along.
    if (request.visitor) return
    const token = request.cookies[name]
    if (token && token.length < 100) request.visitor = await findVisitor(app.db, token)
  }
  // Taking a long form apart holds up everybody, so it is not done for just anyone.
  app.addHook('preParsing', async (request) => {
    // Where nobody may send more, the limit of the door itself answers.
    const mayBeLong = request.routeOptions.bodyLimit > strangersBody && sizeOf(request) > strangersBody
    if (request.method === 'GET' || request.method === 'HEAD' || !mayBeLong) return
    await read(request)
    requireVisitor(request)
  })
  // After the body was read: what was typed is shown again when the database is away.
  app.addHook('preValidation', read)
}

function sizeOf({ headers }: FastifyRequest): number {
  return headers['transfer-encoding'] ? Infinity : Number(headers['content-length'] ?? 0)
}

/** The visitor, or the way to the sign-in page and back. */
export function requireVisitor(request: Pick<FastifyRequest, 'visitor'>): Visitor {
  if (!request.visitor) throw unauthenticated()
  return request.visitor
}
