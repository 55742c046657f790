// Comments as programs see them.
import { Type } from 'typebox'
import { Id, type Level, Moment, field, orNull, resource } from '../api/resource.ts'
import { canDelete, canEdit, canRestore } from '../comments/comment.ts'
import type { Visitor } from '../http/app.ts'
import { renderPlain } from '../markdown/plain.ts'
import { canModerate } from '../moderation/moderation.ts'
import { paths } from '../paths.ts'
import { canFind, canOpen, canRead } from '../posts/post.ts'

export const commentStates = ['approved', 'waiting', 'hidden', 'spam'] as const

const Commenter = Type.Object(
  { slug: orNull(Type.String()), name: Type.String() },
  { title: 'Commenter', additionalProperties: false, description: 'A guest has no `slug`.' },
)
const CommentedPost = Type.Object(
  { id: Id, slug: Type.String(), title: Type.String() },
  { additionalProperties: false },
)

export const Comment = resource('Comment', {
  id: field('public', Id),
  post: field('public', CommentedPost),
  parent_id: field('public', orNull(Id), 'The comment that this answers.'),
  url: field('public', Type.String({ format: 'uri' })),
  author: field('public', orNull(Commenter)),
  is_removed: field('public', Type.Boolean(), 'Only its place is kept, since it was answered: no text and no author.'),
  html: field('public', Type.String(), 'The text as readers get it.'),
  body: field('own', Type.String(), 'The text as it was written, in its `format`.'),
  format: field('own', Type.Enum(['markdown', 'plain'])),
  state: field('own', Type.Enum([...commentStates])),
  held_for: field('staff', orNull(Type.String()), 'Why it was held: the rule that did it.'),
  guest_email: field('staff', orNull(Type.String())),
  client_ip: field('staff', orNull(Type.String())),
  report_count: field('staff', Type.Integer(), 'Reports that nobody has settled.'),
  created_at: field('public', Moment),
  edited_at: field('public', orNull(Moment)),
  deleted_at: field('own', orNull(Moment)),
  version: field('own', Type.Integer(), 'One more with every change of the text.'),
})

export const CommentVersion = resource('CommentVersion', {
  id: field('own', Type.Integer(), 'The `version` that had this text.'),
  body: field('own', Type.String()),
  replaced_at: field('own', Moment),
  replaced_by: field('own', orNull(Type.String()), 'A name.'),
})

export type CommentRow = {
  id: number
  post_id: number
  post_slug: string
  post_title: string
  post_visibility: string
  post_author_id: number | null
  post_co_authors: { id: number }[]
  author_id: number | null
  author: { slug: string | null; name: string } | null
  body: string
  body_format: string
  body_html: string
  created_at: Date
  deleted_at: Date | null
  may_come_back: boolean
  held_for: string | null
  shown: string
}

export function postOf({ post_author_id, post_visibility, post_co_authors }: CommentRow) {
  return { author_id: post_author_id, visibility: post_visibility, co_authors: post_co_authors }
}

/** What somebody may read of it is all of it; its place alone is for whoever reads the page of the post. */
export function mayRead(visitor: Visitor | null, row: CommentRow): boolean {
  // What nobody confirmed is nobody's yet.
  if (row.held_for === 'unconfirmed') return false
  if (!canOpen(visitor, postOf(row)) || !canRead(visitor, postOf(row))) return false
  if (!canFind(visitor, postOf(row)) && !isTheirs(visitor, row)) return false
  if (row.shown === 'whole') return true
  if (row.deleted_at) return row.may_come_back && canRestore(visitor)
  return canModerate(visitor) || isTheirs(visitor, row)
}

function isTheirs(visitor: Visitor | null, row: CommentRow): boolean {
  return canEdit(visitor, row, 0, new Date()) || canDelete(visitor, row)
}

export function levelOf(visitor: Visitor | null, row: CommentRow): Level {
  if (!mayRead(visitor, row)) return 'public'
  return canModerate(visitor) ? 'staff' : isTheirs(visitor, row) ? 'own' : 'public'
}

/** The row with what is worked out of it for this visitor. */
export function shownComment(row: CommentRow, visitor: Visitor | null, origin: string) {
  const isWhole = mayRead(visitor, row)
  const html = row.body_format === 'plain' ? renderPlain(row.body).html : row.body_html
  return {
    ...row,
    post: { id: row.post_id, slug: row.post_slug, title: row.post_title },
    url: origin + paths.comment(row.post_slug, row.id),
    author: isWhole ? row.author : null,
    is_removed: !isWhole || row.deleted_at !== null,
    html: isWhole ? html : '',
    format: row.body_format,
    level: levelOf(visitor, row),
  }
}
