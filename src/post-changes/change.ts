// One change to many posts at once.
import { Type, type Static } from 'typebox'
import type { Visitor } from '../http/app.ts'
import { postsOnPage } from '../post-list/filters.ts'
import { canDelete, canEdit, canEditAll, canManage, canPublish } from '../posts/post.ts'

/** A page of the list at most: nobody changes what they have not seen. */
export const mostChanged = postsOnPage

const several = (pattern: string) => {
  const one = Type.String({ pattern })
  return Type.Optional(Type.Union([one, Type.Array(one, { maxItems: mostChanged })]))
}

/** `post` is an id with the version that was shown: what somebody else changed meanwhile is left as it is. */
export const ChangeForm = Type.Object({
  change: Type.Enum(['publish', 'unpublish', 'bin', 'add-tag', 'remove-tag', 'author']),
  post: several('^[1-9]\\d{0,15}-\\d{1,9}$'),
  tag: Type.Optional(Type.String({ maxLength: 50 })),
  author: Type.Optional(Type.String({ maxLength: 100 })),
  back: Type.Optional(Type.String({ maxLength: 2000 })),
})
export type ChangeInput = Static<typeof ChangeForm>
export type Change = ChangeInput['change']

export const RestorationForm = Type.Object({ post: several('^[1-9]\\d{0,15}$') })

/** What a change needs to know besides the posts. */
export type Wish = { change: Change; tag: string; author_id: number | null }

export type Chosen = { id: number; version: number }

/** Each post once, by id. */
export function chosenOf(post: string | string[] | undefined): Chosen[] {
  const chosen = [post ?? []].flat().map((text) => {
    const [id = 0, version = 0] = text.split('-').map(Number)
    return { id, version }
  })
  return [...new Map(chosen.map((one) => [one.id, one])).values()]
}

type Owned = { author_id: number | null; co_authors?: { id: number }[] }

export function mayChange(visitor: Visitor, change: Change, post: Owned): boolean {
  if (change === 'bin') return canDelete(visitor, post)
  if (change === 'author') return canEditAll(visitor)
  if (change === 'publish') return canEdit(visitor, post) && canPublish(visitor)
  if (change === 'unpublish') return canManage(visitor, post) && canPublish(visitor)
  return canEdit(visitor, post)
}

/** Whoever sees a post in no list learns nothing of it here either. */
export function maySee(visitor: Visitor, post: Owned): boolean {
  return canEdit(visitor, post) || canDelete(visitor, post)
}

export type Left = 'gone' | 'changed' | 'right' | 'same' | 'full' | 'rewritten'

export type Outcome = { done: { id: number; title: string }[]; left: { title: string | null; why: Left }[] }
