// Which comments the queue shows: what its address says.
import { Type } from 'typebox'

export const tabs = ['waiting', 'reported', 'spam', 'hidden', 'all'] as const
export type Tab = (typeof tabs)[number]

/** Anything may stand in an address; only `before` has to be right. */
export const QueueQuery = Type.Object({
  tab: Type.Optional(Type.Unknown()),
  post: Type.Optional(Type.Unknown()),
  person: Type.Optional(Type.Unknown()),
  words: Type.Optional(Type.Unknown()),
  done: Type.Optional(Type.Unknown()),
  left: Type.Optional(Type.Unknown()),
  before: Type.Optional(Type.String({ pattern: '^[1-9]\\d{0,15}$' })),
})

export type QueueFilters = { tab: Tab; post?: string; person?: string; words?: string }

export function filtersOf(query: Record<string, unknown>): QueueFilters {
  const tab = tabs.find((name) => name === query.tab) ?? 'waiting'
  const [post, person, words] = [wordOf(query.post), wordOf(query.person), wordOf(query.words)]
  return { tab, ...(post && { post }), ...(person && { person }), ...(words && { words }) }
}

/** The filters that a form carried along: `tab=spam&person=rosa`. */
export function filtersIn(address: string | undefined): QueueFilters {
  return filtersOf(Object.fromEntries(new URLSearchParams(address ?? '')))
}

/** The address of a post or what stands at its end. */
export function slugIn(text: string): string {
  const [path = ''] = text.split(/[?#]/)
  const last = path.split('/').findLast(Boolean) ?? ''
  try {
    return decodeURIComponent(last)
  } catch {
    return last
  }
}

/** The events that an address names: at most a page of decisions. */
export function eventsIn(text: unknown, most: number): number[] {
  if (typeof text !== 'string' || !/^[1-9]\d{0,15}(,[1-9]\d{0,15})*$/.test(text)) return []
  return text.split(',').slice(0, most).map(Number)
}

function wordOf(value: unknown): string {
  return typeof value === 'string' ? Array.from(value.trim()).slice(0, 200).join('') : ''
}
