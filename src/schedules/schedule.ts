import { Type } from 'typebox'
import { LocalTime } from '../local-time.ts'
import { text } from '../texts/texts.ts'

export const ScheduleForm = Type.Object({ appears_at: LocalTime })

/** Later than this nobody means it. */
export const yearsAhead = 10

/** Why a post cannot appear at a moment. */
export const scheduleRefusals = {
  past: () => text('schedules.past'),
  'too far': () => text('schedules.tooFar', { years: yearsAhead }),
  out: () => text('schedules.out'),
}

/** PostgreSQL has no year 0 and JavaScript takes no years of five digits: neither is asked about such a moment. */
export function beyondReason(local: string | undefined): 'past' | 'too far' | undefined {
  const year = Number(local?.split('-', 1)[0])
  return year < 1900 ? 'past' : year > 9999 ? 'too far' : undefined
}
