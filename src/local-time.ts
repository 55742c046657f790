// A day and a time as a form gives them: in the zone of the blog, without saying so.
import { Type } from 'typebox'
import { text } from './texts/texts.ts'

// Browsers know years of six digits.
const pattern = /^\d{4,6}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/

export const LocalTime = Type.String({ pattern: pattern.source })

/** False for 30 February, which JavaScript takes for the second of March, and for the year 0, which PostgreSQL lacks. */
export function isRealTime(local: string): boolean {
  if (!pattern.test(local)) return false
  const date = new Date(`${local}Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(local) && !local.startsWith('0000')
}

export function skippedWords(local: string, zone: string): string {
  return text('schedules.skipped', { time: local.slice(11, 16), zone })
}

/** `2026-12-24`, when that is a day. */
export function dayOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.length === 10 && isRealTime(`${value}T00:00`) ? value : undefined
}

/** Anything may stand there: what is no day is left out. */
export const DayQuery = Type.Object({ day: Type.Optional(Type.Unknown()) })
