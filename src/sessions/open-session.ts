// Where every way to sign in ends.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { noteSignIn } from '../account-safety/queries.ts'
import type { Db } from '../db/pool.ts'
import { createHalfSignIn, halfSeconds } from '../half-sign-ins/queries.ts'
import type { App } from '../http/app.ts'
import { paths } from '../paths.ts'
import { hasFactor, lacksFactor } from '../second-factor/queries.ts'
import { placeOf } from '../session-list/device.ts'
import { deviceWords } from '../session-list/words.ts'
import { text } from '../texts/texts.ts'
import { cookieName, setOtherCookie, setSessionCookie } from './cookie.ts'
import { createSession, replaceSession } from './queries.ts'

/** Who came to be signed in, and where the answer goes. */
export type Door = { app: App; request: FastifyRequest; reply: FastifyReply }

/**
 * Signs somebody in who has proved who they are. Called with the transaction that holds what they proved it with:
 * without that there is no session, and a cookie that was set opens nothing. Answers where to go on, which is the page
 * for the code where there is a second factor: then there is no session yet.
 */
export async function openSession(
  db: Db,
  door: Door,
  user_id: number,
  isKept: boolean,
  next: string = paths.home(),
): Promise<string> {
  if (!(await hasFactor(db, user_id))) return await finishSignIn(db, door, user_id, isKept, next)
  const token = await createHalfSignIn(db, user_id, isKept, next)
  setOtherCookie(door.app, door.reply, 'half', token, halfSeconds)
  return paths.signInCode()
}

/** After everything that was asked for. Whose role asks for a second factor is led to set one up. */
export async function finishSignIn(
  db: Db,
  { app, request, reply }: Door,
  user_id: number,
  isKept: boolean,
  next: string,
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
  return (await lacksFactor(db, user_id)) ? paths.secondFactor({ next }) : next
}
