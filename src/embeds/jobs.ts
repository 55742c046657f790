import type { Db } from '../db/pool.ts'
import type { Fetcher } from '../outbound/fetcher.ts'
import { OutboundError } from '../outbound/outbound-error.ts'
import { renderPostAgain } from '../renderings/render-text.ts'
import { type Provider, providers as known } from './providers.ts'
import { askToShow, findEmbed, keepAnswer, keepFailure, listPostsWithout } from './queries.ts'

const days = { withCard: 30, withoutCard: 7, unreachable: 1 }

/** After each try that failed. */
const pausesMinutes = [1, 10, 60]

/** Asks another site about one of its pages, unless that is known. */
export async function fetchEmbed(
  db: Db,
  fetcher: Fetcher,
  { address }: { address: string },
  providers: Provider[] = known,
): Promise<void> {
  const found = await findEmbed(db, address)
  if (!found) return
  if (found.is_fresh) {
    // A page that was being saved while the answer came has no card yet.
    if (found.title) await askToShow(db, address)
    return
  }
  try {
    const { lookUp } = await import('./look-up.ts')
    const embed = await lookUp(fetcher, providers, address)
    await keepAnswer(db, address, embed, embed ? days.withCard : days.withoutCard)
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error
    const pause = error.isFinal ? undefined : pausesMinutes[found.tries]
    if (pause === undefined)
      await keepAnswer(db, address, undefined, error.isFinal ? days.withoutCard : days.unreachable)
    else await keepFailure(db, address, new Date(Date.now() + pause * 60_000))
  }
}

/** Renders the posts again that have the address, a few at a time. A text that takes too long keeps the page it has. */
export async function showEmbed(db: Db, { address, after_id }: { address: string; after_id: number }): Promise<void> {
  const posts = await listPostsWithout(db, address, after_id)
  for (const post of posts) await renderPostAgain(db, post)
  const last = posts.at(-1)
  if (last) await askToShow(db, address, last.id)
}
