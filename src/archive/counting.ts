import type { Db } from '../db/pool.ts'
import { askToCount, countPartsAgain, countPosts } from './queries.ts'

// In a blog of a million posts counting takes most of a second: then it is done a twentieth of the time, and no more.
const quickMs = 500
const pauses = 20
let earliest = 0

export async function countPostsAgain(db: Db): Promise<void> {
  const begun = Date.now()
  await countPosts(db)
  const took = Date.now() - begun
  earliest = took < quickMs ? 0 : begun + took * pauses
}

/** After a change of one post. The sitemap would lead to a part that is gone, or lack one, until all is counted. */
export async function countSoon(db: Db): Promise<void> {
  const isLater = earliest > Date.now()
  if (isLater) await countPartsAgain(db)
  await askToCount(db, isLater ? new Date(earliest) : undefined)
}
