// Who decides about comments, and what a decision is.
import { Type, type Static } from 'typebox'
import type { Visitor } from '../http/app.ts'
import { holds } from '../permissions/permission.ts'
import { canEditAll, isCoAuthor } from '../posts/post.ts'

export function canModerate(visitor: Visitor | null): boolean {
  return holds(visitor, 'comment.moderate')
}

/** Their comments wait for nobody: who moderates, and who wrote the post. */
export function isTrusted(
  visitor: Visitor,
  post: { author_id: number | null; co_authors?: { id: number }[] },
): boolean {
  return canModerate(visitor) || visitor.id === post.author_id || isCoAuthor(visitor, post)
}

/** Whose queue it is: private posts of others are not in it for those who may not open them. */
export type Looker = { id: number; seesAll: boolean }

export function lookerOf(visitor: Visitor): Looker {
  return { id: visitor.id, seesAll: canEditAll(visitor) }
}

export const stateOfDeed = { approve: 'approved', spam: 'spam', hide: 'hidden' } as const
export type Deed = keyof typeof stateOfDeed
export const actionOfDeed = {
  approve: 'comment.approved',
  spam: 'comment.marked-spam',
  hide: 'comment.hidden',
} as const
export const deedActions = Object.values(actionOfDeed)
/** What the log of moderation shows, in the words of audit_events_moderation_idx. */
export const loggedActions = [
  'comment.approved',
  'comment.hidden',
  'comment.marked-spam',
  'comment.decision-undone',
  'comment.deleted',
  'comment.restored',
  'ban.made',
  'ban.lifted',
  'moderation.changed',
] as const
export type LoggedAction = (typeof loggedActions)[number]

/** A page of the queue at most: nobody decides about what they have not seen. */
export const queueOnPage = 40
export const mostCounted = 99
/** Searching words, so many comments are looked through for one page. */
export const mostLookedThrough = 1000
export const logOnPage = 50

const several = (pattern: string) => {
  const one = Type.String({ pattern })
  return Type.Optional(Type.Union([one, Type.Array(one, { maxItems: queueOnPage })]))
}

const chosen = '[1-9]\\d{0,15}-[1-9]\\d{0,8}-(approved|waiting|hidden|spam)'
const deed = '(approve|spam|hide)'

/** `comment` is an id with the version and the state that were shown: what became another meanwhile is left as it is. */
export const DecisionForm = Type.Object({
  /** The button of one row, which counts alone: `approve-12-1-waiting`. */
  one: Type.Optional(Type.String({ pattern: `^${deed}-${chosen}$` })),
  change: Type.Optional(Type.String({ pattern: `^${deed}$` })),
  comment: several(`^${chosen}$`),
  why: Type.Optional(Type.String({ maxLength: 300 })),
  back: Type.Optional(Type.String({ maxLength: 2000 })),
})

export const UndoForm = Type.Object({
  event: several('^[1-9]\\d{0,15}$'),
  back: Type.Optional(Type.String({ maxLength: 2000 })),
})

export type Chosen = { id: number; version: number; state: string }

export function decisionOf({
  one,
  change,
  comment,
}: Static<typeof DecisionForm>): { deed: Deed; chosen: Chosen[] } | undefined {
  const wanted = one?.split('-', 1)[0] ?? change
  if (!wanted) return undefined
  const picked = one === undefined ? [comment ?? []].flat() : [one.slice(wanted.length + 1)]
  const found = picked.map((text) => {
    const [id = '', version = '', state = ''] = text.split('-')
    return { id: Number(id), version: Number(version), state }
  })
  return { deed: wanted as Deed, chosen: [...new Map(found.map((one) => [one.id, one])).values()] }
}
