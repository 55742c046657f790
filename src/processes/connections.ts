import type { Config } from '../config.ts'

/** The process of jobs does one at a time. */
const mostForJobs = 8
/** Commands beside it, and what starts. */
const forCommands = 14

export const jobConnections = ({ poolSize }: Config) => Math.min(poolSize, mostForJobs)

/** How many connections to PostgreSQL all processes open at most, also while one of each is being replaced. */
export function connectionsOf(config: Config): number {
  const { webConcurrency: count, poolSize } = config
  const all = count > 1 ? (count + 1) * poolSize + 2 * jobConnections(config) : poolSize
  return all + forCommands
}
