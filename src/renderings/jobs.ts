import { enqueue } from '../db/enqueue.ts'
import type { Db } from '../db/pool.ts'
import { rendererVersion } from '../markdown/renderer-version.ts'
import { listOutdatedPosts } from './queries.ts'
import { renderPostAgain } from './render-text.ts'

/**
 * Renders a few posts again that an older renderer made, and asks for the next few. A post that is saved meanwhile is left
 * to its save; a text that takes too long now keeps the page it has.
 */
export async function renderAgain(db: Db): Promise<void> {
  const posts = await listOutdatedPosts(db, rendererVersion)
  for (const post of posts) await renderPostAgain(db, post)
  await askToRenderAgain(db)
}

/** One job, however many ask; none when there is nothing to do. */
export async function askToRenderAgain(db: Db): Promise<void> {
  const [post] = await listOutdatedPosts(db, rendererVersion, 1)
  if (post) await enqueue(db, 'render-again', {}, { key: 'render-again' })
}
