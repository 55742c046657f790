import { relatedKept } from '../around-posts/around.ts'
import { askToCount } from '../archive/queries.ts'
import { enqueue } from '../db/enqueue.ts'
import type { Db } from '../db/pool.ts'
import { measureText } from '../markdown/reading-time.ts'
import { rankByLikeness } from './likeness.ts'
import { findDigestible, listCandidates, listUndigested, saveDigest } from './queries.ts'

/** After a change of a post: it, and those that it is like now, which may be like it. */
export async function digestPost(db: Db, { post_id }: { post_id: number }): Promise<void> {
  await askToCount(db)
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

/** One job, however many ask. */
export async function askToDigest(db: Db, after_id = 0): Promise<void> {
  await enqueue(db, 'digest-posts', { after_id }, { key: 'digest-posts', canWait: true })
}

/** Answers the ids of the related posts. */
async function digest(db: Db, id: number): Promise<number[]> {
  const post = await findDigestible(db, id)
  if (!post) return []
  const text = post.body_format === 'html' ? post.body.replace(/<[^<>]*>/g, ' ') : post.body
  const own = { title: post.title, text: text.slice(0, 1500) }
  const related = rankByLikeness(own, await listCandidates(db, id), relatedKept)
  await saveDigest(db, post, { reading_minutes: measureText(text).minutes, related })
  return related
}
