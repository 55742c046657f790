// An account that leaves: what becomes of what it has.
import { Type } from 'typebox'

export const postChoices = ['give', 'keep', 'bin'] as const
export const commentChoices = ['keep', 'empty'] as const

export type Departure = {
  user_id: number
  kind: 'merged' | 'deleted' | 'erased'
  /** Who is to have what is given. */
  into_id: number | null
  posts: 'give' | 'keep' | 'bin'
  comments: 'give' | 'keep' | 'empty'
}

const Who = Type.Optional(Type.String({ maxLength: 254 }))

export const DeletionForm = Type.Object({
  posts: Type.Union(postChoices.map((choice) => Type.Literal(choice))),
  comments: Type.Union(commentChoices.map((choice) => Type.Literal(choice))),
  to: Who,
})
export const MergeForm = Type.Object({ into: Type.String({ pattern: '^[1-9]\\d{0,15}$' }) })
export const MergeQuery = Type.Object({ into: Type.Optional(Type.Unknown()) })
