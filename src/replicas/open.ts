import type { FastifyBaseLogger } from 'fastify'
import type { Config } from '../config.ts'
import { type Database, type Limits, connect } from '../db/pool.ts'
import { type Replicas, openReplicas } from '../db/replicas.ts'

type Parts = { config: Config; database: Database; limits: Limits; logger: FastifyBaseLogger }

/** Of each standby: for readers, for the search, and one that asks how far it is. */
const connections = { reader: 4, searcher: 2, watch: 1 }
/** What takes longer is asked of the primary, and the visitor waits for both. */
const longestSeconds = 2

/** The standbys that the operator named; undefined where there are none. */
export function openNamedReplicas({ config, database, limits, logger }: Parts): Replicas | undefined {
  const { databaseReplicaUrls: targets = [] } = config
  if (targets.length === 0) return undefined
  return openReplicas({
    targets,
    primary: database.reader,
    open: (target, use) => {
      const statementTimeoutSeconds =
        use === 'searcher' ? 0.5 : Math.min(longestSeconds, limits.statementTimeoutSeconds)
      const applicationName = 'bloggy replica'
      const own = { ...limits, statementTimeoutSeconds, applicationName, connectTimeoutSeconds: longestSeconds }
      const connection = use === 'searcher' ? { plan_cache_mode: 'force_generic_plan' } : {}
      return connect(target, own, connections[use], { fetch_types: false, connection })
    },
    onChange: ({ name, isUsed, lagSeconds }) => {
      const lag = Number.isFinite(lagSeconds) ? Math.round(lagSeconds) : undefined
      if (isUsed) logger.info({ replica: name }, 'a replica answers readers')
      else logger.warn({ replica: name, lag }, 'a replica answers nobody; the primary does')
    },
  })
}
