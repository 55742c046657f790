import type { Html } from './jsx-runtime.ts'

const formats = new Map<string, Intl.DateTimeFormat>()

/** A day, as the blog's language writes it; the machine-readable moment beside it. */
export function Day({ date, language }: { date: Date; language: string }): Html {
  return <time datetime={date.toISOString()}>{formatOf(language).format(date)}</time>
}

// Making a format takes longer than a whole page.
function formatOf(language: string): Intl.DateTimeFormat {
  let format = formats.get(language)
  if (!format) {
    format = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' })
    formats.set(language, format)
  }
  return format
}
