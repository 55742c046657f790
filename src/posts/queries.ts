import { sql } from 'kysely'
import { compiled } from '../db/compiled.ts'
import type { Db } from '../db/pool.ts'
import { followTitle } from '../editor/queries.ts'
import { conflict } from '../errors.ts'
import { rendererVersion } from '../markdown/render.ts'
import { forgetDraft } from '../post-drafts/queries.ts'
import { renderText } from '../renderings/render-text.ts'
import { recordFirstRevision, recordRevision } from '../revisions/queries.ts'
import type { Kind } from '../revisions/revision.ts'
import { forgetSchedule } from '../schedules/queries.ts'
import { claimSlug, slugOf } from '../slug.ts'
import { replaceTags } from '../tags/queries.ts'
import { type Actor, recordDeed } from './deeds.ts'
import { type PostInput, type Position, pageSize, stateOf, tagNames } from './post.ts'

// One more than a page shows, to know whether there is another.
const probed = sql.lit(pageSize + 1)
const moment = sql<number>`(extract(epoch from posts.published_at) * 1000000)::bigint`
const isNotBinned = sql<boolean>`not exists (select from post_bin where post_bin.post_id = posts.id)`
const isPublished = sql<boolean>`posts.published_at is not null and posts.published_at <= now()`

function published(db: Db) {
  return db
    .selectFrom('posts')
    .leftJoin('users', 'users.id', 'posts.author_id')
    .select(['posts.id', 'posts.slug', 'posts.title', 'posts.excerpt', 'posts.published_at'])
    .select(['users.name as author_name', 'users.slug as author_slug'])
    .select(moment.as('moment'))
    .where(isPublished)
    .orderBy('posts.published_at', 'desc')
    .orderBy('posts.id', 'desc')
    .limit(probed)
}

function olderThan(position: Position) {
  return sql<boolean>`(posts.published_at, posts.id)
    < (timestamptz 'epoch' + ${position.moment}::bigint * interval '1 microsecond', ${position.id}::bigint)`
}

const newest = compiled((db) => published(db))
const older = compiled((db, position: Position) => published(db).where(olderThan(position)))
const newestBy = compiled((db, { author_id }: { author_id: number }) =>
  published(db).where('posts.author_id', '=', author_id),
)
const olderBy = compiled((db, { author_id, moment, id }: Position & { author_id: number }) =>
  published(db).where('posts.author_id', '=', author_id).where(olderThan({ moment, id })),
)
// Ordered by the copy of the moment in post_tags: one index gives the page, whether the tag is on ten posts or a million.
function tagged(db: Db, tag_id: number) {
  return published(db)
    .clearOrderBy()
    .innerJoin('post_tags', 'post_tags.post_id', 'posts.id')
    .where('post_tags.tag_id', '=', tag_id)
    .where(sql<boolean>`post_tags.published_at is not null and post_tags.published_at <= now()`)
    .orderBy(sql`post_tags.published_at`, 'desc')
    .orderBy(sql`post_tags.post_id`, 'desc')
}
const newestTagged = compiled((db, { tag_id }: { tag_id: number }) => tagged(db, tag_id))
const olderTagged = compiled((db, { tag_id, moment, id }: Position & { tag_id: number }) =>
  tagged(db, tag_id).where(
    sql<boolean>`(post_tags.published_at, post_tags.post_id)
      < (timestamptz 'epoch' + ${moment}::bigint * interval '1 microsecond', ${id}::bigint)`,
  ),
)

export type ListedPost = Awaited<ReturnType<typeof newest>>[number]
export type PostList = { posts: ListedPost[]; next: Position | undefined }

/** Newest first, a page from `before` on. */
export async function listPublishedPosts(db: Db, before?: Position): Promise<PostList> {
  return pageOf(before ? await older(db, before) : await newest(db, {}))
}

export async function listPostsByAuthor(db: Db, author_id: number, before?: Position): Promise<PostList> {
  return pageOf(before ? await olderBy(db, { author_id, ...before }) : await newestBy(db, { author_id }))
}

