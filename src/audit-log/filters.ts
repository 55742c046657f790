// Which lines of the audit log are shown: what the address says.
import { Type } from 'typebox'
import { isIP } from 'node:net'

export const eventsOnPage = 50

const Anything = Type.Optional(Type.Unknown())
/** Anything may stand in an address; only `before` has to be right. */
export const AuditQuery = Type.Object({
  who: Anything,
  action: Anything,
  type: Anything,
  subject: Anything,
  from: Anything,
  to: Anything,
  address: Anything,
  before: Type.Optional(Type.String({ maxLength: 40 })),
})

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
}

/** What makes no sense is left out, as is what somebody sends twice. */
export function filtersOf(query: Record<string, unknown>): AuditFilters {
  const word = (value: unknown) => (typeof value === 'string' ? Array.from(value.trim()).slice(0, 150).join('') : '')
  const [who, action, type, subject] = [query.who, query.action, query.type, query.subject].map(word)
  const [from, to, address] = [query.from, query.to, query.address].map(word)
  return {
    ...(who && { who }),
    ...(action && { action }),
    ...(type && { type }),
    ...(subject && /^[1-9]\d{0,15}$/.test(subject) && { subject }),
    ...(from && isDay(from) && { from }),
    ...(to && isDay(to) && { to }),
    ...(address && isIP(address) && { address }),
  }
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
