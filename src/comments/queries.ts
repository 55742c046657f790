import { sql } from 'kysely'
import { type Actor, recordEvent } from '../audit/queries.ts'
import { enqueue } from '../db/enqueue.ts'
import { pageOf } from '../db/page-of.ts'
import type { Db } from '../db/pool.ts'
import { lastLevel } from '../discussions/discussion.ts'
import { conflict } from '../errors.ts'
import type { NewGuest } from '../guests/guest.ts'
import { networkOf } from '../limits/queries.ts'
import { renderIn } from '../markdown/formats.ts'
import { noSurroundings } from '../markdown/surroundings.ts'
import { coAuthors, isPublic, place } from '../post-states/queries.ts'
import type { Verdict } from '../comment-rules/rules.ts'
import type { Position } from '../posts/post.ts'
import { hashToken } from '../sessions/session.ts'
import { subscribe } from '../subscriptions/queries.ts'
import { text } from '../texts/texts.ts'
import { type CommentInput, daysDeleted, versionsShown } from './comment.ts'

/** The comment with its post, while that is published; who may open the post is canOpen()'s to say. */
export async function findComment(db: Db, id: number) {
  return await db
    .selectFrom('comments')
    .innerJoin('posts', 'posts.id', 'comments.post_id')
    .select(['comments.id', 'comments.body', 'comments.body_format', 'comments.body_html', 'comments.author_id'])
    .select(['comments.version', 'comments.created_at', 'comments.edited_at', 'comments.state', 'comments.shown'])
    .select(['comments.deleted_at', 'comments.post_id'])
    .select(['posts.slug as post_slug', 'posts.title as post_title', 'posts.visibility as post_visibility'])
    .select(['posts.author_id as post_author_id', coAuthors.as('post_co_authors')])
    .where('comments.id', '=', id)
    // Pages have no comments.
    .where('posts.kind', '=', 'post')
    .where(isPublic)
    .executeTakeFirst()
}
export type FoundComment = NonNullable<Awaited<ReturnType<typeof findComment>>>

/** `rendered` is of whoever has it already, as those who write within a transaction must: rendering takes its time. */
type Written = Pick<CommentInput, 'body' | 'parent' | 'submission_key' | 'tell_thread' | 'tell_post'> & {
  rendered?: RenderedComment
}

/**
 * Called twice with one submission key, it answers the comment of the first call. Throws `conflict` when the comment that
 * this answers is not to be read any more, and as renderIn().
 */
export async function createComment(
  db: Db,
  post_id: number,
  input: Written,
  writer: Writer,
  verdict: Verdict = { state: 'approved', held_for: null },
): Promise<number> {
  const text = input.rendered ?? (await renderComment(input.body, writer.id ?? turnOf(writer.ip)))
  return await db.transaction().execute(async (db) => {
    const submission_key = input.submission_key ?? null
    const guest_id = writer.guest ? await insertGuest(db, writer.guest) : (writer.guest_id ?? null)
    const columns = { post_id, ...text, ...verdict, author_id: writer.id, guest_id, submission_key }
    const row =
      input.parent === undefined
        ? await db
            .insertInto('comments')
            .values(columns)
            .onConflict((taken) => taken.column('submission_key').doNothing())
            .returning('id')
            .executeTakeFirst()
        : await insertReply(db, Number(input.parent), columns)
    if (!row) {
      // Nobody has this guest.
      if (writer.guest && guest_id !== null) await db.deleteFrom('guests').where('id', '=', guest_id).execute()
      return await findSubmitted(db, submission_key, post_id, writer)
    }
    const wish = { ofThread: input.tell_thread === 'yes', ofPost: input.tell_post === 'yes' }
    if (writer.id !== null) await subscribe(db, { user_id: writer.id }, row.id, wish)
    else if (guest_id !== null) await subscribe(db, { guest_id }, row.id, wish)
    await record(db, 'comment.created', row.id, writer, verdict.held_for ? verdict : {})
    if (verdict.held_for === 'asked') await enqueue(db, 'check-comment', { comment_id: row.id, tries: 0 })
    if (verdict.held_for === 'unconfirmed') await enqueue(db, 'send-guest-confirmation', { comment_id: row.id })
    return row.id
  })
}

/** An account; or a guest who is known by a cookie, or has just filled in the form. */
export type Writer = { id: number | null; ip: string; guest_id?: number; guest?: NewGuest }

/** Guests take turns by their networks, beside the accounts. */
function turnOf(ip: string): number {
  return -1 - hashToken(networkOf(ip)).readUInt32BE(0)
}

