import type { IncomingMessage } from 'node:http'

/** What pages that are kept ask for in their addresses. */
export const kept = ['after', 'before', 'comment']
/** What makes another page of them that is for one person. */
export const own = ['reply', 'quote']
const longest = 500

/** Which of these a page asks for, by its path. */
export type Names = (path: string) => readonly string[]

/**
 * By which a page is kept: its path as links of the blog write it and, in order, what it asks for. Other parameters are of
 * other programs: its page is the same. Undefined for a request of one person, and for what is never kept.
 */
export function addressOf({ method, url = '', headers }: IncomingMessage, namesOf: Names): string | undefined {
  if (method !== 'GET' && method !== 'HEAD') return undefined
  // A request may name the whole address, or a place in a page: each would be another key of the same page.
  if (!url.startsWith('/') || url.includes('#')) return undefined
  if (url.length > longest || headers.authorization !== undefined) return undefined
  // Every cookie of ours has the name in its own.
  if (headers.cookie?.includes('bloggy')) return undefined
  const at = url.indexOf('?')
  const path = pathOf(at < 0 ? url : url.slice(0, at))
  if (path === undefined || neverKept.test(path)) return undefined
  return at < 0 ? path : ofQuery(path, url.slice(at + 1), namesOf(path))
}

const neverKept = /^\/(admin|account|api|assets|media|search|sign-in|preview|comments)(\/|$)/
/** Nothing in it can be written in another way. */
const plain = /^[\w\-.~!*'()/]*$/

/** The router reads a letter and its code as the same. */
function pathOf(path: string): string | undefined {
  if (plain.test(path)) return path
  try {
    const parts = path.split('/').map((part) => encodeURIComponent(decodeURIComponent(part)))
    return parts.join('/')
  } catch {
    return undefined
  }
}

function ofQuery(path: string, query: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return path
  // Takes a question mark at the beginning for none; the router has it in the name. With the sign both read the same.
  const values = new URLSearchParams(`&${query}`)
  if (own.some((name) => names.includes(name) && values.has(name))) return undefined
  const asked = kept
    .filter((name) => names.includes(name))
    .flatMap((name) => values.getAll(name).map((value) => [name, value]))
  // As the links of the blog write it: another spelling is answered by the same page.
  const text = new URLSearchParams(asked).toString()
  return text === '' ? path : `${path}?${text}`
}

/** What the routes of pages that are kept say of themselves. */
export function newNames(): { add: (route: string, names: readonly string[]) => void; of: Names } {
  const exact = new Map<string, readonly string[]>()
  const patterns: { pattern: RegExp; names: readonly string[] }[] = []
  return {
    add: (route, names) => {
      if (names.length === 0) return
      if (!route.includes(':')) exact.set(route, names)
      else patterns.push({ pattern: new RegExp(`^${route.replace(/:\w+/g, '[^/]+')}$`), names })
    },
    of: (path) => exact.get(path) ?? patterns.find(({ pattern }) => pattern.test(path))?.names ?? [],
  }
}
