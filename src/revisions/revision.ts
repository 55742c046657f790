import { Type } from 'typebox'
import type { Details } from '../post-details/details.ts'

export const RevisionParams = Type.Object({
  id: Type.String({ pattern: '^[1-9]\\d{0,14}$' }),
  number: Type.String({ pattern: '^[1-9]\\d{0,8}$' }),
})

export const NameForm = Type.Object({ name: Type.String({ maxLength: 200 }) })

export const revisionsOnPage = 50

/** What a writer can change about a text, and what a revision holds of it. */
export type State = { title: string; body: string; body_format: string; tags: string; details: Details }

export type Kind = 'saved' | 'published' | 'restored' | 'autosaved'

/** The details of a post that goes back: where it is, who may read it and who may edit it is no matter of its text. */
export function restoredDetails(now: Details, then: Partial<Details>): Details {
  const { slug, kind, visibility, authors } = now
  return { ...now, ...then, slug, kind, visibility, authors }
}

/** Characters that may go, all in all, while autosaved states take each other's place. */
export const mostLost = 300

type Words = { title: string; body: string; tags: string; details: { excerpt?: string } }

/** How many characters of a state are not in the next one, as far as can be told without comparing word by word. */
export function lostBetween(before: Words, after: Words): number {
  return (
    replaced(before.title, after.title) +
    replaced(before.body, after.body) +
    replaced(before.tags, after.tags) +
    replaced(before.details.excerpt ?? '', after.details.excerpt ?? '')
  )
}

/** The length of the one stretch that would have to be replaced. */
function replaced(before: string, after: string): number {
  const most = Math.min(before.length, after.length)
  let start = 0
  while (start < most && before[start] === after[start]) start++
  let end = 0
  while (end < most - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++
  return before.length - start - end
}
