import { sql } from 'kysely'
import { type ListQuery, pageOf } from '../api/list.ts'
import { mayOpen } from '../comments-api/queries.ts'
import type { Sorts } from '../db/keyset.ts'
import type { Db } from '../db/pool.ts'
import type { Looker } from '../moderation/moderation.ts'
import { isPublic } from '../post-states/queries.ts'

const sorts: Sorts = { id: { by: sql`comment_reports.id`, type: 'number' } }

/** Called with threads held: each in the version and state it is in. */
export async function listStates(db: Db, ids: number[]) {
  return await db.selectFrom('comments').select(['id', 'version', 'state']).where('id', 'in', ids).execute()
}

/** Those that nobody has settled, of comments that the looker may decide about. */
export async function listReports(db: Db, { id, seesAll }: Looker, comment: number | undefined, list: ListQuery) {
  let query = db
    .selectFrom('comment_reports')
    .innerJoin('comments', 'comments.id', 'comment_reports.comment_id')
    .innerJoin('posts', 'posts.id', 'comments.post_id')
    .leftJoin('users', 'users.id', 'comment_reports.reporter_id')
    .select(['comment_reports.id', 'comment_reports.comment_id', 'comment_reports.reason', 'comment_reports.words'])
    .select(['comment_reports.created_at', 'users.name as reporter'])
    .where('comment_reports.settled_at', 'is', null)
    .where('comments.deleted_at', 'is', null)
    .where(sql<boolean>`comments.held_for is distinct from 'unconfirmed'`)
    .where('posts.kind', '=', 'post')
    .where(isPublic)
  if (!seesAll) query = query.where(mayOpen(id))
  if (comment !== undefined) query = query.where('comment_reports.comment_id', '=', comment)
  return await pageOf<{ id: number }>(query, sorts, list, '-id', sql`comment_reports.id`)
}
