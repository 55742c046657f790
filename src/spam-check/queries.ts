import { sql } from 'kysely'
import { recordEvent } from '../audit/queries.ts'
import { lockThreads } from '../comments/queries.ts'
import { enqueue } from '../db/enqueue.ts'
import type { Db } from '../db/pool.ts'

/** What the service is told; undefined when the comment waits for no answer, or nobody is to be asked. */
export async function findToCheck(db: Db, id: number) {
  return await db
    .selectFrom('comments')
    .innerJoin('posts', 'posts.id', 'comments.post_id')
    .innerJoin('settings', (join) => join.on('settings.spam_check_address', '<>', ''))
    .leftJoin('users', 'users.id', 'comments.author_id')
    .leftJoin('guests', 'guests.id', 'comments.guest_id')
    .select([
      'comments.body',
      'comments.version',
      'comments.parent_id',
      'comments.created_at',
      'posts.slug as post_slug',
    ])
    .select(['settings.spam_check_address', 'settings.spam_check_key', 'settings.language'])
    .select([sql<string>`coalesce(users.name, guests.name, '')`.as('name'), 'guests.email'])
    .select(
      sql<string>`coalesce((select client_ip from audit_events where subject_type = 'comment'
        and subject_id = comments.id and action = 'comment.created' order by id limit 1), '')`.as('client_ip'),
    )
    .where('comments.id', '=', id)
    .where('comments.state', '=', 'waiting')
    .where('comments.held_for', '=', 'asked')
    .where('comments.deleted_at', 'is', null)
    .executeTakeFirst()
}
export type ToCheck = NonNullable<Awaited<ReturnType<typeof findToCheck>>>

/** What somebody decided meanwhile stays. A text that was changed meanwhile is asked about again. */
export async function keepVerdict(db: Db, id: number, version: number, to: 'approved' | 'spam'): Promise<void> {
  await db.transaction().execute(async (db) => {
    await lockThreads(db, [id])
    const row = await db
      .updateTable('comments')
      .set({ state: to })
      .where('id', '=', id)
      .where('version', '=', version)
      .where('state', '=', 'waiting')
      .where('held_for', '=', 'asked')
      .where('deleted_at', 'is', null)
      .returning('id')
      .executeTakeFirst()
    if (!row) return await enqueue(db, 'check-comment', { comment_id: id, tries: 0 })
    await recordEvent(db, {
      action: 'comment.checked',
      actor_id: null,
      client_ip: null,
      subject: { type: 'comment', id },
      details: { from: 'waiting', to },
    })
  })
}

export async function askAgain(db: Db, comment_id: number, tries: number, at: Date): Promise<void> {
  await enqueue(db, 'check-comment', { comment_id, tries }, { at, canWait: true })
}
