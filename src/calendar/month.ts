import { Type } from 'typebox'
import { notFound } from '../errors.ts'

export const CalendarQuery = Type.Object({ month: Type.Optional(Type.String({ maxLength: 10 })) })

/** A day shows so many posts, and says how many more there are. */
export const mostOnDay = 5

const first = '1900-01'
const last = '2199-12'

/** `2026-12`. A month that is none, or too far away for any post, is not an address of ours. */
export function monthOf(text: string | undefined): string | null {
  if (text === undefined) return null
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(text) || !isShown(text)) throw notFound()
  return text
}

export function isShown(month: string): boolean {
  return month >= first && month <= last
}
