// Somebody without an account whose address was confirmed by mail, known again by a signed cookie and nothing else.
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { isSame, signed } from '../comment-rules/form-mark.ts'
import type { App } from '../http/app.ts'
import { fieldErrors, postedValues } from '../http/validation.ts'
import { cookieName } from '../sessions/cookie.ts'
import { text } from '../texts/texts.ts'
import { cleanName, isEmail, isSeen, nameError, normaliseEmail } from '../users/user.ts'

const keptSeconds = 365 * 24 * 3600

/** What a stranger fills in besides the comment. */
export const guestFields = {
  guest_name: Type.Optional(Type.String({ maxLength: 128 })),
  guest_email: Type.Optional(Type.String({ maxLength: 254 })),
}

export type NewGuest = { name: string; email: string }

export function guestIn(request: Parameters<typeof fieldErrors>[0]): NewGuest | { errors: Record<string, string> } {
  const values = postedValues(request.body)
  const guest = { name: cleanName(values.guest_name ?? ''), email: normaliseEmail(values.guest_email ?? '') }
  const errors: Record<string, string> = {}
  const wrong = nameError(guest.name)
  if (wrong) errors.guest_name = isSeen(guest.name) ? wrong : text('guests.nameMissing')
  if (!isEmail(guest.email)) errors.guest_email = text('guests.emailMissing')
  return Object.keys(errors).length > 0 ? { errors } : guest
}

const nameOf = (app: Pick<App, 'config'>) => `${cookieName(app)}-guest`

export function setGuestCookie(app: App, reply: FastifyReply, secret: string, guest_id: number): void {
  const value = `${guest_id}.${Math.floor(Date.now() / 1000)}`
  reply.setCookie(nameOf(app), `${value}.${signed(secret, `guest ${value}`)}`, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: app.config.siteUrl.protocol === 'https:',
    maxAge: keptSeconds,
  })
}

/** Whom the cookie names, if this blog gave it away. Asks PostgreSQL nothing. */
export function guestOf(
  app: Pick<App, 'config'>,
  secret: string,
  { cookies }: { cookies: Record<string, string | undefined> },
): number | null {
  const found = /^([1-9]\d{0,14})\.(\d{1,12})\.([\w-]{43})$/.exec(cookies[nameOf(app)] ?? '')
  if (!found) return null
  const [, id = '', at = '', signature = ''] = found
  if (!isSame(signature, signed(secret, `guest ${id}.${at}`))) return null
  return Number(at) + keptSeconds > Date.now() / 1000 ? Number(id) : null
}
