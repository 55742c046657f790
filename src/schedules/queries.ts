import { sql } from 'kysely'
import { enqueue } from '../db/enqueue.ts'
import type { Actor } from '../audit/queries.ts'
import type { Db } from '../db/pool.ts'
import { recordDeed } from '../posts/deeds.ts'
import { lockPost } from '../post-states/queries.ts'
import { yearsAhead } from './schedule.ts'

/** A draft, or a post that waits already, appears at this local time of the zone. A later call moves it. */
export async function schedulePost(
  db: Db,
  id: number,
  local: string,
  zone: string,
  actor: Actor,
): Promise<'scheduled' | 'skipped' | 'past' | 'too far' | 'out'> {
  return await db.transaction().execute(async (db) => {
    const post = await lockPost(db, id)
    if (!post || post.is_public) return 'out'
    const { rows } = await sql<Wanted>`
      select moment as appears_at, is_skipped, moment <= now() as is_past,
          moment > now() + make_interval(years => ${yearsAhead}) as is_far
        from ${momentIn(zone, local)} as wanted`.execute(db)
    const [wanted] = rows
    if (!wanted || wanted.is_skipped) return 'skipped'
    if (wanted.is_past) return 'past'
    if (wanted.is_far) return 'too far'
    const { appears_at } = wanted
    await db
      .updateTable('posts')
      .set({ published_at: appears_at, version: sql`version + 1` })
      .where('id', '=', id)
      .execute()
    await db
      .insertInto('scheduled_posts')
      .values({ post_id: id, appears_at, scheduled_by: actor.id })
      .onConflict((taken) => taken.column('post_id').doUpdateSet({ appears_at, scheduled_by: actor.id }))
      .execute()
    await enqueue(db, 'note-appearance', { post_id: id }, { at: appears_at, key: `note-appearance ${id}` })
    await recordDeed(db, 'post.scheduled', id, actor, post.title)
    return 'scheduled'
  })
}

type Wanted = {
  appears_at: Date
  is_skipped: boolean
  is_past: boolean
  is_far: boolean
}

/**
 * The line in the audit log for a post whose moment has come. Called too early, twice, or for a post that does not wait,
 * it does nothing. False when it was too early: the job has to come again.
 */
export async function noteAppearance(db: Db, post_id: number): Promise<boolean> {
  return await db.transaction().execute(async (db) => {
    const due = await db
      .deleteFrom('scheduled_posts')
      .where('post_id', '=', post_id)
      .where('appears_at', '<=', sql<Date>`now()`)
      .returning('scheduled_by')
      .executeTakeFirst()
    if (due) {
      const { title } = await db.selectFrom('posts').select('title').where('id', '=', post_id).executeTakeFirstOrThrow()
      await recordDeed(db, 'post.published', post_id, { id: due.scheduled_by, ip: null }, title)
      return true
    }
    const waiting = await db
      .selectFrom('scheduled_posts')
      .select('appears_at')
      .where('post_id', '=', post_id)
      .executeTakeFirst()
    return waiting === undefined
  })
}

/** When somebody publishes it at once, takes it off, or throws it away. */
export async function forgetSchedule(db: Db, post_id: number): Promise<void> {
  await db.deleteFrom('scheduled_posts').where('post_id', '=', post_id).execute()
}

/**
 * SQL: a table of one row, `moment` and `is_skipped`. PostgreSQL knows which moment a zone means by a time, and whether
 * clocks go forward over that time, so that it never is. Of a time that comes twice it is the second.
 */
export function momentIn(zone: string, local: string) {
  // As text: given as a timestamp, the driver would read it in the zone of the process.
  return sql`(
    select moment, moment at time zone ${zone} <> local as is_skipped
      from (select local, local at time zone ${zone} as moment from (select ${local}::text::timestamp as local) as typed) as read)`
}
