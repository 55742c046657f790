// Whose a request is by its token, and how many there may be.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { findBearer } from '../api-tokens/queries.ts'
import { tokenPattern } from '../api-tokens/token.ts'
import type { App } from '../http/app.ts'
import { countCall, networkOf } from '../limits/queries.ts'
import { text } from '../texts/texts.ts'
import { Problem } from './problem.ts'

// A minute of calls. Whoever has a token is known; behind one network there may be many.
const withToken = { most: 600, windowSeconds: 60 }
const withoutToken = { most: 120, windowSeconds: 60 }

/** Only what the request itself shows counts: a cookie would let another page ask in its reader's name. */
export async function readBearer(app: App, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { authorization } = request.headers
  if (authorization === undefined) return
  const [, token = ''] = /^Bearer ([\w.~+/=-]{1,200})$/i.exec(authorization) ?? []
  const found = tokenPattern.test(token) ? await findBearer(app.db, token, request.ip) : undefined
  if (!found) {
    // A guess counts as a request of its network, whatever cookie comes with it.
    request.visitor = null
    await countRequest(app, request, reply)
    throw new Problem('invalid_token', text('api.invalidToken'))
  }
  request.visitor = found.visitor
  request.scopes = found.scopes
  request.tokenName = found.token_name
}

// Within a second whoever was signed out is out.
const freshMs = 500

/** After a body that took its time: the token may have ended meanwhile, or its person lost a right. */
export async function readBearerAgain(app: App, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (request.scopes !== null && reply.elapsedTime > freshMs) await readBearer(app, request, reply)
}

export async function countRequest(app: App, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const limit = request.visitor ? withToken : withoutToken
  const who = request.visitor ? `user ${request.visitor.id}` : networkOf(request.ip)
  const { left, wait } = await countCall(app.db, 'api', who, limit)
  // https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
  reply.header('ratelimit-policy', `"minute";q=${limit.most};w=${limit.windowSeconds}`)
  reply.header('ratelimit', `"minute";r=${Math.max(0, left)};t=${wait}`)
  if (left < 0) {
    reply.header('retry-after', wait)
    throw new Problem('too_many', text('api.tooMany', { most: limit.most, seconds: wait }))
  }
}
