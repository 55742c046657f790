import { sql } from 'kysely'
import type { Actor } from '../audit/queries.ts'
import type { Db } from '../db/pool.ts'
import type { Visitor } from '../http/app.ts'
import { endLinksOf } from '../post-authors/queries.ts'
import { binPost, restorePost } from '../post-bin/queries.ts'
import { storedDetails } from '../post-details/queries.ts'
import { coAuthors, hasDraft, isNotBinned, isPublic } from '../post-states/queries.ts'
import { recordDeed } from '../posts/deeds.ts'
import { canDelete, mostTags } from '../posts/post.ts'
import { publishPost, unpublishPost } from '../posts/queries.ts'
import { recordFirstRevision, recordRevision } from '../revisions/queries.ts'
import { replaceTags } from '../tags/queries.ts'
import { tagSlugOf } from '../tags/tag.ts'
import { type Chosen, type Left, type Outcome, type Wish, mayChange, maySee } from './change.ts'

type Doer = { visitor: Visitor; actor: Actor }

/** All in one transaction: what is refused is left, the rest is done together. */
export async function changePosts(db: Db, chosen: Chosen[], wish: Wish, { visitor, actor }: Doer): Promise<Outcome> {
  return await db.transaction().execute(async (db) => {
    const posts = await lockPosts(db, chosen)
    const outcome: Outcome = { done: [], left: [] }
    for (const { id, version } of chosen) {
      const post = posts.get(id)
      if (!post || !maySee(visitor, post)) {
        outcome.left.push({ title: null, why: 'gone' })
        continue
      }
      const why = refusal(post, version, wish, visitor) ?? (await changeOne(db, post, wish, actor))
      if (why) outcome.left.push({ title: post.title, why })
      else outcome.done.push({ id, title: post.title })
    }
    return outcome
  })
}

/** By id, so that two who change the same posts do not wait for each other in a circle. */
async function lockPosts(db: Db, chosen: Chosen[]) {
  const ids = chosen.map(({ id }) => id)
  if (ids.length === 0) return new Map<number, LockedPost>()
  const rows = await lockedPosts(db, ids)
  return new Map(rows.map((row) => [row.id, row]))
}

async function lockedPosts(db: Db, ids: number[]) {
  return await db
    .selectFrom('posts')
    .select(['id', 'version', 'title', 'author_id', 'published_at'])
    .select(coAuthors.as('co_authors'))
    .select([isPublic.as('is_public'), hasDraft.as('has_draft')])
    .where('id', 'in', ids)
    .where(isNotBinned)
    .orderBy('id')
    .forUpdate()
    .execute()
}
type LockedPost = Awaited<ReturnType<typeof lockedPosts>>[number]

function refusal(post: LockedPost, version: number, { change, author_id }: Wish, visitor: Visitor): Left | undefined {
  if (!mayChange(visitor, change, post)) return 'right'
  if (post.version !== version) return 'changed'
  if (change === 'publish' && post.is_public) return 'same'
  if (change === 'unpublish' && post.published_at === null) return 'same'
  if (change === 'author' && post.author_id === author_id) return 'same'
  if ((change === 'add-tag' || change === 'remove-tag') && post.has_draft) return 'rewritten'
  return undefined
}

async function changeOne(db: Db, post: LockedPost, wish: Wish, actor: Actor): Promise<Left | undefined> {
  if (wish.change === 'publish') await publishPost(db, post.id, actor)
  else if (wish.change === 'unpublish') await unpublishPost(db, post.id, actor)
  else if (wish.change === 'bin') await binPost(db, post.id, actor)
  else if (wish.change === 'author') await giveTo(db, post, wish.author_id, actor)
  else return await changeTags(db, post, wish, actor)
  return undefined
}

async function giveTo(db: Db, post: LockedPost, author_id: number | null, actor: Actor): Promise<void> {
  await db
    .updateTable('posts')
    .set({ author_id, version: sql`version + 1` })
    .where('id', '=', post.id)
    .execute()
  await db.deleteFrom('post_authors').where('post_id', '=', post.id).where('user_id', '=', author_id).execute()
  if (post.author_id !== null) await endLinksOf(db, post.id, [post.author_id])
  await recordDeed(db, 'post.given', post.id, actor, post.title)
}

/** A change of the post like any other: with a revision, a version and a line in the log. */
async function changeTags(db: Db, post: LockedPost, wish: Wish, actor: Actor): Promise<Left | undefined> {
  const tags = await db
    .selectFrom('post_tags')
    .innerJoin('tags', 'tags.id', 'post_tags.tag_id')
    .select('tags.name')
    .where('post_tags.post_id', '=', post.id)
    .orderBy('post_tags.position')
    .execute()
  const isMeant = (tag: { name: string }) => tagSlugOf(tag.name) === tagSlugOf(wish.tag)
  const isThere = tags.some(isMeant)
  if (isThere === (wish.change === 'add-tag')) return 'same'
  if (wish.change === 'add-tag' && tags.length >= mostTags) return 'full'
  const kept = tags.filter((tag) => !isMeant(tag)).map(({ name }) => name)
  const names = wish.change === 'add-tag' ? [...kept, wish.tag] : kept
  await recordFirstRevision(db, post.id, post.version)
  const { title, body, body_format, details } = await db
    .updateTable('posts')
    .set({ version: sql`version + 1`, updated_at: sql`now()`, updated_by: actor.id })
    .where('id', '=', post.id)
    .returning(['title', 'body', 'body_format', storedDetails.as('details')])
    .executeTakeFirstOrThrow()
  await replaceTags(db, post.id, names)
  await recordRevision(db, post.id, 'saved', { title, body, body_format, tags: names.join(', '), details }, actor.id)
  await recordDeed(db, 'post.changed', post.id, actor, title)
  return undefined
}

/** Out of the bin again, those the visitor may delete. */
export async function restorePosts(db: Db, ids: number[], { visitor, actor }: Doer): Promise<Outcome> {
  return await db.transaction().execute(async (db) => {
    const rows = await db
      .selectFrom('posts')
      .innerJoin('post_bin', 'post_bin.post_id', 'posts.id')
      .select(['posts.id', 'posts.title', 'posts.author_id'])
      .where('posts.id', 'in', ids)
      .orderBy('posts.id')
      .forUpdate('posts')
      .execute()
    const done = rows.filter((post) => canDelete(visitor, post))
    for (const { id } of done) await restorePost(db, id, actor)
    return { done, left: Array.from({ length: ids.length - done.length }, () => ({ title: null, why: 'gone' })) }
  })
}
