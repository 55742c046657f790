import { sql } from 'kysely'
import { type ListQuery, pageOf } from '../api/list.ts'
import { daysDeleted } from '../comments/comment.ts'
import type { Sorts } from '../db/keyset.ts'
import type { Db } from '../db/pool.ts'
import type { Looker } from '../moderation/moderation.ts'
import { coAuthors, isPublic } from '../post-states/queries.ts'
import type { CommentRow } from './comment-resource.ts'

const sorts: Sorts = { id: { by: sql`comments.id`, type: 'number' } }

const mayComeBack = sql<boolean>`coalesce(
  comments.deleted_at > now() - make_interval(days => ${sql.lit(daysDeleted)}), false)`

/** SQL: whether somebody who may not edit them all may open a row of `posts`. */
export function mayOpen(id: number) {
  return sql<boolean>`(posts.visibility <> 'private' or posts.author_id = ${id}
    or exists (select from post_authors where post_authors.post_id = posts.id and post_authors.user_id = ${id}))`
}

/** Below posts that are out; who may open each is canOpen()'s to say. With `isStaff` also what moderators alone see. */
function rows(db: Db, isStaff: boolean) {
  return db
    .selectFrom('comments')
    .innerJoin('posts', 'posts.id', 'comments.post_id')
    .leftJoin('users', 'users.id', 'comments.author_id')
    .leftJoin('guests', 'guests.id', 'comments.guest_id')
    .select(['comments.id', 'comments.parent_id', 'comments.body', 'comments.body_format', 'comments.body_html'])
    .select(['comments.state', 'comments.shown', 'comments.held_for', 'comments.version', 'comments.author_id'])
    .select(['comments.created_at', 'comments.edited_at', 'comments.deleted_at', mayComeBack.as('may_come_back')])
    .select(['posts.id as post_id', 'posts.slug as post_slug', 'posts.title as post_title'])
    .select(['posts.visibility as post_visibility', 'posts.author_id as post_author_id'])
    .select(coAuthors.as('post_co_authors'))
    .select(
      sql<CommentRow['author']>`case
        when guests.id is not null then jsonb_build_object('slug', null, 'name', guests.name)
        when users.id is not null then jsonb_build_object('slug', users.slug, 'name', users.name) end`.as('author'),
    )
    .$if(isStaff, (query) =>
      query
        .select('guests.email as guest_email')
        .select(
          sql<string | null>`(select client_ip from audit_events where subject_type = 'comment'
            and subject_id = comments.id and action = 'comment.created' order by id limit 1)`.as('client_ip'),
        )
        .select(
          sql<number>`(select count(*)::int from comment_reports
            where comment_id = comments.id and settled_at is null)`.as('report_count'),
        ),
    )
    .where('posts.kind', '=', 'post')
    .where(isPublic)
    .where(sql<boolean>`comments.held_for is distinct from 'unconfirmed'`)
}

export async function findCommentRow(db: Db, id: number, isStaff: boolean) {
  return await rows(db, isStaff).where('comments.id', '=', id).executeTakeFirst()
}

/** Of one post: what its page shows, and what waits of one person's own. */
export async function listCommentsOfPost(
  db: Db,
  post_id: number,
  visitor_id: number | null,
  isStaff: boolean,
  list: ListQuery,
) {
  const own =
    visitor_id === null
      ? sql``
      : sql`or (comments.state = 'waiting' and comments.deleted_at is null and comments.author_id = ${visitor_id})`
  const query = rows(db, isStaff)
    .where('comments.post_id', '=', post_id)
    .where(sql<boolean>`(comments.shown <> 'nothing' ${own})`)
  return await pageOf<CommentRow>(query, sorts, list, '-id', sql`comments.id`)
}

export type Wanted = {
  /** Who sees comments in any state, everybody's or their own alone; without, what everybody reads. */
  mine?: { looker: Looker; isOwnOnly: boolean }
  /** Whether posts for members are looked below. */
  isMember: boolean
  state?: string
  is_reported?: boolean
  post?: number
  author?: string
}

export async function listComments(db: Db, wanted: Wanted, isStaff: boolean, list: ListQuery) {
  const { mine, state, is_reported, post, author } = wanted
  let query = rows(db, isStaff)
  if (!mine) {
    query = query
      .where('comments.shown', '=', 'whole')
      .where('posts.visibility', 'in', wanted.isMember ? ['public', 'members'] : ['public'])
  } else {
    const { id, seesAll } = mine.looker
    query = query.where(state === 'deleted' ? mayComeBack : sql<boolean>`comments.deleted_at is null`)
    if (mine.isOwnOnly) query = query.where('comments.author_id', '=', id)
    if (!seesAll) query = query.where(mayOpen(id))
  }
  if (mine && state !== undefined && state !== 'any' && state !== 'deleted') {
    query = query.where('comments.state', '=', sql.lit(state))
    // The words of comments_queue_idx.
    if (state !== 'approved') query = query.where(sql<boolean>`comments.state <> 'approved'`)
  }
  if (is_reported === true)
    query = query.where(sql<boolean>`comments.id in (select comment_id from comment_reports where settled_at is null)`)
  if (post !== undefined) query = query.where('comments.post_id', '=', post)
  if (author !== undefined) {
    // Asked first: what is known of this one says whether all of theirs are sorted or the newest looked through.
    const person = await db.selectFrom('users').select('id').where('slug', '=', author).executeTakeFirst()
    query = query.where('comments.author_id', '=', person?.id ?? 0)
  }
  return await pageOf<CommentRow>(query, sorts, list, '-id', sql`comments.id`)
}

/** A post that is out, with what says who may comment on it. */
export async function findCommentedPost(db: Db, id: number) {
  return await db
    .selectFrom('posts')
    .select(['id', 'slug', 'visibility', 'author_id', 'comments_are_open', 'published_at', coAuthors.as('co_authors')])
    .where('id', '=', id)
    .where('kind', '=', 'post')
    .where(isPublic)
    .executeTakeFirst()
}
