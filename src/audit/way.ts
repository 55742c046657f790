// By which way a deed comes: a page, the token of a program, a command, a job, an import.
import { AsyncLocalStorage } from 'node:async_hooks'

/** As `audit_events.origin` has them. What the connection of a command writes is `command` by itself. */
export const origins = ['web', 'token', 'command', 'job', 'import'] as const
export type Origin = (typeof origins)[number]

export type Way = { origin: Origin; token_name?: string }

const ways = new AsyncLocalStorage<Way>()

/** Every line of the log that `work` leads to says that it came this way. */
export function comingBy<T>(way: Way, work: () => T): T {
  return ways.run(way, work)
}

/** Undefined for a page, and for what a command does past the interface for programs. */
export function currentWay(): Way | undefined {
  return ways.getStore()
}
