import { relatedKept } from '../around-posts/around.ts'
import type { Db } from '../db/pool.ts'
import { measureText } from '../markdown/reading-time.ts'
import { rankByLikeness } from './likeness.ts'
import { comparedCharacters, findDigestible, listCandidates, saveDigest } from './queries.ts'

/** Of a post as it is now; answers the ids of those that are like it. None for a draft or a page. */
export async function digest(db: Db, id: number): Promise<number[]> {
  const post = await findDigestible(db, id)
  if (!post) return []
  const text = post.body_format === 'html' ? post.body.replace(/<[^<>]*>/g, ' ') : post.body
  const own = { title: post.title, text: text.slice(0, comparedCharacters) }
  const related = rankByLikeness(own, await listCandidates(db, id), relatedKept)
  await saveDigest(db, post, { reading_minutes: measureText(text).minutes, related })
  return related
}
