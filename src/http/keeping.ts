import type { FastifyReply } from 'fastify'

/** What a page is made of: 'site' is in every one, 'posts' in lists, 'post:17' in what shows that post. */
export type PageKey = 'site' | 'posts' | `post:${number}`

export type Keeper = {
  /** True where somebody waits for the page of this request, or will ask for it. */
  isAsked: (reply: FastifyReply) => boolean
  /** Keeps the text that is being sent. True where the visitor has it already and a 304 is the answer. */
  keep: (reply: FastifyReply, text: string) => boolean
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Null without a cache of pages. */
    pageKeeper: Keeper | null
  }
  interface FastifyContextConfig {
    /** True for a page that is the same for everybody who is not signed in. */
    isKept?: true
  }
  interface FastifyReply {
    /** Set by keep(). */
    pageKeys: readonly PageKey[] | null
    /**
     * Says what the page is made of, so that it may be kept until that changes. Only for a visitor without a session.
     * What the page has for each reader alone is in `pageBlanks`.
     */
    keep: (...keys: PageKey[]) => FastifyReply
    /** The moment from which the page is another one though nothing changed; null for none. */
    pageUntil: Date | null
    /** What each copy of the page has of its own; null for nothing. */
    pageBlanks: { values: readonly string[]; make: () => readonly string[] } | null
  }
}

/** True where this request makes a page for a cache. */
export function isBeingKept(reply: FastifyReply): boolean {
  return reply.pageKeys !== null && (reply.server.pageKeeper?.isAsked(reply) ?? false)
}
