import { Type } from 'typebox'

/** What the protocol allows in one file: https://www.sitemaps.org/protocol.html. */
export const postsInPart = 50_000

export const PartParams = Type.Object({ part: Type.String({ pattern: '^(0|[1-9]\\d{0,10})$' }) })
