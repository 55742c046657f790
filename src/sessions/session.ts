import { createHash, randomBytes } from 'node:crypto'
import { Type } from 'typebox'

/** What the browser gets; the table holds its hash. */
export function newToken(): { token: string; token_hash: Buffer } {
  const token = randomBytes(32).toString('base64url')
  return { token, token_hash: hashToken(token) }
}

export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

const day = 24 * 3600

/** Seconds a session lives: a working day, or a month when asked to be kept. */
export function lifetimeSeconds(isKept: boolean): number {
  return isKept ? 30 * day : day / 2
}

/** More is no address of ours. */
export const longestNext = 2000
export const Next = Type.Optional(Type.String({ maxLength: longestNext }))

export const SignInForm = Type.Object({
  email: Type.String({ minLength: 1, maxLength: 254 }),
  password: Type.String({ minLength: 1, maxLength: 1024 }),
  keep: Type.Optional(Type.Literal('yes')),
  next: Next,
})

/** Only an address of this site: never another host, however it is spelt. */
export function safeNext(next: string | undefined): string {
  if (!next || !/^\/(?![/\\])/.test(next) || /[\t\r\n\\]/.test(next)) return '/'
  const url = URL.parse(next, 'http://here.invalid')
  // "/..//host" is an address of ours until it is resolved.
  const isOurs = url?.origin === 'http://here.invalid' && !url.pathname.startsWith('//')
  return isOurs ? url.pathname + url.search + url.hash : '/'
}
