// A post as it was at a moment.
import { Type } from 'typebox'

/** What is no moment is told so beside the field, and does not make the address one that is not there. */
export const MomentQuery = Type.Object({ at: Type.Optional(Type.Unknown()) })

/** What a form for a moment is told that leads to no revision. */
export const refusals = {
  wrong: { status: 422, message: 'Please give a day and a time.' },
  ahead: { status: 422, message: 'That moment is still to come.' },
  before: { status: 404, message: 'The post was not there yet.' },
  'not kept': { status: 404, message: 'The post was there, but no revision from then is kept.' },
}
