import type { Sql } from 'postgres'
import type { Config } from '../config.ts'

/** The process of jobs does one at a time. */
const mostForJobs = 8
/** Commands beside it, and what starts. */
const forCommands = 14

/** How many connections the process has that does the jobs beside others. */
export const jobsPoolSize = ({ poolSize }: Config) => Math.min(poolSize, mostForJobs)

/** How many connections to PostgreSQL all processes open at most, also while one of each is being replaced. */
export function mostConnections(config: Config): number {
  const { webConcurrency: count, poolSize } = config
  const all = count > 1 ? (count + 1) * poolSize + 2 * jobsPoolSize(config) : poolSize
  return all + forCommands
}

/** What the server leaves to roles that are no superuser. */
export async function readMostConnections(reader: Sql): Promise<number> {
  const [row] = await reader<{ most: number }[]>`
    select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
           - current_setting('reserved_connections')::int as most`
  return row?.most ?? 0
}
