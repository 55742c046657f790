// Which lines of the audit log are shown: what the address says.
import { Type } from 'typebox'
import { isIP } from 'node:net'
import { origins } from '../audit/way.ts'
import { text } from '../texts/texts.ts'

export const eventsOnPage = 50

const Anything = Type.Optional(Type.Unknown())
/** Anything may stand in an address: the form comes back with it. Only `before` has to be right. */
export const AuditQuery = Type.Object({
  who: Anything,
  action: Anything,
  type: Anything,
  subject: Anything,
  from: Anything,
  to: Anything,
  address: Anything,
  way: Anything,
  token: Anything,
  before: Type.Optional(Type.String({ maxLength: 40 })),
})

/** By which way a deed came; of the older Bloggy nobody knows. */
export const ways = [...origins, 'legacy'] as const
export type FilteredWay = (typeof ways)[number]

export type AuditFilters = {
  /** A name, the address of a page, or `-` for nobody. */
  who?: string
  action?: string
  type?: string
  /** The number of what it is about. */
  subject?: string
  /** Days of UTC, the last one included. */
  from?: string
  to?: string
  address?: string
  way?: FilteredWay
  /** What somebody called a token of theirs. */
  token?: string
}
const names = ['who', 'action', 'type', 'subject', 'from', 'to', 'address', 'way', 'token'] as const
type Name = (typeof names)[number]

export type FilterErrors = Partial<Record<Name, string>>
/** `typed` is what was given, right or wrong; with an error nothing is listed. */
export type ReadFilters = { filters: AuditFilters; typed: Partial<Record<Name, string>>; errors: FilterErrors }

export function readFilters(query: Record<string, unknown>): ReadFilters {
  const typed: ReadFilters['typed'] = {}
  const errors: FilterErrors = {}
  for (const name of names) {
    const value = query[name]
    if (value === undefined) continue
    if (typeof value !== 'string') {
      errors[name] = text('team.filterTwice')
      continue
    }
    const given = Array.from(value.trim()).slice(0, 150).join('')
    if (given === '') continue
    typed[name] = given
    const error = mistakeIn(name, given)
    if (error) errors[name] = error
  }
  if (typed.subject && !typed.type) errors.subject ??= text('team.filterSubjectAlone')
  if (typed.from && typed.to && typed.from > typed.to && !errors.from) errors.to ??= text('team.filterDays')
  return { filters: typed as AuditFilters, typed, errors }
}

function mistakeIn(name: Name, given: string): string | undefined {
  if (name === 'subject' && !/^[1-9]\d{0,14}$/.test(given)) return text('team.filterNumber', { given })
  if ((name === 'from' || name === 'to') && !isDay(given)) return text('team.filterDay', { given })
  if (name === 'address' && !isIP(given)) return text('team.filterAddress', { given })
  if (name === 'way' && !(ways as readonly string[]).includes(given)) return text('team.filterWay', { given })
  return undefined
}

function isDay(text: string): boolean {
  if (!/^[12]\d{3}-\d{2}-\d{2}$/.test(text)) return false
  const date = new Date(`${text}T00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}

/** A cell of a table that a spreadsheet opens: what would be a formula is text. */
export function csvCell(value: string): string {
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
