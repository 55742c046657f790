import { Type } from 'typebox'
import { SubmissionKey } from '../posts/post.ts'
import { text } from '../texts/texts.ts'

/** How long a link is good, in days. */
export const lifetimes = () => ({
  '1': text('postLinks.day'),
  '7': text('postLinks.week'),
  '30': text('postLinks.month'),
})
export const endless = () => ({ '0': text('postLinks.endless') })

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