export async function listPostsByTag(db: Db, tag_id: number, before?: Position): Promise<PostList> {
  return pageOf(before ? await olderTagged(db, { tag_id, ...before }) : await newestTagged(db, { tag_id }))
}

function pageOf<Row extends Position>(rows: Row[]): { posts: Row[]; next: Position | undefined } {
  const posts = rows.slice(0, pageSize)
  const last = posts.at(-1)
  return { posts, next: rows.length > pageSize && last ? { moment: last.moment, id: last.id } : undefined }
}

const bySlug = compiled((db, { slug }: { slug: string }) =>
  db
    .selectFrom('posts')
    .leftJoin('users', 'users.id', 'posts.author_id')
    .select([
      'posts.id',
      'posts.slug',
      'posts.title',
      'posts.body_html',
      'posts.excerpt',
      'posts.published_at',
      'posts.author_id',
    ])
    .select(['users.name as author_name', 'users.slug as author_slug'])
    .select(
      sql<{ slug: string; name: string }[]>`(
        select coalesce(jsonb_agg(jsonb_build_object('slug', tags.slug, 'name', tags.name) order by post_tags.position), '[]')
        from post_tags join tags on tags.id = post_tags.tag_id where post_tags.post_id = posts.id)`.as('tags'),
    )
    .where('posts.slug', '=', slug)
    .where(isPublished),
)

export async function findPublishedPost(db: Db, slug: string) {
  return (await bySlug(db, { slug }))[0]
}
export type PublishedPost = NonNullable<Awaited<ReturnType<typeof findPublishedPost>>>

export async function findPublishedSlug(db: Db, id: number): Promise<string | undefined> {
  const row = await db.selectFrom('posts').select('slug').where('id', '=', id).where(isPublished).executeTakeFirst()
  return row?.slug
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
    .select('drafters.name as draft_by_name')
    .select(isPublished.as('is_public'))
    .select('editors.name as updated_by_name')
    .select(
      sql<string>`(select coalesce(string_agg(tags.name, ', ' order by post_tags.position), '')
        from post_tags join tags on tags.id = post_tags.tag_id where post_tags.post_id = posts.id)`.as('tags'),
    )
    .where('posts.id', '=', id)
    .where(isNotBinned)
    .executeTakeFirst()
}
export type EditablePost = NonNullable<Awaited<ReturnType<typeof findPost>>>

/** Last changed first; of one author, or of everybody for those who edit everything. */
export async function listPostsForEditing(db: Db, author_id: number | null, before?: Position) {
  const updated = sql<number>`(extract(epoch from posts.updated_at) * 1000000)::bigint`
  let query = db
    .selectFrom('posts')
    .leftJoin('users', 'users.id', 'posts.author_id')
    .select([
      'posts.id',
      'posts.slug',
      'posts.title',
      'posts.published_at',
      'posts.updated_at',
      'users.name as author_name',
    ])
    .select(isPublished.as('is_public'))
    .select(updated.as('moment'))
    .where(isNotBinned)
    .orderBy('posts.updated_at', 'desc')
    .orderBy('posts.id', 'desc')
    .limit(probed)
  if (author_id !== null) query = query.where('posts.author_id', '=', author_id)
  if (before) {
    query = query.where(
      sql<boolean>`(posts.updated_at, posts.id)
        < (timestamptz 'epoch' + ${before.moment}::bigint * interval '1 microsecond', ${before.id}::bigint)`,
    )
  }
  return pageOf(await query.execute())
}
export type PostForEditing = Awaited<ReturnType<typeof listPostsForEditing>>['posts'][number]

