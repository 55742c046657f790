import { sql } from 'kysely'
import { type Reader, aroundColumns } from '../around-posts/queries.ts'
import type { Actor } from '../audit/queries.ts'
import { compiled } from '../db/compiled.ts'
import type { Db } from '../db/pool.ts'
import { together } from '../db/together.ts'
import { conflict } from '../errors.ts'
import { moment } from '../live/queries.ts'
import { rendererVersion } from '../markdown/renderer-version.ts'
import { pictureAtTop } from '../media-uses/queries.ts'
import { type Details, noDetails } from '../post-details/details.ts'
import {
  checkDetails,
  detailColumns,
  forgetOldSlug,
  isSlugFree,
  keepOldSlug,
  slugFor,
  slugTaken,
  storedDetails,
} from '../post-details/queries.ts'
import { coAuthors, isNotBinned, isPublic, lockPost, tagsAsText } from '../post-states/queries.ts'
import { replaceAuthors } from '../post-authors/queries.ts'
import { forgetDraft } from '../post-drafts/queries.ts'
import { noteSurroundings, renderText } from '../renderings/render-text.ts'
import { keepLatestRevision, recordFirstRevision, recordRevision } from '../revisions/queries.ts'
import type { Kind } from '../revisions/revision.ts'
import { forgetSchedule } from '../schedules/queries.ts'
import { claimSlug, slugOf } from '../slug.ts'
import { replaceTags } from '../tags/queries.ts'
import { text } from '../texts/texts.ts'
import { recordDeed } from './deeds.ts'
import { type Written, stateOf, tagNames } from './post.ts'

/** A post at its address as readers have it, and what shows it. */
function postAt(db: Db, slug: string) {
  return db
    .selectFrom('posts')
    .leftJoin('users', 'users.id', 'posts.author_id')
    .select(['posts.id', 'posts.slug', 'posts.title', 'posts.body_html', 'posts.excerpt', 'posts.published_at'])
    .select(['posts.updated_at', 'posts.author_id', 'posts.kind', 'posts.visibility', 'posts.language'])
    .select(['posts.canonical_url', 'posts.series_id', 'posts.reactions', 'posts.comments_are_open'])
    .select(moment.as('moment'))
    .select(['posts.picture_url', 'posts.picture_alt', pictureAtTop.as('picture')])
    .select(['users.name as author_name', 'users.slug as author_slug', coAuthors.as('co_authors')])
    .select(
      sql<{ slug: string; name: string }[]>`(
        select coalesce(jsonb_agg(jsonb_build_object('slug', tags.slug, 'name', tags.name) order by post_tags.position), '[]')
        from post_tags join tags on tags.id = post_tags.tag_id where post_tags.post_id = posts.id)`.as('tags'),
    )
    .where('posts.slug', '=', slug)
    .where(isPublic)
}

const bySlug = compiled((db, { slug }: { slug: string }) => postAt(db, slug))

const bySlugWithAround = compiled((db, { slug, user_id, guest }: Reader & { slug: string }) =>
  postAt(db, slug)
    .leftJoin('post_digests', 'post_digests.post_id', 'posts.id')
    // Within what is looked up of other posts, `posts` is these.
    .innerJoin(sql<object>`lateral (select posts.id, posts.published_at, posts.series_id)`.as('own'), (join) =>
      join.onTrue(),
    )
    .select(aroundColumns({ user_id, guest })),
)

/** Also one for members or by link only: see canOpen() and canRead(). */
export async function findPublishedPost(db: Db, slug: string) {
  return (await bySlug(db, { slug }))[0]
}

/** The same with what stands around it, as it is for this reader. */
export async function findPostForReader(db: Db, slug: string, { user_id, guest }: Reader) {
  return (await bySlugWithAround(db, { slug, user_id, guest }))[0]
}
export type PublishedPost = NonNullable<Awaited<ReturnType<typeof findPublishedPost>>>

/** Where a post is, and who may know of it. */
export async function findPublishedPlace(db: Db, id: number) {
  return await db
    .selectFrom('posts')
    .select(['slug', 'kind', 'visibility', 'author_id', coAuthors.as('co_authors')])
    .where('id', '=', id)
    .where(isPublic)
    .executeTakeFirst()
}

