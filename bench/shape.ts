import type { Limits } from '../src/db/pool.ts'

/** Of connections as Bloggy has them, for whatever is measured beside it. */
export const floorLimits: Limits = {
  poolSize: 20,
  connectTimeoutSeconds: 5,
  statementTimeoutSeconds: 30,
  lockTimeoutSeconds: 5,
  preparesStatements: true,
}