/** Called twice with one submission key, it answers the post of the first call. */
export async function createPost(db: Db, input: PostInput, isPublic: boolean, actor: Actor, kind: Kind = 'saved') {
  const { html, excerpt } = await renderText(db, 'markdown', input.body)
  return await db.transaction().execute(async (db) => {
    const values = {
      title: input.title.trim(),
      body: input.body,
      body_html: html,
      renderer_version: rendererVersion,
      excerpt,
      author_id: actor.id,
      updated_by: actor.id,
      published_at: isPublic ? sql<Date>`now()` : null,
      submission_key: input.submission_key ?? null,
    }
    let isRepeated = false
    const post = await claimSlug(slugOf(input.title, 'post'), async (slug) => {
      const query = db
        .insertInto('posts')
        .values({ ...values, slug })
        .onConflict((taken) => taken.doNothing())
      const row = await query.returning(['id', 'slug', 'published_at']).executeTakeFirst()
      if (row || !input.submission_key) return row
      const first = await findSubmitted(db, input.submission_key, actor.id)
      isRepeated = first !== undefined
      return first
    })
    if (isRepeated) return { ...post, isRepeated }
    await replaceTags(db, post.id, tagNames(input.tags))
    await recordRevision(db, post.id, isPublic ? 'published' : kind, stateOf(input, 'markdown'), actor.id)
    await recordDeed(db, isPublic ? 'post.published' : 'post.drafted', post.id, actor, values.title)
    return { ...post, isRepeated }
  })
}

async function findSubmitted(db: Db, key: string, author_id: number) {
  const query = db
    .selectFrom('posts')
    .select(['id', 'slug', 'published_at', 'author_id'])
    .where('submission_key', '=', key)
  const post = await query.executeTakeFirst()
  if (post && post.author_id !== author_id) throw conflict('This form was already used. Please open the page again.')
  return post
}

/**
 * Undefined when the post was saved by somebody else since `version`, or is gone; then nothing is changed. A plain text
 * of the old blog stays one: as Markdown its stars and hashes would mean something.
 */
export async function updatePost(
  db: Db,
  { id, body_format }: { id: number; body_format: string },
  version: number,
  input: PostInput,
  actor: Actor,
  kind: Kind = 'saved',
) {
  const format = body_format === 'plain' ? 'plain' : 'markdown'
  const { html, excerpt } = await renderText(db, format, input.body)
  return await db.transaction().execute(async (db) => {
    await recordFirstRevision(db, id, version)
    const post = await db
      .updateTable('posts')
      .set({
        title: input.title.trim(),
        body: input.body,
        body_format: format,
        body_html: html,
        renderer_version: rendererVersion,
        excerpt,
        version: sql`version + 1`,
        updated_at: sql`now()`,
        updated_by: actor.id,
      })
      .where('id', '=', id)
      .where('version', '=', version)
      // Nothing that was not asked for reaches readers, also when the clock publishes the post right now.
      .where(kind === 'autosaved' ? sql<boolean>`published_at is null` : sql<boolean>`true`)
      .returning(['id', 'slug'])
      .returning(isPublished.as('is_public'))
      .executeTakeFirst()
    if (!post) return undefined
    post.slug = (await followTitle(db, id, input.title.trim())) ?? post.slug
    await replaceTags(db, id, tagNames(input.tags))
    await forgetDraft(db, id)
    const isFolded = await recordRevision(db, id, kind, stateOf(input, format), actor.id)
    if (kind === 'autosaved' && isFolded) return post
    await recordDeed(db, kind === 'restored' ? 'post.restored' : 'post.changed', id, actor, input.title.trim())
    return post
  })
}

/** Publishing twice keeps the first date. */
export async function publishPost(db: Db, id: number, actor: Actor): Promise<void> {
  await setPublication(db, id, sql<Date>`now()`, 'post.published', actor)
}

export async function unpublishPost(db: Db, id: number, actor: Actor): Promise<void> {
  await setPublication(db, id, null, 'post.unpublished', actor)
}

async function setPublication(
  db: Db,
  id: number,
  published_at: ReturnType<typeof sql<Date>> | null,
  action: string,
  actor: Actor,
) {
  await db.transaction().execute(async (db) => {
    const row = await db
      .updateTable('posts')
      .set({ published_at, version: sql`version + 1` })
      .where('id', '=', id)
      .where(
        published_at
          ? sql<boolean>`(published_at is null or published_at > now())`
          : sql<boolean>`published_at is not null`,
      )
      .returning('title')
      .executeTakeFirst()
    if (!row) return
    await forgetSchedule(db, id)
    await recordDeed(db, action, id, actor, row.title)
  })
}
