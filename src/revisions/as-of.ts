// A post as it was at a moment.
import { Type } from 'typebox'
import { text } from '../texts/texts.ts'

/** What is no moment is told so beside the field, and does not make the address one that is not there. */
export const MomentQuery = Type.Object({ at: Type.Optional(Type.Unknown()) })

/** What a form for a moment is told that leads to no revision. */
export const refusals = {
  wrong: () => ({ status: 422, message: text('revisions.noMoment') }),
  ahead: () => ({ status: 422, message: text('revisions.ahead') }),
  before: () => ({ status: 404, message: text('revisions.before') }),
  'not kept': () => ({ status: 404, message: text('revisions.notKept') }),
}
