import { Type } from 'typebox'

/** A day and a minute as a form gives them, in the zone of the blog. Browsers know years of six digits. */
export const ScheduleForm = Type.Object({
  appears_at: Type.String({ pattern: '^\\d{4,6}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d)?$' }),
})

/** Later than this nobody means it. */
export const yearsAhead = 10
