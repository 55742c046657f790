// One of the five collections: what can be asked of it, with the answer as JSON.
import type { FastifyRequest } from 'fastify'
import type { Actor } from '../audit/queries.ts'
import { unauthenticated } from '../errors.ts'
import type { Visitor } from '../http/app.ts'
import { plainText } from '../search-index/plain-text.ts'
import type { Paging } from './shape.ts'

export type Collection = {
  /** Of the scopes that a token needs. */
  noun: 'posts' | 'comments' | 'users' | 'roles'
  list: (visitor: Visitor | null, paging: Paging) => Promise<unknown>
  read: (visitor: Visitor | null, id: number) => Promise<unknown>
  create?: (request: FastifyRequest) => Promise<unknown>
  update?: (request: FastifyRequest, id: number) => Promise<unknown>
  remove?: (request: FastifyRequest, id: number) => Promise<void>
}

export function someone({ visitor }: { visitor: Visitor | null }): Visitor {
  if (!visitor) throw unauthenticated()
  return visitor
}

export function actorOf(request: FastifyRequest): Actor {
  return { id: someone(request).id, ip: request.ip }
}

const longest = 1_000_000

/** What was typed, for who may change it, and where readers see all of it; for others the words of what they see. */
export function textOf({ format, body, html }: { format: string; body: string; html: string }, mayEdit: boolean) {
  if (mayEdit || format === 'plain') return body
  const parts = html.split(/(?<=<\/(?:p|h[1-6]|li|pre|tr|figure|div)>|<br ?\/?>)/)
  return parts
    .map((part) => plainText(part, longest))
    .filter(Boolean)
    .join('\n\n')
}
