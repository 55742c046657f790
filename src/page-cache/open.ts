import type { FastifyBaseLogger } from 'fastify'
import type { Config } from '../config.ts'
import type { Database } from '../db/pool.ts'
import type { CurrentSettings } from '../settings/current.ts'
import type { Pages } from './keep.ts'
import { newPageCache } from './page-cache.ts'
import { watchChanges } from './watch.ts'

type Parts = { config: Config; database: Database; settings: CurrentSettings; logger: FastifyBaseLogger }

/** Undefined where the owner wants every page made anew. */
export function openPages({ config, database, settings, logger }: Parts): Pages | undefined {
  if (config.pageCacheMb === 0) return undefined
  const cache = newPageCache(config.pageCacheMb * 1024 * 1024)
  return { cache, watch: watchChanges(database, cache, settings, logger) }
}
