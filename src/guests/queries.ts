import { sql } from 'kysely'
import { recordEvent } from '../audit/queries.ts'
import { type Verdict } from '../comment-rules/rules.ts'
import { lockThreads } from '../comments/queries.ts'
import { enqueue } from '../db/enqueue.ts'
import type { Db } from '../db/pool.ts'
import { isPublic } from '../post-states/queries.ts'
import { hashToken, newToken } from '../sessions/session.ts'

/** What commenting has to know of a guest; undefined for one that is gone or was never confirmed. */
export async function findGuest(db: Db, id: number) {
  const shown = sql<boolean>`exists (select from comments
    where comments.guest_id = guests.id and comments.state = 'approved' and comments.deleted_at is null)`
  return await db
    .selectFrom('guests')
    .select(['id', 'name', shown.as('is_known')])
    .where('id', '=', id)
    .where('confirmed_at', 'is not', null)
    .executeTakeFirst()
}

/** A fresh link for a comment that still waits for it, and where to send it. */
export async function createGuestLink(db: Db, comment_id: number) {
  const { token, token_hash } = newToken()
  const { rows } = await sql<{ email: string; title: string }>`
    with unconfirmed as (
        select comments.id, guests.email, posts.title from comments
          join guests on guests.id = comments.guest_id join posts on posts.id = comments.post_id
          where comments.id = ${comment_id} and comments.held_for = 'unconfirmed' and comments.state = 'waiting'
            and comments.deleted_at is null),
      link as (
        insert into guest_links (token_hash, comment_id, expires_at)
          select ${token_hash}, id, now() + interval '2 days' from unconfirmed)
    select email, title from unconfirmed`.execute(db)
  return rows[0] && { token, ...rows[0] }
}

/** The comment that a link confirms or has confirmed, with its post while that is out. */
export async function findByLink(db: Db, token: string) {
  return await db
    .selectFrom('guest_links')
    .innerJoin('comments', 'comments.id', 'guest_links.comment_id')
    .innerJoin('posts', 'posts.id', 'comments.post_id')
    .select(['comments.id', 'comments.body', 'posts.slug as post_slug', 'posts.visibility', 'posts.published_at'])
    .select(['posts.author_id', 'posts.comments_are_open', 'comments.guest_id', 'comments.held_for'])
    .select(
      sql<boolean>`exists (select from users join guests on lower(users.email) = guests.email
        where guests.id = comments.guest_id and users.state = 'active' and users.email_confirmed_at is not null)`.as(
        'has_account',
      ),
    )
    .where('guest_links.token_hash', '=', hashToken(token))
    .where('guest_links.expires_at', '>', sql<Date>`now()`)
    .where('comments.deleted_at', 'is', null)
    .where('posts.kind', '=', 'post')
    .where(isPublic)
    .executeTakeFirst()
}
export type LinkedComment = NonNullable<Awaited<ReturnType<typeof findByLink>>>

/** Of two at once, one gets the guest; the other nothing. The link stays, to say so. */
export async function confirmGuest(db: Db, token: string, verdict: Verdict, ip: string): Promise<number | undefined> {
  return await db.transaction().execute(async (db) => {
    const link = await db
      .selectFrom('guest_links')
      .select('comment_id')
      .where('token_hash', '=', hashToken(token))
      .where('expires_at', '>', sql<Date>`now()`)
      .executeTakeFirst()
    if (!link) return undefined
    await lockThreads(db, [link.comment_id])
    const comment = await db
      .updateTable('comments')
      .set(verdict)
      .where('id', '=', link.comment_id)
      .where('held_for', '=', 'unconfirmed')
      .where('deleted_at', 'is', null)
      .returning('guest_id')
      .executeTakeFirst()
    if (!comment?.guest_id) return undefined
    await db
      .updateTable('guests')
      .set({ confirmed_at: sql`now()` })
      .where('id', '=', comment.guest_id)
      .execute()
    if (verdict.held_for === 'asked') await enqueue(db, 'check-comment', { comment_id: link.comment_id, tries: 0 })
    await recordEvent(db, {
      action: 'comment.confirmed',
      actor_id: null,
      client_ip: ip,
      subject: { type: 'comment', id: link.comment_id },
      details: verdict,
    })
    return comment.guest_id
  })
}

/** A thousand at a time. Answers how many went. */
export async function removeEndedLinks(db: Db): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from guest_links where token_hash in (
      select token_hash from guest_links where expires_at < now() order by expires_at limit 1000)`.execute(db)
  return Number(numAffectedRows ?? 0)
}

/**
 * Those of whom nothing is left, with their e-mail; they can come back as anybody. A thousand at a time. Answers how many
 * were looked at.
 */
export async function removeGuests(db: Db): Promise<number> {
  return await db.transaction().execute(async (db) => {
    const { rows } = await sql<{ id: number }>`
      select id from guests where created_at < now() - interval '3 days'
        and not exists (select from comments where comments.guest_id = guests.id)
      limit 1000 for update skip locked`.execute(db)
    if (rows.length === 0) return 0
    // A statement of its own: the first does not see what came while it looked, and nothing comes now.
    await sql`delete from guests where id in (${sql.join(rows.map(({ id }) => id))})
      and not exists (select from comments where comments.guest_id = guests.id)`.execute(db)
    return rows.length
  })
}
