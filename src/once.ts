import { createRequire } from 'node:module'

/** What many processes never need is loaded, or made, with its first use. */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => (made ??= { value: make() }).value
}

/** A package, at once: for where nobody can wait for an import(). */
export const load = createRequire(import.meta.url)
