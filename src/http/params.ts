import { Type } from 'typebox'

export const SlugParams = Type.Object({ slug: Type.String({ minLength: 1, maxLength: 400 }) })
const Id = Type.String({ pattern: '^[1-9]\\d{0,15}$' })

export const IdParams = Type.Object({ id: Id })
export const TokenParams = Type.Object({ token: Type.String({ minLength: 20, maxLength: 100, pattern: '^[\\w-]+$' }) })
/** The id that a page of a list begins below. */
export const BeforeIdQuery = Type.Object({ before: Type.Optional(Id) })
const Place = Type.Optional(Type.String({ maxLength: 352 }))
/** Which comments of a post, and which of them is answered. */
export const DiscussionQuery = Type.Object({
  after: Place,
  before: Place,
  comment: Place,
  reply: Place,
  quote: Place,
})
export const ListQuery = Type.Object({ before: Type.Optional(Type.String({ maxLength: 40 })) })
