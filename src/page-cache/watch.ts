// Keeps the pages in memory true. PostgreSQL announces that something changed; what changed is read from its journal, so an
// announcement that is missed or comes twice does no harm, and a look every two seconds finds what was not announced.
import type { FastifyBaseLogger } from 'fastify'
import type { Database } from '../db/pool.ts'
import type { LogPosition, Replicas } from '../db/replicas.ts'
import type { Cursor } from '../live/cursor.ts'
import type { CurrentSettings } from '../settings/current.ts'
import type { PageCache } from './page-cache.ts'
import { findChanged } from './queries.ts'

export type Watch = {
  /** `current`: what is kept is what PostgreSQL has. `away`: PostgreSQL does not answer, and nobody knows. */
  state: () => 'current' | 'unsure' | 'away'
  /** True when everything that was committed before the call is taken out, false when that takes longer than a second. */
  catchUp: () => Promise<boolean>
  /**
   * What a replica has to have applied for a page of it to be kept: it was told here that it changed, and would not be told
   * again. Undefined while no page of a replica may be kept.
   */
  told: () => LogPosition | undefined
  close: () => Promise<void>
}

const lookEveryMs = 2000
/** Two looks and a little. A process that slept is unsure until it looked. */
const sureMs = 4500
const patienceMs = 1000
/** The way of an answer, which may be longer once than the next time. Less would take pages out for nothing. */
const clockMs = 50
/** After a post appeared by the clock of the primary, until it did by that of every replica in use. */
const clocksMs = 2000

export function watchChanges(
  { db, listener, onMove }: Database,
  cache: PageCache,
  settings: CurrentSettings,
  logger: FastifyBaseLogger,
  replicas?: Replicas,
): Watch {
  let seen: Cursor | undefined
  let lookedAt = -Infinity
  let isAway = false
  let isClosed = false
  let looking: Promise<void> | undefined
  let next: Promise<void> | undefined
  let nextPost: NodeJS.Timeout | undefined
  let nextAt = Infinity
  let told: LogPosition | undefined
  let appearedAt = -Infinity

  const round = async () => {
    const began = performance.now()
    const { now, keys, nextMs } = await findChanged(db, seen)
    // Asked after the look, so that all that it saw lies before; and known before anything is taken out.
    const position = await replicas?.position()
    if (isClosed) return
    told = position
    if (keys === undefined || keys.length > 0) {
      // They are in every page, and another channel brings them.
      if (keys === undefined || keys.includes('site')) await settings.refresh()
      cache.drop(keys ?? ['site'])
    }
    seen = now
    lookedAt = began
    if (isAway) logger.info({ ...cache.size() }, 'pages are up to date again')
    isAway = false
    clearTimeout(nextPost)
    const at = nextMs === undefined ? Infinity : performance.now() + nextMs
    // It came while this look was under way, so that its timer did not fire.
    if (at > nextAt + clockMs) {
      appearedAt = performance.now()
      cache.drop(['site'])
    }
    nextAt = at
    // A timer that is set for longer than 24 days fires at once.
    nextPost = nextMs === undefined ? undefined : setTimeout(appear, Math.min(nextMs, dayMs)).unref()
  }

  /** The moment that a post was given has come. */
  const appear = () => {
    appearedAt = performance.now()
    cache.drop(['site'])
    void catchUp()
  }

  const look = async () => {
    const late = setTimeout(() => (isAway = true), patienceMs)
    try {
      await round()
    } catch (error) {
      if (!isAway && !isClosed) logger.warn({ reason: (error as Error).message }, 'no news of pages')
      isAway = true
    } finally {
      clearTimeout(late)
    }
  }

  /** One look at a time. What is under way may have begun too early, so who comes meanwhile shares the next one. */
  const catchUp = (): Promise<void> => {
    if (isClosed) return Promise.resolve()
    if (!looking) {
      looking = look().finally(() => (looking = undefined))
      return looking
    }
    next ??= looking.then(() => {
      next = undefined
      return catchUp()
    })
    return next
  }

  const hear = () => void catchUp()
  const timer = setInterval(hear, lookEveryMs).unref()
  // What the old primary had and nobody was sent is not in this one: all that is known of it is forgotten.
  onMove(() => {
    seen = undefined
    told = undefined
    hear()
  })
  const listening = ['pages', 'comments'].map((channel) => {
    // The second function runs at every new connection: what was announced while it was lost is read then.
    const one = listener.listen(channel, hear, hear)
    one.catch((error: Error) => logger.warn({ reason: error.message, channel }, 'not listening for changes'))
    return one
  })

  return {
    state: () => (isAway ? 'away' : performance.now() - lookedAt < sureMs ? 'current' : 'unsure'),
    catchUp: async () => {
      let late: NodeJS.Timeout | undefined
      const waited = new Promise<boolean>((resolve) => {
        late = setTimeout(resolve, patienceMs, false).unref()
      })
      const isThere = await Promise.race([catchUp().then(() => true), waited])
      clearTimeout(late)
      return isThere
    },
    told: () => (performance.now() - appearedAt > clocksMs ? told : undefined),
    close: async () => {
      isClosed = true
      clearInterval(timer)
      clearTimeout(nextPost)
      await looking
      await Promise.all(listening.map((one) => one.then(({ unlisten }) => unlisten()).catch(() => {})))
    },
  }
}

const dayMs = 24 * 3600_000
