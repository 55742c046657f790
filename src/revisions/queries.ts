import { sql } from 'kysely'
import { type ListQuery, pageOf as listPage } from '../api/list.ts'
import type { Sorts } from '../db/keyset.ts'
import type { Db } from '../db/pool.ts'
import { pageOf } from '../db/page-of.ts'
import { storedDetails } from '../post-details/queries.ts'
import { pictureKeys } from '../markdown/library-pictures.ts'
import { forgetRevisionUses } from '../media-uses/queries.ts'
import { tagsAsText } from '../post-states/queries.ts'
import { momentIn } from '../schedules/queries.ts'
import type { Details } from '../post-details/details.ts'
import { type Kind, type State, lostBetween, mostLost, revisionsOnPage } from './revision.ts'

/**
 * Keeps a state of a post. Called in the transaction that has just written the post, whose row is locked by that: so the
 * numbers follow each other. A state that is the one before it is not kept again, unless it was published. True when it
 * took the place of an autosaved one.
 */
export async function recordRevision(
  db: Db,
  post_id: number,
  kind: Kind,
  state: State,
  author_id: number | null,
): Promise<boolean> {
  const { title, body, body_format, tags } = state
  const details = JSON.stringify(state.details)
  const lost = kind === 'restored' ? undefined : await foldAutosaved(db, post_id, state, author_id)
  await sql`
    insert into post_revisions (post_id, number, kind, title, body, body_format, tags, details, author_id, lost)
    select ${post_id}, coalesce(max(number), 0) + 1, ${kind}, ${title}, ${body}, ${body_format}, ${tags},
        ${details}::text::jsonb, ${author_id}, ${lost ?? 0}
      from post_revisions where post_id = ${post_id}
      having ${kind} = 'published' or not exists (
        select from post_revisions as latest
          where latest.post_id = ${post_id} and latest.title = ${title} and latest.body = ${body}
            and latest.body_format = ${body_format} and latest.tags = ${tags} and latest.details = ${details}::text::jsonb
            and latest.number = (select max(number) from post_revisions where post_id = ${post_id}))`.execute(db)
  return lost !== undefined
}

/**
 * What a writer goes on with takes the place of what was autosaved on the way, so that ten minutes of writing are one
 * revision. All that goes with it are a few sentences: a text of which more was deleted or replaced stays, and so does one
 * with a name or one that somebody was shown beside their own. Answers how much went so far, or undefined.
 */
async function foldAutosaved(db: Db, post_id: number, state: State, author_id: number | null) {
  const latest = await db
    .selectFrom('post_revisions')
    .select(['id', 'kind', 'name', 'author_id', 'is_kept', 'lost', 'title', 'body', 'tags'])
    .select(sql<Partial<Details>>`details`.as('details'))
    .select(
      sql<boolean>`date_bin('10 minutes', created_at, timestamptz 'epoch')
        = date_bin('10 minutes', now(), timestamptz 'epoch')`.as('is_of_now'),
    )
    .where('post_id', '=', post_id)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!latest || latest.kind !== 'autosaved' || latest.name !== null || latest.author_id !== author_id) return undefined
  const gone = lostBetween(latest, state)
  const mayGo = gone === 0 || (latest.is_of_now && !latest.is_kept && latest.lost + gone <= mostLost)
  if (!mayGo) return undefined
  await db.deleteFrom('post_revisions').where('id', '=', latest.id).execute()
  const named = new Set(picturesIn(state))
  await forgetRevisionUses(
    db,
    post_id,
    picturesIn(latest).filter((key) => !named.has(key)),
  )
  return latest.lost + gone
}

function picturesIn({ body, details }: { body: string; details: Partial<Details> }): string[] {
  return pictureKeys(`${details.picture_url ?? ''} ${body}`)
}

/** Somebody is shown the latest state as the version beside their own: it stays, whoever saves what over it. */
export async function keepLatestRevision(db: Db, post_id: number): Promise<void> {
  await sql`
    update post_revisions set is_kept = true
      where post_id = ${post_id} and number = (select max(number) from post_revisions where post_id = ${post_id})`.execute(
    db,
  )
}

/**
 * The state of a post that was there before revisions were kept, such as an imported one. Later calls do nothing. Only
 * while the post has the version; it is locked.
 */
