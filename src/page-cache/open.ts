import type { FastifyBaseLogger } from 'fastify'
import type { Config } from '../config.ts'
import type { Database } from '../db/pool.ts'
import type { Replicas } from '../db/replicas.ts'
import type { CurrentSettings } from '../settings/current.ts'
import type { Pages } from './keep.ts'
import { type PageCache, newPageCache } from './page-cache.ts'
import { openPurger } from './purge.ts'
import { watchChanges } from './watch.ts'

type Parts = {
  config: Config
  database: Database
  settings: CurrentSettings
  logger: FastifyBaseLogger
  replicas?: Replicas | undefined
}

/** Undefined where the owner wants every page made anew. */
export function openPages({ config, database, settings, logger, replicas }: Parts): Pages | undefined {
  if (config.pageCacheMb === 0) return undefined
  const own = newPageCache(config.pageCacheMb * 1024 * 1024)
  const purger = openPurger(config, logger)
  if (!purger) return { cache: own, watch: watchChanges(database, own, settings, logger, replicas) }
  // Out of this memory first: what the shared cache asks for next is new.
  const drop = (keys: readonly string[]) => {
    own.drop(keys)
    purger.purge(keys)
  }
  const cache: PageCache = { ...own, drop }
  const watch = watchChanges(database, cache, settings, logger, replicas)
  const close = async () => {
    purger.close()
    await watch.close()
  }
  return { cache, watch: { ...watch, close } }
}
