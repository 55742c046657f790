// What a check says: that something is in order, worth knowing, or wrong, and what to do then.
import type { Sql } from 'postgres'
import type { Config } from '../config.ts'
import type { ConnectionTarget } from '../db/connection-string.ts'
import type { Step } from '../import/progress.ts'

export type Level = 'ok' | 'notice' | 'wrong'
export type Told = { level: Level; what: string; todo?: string }
export type Finding = Told & { check: string }

/** What a check may look at. */
export type Around = {
  config: Config
  /** Where a mail is to be sent to see that it arrives. */
  mailTo?: string | undefined
  /** Everything is read, however long that takes. */
  isWhole: boolean
  onProgress: (step: Step) => void
  /** True when a check that reads much should come to an end. */
  isLate: () => boolean
}

/** The same with a database that answers; nothing can be written through `sql`. */
export type Database = Around & { sql: Sql; target: ConnectionTarget }

export const ok = (what: string): Told => ({ level: 'ok', what })
export const notice = (what: string, todo: string): Told => ({ level: 'notice', what, todo })
export const wrong = (what: string, todo: string): Told => ({ level: 'wrong', what, todo })

/** What is amiss, or one sentence that nothing is. */
export const orOk = (found: Told[], what: string): Told[] => (found.length > 0 ? found : [ok(what)])

const mostNamed = 5

/** The first few by name, and how many more there are. */
export function named(names: string[]): string {
  const rest = names.length - mostNamed
  return names.slice(0, mostNamed).join(', ') + (rest > 0 ? ` and ${rest.toLocaleString('en')} more` : '')
}

export const count = (number: number, one: string, many = `${one}s`): string =>
  `${number.toLocaleString('en')} ${number === 1 ? one : many}`
