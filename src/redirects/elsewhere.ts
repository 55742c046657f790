// Where an address leads that no route has, or whose route found nothing: a page, a post that had it, a redirect.
import type { FastifyReply } from 'fastify'
import type { Db } from '../db/pool.ts'
import { pathOf } from '../post-details/details.ts'
import { findElsewhere, findRedirect } from './queries.ts'

/** For an address that no route has: the slug of a page, or where to go instead. */
export async function lookElsewhere(db: Db, url: string): Promise<{ page: string } | { to: string } | undefined> {
  const path = pathIn(url)
  if (path === undefined) return undefined
  const { page, slug, kind, to_address } = await findElsewhere(db, path, onlyPart(path))
  if (page !== null) return { page }
  if (slug !== null && kind !== null) return { to: pathOf({ slug, kind }) }
  return to_address === null ? undefined : { to: to_address }
}

/** For one whose route found nothing. */
export async function findInstead(db: Db, url: string): Promise<string | undefined> {
  const path = pathIn(url)
  return path === undefined ? undefined : await findRedirect(db, path)
}

/** Browsers ask again each time: the owner may change his mind. */
export function sendElsewhere(reply: FastifyReply, to: string): FastifyReply {
  const url = new URL(to, 'http://here.invalid')
  const path = url.pathname.replace(/^\/+/, '/') + url.search + url.hash
  return reply.header('cache-control', 'no-cache').redirect(url.hostname === 'here.invalid' ? path : url.href, 301)
}

/** Undefined for what PostgreSQL cannot hold, and so does not. */
function pathIn(url: string): string | undefined {
  const path = decoded(url.split('?', 1)[0] ?? '')
  return path.length > 400 || path.includes('\0') || !path.isWellFormed() ? undefined : path
}

function onlyPart(path: string): string {
  const [, part = '', ...more] = path.split('/')
  return more.join('') === '' ? part : ''
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