async function insertGuest(db: Db, guest: NewGuest): Promise<number> {
  return (await db.insertInto('guests').values(guest).returning('id').executeTakeFirstOrThrow()).id
}

/** A text with its HTML, as it is kept. */
export async function renderComment(body: string, account: number) {
  const { html } = await renderIn('comment', body, noSurroundings, { purpose: 'save', account })
  return { body, body_format: 'markdown', body_html: html }
}
type RenderedComment = Awaited<ReturnType<typeof renderComment>>

type Reply = {
  post_id: number
  body: string
  body_format: string
  body_html: string
  author_id: number | null
  guest_id: number | null
  submission_key: string | null
} & Verdict

async function insertReply(db: Db, parent: number, reply: Reply): Promise<{ id: number } | undefined> {
  const { post_id, body, body_format, body_html, author_id, guest_id, submission_key, state, held_for } = reply
  // Whoever deletes the answered comment takes the same lock: one of the two sees what the other did.
  await lockThreads(db, [parent])
  const { rows } = await sql<{ id: number }>`
    insert into comments (id, post_id, parent_id, root_id, root_at, path, author_id, body, body_format, body_html,
        submission_key, state, held_for, guest_id)
      select own.id, answered.post_id, answered.id, coalesce(answered.root_id, answered.id),
          coalesce(answered.root_at, answered.created_at),
          substring(answered.path from 1 for ${sql.lit((lastLevel - 1) * 8)}) || int8send(own.id),
          ${author_id}::bigint, ${body}, ${body_format}, ${body_html}, ${submission_key}::uuid,
          ${state}, ${held_for}::text, ${guest_id}::bigint
        from comments as answered,
          (select nextval(pg_get_serial_sequence('public.comments', 'id')) as id) as own
        where answered.id = ${parent} and answered.post_id = ${post_id} and answered.shown = 'whole'
      on conflict (submission_key) do nothing
      returning id`.execute(db)
  return rows[0]
}

/** The first lock of everything that changes what is shown of a thread: no two wait for each other in a circle. */
export async function lockThreads(db: Db, ids: number[]): Promise<void> {
  const roots = sql`select coalesce(root_id, id) from comments where id in (${sql.join(ids)})`
  await sql`select from comments where id in (${roots}) order by id for no key update`.execute(db)
}

/** Of the same post and writer alone: a key is no secret. Who is a guest anew is known by what was typed. */
async function findSubmitted(db: Db, key: string | null, post_id: number, writer: Writer): Promise<number> {
  const query = db
    .selectFrom('comments')
    .leftJoin('guests', 'guests.id', 'comments.guest_id')
    .select(['comments.id', 'comments.post_id', 'comments.author_id', 'comments.guest_id'])
    .select(['guests.name as guest_name', 'guests.email as guest_email'])
    .where('submission_key', '=', key)
  const row = key === null ? undefined : await query.executeTakeFirst()
  if (!row) throw conflict(text('comments.answeredIsGone'))
  const { guest } = writer
  const isOwn = guest
    ? row.guest_name === guest.name && row.guest_email === guest.email
    : row.author_id === writer.id && row.guest_id === (writer.guest_id ?? null)
  if (row.post_id !== post_id || !isOwn) throw conflict(text('comments.formWasUsed'))
  return row.id
}

/**
 * What it said before is kept. False when the comment was changed since `version`, or is gone. A verdict can put aside
 * what is shown, and shows nothing that was put aside.
 */
export async function updateComment(
  db: Db,
  id: number,
  version: number,
  body: string,
  actor: Actor,
  verdict: Verdict = { state: 'approved', held_for: null },
  rendered?: RenderedComment,
): Promise<boolean> {
  const columns = rendered ?? (await renderComment(body, actor.id))
  return await db.transaction().execute(async (db) => {
    await lockThreads(db, [id])
    const before = await db
      .selectFrom('comments')
      .select(['body', 'body_format', 'state', 'held_for'])
      .where('id', '=', id)
      .where('version', '=', version)
      .where('deleted_at', 'is', null)
      .forNoKeyUpdate()
      .executeTakeFirst()
    if (!before) return false
    if (before.body === body) return true
    const { state, held_for, ...said } = before
    await db
      .insertInto('comment_versions')
      .values({ comment_id: id, number: version, ...said, replaced_by: actor.id })
      .execute()
    const isWorse = isStricter(verdict, { state, held_for })
    await db
      .updateTable('comments')
      .set({ ...columns, ...(isWorse && verdict), version: sql`version + 1`, edited_at: sql`now()` })
      .where('id', '=', id)
      .execute()
    await record(db, 'comment.changed', id, actor, isWorse ? verdict : {})
    if (isWorse && verdict.held_for === 'asked') await enqueue(db, 'check-comment', { comment_id: id, tries: 0 })
    return true
  })
}

