// The parent of several processes: starts them, watches over them, replaces them. It answers no request itself.
import { mostConnections, readMostConnections } from '../db/most-connections.ts'
import { limitsOf } from '../db/open.ts'
import { openDatabase } from '../db/pool.ts'
import { StartError } from '../errors.ts'
import { createSetupLink } from '../setup/queries.ts'
import type { Blog, Surroundings } from './blog.ts'
import { newAllFigures } from './figures.ts'
import { newPlace } from './place.ts'
import { drainSeconds } from './times.ts'

/** How long /metrics waits for a process; then it is counted as it was last known. */
const figuresMs = 1000
const startSeconds = 60

export async function run({ config, ready, say }: Surroundings): Promise<Blog> {
  const figures = newAllFigures()
  let lastAsked = 0
  const places = [
    ...Array.from({ length: config.webConcurrency }, () => newPlace('web', { ready, say, figures, readAll })),
    newPlace('jobs', { ready, say, figures, readAll }),
  ]
  const stop = async () =>
    void (await Promise.all(places.map((place) => place.stop(config.stopDelaySeconds + drainSeconds + 4))))

  async function readAll(): Promise<string> {
    const number = ++lastAsked
    await Promise.all(places.map(async (place) => await place.ask(number, figuresMs)))
    return await figures.text()
  }

  let replacing: Promise<void> | undefined
  const replaceAll = async () => {
    say('Replacing all processes …')
    for (const place of places) await place.replace()
    say('All processes were replaced.')
  }

  try {
    const target = await ready
    await inTime(Promise.all(places.map((place) => place.begun)))
    const database = openDatabase(target, { ...limitsOf(config), poolSize: 6 })
    try {
      const most = await readMostConnections(database.reader)
      if (most < mostConnections(config))
        say(
          `PostgreSQL takes ${most} connections, and these processes may open ${mostConnections(config)}. ` +
            'Lower DB_POOL_SIZE or raise max_connections.',
        )
      return {
        setupLink: await createSetupLink(database.db),
        startJobs: async () => {},
        replace: () => {
          replacing ??= replaceAll().finally(() => (replacing = undefined))
        },
        stop,
      }
    } finally {
      await database.close()
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function inTime(work: Promise<unknown>): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => reject(new StartError(`The processes did not get ready within ${startSeconds} seconds.`)),
    startSeconds * 1000,
  )
  await Promise.race([work, late]).finally(() => clearTimeout(timer))
}
