import type { ListedImport } from '../import/queries.ts'

export const mostShown = 5
/** A draft that nobody touched for so long is worth a thought. */
export const staleDays = 28
/** What goes from the bin within so many days is said. */
export const soonDays = 7

const importDays = 30

/** Two turns were missed: the newest backup holds a moment too long ago. One that was never made is not late yet. */
export function isLate(age_seconds: number | null, everyHours: number | undefined): boolean {
  return everyHours !== undefined && age_seconds !== null && age_seconds > everyHours * 2 * 3600
}

/** One that failed or was interrupted, and for a month one that kept rows aside. */
export function needsALook(found: ListedImport, now: Date): boolean {
  if (found.is_rehearsal || found.state === 'undone') return false
  if (found.state !== 'complete') return !found.is_active
  const isRecent = now.getTime() - found.started_at.getTime() < importDays * 86_400_000
  return isRecent && (found.counts?.kept_aside ?? 0) > 0
}
