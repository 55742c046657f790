// Ghost and WordPress with the same content on the same kind of machine, on another day: 1,000 posts, 20 comments below the
// newest, no cache in front, wrk with keep-alive. Requests a second, at 1 and at 64 connections.
import type { Row } from './turns.ts'

const measured = {
  source:
    'Ghost 6.65.0 and WordPress 6.1.9, each with MariaDB 10.11; 2 virtual cores; the best of their undisturbed runs',
  figures: [
    { name: 'front page, 1 connection', ghost: 18.5, wordpress: 10.8 },
    { name: 'front page, 64 connections', ghost: 25.3, wordpress: 21.3 },
    { name: 'post page, 1 connection', ghost: 30.9, wordpress: 6 },
    { name: 'post page, 64 connections', ghost: 44.6, wordpress: 11.4 },
    { name: 'tag page, 1 connection', ghost: 21.9, wordpress: 12.9 },
    { name: 'tag page, 64 connections', ghost: 28.4, wordpress: 23.8 },
    { name: 'feed, 1 connection', ghost: 15.1, wordpress: 22.1 },
    { name: 'feed, 64 connections', ghost: 37.5, wordpress: 37.8 },
    // Ghost's is the index that its search box loads, without the texts of posts.
    { name: 'search, 1 connection', ghost: 5.8, wordpress: 11.2 },
    // Theirs with 64 connections too, as those of publications.
    { name: 'search, 16 connections', ghost: 5.9, wordpress: 18.9 },
    { name: 'comments, 64 connections', ghost: 48.6, wordpress: 55.1 },
    { name: 'publications, 16 connections', ghost: 12.6, wordpress: 30.3 },
  ],
} as const

export type Beside = {
  name: string
  bloggy: number
  ghost: number
  wordpress: number
  timesGhost: number
  timesWordpress: number
  bar: { timesGhost?: number; timesWordpress?: number } | null
  isKept: boolean | null
}

/** From the issue. */
const bars: Record<string, NonNullable<Beside['bar']>> = {
  'cached post page, 64 connections': { timesGhost: 300, timesWordpress: 300 },
  'uncached post page, 64 connections': { timesGhost: 40 },
}

/** What this run has beside what those had. */
export function besideOthers(rows: Row[]): { source: string; about: string; rows: Beside[] } {
  const beside = measured.figures.flatMap(({ name, ghost, wordpress }) =>
    ['cached', 'uncached', 'writes'].flatMap((table): Beside[] => {
      const wanted = table === 'cached' ? name.replace(', ', ', identity, ') : name
      const row = rows.find((row) => row.table === table && row.name === wanted)
      if (!row) return []
      const full = table === 'writes' ? name : `${table} ${name}`
      const bloggy = row.bloggy.median
      const [timesGhost, timesWordpress] = [bloggy / ghost, bloggy / wordpress]
      const bar = bars[full] ?? null
      const isKept = bar && timesGhost >= (bar.timesGhost ?? 0) && timesWordpress >= (bar.timesWordpress ?? 0)
      return [{ name: full, bloggy, ghost, wordpress, timesGhost, timesWordpress, bar, isKept }]
    }),
  )
  return { source: measured.source, about, rows: beside }
}

const about =
  'Measured on the same kind of machine, but not in this run: whatever slows this run down makes these ratios smaller, and ' +
  'nothing corrects them, since the loop by which that day was compared is not kept.'
