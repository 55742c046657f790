// Which posts of the desk are shown: what the address says, and what it means.
import { Type } from 'typebox'
import { text } from '../texts/texts.ts'

export const postsOnPage = 50
/** Beyond this the list says "1,000+". */
export const mostCounted = 1000
/** One page of a search in texts looks through so many posts, or so many bytes of text, whichever comes first. */
export const mostLookedThrough = 1000
export const mostBytesLookedThrough = 4_000_000
const longest = 100

/** Anything may stand in an address; only `before` has to be right. */
export const FiltersQuery = Type.Object({
  state: Type.Optional(Type.Unknown()),
  author: Type.Optional(Type.Unknown()),
  tag: Type.Optional(Type.Unknown()),
  text: Type.Optional(Type.Unknown()),
  in: Type.Optional(Type.Unknown()),
  before: Type.Optional(Type.String({ maxLength: 40 })),
})

export const states = {
  draft: () => text('postList.drafts'),
  scheduled: () => text('postList.scheduled'),
  published: () => text('postList.published'),
  rewritten: () => text('postList.rewritten'),
} as const
export type PostState = keyof typeof states

export type Filters = {
  state?: PostState
  author?: string
  tag?: string
  text?: string
  /** The texts are searched too, not the titles alone. */
  in?: 'texts'
}

/** What makes no sense is left out, as is what somebody sends twice. */
export function filtersOf(query: Record<string, unknown>): Filters {
  const state = wordOf(query.state)
  const author = wordOf(query.author)
  const tag = wordOf(query.tag)
  const words = wordOf(query.text)
  return {
    ...(state && Object.hasOwn(states, state) && { state: state as PostState }),
    ...(author && { author }),
    ...(tag && { tag }),
    ...(words && { text: words }),
    ...(words && query.in === 'texts' && { in: 'texts' as const }),
  }
}

/** The filters of an address that a form carried along: `state=draft&tag=Bread`. */
export function filtersIn(address: string | undefined): Filters {
  return filtersOf(Object.fromEntries(new URLSearchParams(address ?? '')))
}

export function without(filters: Filters, name: keyof Filters): Filters {
  const { [name]: _, ...rest } = filters
  // Where to look means nothing without what to look for.
  return name === 'text' ? without(rest, 'in') : rest
}

/** The index of titles knows three letters in a row; anything shorter is looked for post by post. */
export function isInIndex({ text: words = '', in: where }: Filters): boolean {
  return where !== 'texts' && /[\p{Letter}\p{Number}]{3}/u.test(words)
}

function wordOf(value: unknown): string {
  return typeof value === 'string' ? Array.from(value.trim()).slice(0, longest).join('') : ''
}