const strictness = ['approved', 'waiting', 'hidden', 'spam']

/** What waits for a person waits longer than what a service may show. */
function isStricter(verdict: Verdict, is: { state: string; held_for: string | null }): boolean {
  if (verdict.state === 'waiting' && is.state === 'waiting')
    return is.held_for === 'asked' && verdict.held_for !== 'asked'
  return strictness.indexOf(verdict.state) > strictness.indexOf(is.state)
}

/** The newest first, without the text that stands now. */
export async function listVersions(db: Db, comment_id: number) {
  return await db
    .selectFrom('comment_versions')
    .leftJoin('users', 'users.id', 'comment_versions.replaced_by')
    .select(['comment_versions.number', 'comment_versions.body', 'comment_versions.replaced_at'])
    .select('users.name as replaced_by_name')
    .where('comment_id', '=', comment_id)
    .orderBy('number', 'desc')
    .limit(versionsShown)
    .execute()
}
export type CommentVersion = Awaited<ReturnType<typeof listVersions>>[number]

/** Out of sight at once; its place is kept while an answer is to be read. A second call changes nothing. */
export async function deleteComment(db: Db, id: number, actor: Actor): Promise<void> {
  await db.transaction().execute(async (db) => {
    await lockThreads(db, [id])
    const row = await db
      .updateTable('comments')
      .set({ deleted_at: sql`now()` })
      .where('id', '=', id)
      .where('deleted_at', 'is', null)
      .returning('author_id')
      .executeTakeFirst()
    if (row) await record(db, 'comment.deleted', id, actor, { author_id: row.author_id })
  })
}

/** True for who has said something here that is shown, besides `changing`. */
export async function isKnownHere(db: Db, author_id: number, changing?: number): Promise<boolean> {
  let query = db.selectFrom('comments').select('id').where('author_id', '=', author_id)
  if (changing !== undefined) query = query.where('id', '<>', changing)
  const row = await query.where('state', '=', 'approved').where('deleted_at', 'is', null).limit(1).executeTakeFirst()
  return row !== undefined
}

const mayComeBack = sql<boolean>`comments.deleted_at > now() - make_interval(days => ${sql.lit(daysDeleted)})`

/** Where it was, in the state it had. False when it was not deleted, or too long ago. */
export async function restoreComment(db: Db, id: number, actor: Actor): Promise<boolean> {
  return await db.transaction().execute(async (db) => {
    await lockThreads(db, [id])
    const row = await db
      .updateTable('comments')
      .set({ deleted_at: null })
      .where('id', '=', id)
      .where(mayComeBack)
      .returning('id')
      .executeTakeFirst()
    if (row) await record(db, 'comment.restored', id, actor)
    return row !== undefined
  })
}

const deletedOnPage = 50

/** The last deleted first; those that can be had back, under posts that are out. */
export async function listDeletedComments(db: Db, before?: Position) {
  let query = db
    .selectFrom('comments')
    .innerJoin('posts', 'posts.id', 'comments.post_id')
    .leftJoin('users', 'users.id', 'comments.author_id')
    .select(['comments.id', 'comments.deleted_at', 'users.name as author_name'])
    .select(sql<string>`left(comments.body, 500)`.as('beginning'))
    .select(['posts.slug as post_slug', 'posts.title as post_title', 'posts.visibility as post_visibility'])
    .select(['posts.author_id as post_author_id', coAuthors.as('post_co_authors')])
    .select(sql<number>`(extract(epoch from comments.deleted_at) * 1000000)::bigint`.as('moment'))
    .where(mayComeBack)
    .where('posts.kind', '=', 'post')
    .where(isPublic)
    .orderBy('comments.deleted_at', 'desc')
    .orderBy('comments.id', 'desc')
    .limit(deletedOnPage + 1)
  if (before) query = query.where(sql<boolean>`(comments.deleted_at, comments.id) < ${place(before)}`)
  const { rows, last } = pageOf(await query.execute(), deletedOnPage)
  return { comments: rows, next: last && { moment: last.moment, id: last.id } }
}
export type DeletedComment = Awaited<ReturnType<typeof listDeletedComments>>['comments'][number]

async function record(
  db: Db,
  action: string,
  id: number,
  actor: Pick<Writer, 'id' | 'ip'>,
  details = {},
): Promise<void> {
  await recordEvent(db, { action, actor_id: actor.id, client_ip: actor.ip, subject: { type: 'comment', id }, details })
}
