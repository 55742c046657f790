import { tagOf } from '../api/resource.ts'
import type { Db } from '../db/pool.ts'
import { notFound } from '../errors.ts'
import type { Visitor } from '../http/app.ts'
import { canModerate } from '../moderation/moderation.ts'
import { Comment, type CommentRow, levelOf, mayRead, shownComment } from './comment-resource.ts'
import { findCommentRow } from './queries.ts'

/** The comment, for those who may read its text. */
export async function requireComment(db: Db, visitor: Visitor | null, id: number) {
  const row = await findCommentRow(db, id, canModerate(visitor))
  if (!row || !mayRead(visitor, row)) throw notFound('comment')
  return row
}

/** The comment as this one sees it, with the name of its state. */
export function answerOf(origin: string, row: CommentRow, visitor: Visitor | null, only?: ReadonlySet<string>) {
  const shown = shownComment(row, visitor, origin)
  const level = levelOf(visitor, row)
  return { body: Comment.show(shown, level, only), etag: tagOf(Comment.show(shown, level)) }
}
