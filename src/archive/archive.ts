import { Type } from 'typebox'

/** A thousand years of posts; the list never grows without end. */
export const mostMonths = 12_000
export const tagsOnPage = 200

const year = Type.String({ pattern: '^(?!0000)\\d{4}$' })
export const YearParams = Type.Object({ year })
export const MonthParams = Type.Object({ year, month: Type.String({ pattern: '^(0[1-9]|1[0-2])$' }) })
export const TagsQuery = Type.Object({ after: Type.Optional(Type.String({ maxLength: 400 })) })

/** The moments of UTC between which a year or a month lies, in microseconds; the second is the first one behind it. */
export function spanOf(year: string, month?: string): { from: number; to: number } {
  const at = (year: number, month: number) => new Date(0).setUTCFullYear(year, month, 1) * 1000
  if (month === undefined) return { from: at(Number(year), 0), to: at(Number(year) + 1, 0) }
  return { from: at(Number(year), Number(month) - 1), to: at(Number(year), Number(month)) }
}

/** The one moment that says that nobody knows it: see isKnown(). */
export const undated = { from: 0, to: 1 }

/** Years with their months, both newest first. */
export function byYear<Month extends { month: string; posts: number }>(months: Month[]) {
  const years = new Map<string, Month[]>()
  for (const month of months) {
    const year = month.month.slice(0, 4)
    years.set(year, [...(years.get(year) ?? []), month])
  }
  return [...years].map(([year, months]) => ({ year, months, posts: sumOf(months) }))
}

export function sumOf(counts: { posts: number }[]): number {
  return counts.reduce((sum, { posts }) => sum + posts, 0)
}
