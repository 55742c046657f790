import { Type } from 'typebox'

/** A thousand years of posts; the list never grows without end. */
export const mostMonths = 12_000
export const tagsOnPage = 200

const year = Type.String({ pattern: '^\\d{4}$' })
export const YearParams = Type.Object({ year })
export const MonthParams = Type.Object({ year, month: Type.String({ pattern: '^(0[1-9]|1[0-2])$' }) })
export const TagsQuery = Type.Object({ after: Type.Optional(Type.String({ maxLength: 400 })) })

/** The moments between which a year or a month of UTC lies; the second is the first one behind it. */
export function spanOf(year: string, month?: string): { from: string; to: string } {
  if (month === undefined) return { from: `${year}-01-01Z`, to: `${following(year)}-01-01Z` }
  if (month === '12') return { from: `${year}-12-01Z`, to: `${following(year)}-01-01Z` }
  return { from: `${year}-${month}-01Z`, to: `${year}-${String(Number(month) + 1).padStart(2, '0')}-01Z` }
}

function following(year: string): string {
  return String(Number(year) + 1).padStart(4, '0')
}

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