/** The post as its writers see it, published or not. */
export async function findPost(db: Db, id: number) {
  return await db
    .selectFrom('posts')
    .leftJoin('users as editors', 'editors.id', 'posts.updated_by')
    .leftJoin('post_drafts', 'post_drafts.post_id', 'posts.id')
    .leftJoin('users as drafters', 'drafters.id', 'post_drafts.updated_by')
    .selectAll('posts')
    .select(['post_drafts.title as draft_title', 'post_drafts.body as draft_body', 'post_drafts.tags as draft_tags'])
    .select(['post_drafts.body_format as draft_format', 'post_drafts.updated_at as draft_at'])
    .select(sql<Partial<Details> | null>`post_drafts.details`.as('draft_details'))
    .select([storedDetails.as('details'), coAuthors.as('co_authors')])
    .select('drafters.name as draft_by_name')
    .select(isPublic.as('is_public'))
    .select('editors.name as updated_by_name')
    .select(tagsAsText.as('tags'))
    .where('posts.id', '=', id)
    .where(isNotBinned)
    .executeTakeFirst()
}
export type EditablePost = NonNullable<Awaited<ReturnType<typeof findPost>>>

/**
 * `kind` is what is done: `published` puts it before readers at once, anything else makes a draft. Called twice with one
 * submission key, it answers the post of the first call. Throws `invalid` for `slug` or `authors` as checkDetails().
 */
export async function createPost(
  db: Db,
  written: Written & { submission_key?: string | undefined },
  actor: Actor,
  kind: 'saved' | 'autosaved' | 'published' = 'saved',
) {
  const { details = noDetails, submission_key = null } = written
  const turn = { purpose: 'save', account: actor.id } as const
  const rendered = written.rendered ?? (await renderText(db, 'markdown', written.body, turn))
  return await db.transaction().execute(async (db) => {
    const first = submission_key && (await findSubmitted(db, submission_key, actor.id))
    if (first) return { ...first, isRepeated: true }
    await checkDetails(db, { id: null, slug: '' }, details)
    const isOut = kind === 'published'
    const values = {
      title: written.title.trim(),
      body: written.body,
      body_html: rendered.html,
      renderer_version: rendererVersion,
      author_id: actor.id,
      updated_by: actor.id,
      published_at: isOut ? sql<Date>`now()` : null,
      submission_key,
      has_chosen_slug: details.slug !== '',
      ...(await detailColumns(db, details, rendered.excerpt)),
    }
    let isRepeated = false
    const insert = async (slug: string) => {
      const query = db
        .insertInto('posts')
        .values({ ...values, slug })
        .onConflict((taken) => taken.doNothing())
      const row = await query.returning(['id', 'slug', 'kind', 'published_at']).executeTakeFirst()
      if (row || !submission_key) return row
      const first = await findSubmitted(db, submission_key, actor.id)
      isRepeated = first !== undefined
      return first
    }
    const insertIfFree = async (slug: string) =>
      (await isSlugFree(db, slug, details.kind, null)) ? await insert(slug) : undefined
    // One that was chosen is had or not; one that is made takes the next that is free.
    const post = details.slug
      ? await insert(details.slug)
      : await claimSlug(slugOf(written.title, 'post'), insertIfFree)
    if (!post) throw slugTaken(details.slug)
    if (isRepeated) return { ...post, isRepeated }
    // There is nothing yet that could be replaced.
    const tags = tagNames(written.tags)
    if (tags.length > 0) await replaceTags(db, post.id, tags)
    if (details.authors) await replaceAuthors(db, { id: post.id, author_id: actor.id }, details.authors)
    if (rendered.cards?.length || rendered.pictures.size > 0) await noteSurroundings(db, post.id, rendered)
    const state = stateOf(written, { ...details, slug: post.slug }, 'markdown')
    await recordRevision(db, post.id, kind, state, actor.id)
    await recordDeed(db, isOut ? 'post.published' : 'post.drafted', post.id, actor, values.title)
    return { ...post, isRepeated }
  })
}

async function findSubmitted(db: Db, key: string, author_id: number) {
  const query = db
    .selectFrom('posts')
    .select(['id', 'slug', 'kind', 'published_at', 'author_id'])
    .where('submission_key', '=', key)
  const post = await query.executeTakeFirst()
  if (post && post.author_id !== author_id) throw conflict(text('posts.formWasUsed'))
  return post
}

/**
 * Undefined when the post was saved by somebody else since `version`, or is gone; then nothing is changed. A plain text
 * of the old blog stays one: as Markdown its stars and hashes would mean something. `published` puts it before readers in
 * the same transaction. Throws `invalid` as createPost().
 */
