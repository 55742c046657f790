import { Type } from 'typebox'
import { SubmissionKey } from '../posts/post.ts'

/** How long a link is good, in days. */
export const lifetimes = { '1': 'A day', '7': 'A week', '30': 'A month' }
export const endless = { '0': 'Until it is taken back' }

export const longestNote = 100

export const LinkForm = Type.Object({
  days: Type.Union([Type.Literal('1'), Type.Literal('7'), Type.Literal('30'), Type.Literal('0')]),
  note: Type.Optional(Type.String({ maxLength: longestNote })),
  submission_key: Type.Optional(SubmissionKey),
})

export const LinkParams = Type.Object({
  id: Type.String({ pattern: '^[1-9]\\d{0,14}$' }),
  link: Type.String({ pattern: '^[1-9]\\d{0,14}$' }),
})

export const mostLinks = 20
