// A link from a mail, kept by the browser that opened it until its person comes back from the service. It proves the mailbox
// and the service the account there; only both together, in one browser, prove that they are one person's.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../http/app.ts'
import { otherCookieName, setOtherCookie } from '../sessions/cookie.ts'

const cookie = 'mail-proof'
const lifetimeSeconds = 1800

export function keepMailProof(app: App, reply: FastifyReply, token: string): void {
  setOtherCookie(app, reply, cookie, token, lifetimeSeconds)
}

export function mailProofOf(app: Pick<App, 'config'>, request: FastifyRequest): string | undefined {
  const value = request.cookies[otherCookieName(app, cookie)]
  return value && /^[\w-]{43}$/.test(value) ? value : undefined
}
