// Figures of what readers and writers saw.
import type { Answer, Kind } from './load.ts'

/** 200, 201, 303 and 304 alike. */
export const isGood = ({ status }: Answer) => status >= 200 && status < 400

/** How often each status was answered, as `write 503`; broken lines by what the system calls them. */
export function countsOf(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { kind, status, trouble } of answers) {
    const name = `${kind} ${status || trouble}`
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

/** The longest time from one good answer of a kind to the next, in milliseconds. */
export function longestGap(answers: readonly Answer[], kinds: readonly Kind[]): number {
  const ends = answers
    .filter((answer) => kinds.includes(answer.kind) && isGood(answer))
    .map(({ at, took }) => at + took)
    .toSorted((a, b) => a - b)
  let longest = 0
  for (const [index, end] of ends.entries()) longest = Math.max(longest, end - (ends[index - 1] ?? end))
  return Math.round(longest)
}

/** From a moment to the first good answer to a request that was sent after it, in milliseconds. */
export function firstGoodAfter(answers: readonly Answer[], kinds: readonly Kind[], moment: number): number | undefined {
  const ends = answers
    .filter((answer) => kinds.includes(answer.kind) && isGood(answer) && answer.at >= moment)
    .map(({ at, took }) => at + took)
  return ends.length === 0 ? undefined : Math.round(Math.min(...ends) - moment)
}

export function longestAnswer(answers: readonly Answer[]): number {
  return Math.round(answers.reduce((most, { took }) => Math.max(most, took), 0))
}

export function percentile(answers: readonly Answer[], share: number): number {
  const sorted = answers.map(({ took }) => took).toSorted((a, b) => a - b)
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)
}

export function between(answers: readonly Answer[], from: number, to: number): Answer[] {
  return answers.filter(({ at }) => at >= from && at < to)
}
