import { sql } from 'kysely'
import { type Actor, recordEvent } from '../audit/queries.ts'
import { type Found, banOf } from '../bans/queries.ts'
import { compiledWrite } from '../db/compiled.ts'
import { announceComments } from '../db/announce.ts'
import { enqueue } from '../db/enqueue.ts'
import { onceMore } from '../db/once-more.ts'
import { pageOf } from '../db/page-of.ts'
import type { Db } from '../db/pool.ts'
import { conflict, tooMany } from '../errors.ts'
import { plainAddress } from '../http/network-address.ts'
import { counting, keyOf, networkOf } from '../limits/queries.ts'
import { renderIn } from '../markdown/formats.ts'
import { noSurroundings } from '../markdown/surroundings.ts'
import { coAuthors, isPublic, place } from '../post-states/queries.ts'
import type { Verdict } from '../comment-rules/rules.ts'
import { type Writer, insertComment } from '../new-comments/queries.ts'
import type { Position } from '../posts/post.ts'
import { hashToken } from '../sessions/session.ts'
import { subscribe } from '../subscriptions/queries.ts'
import { text } from '../texts/texts.ts'
import { type CommentInput, commentLimit, daysDeleted, versionsShown } from './comment.ts'

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
  const submission_key = input.submission_key ?? null
  const wish = { ofThread: input.tell_thread === 'yes', ofPost: input.tell_post === 'yes' }
  const isWished = wish.ofThread || wish.ofPost
  const parent = input.parent === undefined ? undefined : Number(input.parent)
  const write = async (db: Db) => {
    const { id, guest_id } = await insertComment(db, { post_id, parent, ...text, ...verdict, submission_key }, writer)
    if (id === null) {
      // Nobody has this guest.
      if (writer.guest && guest_id !== null) await db.deleteFrom('guests').where('id', '=', guest_id).execute()
      return await findSubmitted(db, submission_key, post_id, writer)
    }
    if (isWished && writer.id !== null) await subscribe(db, { user_id: writer.id }, id, wish)
    else if (isWished && guest_id !== null) await subscribe(db, { guest_id }, id, wish)
    return id
  }
  // One statement is a transaction already.
  const id = isWished && !db.isTransaction ? await db.transaction().execute(write) : await write(db)
  // It is written: who hears of it late finds it by looking.
  if (!db.isTransaction && verdict.state === 'approved') await announceComments(db).catch(() => {})
  return id
}

/** Guests take turns by their networks, beside the accounts. */
function turnOf(ip: string): number {
  return -1 - hashToken(networkOf(ip)).readUInt32BE(0)
}

/** A text with its HTML, as it is kept. */
export async function renderComment(body: string, account: number) {
  const { html } = await renderIn('comment', body, noSurroundings, { purpose: 'save', account })
  return { body, body_format: 'markdown', body_html: html }
}
export type RenderedComment = Awaited<ReturnType<typeof renderComment>>

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

/**
 * Counts a comment of an account, and answers what else it depends on, in one statement: the ban, and whether something is
 * shown that it said here, besides `changing`. Throws `too_many`.
 */
export async function countComment(db: Db, user_id: number, ip: string, changing?: number) {
  const { windowSeconds, most } = commentLimit
  const key = keyOf('comment', String(user_id))
  const values = { key, windowSeconds, user_id, address: plainAddress(ip), changing: changing ?? null }
  // One that counts twice harms nobody.
  const [row] = await onceMore(
    () => countedComment(db, values),
    () => !db.isTransaction,
  )
  if (!row) throw new Error('A counted try gives one row.')
  const { count, wait, is_known: isKnown, reason, expires_at } = row
  if (count > most) throw tooMany(wait)
  return { isKnown, ban: row.ban ? { reason, expires_at } : undefined }
}

type Counting = {
  key: string
  windowSeconds: number
  user_id: number
  address: string | null
  changing: number | null
}
type Counted = { count: number; wait: number; is_known: boolean; ban: boolean | null } & Found

const countedComment = compiledWrite(
  (_, { key, windowSeconds, user_id, address, changing }: Counting) => sql<Counted>`
    with counted as (${counting(key, windowSeconds)})
    select counted.count, counted.wait, ban.is_there as ban, ban.reason, ban.expires_at,
        exists (select from comments where author_id = ${user_id}::bigint and state = 'approved' and deleted_at is null
          and id is distinct from ${changing}::bigint) as is_known
      from counted left join lateral (
        select true as is_there, found.* from (${banOf({ user_id, guest_id: null, address })}) as found) as ban on true`,
)

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
