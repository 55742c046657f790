import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../http/app.ts'

const yearSeconds = 365 * 24 * 3600

/** What a stranger who reacted before sent along; undefined for anybody else. */
export function guestOf(app: Pick<App, 'config'>, request: Pick<FastifyRequest, 'cookies'>): string | undefined {
  const token = request.cookies[cookieName(app)]
  return token !== undefined && /^[\w-]{22}$/.test(token) ? token : undefined
}

export function setGuestCookie(app: App, reply: FastifyReply, token: string): void {
  const secure = isEncrypted(app)
  reply.setCookie(cookieName(app), token, { path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge: yearSeconds })
}

function cookieName(app: Pick<App, 'config'>): string {
  return isEncrypted(app) ? '__Host-bloggy-guest' : 'bloggy-guest'
}

function isEncrypted(app: Pick<App, 'config'>): boolean {
  return app.config.siteUrl.protocol === 'https:'
}
