import { sql } from 'kysely'
import type { Actor } from '../audit/queries.ts'
import type { Db } from '../db/pool.ts'
import { pageOf } from '../db/page-of.ts'
import { together } from '../db/together.ts'
import { isBinned, momentOf, place } from '../posts/conditions.ts'
import { recordDeed } from '../posts/deeds.ts'
import { type Position, writePosition } from '../posts/post.ts'
import { forgetSchedule } from '../schedules/queries.ts'
import { binPageSize, daysInBin } from './bin.ts'

/** SQL: when a row of `post_bin` goes for good. */
export const goneAt = sql<Date>`post_bin.deleted_at + make_interval(days => ${sql.lit(daysInBin)})`

/** Out of sight at once, with its comments; it can be had back for thirty days. A second call changes nothing. */
export async function binPost(db: Db, id: number, actor: Actor): Promise<void> {
  await together(db, async (db) => {
    const row = await db
      .selectFrom('posts')
      .select('title')
      // One that waits for its moment comes back as a draft: the moment may have passed by then.
      .select(sql<Date | null>`case when published_at <= now() then published_at end`.as('published_at'))
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst()
    if (!row) return
    const binned = await db
      .insertInto('post_bin')
      .values({ post_id: id, published_at: row.published_at, deleted_by: actor.id })
      .onConflict((taken) => taken.doNothing())
      .returning('post_id')
      .executeTakeFirst()
    if (!binned) return
    await db
      .updateTable('posts')
      .set({ published_at: null, version: sql`version + 1` })
      .where('id', '=', id)
      .execute()
    await forgetSchedule(db, id)
    await recordDeed(db, 'post.deleted', id, actor, row.title)
  })
}

/** As it was: a published post is out again, with the date it had. */
export async function restorePost(db: Db, id: number, actor: Actor): Promise<void> {
  await together(db, async (db) => {
    const binned = await db
      .deleteFrom('post_bin')
      .where('post_id', '=', id)
      .returning('published_at')
      .executeTakeFirst()
    if (!binned) return
    const { title } = await db
      .updateTable('posts')
      .set({ published_at: binned.published_at, version: sql`version + 1` })
      .where('id', '=', id)
      .returning('title')
      .executeTakeFirstOrThrow()
    await recordDeed(db, 'post.undeleted', id, actor, title)
  })
}

/** For good, with its comments and revisions; only what is in the bin. */
export async function removePost(db: Db, id: number, actor: Actor): Promise<void> {
  await db.transaction().execute(async (db) => {
    const row = await db.deleteFrom('posts').where('id', '=', id).where(isBinned).returning('title').executeTakeFirst()
    if (row) await recordDeed(db, 'post.removed', id, actor, row.title)
  })
}

/** A thousand at a time, so that no transaction holds many locks. Answers how many went. */
export async function removeOldFromBin(db: Db): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    with old as (
        select post_id from post_bin where deleted_at < now() - make_interval(days => ${daysInBin})
          order by deleted_at limit 1000),
      gone as (delete from posts where id in (select post_id from old) returning id, title),
      noted as (insert into audit_events (action, subject_type, subject_id, description)
        select 'post.removed', 'post', id, title from gone)
    select id from gone`.execute(db)
  return rows.length
}

/** Deleted last first, from below the position on; of one author, or of everybody. */
export async function listBin(db: Db, author_id: number | null, before?: Position) {
  let query = db
    .selectFrom('post_bin')
    .innerJoin('posts', 'posts.id', 'post_bin.post_id')
    .leftJoin('users as deleters', 'deleters.id', 'post_bin.deleted_by')
    .select(['posts.id', 'posts.title', 'posts.author_id', 'post_bin.deleted_at', 'post_bin.published_at'])
    .select('deleters.name as deleted_by_name')
    .select([goneAt.as('gone_at'), momentOf('post_bin.deleted_at').as('moment')])
    .orderBy('post_bin.deleted_at', 'desc')
    .orderBy('posts.id', 'desc')
    .limit(binPageSize + 1)
  if (author_id !== null) query = query.where('posts.author_id', '=', author_id)
  if (before) query = query.where(sql<boolean>`(post_bin.deleted_at, posts.id) < ${place(before)}`)
  const { rows, last } = pageOf(await query.execute(), binPageSize)
  return { posts: rows, next: last && writePosition(last) }
}
export type BinnedPost = Awaited<ReturnType<typeof listBin>>['posts'][number]

export async function findInBin(db: Db, id: number) {
  return await db
    .selectFrom('post_bin')
    .innerJoin('posts', 'posts.id', 'post_bin.post_id')
    .select(['posts.id', 'posts.slug', 'posts.author_id', 'post_bin.published_at'])
    .where('posts.id', '=', id)
    .executeTakeFirst()
}