export async function recordFirstRevision(db: Db, post_id: number, version: number): Promise<void> {
  await sql`select from posts where id = ${post_id} for update`.execute(db)
  await sql`
    insert into post_revisions (post_id, number, kind, title, body, body_format, tags, details, author_id, created_at)
    select id, 1, case when published_at is null then 'saved' else 'published' end, title, body, body_format,
        ${tagsAsText}, ${storedDetails}, coalesce(updated_by, author_id), updated_at
      from posts where id = ${post_id} and version = ${version} and not exists (select from post_revisions where post_id = ${post_id})`.execute(
    db,
  )
}

/** Newest first, from below the number on. */
export async function listRevisions(db: Db, post_id: number, before?: number) {
  let query = db
    .selectFrom('post_revisions')
    .leftJoin('users', 'users.id', 'post_revisions.author_id')
    .select(['post_revisions.number', 'post_revisions.kind', 'post_revisions.name', 'post_revisions.created_at'])
    .select(['users.name as author_name'])
    .select(sql<number>`length(post_revisions.body)`.as('characters'))
    .where('post_revisions.post_id', '=', post_id)
    .orderBy('post_revisions.number', 'desc')
    .limit(revisionsOnPage + 1)
  if (before !== undefined) query = query.where('post_revisions.number', '<', before)
  const { rows, last } = pageOf(await query.execute(), revisionsOnPage)
  return { revisions: rows, next: last?.number }
}
export type ListedRevision = Awaited<ReturnType<typeof listRevisions>>['revisions'][number]

const sorts: Sorts = { id: { by: sql`post_revisions.number`, type: 'number' } }

type RevisionRow = ListedRevision & { id: number; title: string; body_format: string }

export async function listRevisionRows(db: Db, post_id: number, list: ListQuery) {
  const query = db
    .selectFrom('post_revisions')
    .leftJoin('users', 'users.id', 'post_revisions.author_id')
    .select(['post_revisions.number as id', 'post_revisions.kind', 'post_revisions.name', 'post_revisions.created_at'])
    .select(['post_revisions.title', 'post_revisions.body_format', 'users.name as author_name'])
    .select(sql<number>`length(post_revisions.body)`.as('characters'))
    .where('post_revisions.post_id', '=', post_id)
  return await listPage<RevisionRow>(query, sorts, list, '-id', sql`post_revisions.number`)
}

export async function findRevision(db: Db, post_id: number, number: number) {
  return await db
    .selectFrom('post_revisions')
    .leftJoin('users', 'users.id', 'post_revisions.author_id')
    .select(['post_revisions.number', 'post_revisions.kind', 'post_revisions.name', 'post_revisions.created_at'])
    .select(['post_revisions.title', 'post_revisions.body', 'post_revisions.body_format', 'post_revisions.tags'])
    .select(sql<Partial<Details>>`post_revisions.details`.as('details'))
    .select(['users.name as author_name'])
    .where('post_id', '=', post_id)
    .where('number', '=', number)
    .executeTakeFirst()
}
export type Revision = NonNullable<Awaited<ReturnType<typeof findRevision>>>

/** An empty name takes the name away. */
export async function nameRevision(db: Db, post_id: number, number: number, name: string): Promise<boolean> {
  const row = await db
    .updateTable('post_revisions')
    .set({ name: name === '' ? null : name })
    .where('post_id', '=', post_id)
    .where('number', '=', number)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** The number of the revision that was current at a real local time of the zone, or why there is none. */
export async function findRevisionAt(db: Db, post_id: number, at: string, zone: string) {
  // A minute lasts until the next: what was saved half a minute after nine is shown as of nine.
  const { rows } = await sql<Found>`
    select is_skipped, moment > now() as is_ahead, created_at >= until as is_before,
        (select number from post_revisions
          where post_id = posts.id and created_at < until order by number desc limit 1) as number
      from posts,
        (select *, date_trunc('minute', moment) + interval '1 minute' as until from ${momentIn(zone, at)} as read) as wanted
      where posts.id = ${post_id}`.execute(db)
  const [found] = rows
  if (found?.is_skipped) return 'skipped'
  if (found?.is_ahead) return 'ahead'
  if (!found || found.is_before) return 'before'
  return found.number ?? 'not kept'
}
type Found = { is_skipped: boolean; is_ahead: boolean; is_before: boolean; number: number | null }
