import { Type } from 'typebox'
import { visible } from '../users/user.ts'

export const tagSorts = ['name', 'posts', 'newest'] as const
export type TagSort = (typeof tagSorts)[number]

/** A page of a tag counts its posts so far. */
export const mostPostsCounted = 10_000

export const TagForm = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 50, pattern: visible }),
})
export const MergeQuery = Type.Object({ into: Type.Optional(Type.Unknown()) })
export const MergeForm = Type.Object({ into: Type.String({ pattern: '^[1-9]\\d{0,15}$' }) })

/** A place in the list by numbers of posts. */
export type CountedPlace = { posts: number; id: number }

export function readPlace(cursor: string): CountedPlace | undefined {
  const [, posts, id] = /^(\d{1,9})-(\d{1,16})$/.exec(cursor) ?? []
  return posts === undefined ? undefined : { posts: Number(posts), id: Number(id) }
}

export function writePlace({ posts, id }: CountedPlace): string {
  return `${posts}-${id}`
}
