import type { FastifyBaseLogger } from 'fastify'
import type { Db } from '../db/pool.ts'
import type { Fetcher } from '../outbound/fetcher.ts'
import { OutboundError } from '../outbound/outbound-error.ts'
import { feedsOf, formOf, pausesMinutes, postsAtOnce } from './hub.ts'
import { findHub, forgetPings, listFeedsOf, listPings, tellHubLater } from './queries.ts'

type Surroundings = { db: Db; fetcher: Fetcher; origin: string; logger: FastifyBaseLogger }

/** Tells of what waits. A second run finds nothing, or tells once more, which does no harm. */
export async function tellHub({ db, fetcher, origin, logger }: Surroundings, { tries }: { tries: number }) {
  const hub = await findHub(db)
  const pings = await listPings(db)
  if (pings.length === 0) return
  if (hub === '') return await forgetPings(db, pings)
  const ids = pings.map(({ post_id }) => post_id)
  try {
    const form = formOf(feedsOf(await listFeedsOf(db, ids), origin))
    await fetcher(hub, { types: [], maxBytes: 4096, mayCut: true, form })
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error
    const minutes = error.isFinal ? undefined : pausesMinutes[tries]
    logger.warn({ reason: error.message, again_in_minutes: minutes ?? null }, 'the hub was not told')
    if (minutes === undefined) return await forgetPings(db, pings)
    return await tellHubLater(db, tries + 1, minutes * 60)
  }
  await forgetPings(db, pings)
  if (pings.length === postsAtOnce) await tellHubLater(db, 0, 1)
}
