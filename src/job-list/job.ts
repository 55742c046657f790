// A job as people see it who run the blog: what it is, how often it was tried, why it failed.
import { Type } from 'typebox'
import { BeforeIdQuery } from '../http/params.ts'

export const jobStates = ['failed', 'waiting', 'running'] as const
export type JobState = (typeof jobStates)[number]

export const JobsQuery = Type.Object({
  state: Type.Optional(Type.Union([Type.Literal(''), ...jobStates.map((state) => Type.Literal(state))])),
  ...BeforeIdQuery.properties,
})

export const jobsOnPage = 50
/** At one press. */
export const mostRetried = 10_000

const longestError = 300

/** The first line of what a job ended with, without what looks like a password, a token or a link that opens an account. */
export function shownError(text: string | null): string | null {
  if (text === null) return null
  const [line = ''] = text.trim().split('\n', 1)
  const safe = line
    .replaceAll(/(\w+:\/\/)[^\s/@]*@/g, '$1…@')
    .replaceAll(/\b(bearer|basic|password|passwd|secret|token|key)(["']?\s*[:=]\s*|\s+)(["']?)[^\s"',;]+/gi, '$1$2$3…')
    .replaceAll(/\b[\w-]{32,}={0,2}/g, '…')
  return safe.length > longestError ? `${safe.slice(0, longestError - 1)}…` : safe
}
