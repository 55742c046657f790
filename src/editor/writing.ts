// What the editor sends by itself: the form as it stands, which need not be ready to be saved by hand.
import { Type } from 'typebox'
import { PostForm, SubmissionKey, longestText, longestTitle } from '../posts/post.ts'

/** Which new post is asked for. */
export const KeyQuery = Type.Object({ submission_key: SubmissionKey })

export const WritingForm = Type.Object({
  ...PostForm.properties,
  title: Type.Optional(Type.String({ maxLength: longestTitle })),
  body: Type.Optional(Type.String({ maxLength: longestText })),
})
