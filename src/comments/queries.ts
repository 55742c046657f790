import { sql } from 'kysely'
import { type Actor, recordEvent } from '../audit/queries.ts'
import { compiled } from '../db/compiled.ts'
import type { Db } from '../db/pool.ts'
import { pageOf } from '../db/page-of.ts'
import { conflict } from '../errors.ts'
import { coAuthors, isPublic } from '../post-states/queries.ts'
import { type CommentInput, pageSize } from './comment.ts'

function ofPost(db: Db, post_id: number) {
  return db
    .selectFrom('comments')
    .leftJoin('users', 'users.id', 'comments.author_id')
    .select(['comments.id', 'comments.body', 'comments.created_at', 'comments.edited_at', 'comments.author_id'])
    .select(['users.name as author_name', 'users.slug as author_slug'])
    .where('comments.post_id', '=', post_id)
    .orderBy('comments.id', 'desc')
    .limit(sql.lit(pageSize + 1))
}

const newest = compiled((db, { post_id }: { post_id: number }) => ofPost(db, post_id))
const older = compiled((db, { post_id, before }: { post_id: number; before: number }) =>
  ofPost(db, post_id).where('comments.id', '<', before),
)

export type ListedComment = Awaited<ReturnType<typeof newest>>[number]
export type CommentPage = { comments: ListedComment[]; next: number | undefined }

/** Newest first, a page from the comment `before` on. */
export async function listComments(db: Db, post_id: number, before?: number): Promise<CommentPage> {
  const rows = before ? await older(db, { post_id, before }) : await newest(db, { post_id })
  const { rows: comments, last } = pageOf(rows, pageSize)
  return { comments, next: last?.id }
}

/** The comment with its post, while that is published; who may open the post is canOpen()'s to say. */
export async function findComment(db: Db, id: number) {
  return await db
    .selectFrom('comments')
    .innerJoin('posts', 'posts.id', 'comments.post_id')
    .select(['comments.id', 'comments.body', 'comments.author_id', 'comments.version'])
    .select(['posts.slug as post_slug', 'posts.title as post_title', 'posts.visibility as post_visibility'])
    .select(['posts.author_id as post_author_id', coAuthors.as('post_co_authors')])
    .where('comments.id', '=', id)
    // Pages have no comments.
    .where('posts.kind', '=', 'post')
    .where(isPublic)
    .executeTakeFirst()
}
export type FoundComment = NonNullable<Awaited<ReturnType<typeof findComment>>>

/** Called twice with one submission key, it answers the comment of the first call. */
export async function createComment(db: Db, post_id: number, input: CommentInput, actor: Actor): Promise<number> {
  return await db.transaction().execute(async (db) => {
    const row = await db
      .insertInto('comments')
      .values({ post_id, author_id: actor.id, body: input.body, submission_key: input.submission_key ?? null })
      .onConflict((taken) => taken.column('submission_key').doNothing())
      .returning('id')
      .executeTakeFirst()
    if (!row) return await findSubmitted(db, input.submission_key ?? '', actor.id)
    await record(db, 'comment.created', row.id, actor)
    return row.id
  })
}

async function findSubmitted(db: Db, key: string, author_id: number): Promise<number> {
  const query = db
    .selectFrom('comments')
    .select('id')
    .where('submission_key', '=', key)
    .where('author_id', '=', author_id)
  const row = await query.executeTakeFirst()
  if (!row) throw conflict('This form was already used. Please open the page again.')
  return row.id
}

/** False when the comment was changed since `version`, or is gone. */
export async function updateComment(db: Db, id: number, version: number, body: string, actor: Actor): Promise<boolean> {
  return await db.transaction().execute(async (db) => {
    const row = await db
      .updateTable('comments')
      .set({ body, version: sql`version + 1`, edited_at: sql`now()` })
      .where('id', '=', id)
      .where('version', '=', version)
      .returning('id')
      .executeTakeFirst()
    if (row) await record(db, 'comment.changed', id, actor)
    return row !== undefined
  })
}

export async function deleteComment(db: Db, id: number, actor: Actor): Promise<void> {
  await db.transaction().execute(async (db) => {
    const row = await db.deleteFrom('comments').where('id', '=', id).returning('author_id').executeTakeFirst()
    if (row) await record(db, 'comment.deleted', id, actor, { author_id: row.author_id })
  })
}

async function record(db: Db, action: string, id: number, actor: Actor, details = {}): Promise<void> {
  await recordEvent(db, { action, actor_id: actor.id, client_ip: actor.ip, subject: { type: 'comment', id }, details })
}
