import { sql } from 'kysely'
import { pageOf } from '../db/page-of.ts'
import type { Db } from '../db/pool.ts'
import { type LoggedAction, logOnPage, loggedActions } from '../moderation/moderation.ts'
import { isPublic } from '../post-states/queries.ts'

/** In the words of audit_events_moderation_idx. */
const isLogged = sql<boolean>`audit_events.action in (${sql.join(loggedActions.map((action) => sql.lit(action)))})`

type Details = { why?: string; network?: string; of_guest?: boolean; days?: number }

/** What was decided, the newest first. Below posts that not everybody may read nothing is named. */
export async function listLog(db: Db, before?: number) {
  let query = db
    .selectFrom('audit_events')
    .leftJoin('users', 'users.id', 'audit_events.actor_id')
    .leftJoin('comments', (join) =>
      join.onRef('comments.id', '=', 'audit_events.subject_id').on('audit_events.subject_type', '=', 'comment'),
    )
    .leftJoin('posts', (join) =>
      join
        .onRef('posts.id', '=', 'comments.post_id')
        .on('posts.kind', '=', 'post')
        .on('posts.visibility', '=', 'public')
        .on(isPublic),
    )
    .leftJoin('users as writers', 'writers.id', 'comments.author_id')
    .leftJoin('guests', 'guests.id', 'comments.guest_id')
    .leftJoin('users as banned', (join) =>
      join.onRef('banned.id', '=', 'audit_events.subject_id').on('audit_events.subject_type', '=', 'user'),
    )
    .select(['audit_events.id', 'audit_events.created_at', 'audit_events.subject_id', 'audit_events.description'])
    .select([
      'users.name as actor_name',
      sql<string | null>`coalesce(writers.name, guests.name)`.as('writer_name'),
      'banned.name as banned_name',
    ])
    .select(['posts.slug as post_slug', 'posts.title as post_title', 'comments.shown'])
    .select([
      sql<LoggedAction>`audit_events.action`.as('action'),
      sql<Details>`audit_events.details`.as('details'),
      // Whoever deletes their own words moderates nobody.
      sql<boolean>`audit_events.actor_id is not null and comments.author_id = audit_events.actor_id`.as('is_own'),
    ])
    .where(isLogged)
    .orderBy('audit_events.id', 'desc')
    .limit(logOnPage + 1)
  if (before !== undefined) query = query.where('audit_events.id', '<', before)
  const { rows, last } = pageOf(await query.execute(), logOnPage)
  return { entries: rows, next: last?.id }
}
export type LogEntry = Awaited<ReturnType<typeof listLog>>['entries'][number]
