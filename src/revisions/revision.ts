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

/** A text that lost more characters than this keeps the one before it among the revisions. */
export const mostLost = 300
