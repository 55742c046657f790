import { sql } from 'kysely'
import type { Actor } from '../audit/queries.ts'
import type { Db } from '../db/pool.ts'
import { conflict, notFound } from '../errors.ts'
import { type LockedPost, coAuthors, isNotBinned, isPublic, lockPost } from '../post-states/queries.ts'
import type { Details } from '../post-details/details.ts'
import { recordDeed } from '../posts/deeds.ts'
import { hashToken, newToken } from '../sessions/session.ts'
import { text } from '../texts/texts.ts'
import { mostLinks } from './link.ts'

const isGood = sql<boolean>`(post_links.expires_at is null or post_links.expires_at > now())`

type NewLink = { days: number; note: string; submission_key: string | null }

/** The token is answered once and kept nowhere: called again with its submission key, it is undefined. */
export async function createPostLink(
  db: Db,
  post: { id: number; title: string },
  link: NewLink,
  actor: Actor,
  mayShow: (post: LockedPost) => boolean,
) {
  const { token, token_hash } = newToken()
  const { days, note, submission_key } = link
  return await db.transaction().execute(async (db) => {
    const now = await lockPost(db, post.id)
    // Who had part in it when the form was opened may have none any more.
    if (!now || !mayShow(now)) throw notFound('post')
    if (submission_key && (await isMade(db, post.id, submission_key))) return undefined
    await db
      .deleteFrom('post_links')
      .where('post_id', '=', post.id)
      .where(sql<boolean>`not ${isGood}`)
      .execute()
    const { count } = await db
      .selectFrom('post_links')
      .select(sql<number>`count(*)::int`.as('count'))
      .where('post_id', '=', post.id)
      .executeTakeFirstOrThrow()
    if (count >= mostLinks) throw conflict(text('postLinks.tooMany', { most: mostLinks }))
    const expires_at = days === 0 ? null : sql<Date>`now() + make_interval(days => ${days})`
    await db
      .insertInto('post_links')
      .values({ post_id: post.id, token_hash, expires_at, created_by: actor.id, note, submission_key })
      .execute()
    await recordDeed(db, 'post.link-made', post.id, actor, post.title)
    return token
  })
}

async function isMade(db: Db, post_id: number, submission_key: string): Promise<boolean> {
  const query = db.selectFrom('post_links').select('id').where('post_id', '=', post_id)
  return (await query.where('submission_key', '=', submission_key).executeTakeFirst()) !== undefined
}

export async function listPostLinks(db: Db, post_id: number) {
  return await db
    .selectFrom('post_links')
    .leftJoin('users', 'users.id', 'post_links.created_by')
    .select(['post_links.id', 'post_links.created_at', 'post_links.expires_at', 'post_links.note'])
    .select('users.name as by_name')
    .where('post_id', '=', post_id)
    .where(isGood)
    .orderBy('post_links.id', 'desc')
    .limit(mostLinks)
    .execute()
}
export type ListedLink = Awaited<ReturnType<typeof listPostLinks>>[number]

/** A second call changes nothing. */
export async function endPostLink(
  db: Db,
  post: { id: number; title: string },
  id: number,
  actor: Actor,
): Promise<void> {
  await db.transaction().execute(async (db) => {
    const row = await db
      .deleteFrom('post_links')
      .where('id', '=', id)
      .where('post_id', '=', post.id)
      .returning('id')
      .executeTakeFirst()
    if (row) await recordDeed(db, 'post.link-ended', post.id, actor, post.title)
  })
}

/** What who holds the link sees: the post's draft where it has one, else the post, published or not. */
export async function findLinkedPost(db: Db, token: string) {
  return await db
    .selectFrom('post_links')
    .innerJoin('posts', 'posts.id', 'post_links.post_id')
    .leftJoin('users', 'users.id', 'posts.author_id')
    .leftJoin('post_drafts', 'post_drafts.post_id', 'posts.id')
    .select(['posts.id', 'posts.slug', 'posts.kind', 'posts.title', 'posts.body_html', 'posts.excerpt'])
    .select(['posts.visibility', 'posts.language', 'posts.picture_url', 'posts.picture_alt', 'posts.published_at'])
    .select(['post_drafts.title as draft_title', 'post_drafts.body as draft_body'])
    .select([
      'post_drafts.body_html as draft_html',
      'post_drafts.body_format as draft_format',
      'post_drafts.tags as draft_tags',
    ])
    .select(sql<Partial<Details> | null>`post_drafts.details`.as('draft_details'))
    .select(['users.name as author_name', 'users.slug as author_slug', coAuthors.as('co_authors')])
    .select(isPublic.as('is_public'))
    .where('token_hash', '=', hashToken(token))
    .where(isGood)
    .where(isNotBinned)
    .executeTakeFirst()
}
export type LinkedPost = NonNullable<Awaited<ReturnType<typeof findLinkedPost>>>
