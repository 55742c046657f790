// Where every way to sign in ends.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { noteSignIn } from '../account-safety/queries.ts'
import type { Db } from '../db/pool.ts'
import type { App } from '../http/app.ts'
import { paths } from '../paths.ts'
import { placeOf } from '../session-list/device.ts'
import { deviceWords } from '../session-list/words.ts'
import { text } from '../texts/texts.ts'
import { cookieName, setSessionCookie } from './cookie.ts'
import { createSession, replaceSession } from './queries.ts'

/** Who came to be signed in, and where the answer goes. */
export type Door = { app: App; request: FastifyRequest; reply: FastifyReply }

/**
 * Signs somebody in who has proved who they are. Called with the transaction that holds what they proved it with:
 * without that there is no session, and a cookie that was set opens nothing. Answers where to go on.
 */
export async function openSession(
  db: Db,
  { app, request, reply }: Door,
  user_id: number,
  isKept: boolean,
  next: string = paths.home(),
): Promise<string> {
  // Whoever planted the cookie from before must not share this session.
  await replaceSession(db, request.cookies[cookieName(app)])
  const user_agent = request.headers['user-agent'] ?? ''
  const token = await createSession(db, { user_id, isKept, ip: request.ip, user_agent })
  await noteSignIn(db, user_id, {
    device: deviceWords(user_agent),
    place: placeOf(request.ip) ?? text('factor.unknownPlace'),
  })
  setSessionCookie(app, reply, token, isKept)
  return next
}
