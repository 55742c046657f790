import { sql } from 'kysely'
import type { Actor } from '../audit/queries.ts'
import type { Db } from '../db/pool.ts'
import { AppError } from '../errors.ts'
import { renderPlain } from '../markdown/plain.ts'
import { recordDeed } from '../posts/deeds.ts'
import { lockPost } from '../post-states/queries.ts'
import { type Written, stateOf } from '../posts/post.ts'
import { checkDetails, storedDetails } from '../post-details/queries.ts'
import { renderText } from '../renderings/render-text.ts'
import { keepLatestRevision, recordFirstRevision, recordRevision } from '../revisions/queries.ts'
import type { Kind } from '../revisions/revision.ts'

/**
 * Keeps a text beside the published one; readers see no difference. Undefined when the post was saved by somebody else
 * since `version`, is gone, or has no date. A text for a post that is to appear later waits here, too, while it is typed.
 * Throws `invalid` for a field as updatePost().
 */
export async function saveDraft(
  db: Db,
  { id, body_format }: { id: number; body_format: string },
  version: number,
  written: Written,
  actor: Actor,
  kind: Kind = 'saved',
) {
  const format = body_format === 'plain' ? 'plain' : 'markdown'
  // Rendered here and never for the many who look at it. It stays when the renderer or a card changes after: the page for
  // readers is made anew when the draft becomes the post.
  const turn = { purpose: 'save', account: actor.id } as const
  const { html } = written.rendered ?? (await renderText(db, format, written.body, turn))
  return await db.transaction().execute(async (db) => {
    await recordFirstRevision(db, id, version)
    const post = await db
      .updateTable('posts')
      .set({ version: sql`version + 1` })
      .where('id', '=', id)
      .where('version', '=', version)
      .where('published_at', 'is not', null)
      .returning(['id', 'slug', storedDetails.as('details')])
      .executeTakeFirst()
    if (!post) {
      await keepLatestRevision(db, id)
      return undefined
    }
    await checkDetails(db, post, written.details ?? post.details)
    const state = stateOf(written, written.details ?? post.details, format)
    const details = sql<string>`${JSON.stringify(state.details)}::text::jsonb`
    const draft = { ...state, details, body_html: html, updated_by: actor.id }
    await db
      .insertInto('post_drafts')
      .values({ post_id: id, ...draft })
      .onConflict((taken) => taken.column('post_id').doUpdateSet({ ...draft, updated_at: sql`now()` }))
      .execute()
    const isFolded = await recordRevision(db, id, kind, state, actor.id)
    if (kind === 'autosaved' && isFolded) return post
    await recordDeed(db, kind === 'restored' ? 'post.restored' : 'post.rewritten', id, actor, state.title)
    return post
  })
}

/**
 * The page of a draft that has none, since its pictures changed or from before drafts had one: made once, as plain text
 * where it takes too long.
 */
export async function renderOldDraft(db: Db, post_id: number, format: string, body: string): Promise<string> {
  const { html } = await renderText(db, format, body, { purpose: 'save', account: null }).catch((error: unknown) => {
    // A renderer that has too much to do just now may do it the next time.
    if (error instanceof AppError && error.kind === 'invalid') return renderPlain(body)
    throw error
  })
  await db
    .updateTable('post_drafts')
    .set({ body_html: html })
    .where('post_id', '=', post_id)
    .where('body', '=', body)
    .where('body_html', 'is', null)
    .execute()
  return html
}

/** The published text is what is left; the draft stays among the revisions. */
export async function deleteDraft(db: Db, id: number, actor: Actor): Promise<void> {
  await db.transaction().execute(async (db) => {
    const post = await lockPost(db, id)
    if (!post || !(await forgetDraft(db, id))) return
    await db
      .updateTable('posts')
      .set({ version: sql`version + 1` })
      .where('id', '=', id)
      .execute()
    await recordDeed(db, 'post.draft-deleted', id, actor, post.title)
  })
}

/** When its text is saved for readers. False when there was none. */
export async function forgetDraft(db: Db, post_id: number): Promise<boolean> {
  const row = await db.deleteFrom('post_drafts').where('post_id', '=', post_id).returning('post_id').executeTakeFirst()
  return row !== undefined
}
