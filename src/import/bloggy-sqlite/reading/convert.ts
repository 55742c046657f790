// One row of the file into one row of ours: one function for each conversion that plan.ts names.
import { kindOfStoredPassword } from '../../../passwords/legacy.ts'
import { normaliseEmail } from '../../../users/user.ts'
import { decode } from './bytes.ts'
import type { IdRanges } from './id-ranges.ts'
import { type Moment, readMoment, unknownMoment } from './moment.ts'
import type { Column, SourceTable, TablePlan } from '../plan.ts'
import { canonicalJson } from './exact-json.ts'
import { type Json, jsonOf } from './raw-json.ts'

export type Raw = string | number | bigint | Uint8Array | null
export type Converted = string | number | bigint | null
export type Leftover = { column: string | null; reason: string; data: Record<string, Json> }

export type Source = {
  /** Ids of the rows that other tables may name. */
  ids: Map<SourceTable, IdRanges>
  /** The bytes of a text, where it does not come as valid UTF-8. */
  bytesOf: (table: SourceTable, key: number, column: string) => Uint8Array
}

/** What stands for a password in clear until it is hashed. */
export const pending = '\u0000pending'

/** What one row turned into. Filled again for every row, so that two million rows make no garbage. */
export class RowNotes {
  key = 0
  changes: string[] = []
  /** The values of the file that were changed. */
  original: Record<string, Json> | null = null
  leftovers: Leftover[] = []
  /** Why the row cannot come along. */
  reason: string | null = null
  /** A password in clear, on its way to being hashed. */
  secret: string | null = null

  begin(key: number): void {
    this.key = key
    if (this.changes.length > 0) this.changes = []
    if (this.leftovers.length > 0) this.leftovers = []
    this.original = null
    this.reason = null
    this.secret = null
  }

  change(name: string, column: string, was: Raw): void {
    if (!this.changes.includes(name)) this.changes.push(name)
    this.original ??= {}
    this.original[column] ??= jsonOf(was)
  }

  aside(reason: string): void {
    this.reason ??= reason
  }
}

/** The values in the order of the plan's columns; what happened on the way is in `notes`. */
export function convertRow(plan: TablePlan, raw: Raw[], source: Source, notes: RowNotes, into: Converted[]): void {
  const { columns } = plan
  for (let index = 0; index < columns.length; index++) {
    const column = columns[index]!
    into[index] = convert(plan.source, column, raw[index]!, source, notes, raw)
  }
}

function convert(
  table: SourceTable,
  column: Column,
  value: Raw,
  source: Source,
  notes: RowNotes,
  raw: Raw[],
): Converted {
  switch (column.as) {
    case 'text':
      if (value === null) {
        notes.change('text-missing', column.source, value)
        return ''
      }
      return text(table, column, value, source, notes)
    case 'text or null':
      return value === null ? null : text(table, column, value, source, notes)
    case 'moment':
      return requiredMoment(column, value, notes)
    case 'moment or null':
      return optionalMoment(column, value, notes)
    case 'reference':
      return reference(column, value, source, notes)
    case 'reference or null':
      return optionalReference(column, value, source, notes)
    case 'email':
      return value === null ? null : email(column, text(table, column, value, source, notes), notes)
    case 'password':
      return value === null ? null : password(text(table, column, value, source, notes), notes)
    case 'state':
      return value === null ? 'active' : state(column, text(table, column, value, source, notes), notes)
    case 'json or null':
      return value === null ? null : json(column, text(table, column, value, source, notes), notes)
    case 'token':
      return value === null ? null : text(table, column, value, source, notes)
    case 'kept aside':
      // Written together with the row, and never since.
      if (column.sameAs !== undefined && value === raw[column.sameAs]) return null
      if (value !== null && !(typeof value === 'string' && value.trim() === '')) {
        notes.leftovers.push({ column: column.source, reason: 'no-home', data: { [column.source]: jsonOf(value) } })
      }
      return null
  }
}

function text(table: SourceTable, column: Column, value: Raw, source: Source, notes: RowNotes): string {
  if (typeof value === 'string') {
    if (!value.includes('\uFFFD') && !value.includes('\0')) return value
    return cleaned(column, source.bytesOf(table, notes.key, column.source), notes)
  }
  if (value instanceof Uint8Array) {
    notes.change('bytes-to-text', column.source, value)
    return cleaned(column, value, notes)
  }
  notes.change('number-to-text', column.source, value)
  return String(value)
}

