import type { FastifyReply, FastifyRequest } from 'fastify'
import { isLoopbackName } from '../setting-values.ts'
import { forbidden } from '../errors.ts'
import type { App } from '../http/app.ts'
import { text } from '../texts/texts.ts'
import { lifetimeSeconds } from './session.ts'

/** Browsers take a `__Host-` cookie only over TLS; plain HTTP is allowed on localhost alone and gets a plain name. */
export function cookieName(app: Pick<App, 'config'>): string {
  return isEncrypted(app) ? '__Host-bloggy' : 'bloggy'
}

export function setSessionCookie(app: App, reply: FastifyReply, token: string, isKept: boolean): void {
  reply.setCookie(cookieName(app), token, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: isEncrypted(app),
    ...(isKept && { maxAge: lifetimeSeconds(true) }),
  })
}

/** A cookie over plain HTTP is for this machine alone: anywhere else it could be read on the way. */
export function refuseOpenLine(app: App, request: FastifyRequest): void {
  if (isEncrypted(app) || isLoopbackName(request.hostname)) return
  throw forbidden(text('sessions.openLine', { there: app.config.siteUrl.origin }))
}

export function clearSessionCookie(app: App, reply: FastifyReply): void {
  reply.clearCookie(cookieName(app), { path: '/', httpOnly: true, sameSite: 'lax', secure: isEncrypted(app) })
}

/** For another cookie of this blog, which lives for so long. */
export function setOtherCookie(app: App, reply: FastifyReply, name: string, value: string, maxAge: number): void {
  const secure = isEncrypted(app)
  reply.setCookie(otherCookieName(app, name), value, { path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge })
}

export function otherCookieName(app: Pick<App, 'config'>, name: string): string {
  return `${cookieName(app)}-${name}`
}

function isEncrypted(app: Pick<App, 'config'>): boolean {
  return app.config.siteUrl.protocol === 'https:'
}
