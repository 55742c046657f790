import { Type } from 'typebox'

/**
 * The protocol allows 50,000 in one file (https://www.sitemaps.org/protocol.html), of which one change would have crawlers
 * fetch six megabytes again. A thousand are made in milliseconds, and cost the same in an archive of any size.
 */
export const postsInPart = 1000

/** What the protocol allows in the list of them. */
export const mostParts = 50_000

export const PartParams = Type.Object({ part: Type.String({ pattern: '^(0|[1-9]\\d{0,10})$' }) })