export async function updatePost(
  db: Db,
  { id, body_format }: { id: number; body_format: string },
  version: number,
  written: Written,
  actor: Actor,
  kind: Kind = 'saved',
) {
  const format = body_format === 'plain' ? 'plain' : 'markdown'
  const turn = { purpose: 'save', account: actor.id } as const
  const rendered = written.rendered ?? (await renderText(db, format, written.body, turn))
  const save = async (db: Db) => {
    await recordFirstRevision(db, id, version)
    const before = await db
      .selectFrom('posts')
      .select(['id', 'slug', 'kind', 'title', 'has_chosen_slug', 'author_id', storedDetails.as('details')])
      .select(isPublic.as('is_public'))
      .where('id', '=', id)
      .where('version', '=', version)
      .where(isNotBinned)
      // Nothing that was not asked for reaches readers, also when the clock publishes the post right now.
      .where(kind === 'autosaved' ? sql<boolean>`published_at is null` : sql<boolean>`true`)
      .executeTakeFirst()
    if (!before) {
      await keepLatestRevision(db, id)
      return undefined
    }
    const details = written.details ?? before.details
    await checkDetails(db, before, details)
    const { slug, has_chosen_slug } = await slugFor(db, before, written.title, details)
    if (slug !== before.slug) await forgetOldSlug(db, id, slug)
    if (before.is_public && (slug !== before.slug || details.kind !== before.kind))
      await keepOldSlug(db, id, before.slug)
    const post = await db
      .updateTable('posts')
      .set({
        title: written.title.trim(),
        slug,
        has_chosen_slug,
        body: written.body,
        body_format: format,
        body_html: rendered.html,
        renderer_version: rendererVersion,
        ...(await detailColumns(db, details, rendered.excerpt)),
        version: sql`version + 1`,
        updated_at: sql`now()`,
        updated_by: actor.id,
      })
      .where('id', '=', id)
      .returning(['id', 'slug', 'kind'])
      .returning(isPublic.as('is_public'))
      .executeTakeFirstOrThrow()
    await replaceTags(db, id, tagNames(written.tags))
    await replaceAuthors(db, before, details.authors)
    await noteSurroundings(db, id, rendered)
    await forgetDraft(db, id)
    const state = stateOf(written, { ...details, slug }, format)
    const isFolded = await recordRevision(db, id, kind, state, actor.id)
    if (kind === 'autosaved' && isFolded) return post
    await recordDeed(db, kind === 'restored' ? 'post.restored' : 'post.changed', id, actor, written.title.trim())
    if (kind !== 'published') return post
    const isOut = await setPublication(db, id, sql<Date>`now()`, 'post.published', actor)
    return { ...post, is_public: post.is_public || isOut }
  }
  for (let tries = 1; ; tries++) {
    try {
      return await db.transaction().execute(save)
    } catch (error) {
      // Somebody took the address between the look and the write.
      if ((error as { constraint_name?: string }).constraint_name !== 'posts_slug_key') throw error
      if (tries === 5) throw conflict(text('posts.addressTaken'))
    }
  }
}

/** Publishing twice keeps the first date. What readers get then is a revision. */
export async function publishPost(db: Db, id: number, actor: Actor): Promise<void> {
  await together(db, async (db) => {
    if (!(await setPublication(db, id, sql<Date>`now()`, 'post.published', actor))) return
    const post = await db
      .selectFrom('posts')
      .select(['title', 'body', 'body_format', tagsAsText.as('tags'), storedDetails.as('details')])
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    await recordRevision(db, id, 'published', post, actor.id)
  })
}

export async function unpublishPost(db: Db, id: number, actor: Actor): Promise<void> {
  await together(db, async (db) => void (await setPublication(db, id, null, 'post.unpublished', actor)))
}

/** False when it stands like that already, is gone or in the bin. */
async function setPublication(
  db: Db,
  id: number,
  published_at: ReturnType<typeof sql<Date>> | null,
  action: string,
  actor: Actor,
): Promise<boolean> {
  const before = await lockPost(db, id)
  if (!before) return false
  const isSet = published_at ? before.is_public : before.published_at === null
  if (isSet) return false
  await db
    .updateTable('posts')
    .set({ published_at, version: sql`version + 1`, ...(before.is_public && { has_chosen_slug: true }) })
    .where('id', '=', id)
    .execute()
  // Out again under another address, it is still found under this one.
  if (before.is_public) await keepOldSlug(db, id, before.slug)
  await forgetSchedule(db, id)
  await recordDeed(db, action, id, actor, before.title)
  return true
}
