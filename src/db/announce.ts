// What other processes are told after a commit. Within it, the announcement would hold a lock of the whole server until the
// disk has the commit, and writers would come one after another. See docs/decisions/0041.
import { sql } from 'kysely'
import type { Db } from './pool.ts'

type Announcing = { now: Promise<void>; next?: Promise<void> }

const underWay = new WeakMap<Db, Announcing>()

/**
 * SQL: for the transaction of this statement, triggers of comments leave their announcement and their job to
 * announceComments(), which is called after the commit.
 */
export const isAnnounced = sql`set_config('bloggy.is_announced', 'yes', true)`

/**
 * Settles when everybody listening is told of what was committed before the call. One at a time: who comes meanwhile shares the
 * next one. Should this process end before, others look by themselves, and a timetable asks for the job.
 */
export async function announceComments(db: Db): Promise<void> {
  const found = underWay.get(db)
  if (!found) {
    const announcing: Announcing = { now: Promise.resolve() }
    underWay.set(db, announcing)
    announcing.now = announce(db).finally(() => underWay.delete(db))
    return await announcing.now
  }
  found.next ??= found.now.then(
    () => announceComments(db),
    () => announceComments(db),
  )
  await found.next
}

/** Nothing here has to outlive a crash, so nobody waits for the disk. */
async function announce(db: Db): Promise<void> {
  await sql`
    select set_config('synchronous_commit', 'off', true), pg_notify('comments', ''),
      case when exists (select from comments_to_tell) then
        (graphile_worker.add_job('tell-of-comments', '{}'::json, max_attempts := 12, job_key := 'tell-of-comments')).id
      end`.execute(db)
}
