import { sql } from 'kysely'
import type { Db } from '../db/pool.ts'
import { invalid } from '../errors.ts'
import { findWrongAuthors } from '../post-authors/queries.ts'
import { claimSeries } from '../series/queries.ts'
import { coAuthors, isPublic } from '../post-states/queries.ts'
import { slugOf } from '../slug.ts'
import { text } from '../texts/texts.ts'
import { type Details, isReserved } from './details.ts'

/** SQL: the details of a row of `posts`. */
export const storedDetails = sql<Details>`jsonb_build_object(
  'kind', posts.kind, 'visibility', posts.visibility,
  'comments', case when posts.comments_are_open then 'open' else 'closed' end, 'slug', posts.slug, 'excerpt', posts.own_excerpt,
  'picture_url', posts.picture_url, 'picture_alt', posts.picture_alt, 'canonical_url', posts.canonical_url,
  'language', posts.language, 'series', coalesce((select series.title from series where series.id = posts.series_id), ''),
  'series_part', coalesce(posts.series_part::text, ''), 'reactions', posts.reactions,
  'authors', (select coalesce(string_agg(people.slug, ', ' order by post_authors.position), '')
    from post_authors join users as people on people.id = post_authors.user_id where post_authors.post_id = posts.id))`

/**
 * Columns of a post; `made` is the excerpt of its text, for those who write none. The beginning of a text for members is
 * part of that text, so without an excerpt of its own such a post has none. The series is made when it is new.
 */
export async function detailColumns(db: Db, details: Details, made: string) {
  const {
    kind,
    visibility,
    comments,
    reactions,
    language,
    excerpt,
    canonical_url,
    picture_url,
    picture_alt,
    series,
    series_part,
  } = details
  return {
    kind,
    visibility,
    comments_are_open: comments !== 'closed',
    language,
    own_excerpt: excerpt,
    excerpt: excerpt || (visibility === 'members' ? '' : made),
    canonical_url,
    picture_url,
    picture_alt,
    series_id: series === '' ? null : await claimSeries(db, series),
    series_part: series_part === '' ? null : Number(series_part),
    reactions,
  }
}

/**
 * Throws `invalid` with all that only PostgreSQL can tell: that the address that was chosen is taken, and who may not be
 * named.
 */
export async function checkDetails(
  db: Db,
  post: { id: number | null; slug: string },
  { slug, kind, authors }: Details,
): Promise<void> {
  const isTaken = slug !== '' && slug !== post.slug && !(await isSlugFree(db, slug, kind, post.id))
  const wrong = await findWrongAuthors(db, post.id, authors)
  const fields = { ...(isTaken && slugTaken(slug).fields), ...(wrong && { authors: wrong }) }
  if (isTaken || wrong) throw invalid(Object.values(fields).join(' '), fields)
}

/** True while no post has the address, no other post had it, and, for a page, the blog has no use for it itself. */
export async function isSlugFree(db: Db, slug: string, kind: string, post_id: number | null): Promise<boolean> {
  if (kind === 'page' && isReserved(slug)) return false
  const { rows } = await sql<{ is_free: boolean }>`
    select not exists (select from posts where slug = ${slug} and id is distinct from ${post_id}::bigint)
      and not exists (select from old_slugs where slug = ${slug} and post_id is distinct from ${post_id}::bigint) as is_free`.execute(
    db,
  )
  return rows[0]?.is_free === true
}

type Named = { id: number; slug: string; title: string; is_public: boolean; has_chosen_slug: boolean }

/**
 * The address a post gets with these details, which checkDetails() has let through: one that was chosen is free. One that
 * nobody chose follows the title until the post is out; an empty one is to be made from it again.
 */
export async function slugFor(db: Db, post: Named, title: string, { slug, kind }: Details) {
  if (slug !== '' && slug !== post.slug) return { slug, has_chosen_slug: true }
  const has_chosen_slug = post.has_chosen_slug && slug !== ''
  const base = slugOf(title, 'post')
  const mayFollow = !post.is_public && !has_chosen_slug && (base !== slugOf(post.title, 'post') || slug === '')
  const mustMove = kind === 'page' && isReserved(post.slug)
  if (!mayFollow && !mustMove) return { slug: post.slug, has_chosen_slug }
  for (let ending = 1; ending <= 5; ending++) {
    const candidate = ending === 1 ? base : `${base}-${ending}`
    if (await isSlugFree(db, candidate, kind, post.id)) return { slug: candidate, has_chosen_slug }
  }
  return { slug: `${base}-${post.id}`, has_chosen_slug }
}

export function slugTaken(slug: string) {
  const message = text('details.takenSlug', { slug })
  return invalid(message, { slug: message })
}

/** The address leads to the post from now on, whatever its new one is. */
export async function keepOldSlug(db: Db, post_id: number, slug: string): Promise<void> {
  const taken = { post_id, slug }
  await db
    .insertInto('old_slugs')
    .values(taken)
    .onConflict((known) => known.column('slug').doUpdateSet({ post_id }))
    .execute()
}

/** It is the post's own again. */
export async function forgetOldSlug(db: Db, post_id: number, slug: string): Promise<void> {
  await db.deleteFrom('old_slugs').where('slug', '=', slug).where('post_id', '=', post_id).execute()
}

/** The post that had this address while it was out, and who may know of it. */
export async function findMovedPost(db: Db, slug: string) {
  return await db
    .selectFrom('old_slugs')
    .innerJoin('posts', 'posts.id', 'old_slugs.post_id')
    .select(['posts.slug', 'posts.kind', 'posts.visibility', 'posts.author_id', coAuthors.as('co_authors')])
    .where('old_slugs.slug', '=', slug)
    .where(isPublic)
    .executeTakeFirst()
}
