// What a cache that others share, a Varnish or a CDN, is told of a page that is kept. See docs/decisions/0040.
import type { PageKey } from '../http/keeping.ts'

/** Some of a page depends on the clock, and a shared cache may be told of nothing for a while. */
const seconds = 600

/** The names that the different makers gave the same three things; browsers go by Cache-Control and know none of them. */
export function sharedHeaders(keys: readonly PageKey[]): [name: string, value: string][] {
  const tags = ['site', ...keys].map(tagOf)
  return [
    ['surrogate-control', `max-age=${seconds}`],
    ['cdn-cache-control', `max-age=${seconds}`],
    ['surrogate-key', tags.join(' ')],
    ['cache-tag', tags.join(',')],
  ]
}

/** A colon means something to some of them. */
export function tagOf(key: string): string {
  return key.replace(':', '-')
}
