// What is gone for good: comments deleted long ago, spam that nobody took back, and what no guest confirmed.
import { type RawBuilder, sql } from 'kysely'
import { daysDeleted, daysOfSpam } from '../comments/comment.ts'
import type { Db } from '../db/pool.ts'

/** Answers how many went; nought when nothing is left to do. */
export async function removeDeletedComments(db: Db): Promise<number> {
  return await removeSome(
    db,
    sql`select id from comments
      where deleted_at < now() - make_interval(days => ${sql.lit(daysDeleted)}) and (body <> '' or guest_id is not null or not ${isAnswered})
      order by deleted_at`,
  )
}

/** Of anybody, old, and about which nothing happened for so long: what a moderator called spam today can be taken back. */
export async function removeSpam(db: Db): Promise<number> {
  return await removeSome(
    db,
    // The words of comments_queue_idx.
    sql`select id from comments
      where state = 'spam' and state <> 'approved' and deleted_at is null and created_at < ${before}
        and not exists (select from audit_events
          where subject_type = 'comment' and subject_id = comments.id and audit_events.created_at >= ${before})
      order by id`,
  )
}

/** Nobody confirmed them in time; nobody saw them. */
export async function removeUnconfirmed(db: Db): Promise<number> {
  return await removeSome(
    db,
    sql`select id from comments
      where state = 'waiting' and state <> 'approved' and held_for = 'unconfirmed' and created_at < now() - interval '3 days'
      order by id`,
  )
}

const before = sql`now() - make_interval(days => ${sql.lit(daysOfSpam)})`
const isAnswered = sql`exists (select from comments as answer where answer.parent_id = comments.id)`

/** What others answered keeps its place, without its text. A thousand at a time, so that no transaction holds many locks. */
async function removeSome(db: Db, old: RawBuilder<unknown>): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    with old as (${old} limit 1000 for update skip locked),
      emptied as (
        update comments set body = '', body_html = '', guest_id = null, version = version + 1, deleted_at = coalesce(deleted_at, created_at)
          where id in (select id from old) and ${isAnswered} returning id),
      forgotten as (delete from comment_versions where comment_id in (select id from emptied)),
      gone as (delete from comments where id in (select id from old) and not ${isAnswered} returning id)
    select (select count(*) from emptied) + (select count(*) from gone) as count`.execute(db)
  return Number(rows[0]?.count ?? 0)
}