function cleaned(column: Column, bytes: Uint8Array, notes: RowNotes): string {
  const { text, isUtf8 } = decode(bytes)
  const keepBytes = (reason: string) => {
    notes.change(reason, column.source, bytes)
    // The bytes of a password are a password.
    if (column.as === 'password') return
    const data = { [column.source]: jsonOf(bytes) }
    notes.leftovers.push({ column: column.source, reason, data })
  }
  if (!isUtf8) keepBytes('not-utf8')
  if (!text.includes('\0')) return text
  keepBytes('nul-removed')
  return text.replaceAll('\0', '')
}

function requiredMoment(column: Column, value: Raw, notes: RowNotes): Moment {
  const read = readMoment(value)
  if (read) {
    if (read.change) notes.change(read.change, column.source, value)
    return read.at
  }
  notes.change(isBlank(value) ? 'date-missing' : 'date-unreadable', column.source, value)
  return unknownMoment
}

function optionalMoment(column: Column, value: Raw, notes: RowNotes): Moment | null {
  if (value === null) return null
  const read = readMoment(value)
  if (read?.change) notes.change(read.change, column.source, value)
  if (read) return read.at
  notes.change(isBlank(value) ? 'date-missing' : 'date-unreadable', column.source, value)
  return null
}

function isBlank(value: Raw): boolean {
  return value === null || (typeof value === 'string' && value.trim() === '')
}

function reference(column: Column, value: Raw, source: Source, notes: RowNotes): number | null {
  const id = wholeNumber(column, value, notes)
  if (id !== null && source.ids.get(column.to!)?.has(id)) return id
  notes.aside(`${missing[column.to!] ?? column.to}-missing`)
  return null
}

const missing: Partial<Record<SourceTable, string>> = {
  users: 'user',
  posts: 'post',
  roles: 'role',
  permissions: 'permission',
  auth_groups: 'group',
  oauth_accounts: 'account',
}

function optionalReference(column: Column, value: Raw, source: Source, notes: RowNotes): number | null {
  if (value === null) return null
  const id = wholeNumber(column, value, notes)
  if (id !== null && source.ids.get(column.to!)?.has(id)) return id
  notes.change('author-missing', column.source, value)
  return null
}

function wholeNumber(column: Column, value: Raw, notes: RowNotes): number | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : null
  if (typeof value !== 'string' || !/^\s*[+-]?\d{1,16}(?:\.0+)?\s*$/.test(value)) return null
  const id = Number(value)
  if (!Number.isSafeInteger(id)) return null
  notes.change('text-to-number', column.source, value)
  return id
}

// More does not fit into an index of PostgreSQL.
const longestAddress = 2000

function email(column: Column, text: string, notes: RowNotes): string | null {
  const folded = normaliseEmail(text)
  if (folded !== text) notes.change('email-folded', column.source, text)
  if (folded === '') return null
  if (Buffer.byteLength(folded) <= longestAddress) return folded
  notes.leftovers.push({ column: column.source, reason: 'too-long', data: { [column.source]: jsonOf(text) } })
  return null
}

function password(stored: string, notes: RowNotes): string | null {
  if (stored === '') return null
  const kind = kindOfStoredPassword(stored)
  if (kind === 'argon2id' || kind === 'legacy') return stored
  if (kind === 'unverifiable') {
    // Without the value: it may be a password after all that only looks like a hash.
    const data = { password: `a form that cannot be verified, ${stored.length} characters; it stays in the file` }
    notes.leftovers.push({ column: 'password', reason: 'unreadable-password', data })
    if (notes.original) delete notes.original.password
    return null
  }
  // Without the value: it must appear nowhere.
  notes.changes.push('password-hashed')
  notes.secret = stored
  if (notes.original) delete notes.original.password
  return pending
}

const states = new Set(['pending', 'disabled', 'blocked'])

/** An empty key is an open account; a key of its own is an address that was never confirmed. */
function state(column: Column, key: string, notes: RowNotes): string {
  const word = key.trim()
  if (word === '') return 'active'
  if (states.has(word)) return word
  notes.change('unconfirmed', column.source, key)
  return 'pending'
}

function json(column: Column, text: string, notes: RowNotes): string | null {
  const canonical = canonicalJson(text)
  // The old blog wrote JSON's null where it had nothing to say.
  if (canonical === 'null') return null
  if (canonical !== undefined) return canonical
  notes.change('json-unreadable', column.source, text)
  notes.leftovers.push({ column: column.source, reason: 'json-unreadable', data: { [column.source]: jsonOf(text) } })
  return null
}
