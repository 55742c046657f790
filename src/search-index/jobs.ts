import { enqueue } from '../db/enqueue.ts'
import type { Db } from '../db/pool.ts'
import { indexPosts } from './index-posts.ts'
import { askToIndexAll, cleanPending, findSweep, noteSweep, takeQueued, walkPosts } from './queries.ts'

const mostQueued = 50
const mostWalked = 500
/** A job gives way to others after this. */
const sliceMs = 20_000

/** What was saved, published or hidden since. A job that fails leaves its posts in the queue. */
export async function indexQueued(db: Db, language: () => string): Promise<void> {
  const end = performance.now() + sliceMs
  for (let count = mostQueued; count > 0;) {
    if (performance.now() > end) return await enqueue(db, 'index-posts', {})
    count = await db.transaction().execute(async (db) => {
      const ids = await takeQueued(db, mostQueued)
      await indexPosts(db, ids, language())
      return ids.length
    })
  }
  await cleanPending(db)
}

/** Walks through all posts once and indexes those that have no row: what an import brought, or an older Bloggy left. */
export async function indexAll(db: Db, language: () => string): Promise<void> {
  const end = performance.now() + sliceMs
  for (let from = await findSweep(db); from !== null && performance.now() < end;) {
    const walked = await walkPosts(db, from, mostWalked)
    const ids = walked.filter(({ is_missing }) => is_missing).map(({ id }) => id)
    for (let at = 0; at < ids.length; at += mostQueued) {
      const few = ids.slice(at, at + mostQueued)
      await db.transaction().execute(async (db) => await indexPosts(db, few, language()))
    }
    from = walked.at(-1)?.id ?? null
    await noteSweep(db, from)
  }
  await cleanPending(db)
  await askToIndexAll(db)
}
