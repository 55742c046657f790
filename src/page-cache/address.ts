import type { IncomingMessage } from 'node:http'

/** What pages that are kept ask for in their addresses. */
export const kept = ['after', 'before', 'comment']
/** What makes another page of them that is for one person. */
export const own = ['reply', 'quote']
const longest = 500

/**
 * By which a page is kept: its path and, in order, what it asks for. Other parameters are of other programs: its page is the
 * same. Undefined for a request of one person, and for what is never kept.
 */
export function addressOf({ method, url = '', headers }: IncomingMessage): string | undefined {
  if (method !== 'GET' && method !== 'HEAD') return undefined
  // A request may name the whole address, or a place in a page: each would be another key of the same page.
  if (!url.startsWith('/') || url.includes('#')) return undefined
  if (url.length > longest || headers.authorization !== undefined || neverKept.test(url)) return undefined
  // Every cookie of ours has the name in its own.
  if (headers.cookie?.includes('bloggy')) return undefined
  const at = url.indexOf('?')
  return at < 0 ? url : ofQuery(url.slice(0, at), url.slice(at + 1))
}

const neverKept = /^\/(admin|account|api|assets|media|search|sign-in|preview|comments)(\/|\?|$)/

function ofQuery(path: string, query: string): string | undefined {
  // Takes a question mark at the beginning for none; the router has it in the name. With the sign both read the same.
  const values = new URLSearchParams(`&${query}`)
  if (own.some((name) => values.has(name))) return undefined
  const asked = kept.flatMap((name) => values.getAll(name).map((value) => [name, value]))
  // As the links of the blog write it: another spelling is answered by the same page.
  const text = new URLSearchParams(asked).toString()
  return text === '' ? path : `${path}?${text}`
}
