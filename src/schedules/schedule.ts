import { Type } from 'typebox'
import { LocalTime } from '../local-time.ts'

export const ScheduleForm = Type.Object({ appears_at: LocalTime })

/** Later than this nobody means it. */
export const yearsAhead = 10
