import type { Config } from '../config.ts'
import type { ConnectionTarget } from '../db/connection-string.ts'

export type Surroundings = {
  config: Config
  /** PostgreSQL answers and has its schema. Until then the program is loaded. */
  ready: Promise<ConnectionTarget>
  say: (line: string) => void
}

/** A blog that answers, in one process or several. */
export type Blog = {
  /** To the page that sets it up, where that was not done. */
  setupLink: string | undefined
  startJobs: () => Promise<void>
  /** Takes new processes in place of the old ones. */
  replace: () => void
  /** Who is not in a hurry goes on until those who send visitors here know. */
  stop: (isInHurry: boolean) => Promise<void>
}
