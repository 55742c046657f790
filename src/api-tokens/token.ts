// What a program shows instead of a session, and what it may be good for.
import { Type } from 'typebox'
import { hashToken, newToken } from '../sessions/session.ts'

const nouns = [
  'posts',
  'comments',
  'tags',
  'series',
  'media',
  'users',
  'roles',
  'settings',
  'imports',
  'stats',
  'audit',
] as const
type Noun = (typeof nouns)[number]

/** A token reads or writes nouns; beyond that it may do what its person may at that moment, and never more. */
export type Scope = `${Noun}:read` | `${Noun}:write`
const readOnly = new Set<Noun>(['imports', 'stats', 'audit'])
export const scopes: Scope[] = nouns.flatMap((noun) =>
  readOnly.has(noun) ? [`${noun}:read` as const] : [`${noun}:read` as const, `${noun}:write` as const],
)

export const mostTokens = 50
export const longestName = 100
/** Days until a token ends; 0 is never. */
export const lifetimes = [30, 90, 365, 0] as const

export const tokenPattern = /^bloggy_[\w-]{43}$/

/** Shown once. Whoever finds one, also a scanner of repositories, sees by its beginning what it is. */
export function newApiToken(): { token: string; token_hash: Buffer; ending: string } {
  const token = `bloggy_${newToken().token}`
  return { token, token_hash: hashToken(token), ending: token.slice(-4) }
}

export const ScopeSchema = Type.Enum(scopes)
