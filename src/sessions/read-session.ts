import cookies from '@fastify/cookie'
import type { FastifyRequest } from 'fastify'
import { unauthenticated } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { cookieName } from './cookie.ts'
import { findVisitor, noteSeen } from './queries.ts'
import { hashToken } from './session.ts'

// What a form of a stranger may weigh; more is read only from somebody who is known.
const strangersBody = 64 * 1024

/** Knows who is asking before any door opens. Without a cookie it costs nothing. */
export function readSession(app: App): void {
  void app.register(cookies)
  const name = cookieName(app)
  const isRead = Symbol('session was read')
  const isEarly = Symbol('session was read before the body')
  const isStale = Symbol('session was not seen for a while')
  const read = async (request: FastifyRequest & { [isRead]?: true; [isStale]?: boolean }) => {
    // Also without a database the files and health pages are answered; the API knows people by their tokens.
    if (request[isRead] || /^\/(assets\/|media\/|livez|readyz|metrics|api\/v1\/)/.test(request.url)) return
    request[isRead] = true
    // Who showed a token is known by that, whatever cookies came along.
    if (request.visitor) return
    const token = request.cookies[name]
    const found = token && token.length < 100 ? await findVisitor(app.db, token) : null
    request.visitor = found?.visitor ?? null
    request[isStale] = found?.isStale === true
  }
  // When the answer is out: nobody waits for it, and nothing but a list of sessions shows it.
  app.addHook('onResponse', async (request: FastifyRequest & { [isStale]?: boolean }) => {
    const token = request.cookies[name]
    if (!request[isStale] || !token) return
    await noteSeen(app.db, token).catch((error: Error) => request.log.warn({ reason: error.message }, 'not noted'))
  })
  // Taking a long form apart holds up everybody, so it is not done for just anyone.
  app.addHook('preParsing', async (request: FastifyRequest & { [isEarly]?: boolean }) => {
    // Where nobody may send more, the limit of the door itself answers.
    const mayBeLong = request.routeOptions.bodyLimit > strangersBody && sizeOf(request) > strangersBody
    if (request.method === 'GET' || request.method === 'HEAD' || !mayBeLong) return
    request[isEarly] = request.visitor === null
    await read(request)
    requireVisitor(request)
  })
  // After the body was read: what was typed is shown again when the database is away.
  app.addHook('preValidation', async (request: FastifyRequest & { [isEarly]?: boolean }) => {
    if (request[isEarly]) await readSessionAgain(app, request)
    else await read(request)
  })
}

function sizeOf({ headers }: FastifyRequest): number {
  return headers['transfer-encoding'] ? Infinity : Number(headers['content-length'] ?? 0)
}

/** What stands for the session in the table; undefined for a stranger. */
export function sessionOf(app: Pick<App, 'config'>, request: FastifyRequest): Buffer | undefined {
  const token = request.cookies[cookieName(app)]
  return request.visitor && token ? hashToken(token) : undefined
}

/** After a body that took its time: who sent it may have been signed out meanwhile, or lost a right. */
export async function readSessionAgain(app: App, request: FastifyRequest): Promise<void> {
  const token = request.cookies[cookieName(app)]
  request.visitor = (token ? await findVisitor(app.db, token) : null)?.visitor ?? null
  requireVisitor(request)
}

/** The visitor, or the way to the sign-in page and back. */
export function requireVisitor(request: Pick<FastifyRequest, 'visitor'>): Visitor {
  if (!request.visitor) throw unauthenticated()
  return request.visitor
}
