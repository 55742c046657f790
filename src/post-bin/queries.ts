import { sql } from 'kysely'
import type { Actor } from '../audit/queries.ts'
import type { Db } from '../db/pool.ts'
import { pageOf } from '../db/page-of.ts'
import { together } from '../db/together.ts'
import { momentOf, place } from '../post-states/queries.ts'
import { recordDeed } from '../posts/deeds.ts'
import { type Position, writePosition } from '../posts/post.ts'
import { forgetSchedule } from '../schedules/queries.ts'
import { forgetTitlePictures } from '../title-pictures/queries.ts'
import { binPageSize, daysInBin } from './bin.ts'

/** SQL: when a row of `post_bin` goes for good. */
export const goneAt = sql<Date>`post_bin.deleted_at + make_interval(days => ${sql.lit(daysInBin)})`

/** Out of sight at once, with its comments; it can be had back for thirty days. A second call changes nothing. */
export async function binPost(db: Db, id: number, actor: { id: number | null; ip: string | null }): Promise<void> {
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
    const binned = await takeOut(db, id)
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
    if (!(await takeOut(db, id))) return
    const { title } = await db.deleteFrom('posts').where('id', '=', id).returning('title').executeTakeFirstOrThrow()
    await forgetTitlePictures(db, [id])
    await recordDeed(db, 'post.removed', id, actor, title)
  })
}

/** Of two who want it, the second finds it gone: the post is locked before the bin is looked into. */
async function takeOut(db: Db, id: number) {
  await sql`select from posts where id = ${id} for update`.execute(db)
  return await db.deleteFrom('post_bin').where('post_id', '=', id).returning('published_at').executeTakeFirst()
}

/** A thousand at a time, so that no transaction holds many locks. Answers how many went. */
export async function removeOldFromBin(db: Db): Promise<number> {
  return await db.transaction().execute(async (db) => {
    const isOld = sql<boolean>`deleted_at < now() - make_interval(days => ${daysInBin})`
    // What somebody holds is being restored or removed.
    const held = await db
      .selectFrom('posts')
      .innerJoin('post_bin', 'post_bin.post_id', 'posts.id')
      .select('posts.id')
      .where(isOld)
      .orderBy('post_bin.deleted_at')
      .limit(1000)
      .forUpdate('posts')
      .skipLocked()
      .execute()
    const ids = held.map(({ id }) => id)
    if (ids.length === 0) return 0
    const taken = await db
      .deleteFrom('post_bin')
      .where('post_id', 'in', ids)
      .where(isOld)
      .returning('post_id')
      .execute()
    if (taken.length === 0) return 0
    const gone = taken.map(({ post_id }) => post_id)
    await sql`
      with gone as (delete from posts where id in (${sql.join(gone)}) returning id, title)
      insert into audit_events (action, subject_type, subject_id, description, origin)
        select 'post.removed', 'post', id, title, 'job' from gone`.execute(db)
    await forgetTitlePictures(db, gone)
    return gone.length
  })
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
