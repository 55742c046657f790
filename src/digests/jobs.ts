import { countSoon } from '../archive/counting.ts'
import type { Db } from '../db/pool.ts'
import { digest } from './digest.ts'
import { askToDigest, listUndigested } from './queries.ts'

/** After a change of a post: it, and those that it is like now, which may be like it. */
export async function digestPost(db: Db, { post_id }: { post_id: number }): Promise<void> {
  await countSoon(db)
  for (const id of await digest(db, post_id)) await digest(db, id)
}

/**
 * Goes through all posts, a few at a time, and asks for the next few: after an import, and where the program is newer than
 * the digests. Those that are as they should be cost an entry of an index.
 */
export async function digestPosts(db: Db, { after_id }: { after_id: number }): Promise<void> {
  const step = await listUndigested(db, after_id)
  if (!step) return
  for (const id of step.ids) await digest(db, id)
  await askToDigest(db, step.next)
}
