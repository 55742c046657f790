import { sql } from 'kysely'
import { type ListQuery, pageOf } from '../api/list.ts'
import type { Sorts } from '../db/keyset.ts'
import type { Db } from '../db/pool.ts'
import { coAuthors, hasDraft, isNotBinned, isPublic } from '../post-states/queries.ts'
import { storedDetails } from '../post-details/queries.ts'
import type { PostRow } from './post-resource.ts'

const sorts: Sorts = {
  published_at: { by: sql`posts.published_at`, type: 'moment' },
  updated_at: { by: sql`posts.updated_at`, type: 'moment' },
  id: { by: sql`posts.id`, type: 'number' },
}

function rows(db: Db, texts: ReadonlySet<string>) {
  const query = db
    .selectFrom('posts')
    .leftJoin('users', 'users.id', 'posts.author_id')
    .select(['posts.id', 'posts.kind', 'posts.slug', 'posts.title', 'posts.excerpt', 'posts.author_id'])
    .select(['posts.visibility', 'posts.language', 'posts.comments_are_open as comments_open', 'posts.picture_url'])
    .select(['posts.picture_alt', 'posts.canonical_url', 'posts.published_at', 'posts.updated_at', 'posts.version'])
    .select([
      'posts.body_format as format',
      coAuthors.as('co_authors'),
      hasDraft.as('has_draft'),
      isPublic.as('is_public'),
    ])
    .select(
      sql<{ slug: string; name: string } | null>`case when users.id is not null then
        jsonb_build_object('slug', users.slug, 'name', users.name) end`.as('author'),
    )
    .select(
      sql<{ slug: string; name: string }[]>`(
        select coalesce(jsonb_agg(jsonb_build_object('slug', tags.slug, 'name', tags.name) order by post_tags.position), '[]')
        from post_tags join tags on tags.id = post_tags.tag_id where post_tags.post_id = posts.id)`.as('tags'),
    )
    .select(
      sql<{ slug: string; title: string; part: number | null } | null>`(
        select jsonb_build_object('slug', series.slug, 'title', series.title, 'part', posts.series_part)
        from series where series.id = posts.series_id)`.as('series'),
    )
    .where(isNotBinned)
  return query
    .$if(texts.has('html'), (query) => query.select('posts.body_html as html'))
    .$if(texts.has('body'), (query) => query.select('posts.body'))
}

const noTexts = new Set<string>()

/** Also one that is not out: see canOpen(). With `isHeld` nobody else changes it before the transaction ends. */
export async function findPostRow(db: Db, id: number, isHeld = false) {
  if (isHeld) await sql`select from posts where id = ${id} for update`.execute(db)
  const query = rows(db, noTexts)
    .select(['posts.body_html as html', 'posts.body', storedDetails.as('details')])
    .where('posts.id', '=', id)
  return await query.executeTakeFirst()
}

export type Wanted = {
  /** Whose unpublished posts are seen: one person's, everybody's, or nobody's. */
  mine: number | 'all' | undefined
  kind?: string
  state?: 'draft' | 'scheduled' | 'published'
  visibility?: string
  language?: string
  author?: string
  tag?: string
  series?: string
  published_after?: string
  published_before?: string
  updated_after?: string
}

export async function listPostRows(db: Db, wanted: Wanted, list: ListQuery, texts: ReadonlySet<string>) {
  const { mine, kind, state, visibility, language, author, tag, series } = wanted
  let query = rows(db, texts)
  if (mine === undefined) {
    // In the words of the index posts_listed_idx.
    query = query
      .where('posts.published_at', 'is not', null)
      .where('posts.published_at', '<=', sql<Date>`now()`)
      .where(sql<boolean>`posts.kind = ${sql.lit(kind === 'page' ? 'page' : 'post')}`)
      .where(sql<boolean>`posts.visibility in ('public', 'members')`)
  } else {
    if (mine !== 'all') {
      query = query.where(
        sql<boolean>`(posts.author_id = ${mine} or posts.id in (select post_id from post_authors where user_id = ${mine}))`,
      )
    }
    if (kind !== undefined) query = query.where('posts.kind', '=', kind)
    if (state === 'draft') query = query.where('posts.published_at', 'is', null)
    else if (state !== undefined)
      query = query.where(state === 'published' ? isPublic : sql<boolean>`posts.published_at > now()`)
    // One without a date is in no order of dates.
    if (list.sort?.endsWith('published_at')) query = query.where('posts.published_at', 'is not', null)
  }
  if (visibility !== undefined) query = query.where('posts.visibility', '=', visibility)
  if (language !== undefined) query = query.where('posts.language', '=', language)
  if (author !== undefined)
    query = query.where(sql<boolean>`posts.author_id = (select id from users where slug = ${author})`)
  if (tag !== undefined) {
    query = query.where(
      sql<boolean>`posts.id in (select post_id from post_tags where tag_id = (select id from tags where slug = ${tag}))`,
    )
  }
  if (series !== undefined)
    query = query.where(sql<boolean>`posts.series_id = (select id from series where slug = ${series})`)
  const moments = {
    published_after: 'published_at >',
    published_before: 'published_at <',
    updated_after: 'updated_at >',
  }
  for (const [name, comparison] of Object.entries(moments)) {
    const moment = wanted[name as keyof typeof moments]
    if (moment !== undefined)
      query = query.where(sql<boolean>`posts.${sql.raw(comparison)} ${moment}::text::timestamptz`)
  }
  const usual = mine === undefined ? '-published_at' : '-updated_at'
  return await pageOf<PostRow & { id: number }>(query, sorts, list, usual, sql`posts.id`)
}

/** Those that are there, each with its version as it is now. */
export async function listVersions(db: Db, ids: number[]): Promise<{ id: number; version: number }[]> {
  return await db
    .selectFrom('posts')
    .select(['id', 'version'])
    .where('id', 'in', ids)
    .orderBy('id')
    .forUpdate()
    .execute()
}
