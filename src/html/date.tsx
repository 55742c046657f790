import type { Html } from './jsx-runtime.ts'

const dayMs = 86_400_000
const mostKept = 5000
const formats = new Map<string, Intl.DateTimeFormat>()
const written = new Map<string, string>()

/** False for 1970-01-01T00:00:00Z, which stands for a moment that an older blog did not say. */
export function isKnown(date: Date): boolean {
  return date.getTime() !== 0
}

/**
 * A day, as the blog's language writes it; the machine-readable moment beside it. Nothing where it is not known. `is`
 * says to machines what of the thing around it the moment is.
 */
export function Day({ date, language, is }: { date: Date; language: string; is?: string }): Html {
  if (!isKnown(date)) return <></>
  const key = `${language} ${is ?? ''} ${date.getTime()}`
  let day = days.get(key)
  if (!day) {
    day = (
      <time datetime={date.toISOString()} class={is}>
        {write(date, language)}
      </time>
    )
    if (days.size >= mostKept) days.clear()
    days.set(key, day)
  }
  return day
}

// A page has a day for each comment, and is asked for again.
const days = new Map<string, Html>()

/** A day and its minute, as PostgreSQL keeps it. */
export function Minute({ date, language }: { date: Date; language: string }): Html {
  return (
    <time datetime={date.toISOString()}>
      {write(date, language)}, {date.toISOString().slice(11, 16)} UTC
    </time>
  )
}

/** A day and its minute in a zone, which is named. */
export function ZonedMinute({ date, language, zone }: { date: Date; language: string; zone: string }): Html {
  const format = formatOf(language, { dateStyle: 'long', timeStyle: 'short', timeZone: zone })
  return (
    <time datetime={date.toISOString()}>
      {format.format(date)} ({zone})
    </time>
  )
}

/** "9:00 AM" or "09:00", as the language writes it, on a page that says which zone and day. */
export function clock(date: Date, language: string, zone: string): string {
  return formatOf(language, { timeStyle: 'short', timeZone: zone }).format(date)
}

/** "December 2026" for `2026-12`. */
export function MonthName({ month, language }: { month: string; language: string }): Html {
  const format = formatOf(language, { month: 'long', year: 'numeric', timeZone: 'UTC' })
  return <time datetime={month}>{format.format(new Date(`${month}-01T00:00Z`))}</time>
}

/** Their names from Monday to Sunday. */
export function weekdays(language: string): { long: string; short: string }[] {
  const long = formatOf(language, { weekday: 'long', timeZone: 'UTC' })
  const short = formatOf(language, { weekday: 'short', timeZone: 'UTC' })
  // The fifth of January 1970 was a Monday.
  const days = Array.from({ length: 7 }, (_, index) => new Date((4 + index) * dayMs))
  return days.map((day) => ({ long: long.format(day), short: short.format(day) }))
}

/** `2026-12-24T09:00`: what the field for a moment takes, in the zone. */
export function localMinute(date: Date, zone: string): string {
  // Swedish writes dates as ISO 8601 does.
  const format = new Intl.DateTimeFormat('sv', { dateStyle: 'short', timeStyle: 'short', timeZone: zone })
  return format.format(date).replace(' ', 'T')
}

// Formatting a day takes as long as a tenth of a page, and a page of posts has twenty.
function write(date: Date, language: string): string {
  const key = `${language} ${Math.floor(date.getTime() / dayMs)}`
  let text = written.get(key)
  if (text === undefined) {
    text = formatOf(language, { dateStyle: 'long', timeZone: 'UTC' }).format(date)
    if (written.size >= mostKept) written.clear()
    written.set(key, text)
  }
  return text
}

// Making a format takes thirty times as long as using it, and a page of revisions has fifty dates.
function formatOf(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language} ${JSON.stringify(options)}`
  let format = formats.get(key)
  if (!format) {
    format = new Intl.DateTimeFormat(language, options)
    formats.set(key, format)
  }
  return format
}
