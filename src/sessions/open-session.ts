// Where every way to sign in ends.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Db } from '../db/pool.ts'
import type { App } from '../http/app.ts'
import { cookieName, setSessionCookie } from './cookie.ts'
import { createSession, replaceSession } from './queries.ts'

/** Who came to be signed in, and where the answer goes. */
export type Door = { app: App; request: FastifyRequest; reply: FastifyReply }

/**
 * Signs somebody in who has proved who they are. Called with the transaction that holds what they proved it with:
 * without that there is no session, and a cookie that was set opens nothing.
 */
export async function openSession(db: Db, { app, request, reply }: Door, user_id: number, isKept: boolean) {
  // Whoever planted the cookie from before must not share this session.
  await replaceSession(db, request.cookies[cookieName(app)])
  const user_agent = request.headers['user-agent'] ?? ''
  const token = await createSession(db, { user_id, isKept, ip: request.ip, user_agent })
  setSessionCookie(app, reply, token, isKept)
}
