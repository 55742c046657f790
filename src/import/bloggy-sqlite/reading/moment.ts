// Moments as an older Bloggy, or somebody's tool, may have stored them. What is not listed here is not guessed.

/** Microseconds since 2000-01-01T00:00:00Z, as PostgreSQL counts; a bigint where a number is not exact. */
export type Moment = number | bigint

export type ReadMoment = { at: Moment; change?: MomentChange }
type MomentChange = 'date-form' | 'date-from-seconds' | 'date-from-milliseconds' | 'date-from-julian-day'

/** What stands for a moment that nobody knows: 1970-01-01T00:00:00Z. Pages show no date for it. */
export const unknownMoment = -946_684_800_000_000

const epoch2000 = 946_684_800
const other =
  /^\s*(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?)?\s*$/i

/**
 * The form of the older Bloggy is `2025-10-12 14:03:22`, in UTC. Undefined for what is no moment, such as 30 February,
 * and for what would have to be guessed, such as 12/10/2025.
 */
export function readMoment(value: unknown): ReadMoment | undefined {
  if (typeof value === 'string') return plainForm(value) ?? otherForm(value)
  if (typeof value === 'number') return fromNumber(value)
  return undefined
}

// The form of nearly every row, read without a pattern.
function plainForm(text: string): ReadMoment | undefined {
  if (text.length !== 19) return undefined
  if (
    text.charCodeAt(4) !== 45 ||
    text.charCodeAt(7) !== 45 ||
    text.charCodeAt(10) !== 32 ||
    text.charCodeAt(13) !== 58 ||
    text.charCodeAt(16) !== 58
  ) {
    return undefined
  }
  const year = digits(text, 0, 4)
  const month = digits(text, 5, 7)
  const day = digits(text, 8, 10)
  const seconds = secondsOf(year, month, day, digits(text, 11, 13), digits(text, 14, 16), digits(text, 17, 19))
  return seconds === undefined ? undefined : { at: moment(seconds, 0) }
}

/** NaN when one of them is no digit. */
function digits(text: string, from: number, to: number): number {
  let value = 0
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - 48
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

function otherForm(text: string): ReadMoment | undefined {
  const match = other.exec(text)
  if (!match) return undefined
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone] = match
  const seconds = secondsOf(+year!, +month!, +day!, +hour, +minute, +second)
  const offset = offsetSeconds(zone)
  if (seconds === undefined || offset === undefined) return undefined
  // PostgreSQL keeps microseconds; what is finer is cut off, and the text as it was is kept beside.
  return { at: moment(seconds - offset, Number(fraction.slice(0, 6).padEnd(6, '0'))), change: 'date-form' }
}

function offsetSeconds(zone: string | undefined): number | undefined {
  if (!zone || /^z$/i.test(zone)) return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(3).replace(':', '') || 0)
  if (hours > 15 || minutes > 59) return undefined
  return (zone.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60)
}

/** Seconds since 1970, or undefined when there is no such moment. */
function secondsOf(y: number, mo: number, d: number, h: number, mi: number, s: number): number | undefined {
  if (!(y >= 1 && mo >= 1 && mo <= 12 && d >= 1 && h <= 23 && mi <= 59 && s <= 59)) return undefined
  if (d > 28 && d > daysOfMonth(y, mo)) return undefined
  return daysSince1970(y, mo, d) * 86_400 + h * 3600 + mi * 60 + s
}

function daysOfMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** http://howardhinnant.github.io/date_algorithms.html#days_from_civil */
function daysSince1970(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/** Told apart by size: seconds from 1973 to 5138, milliseconds from 1973 on, Julian days of the years 1 to 9999. */
function fromNumber(value: number): ReadMoment | undefined {
  if (value >= 1e8 && value < 1e11) return fromSeconds(value, 'date-from-seconds')
  if (value >= 1e11 && value < 2.5e14) return fromSeconds(value / 1000, 'date-from-milliseconds')
  if (value >= 1_721_425.5 && value < 5_373_484.5) {
    // A Julian day in a double is good to about 40 microseconds; SQLite itself keeps milliseconds.
    return fromSeconds(Math.round((value - 2_440_587.5) * 86_400_000) / 1000, 'date-from-julian-day')
  }
  return undefined
}

function fromSeconds(value: number, change: MomentChange): ReadMoment {
  const seconds = Math.floor(value)
  return { at: moment(seconds, Math.round((value - seconds) * 1e6)), change }
}

function moment(seconds: number, micros: number): Moment {
  const at = (seconds - epoch2000) * 1e6 + micros
  return Number.isSafeInteger(at) ? at : BigInt(seconds - epoch2000) * 1_000_000n + BigInt(micros)
}
