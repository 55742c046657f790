// What every process has that answers requests or does jobs.
import type { FastifyBaseLogger } from 'fastify'
import type { Config } from '../config.ts'
import type { ConnectionTarget } from '../db/connection-string.ts'
import { readSchemaState, requireCurrent } from '../db/migrate.ts'
import { limitsOf } from '../db/open.ts'
import { type Database, type Limits, openDatabase } from '../db/pool.ts'
import { newLogger } from '../http/logger.ts'
import { type Metrics, newMetrics } from '../http/metrics.ts'
import { openStore } from '../media/store.ts'
import type { MediaStore } from '../media/store.ts'
import { type CurrentSettings, watchSettings } from '../settings/current.ts'
import type { Endings } from './endings.ts'

export type Base = {
  config: Config
  target: ConnectionTarget
  limits: Limits
  database: Database
  settings: CurrentSettings
  store: MediaStore
  logger: FastifyBaseLogger
  metrics: Metrics
}

type Choice = { poolSize?: number; isOneOfMany: boolean }

/** Throws a StartError when the schema is not the one that this program knows. */
export async function openBase(
  config: Config,
  target: ConnectionTarget,
  endings: Endings,
  { poolSize = config.poolSize, isOneOfMany }: Choice,
): Promise<Base> {
  const limits = { ...limitsOf(config), poolSize }
  const database = openDatabase(target, limits)
  endings.add(() => database.close(2))
  requireCurrent(await readSchemaState(database.reader))
  const logger = newLogger(config, isOneOfMany)
  database.onMove(({ host, port }) => logger.warn({ host, port }, 'another server takes the writes'))
  const settings = await watchSettings(database, logger)
  endings.add(() => settings.close())
  return { config, target, limits, database, settings, store: openStore(config), logger, metrics: newMetrics() }
}
