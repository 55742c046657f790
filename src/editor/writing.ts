// What the editor sends by itself: the form as it stands, which need not be ready to be saved by hand.
import { Type } from 'typebox'
import { PostForm } from '../posts/post.ts'

/** Which new post is asked for. */
export const KeyQuery = Type.Object({
  submission_key: Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' }),
})

export const WritingForm = Type.Object({
  ...PostForm.properties,
  title: Type.Optional(Type.String({ maxLength: 512 })),
  body: Type.Optional(Type.String({ maxLength: 500_000 })),
})
