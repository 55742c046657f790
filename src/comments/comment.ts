import { Type, type Static } from 'typebox'
import { guestFields } from '../guests/guest.ts'
import type { Visitor } from '../http/app.ts'
import { holds, mayHandle } from '../permissions/permission.ts'

/** A deleted comment can be had back for so long, and is gone for good after that. */
export const daysDeleted = 30
/** Spam of anybody that nobody decided about for so long is gone for good. */
export const daysOfSpam = 30
/** Of one comment, the newest first. */
export const versionsShown = 100

/** Nobody types faster; a script that does has to wait. */
export const commentLimit = { most: 30, windowSeconds: 300 }
export const longestComment = 32_768

export const CommentForm = Type.Object({
  body: Type.String({ minLength: 1, maxLength: longestComment, pattern: '\\S' }),
  /** The id of the comment that this answers. */
  parent: Type.Optional(Type.String({ pattern: '^[1-9]\\d{0,14}$' })),
  version: Type.Optional(Type.String({ pattern: '^\\d{1,9}$' })),
  /** To be told by mail of answers, or of all comments on the post. */
  tell_thread: Type.Optional(Type.Literal('yes')),
  tell_post: Type.Optional(Type.Literal('yes')),
  submission_key: Type.Optional(Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' })),
  ...guestFields,
  /** When the form was made, signed. */
  mark: Type.Optional(Type.String({ maxLength: 100 })),
  /** Stays empty where a person fills the form in. */
  website: Type.Optional(Type.String({ maxLength: 1000 })),
})
export type CommentInput = Static<typeof CommentForm>

type Owned = { author_id: number | null }
type Dated = Owned & { created_at: Date }

export function canComment(visitor: Visitor | null): boolean {
  return holds(visitor, 'comment.create')
}

/** The author for `minutes` after writing it, nought for always; who may edit any at any time. */
export function canEdit(visitor: Visitor | null, comment: Dated, minutes: number, now: Date): boolean {
  if (!mayHandle(visitor, 'comment', 'edit', comment.author_id)) return false
  if (minutes === 0 || holds(visitor, 'comment.edit.any')) return true
  return comment.created_at.getTime() + minutes * 60_000 > now.getTime()
}

export function canDelete(visitor: Visitor | null, comment: Owned): boolean {
  return mayHandle(visitor, 'comment', 'delete', comment.author_id)
}

/** Who may delete any comment may have it back. */
export function canRestore(visitor: Visitor | null): boolean {
  return holds(visitor, 'comment.delete.any')
}

/** What a comment said before is for its author and for those who may change it. */
export function canSeeVersions(visitor: Visitor | null, comment: Owned): boolean {
  return mayHandle(visitor, 'comment', 'edit', comment.author_id)
}

type Doors = { comments_are_open: boolean; comments_close_after_days: number }

/** False where the blog takes no comments, the post does not, or the post is too old for them. */
export function takesComments(
  settings: Doors,
  post: { comments_are_open: boolean; published_at: Date | null },
  now: Date,
): boolean {
  if (!settings.comments_are_open || !post.comments_are_open) return false
  const end = closesAt(settings, post)
  return end === undefined || end > now
}

/** When a post is too old for comments; undefined where none is. */
export function closesAt(
  { comments_close_after_days: days }: Pick<Doors, 'comments_close_after_days'>,
  post: { published_at: Date | null },
): Date | undefined {
  return days === 0 ? undefined : new Date((post.published_at?.getTime() ?? 0) + days * dayMs)
}

const dayMs = 86_400_000

const mostQuoted = 2000

/** The beginning of a text for somebody to answer it, as Markdown. */
export function quoteOf(body: string): string {
  const letters = Array.from(body.trim())
  const shown = letters.length > mostQuoted ? `${letters.slice(0, mostQuoted).join('').trimEnd()} …` : letters.join('')
  const lines = shown.split(/\r\n|\r|\n/).map((line) => (line === '' ? '>' : `> ${line}`))
  return `${lines.join('\n')}\n\n`
}
