import { Type, type Static } from 'typebox'
import type { Visitor } from '../http/app.ts'
import { holds, mayHandle } from '../permissions/permission.ts'

/** Newest first; a page never grows without end. */
export const pageSize = 100

export const CommentForm = Type.Object({
  body: Type.String({ minLength: 1, maxLength: 32_768, pattern: '\\S' }),
  version: Type.Optional(Type.String({ pattern: '^\\d{1,9}$' })),
  submission_key: Type.Optional(Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' })),
})
export type CommentInput = Static<typeof CommentForm>

type Owned = { author_id: number | null }

export function canComment(visitor: Visitor | null): boolean {
  return holds(visitor, 'comment.create')
}

export function canEdit(visitor: Visitor | null, comment: Owned): boolean {
  return mayHandle(visitor, 'comment', 'edit', comment.author_id)
}

export function canDelete(visitor: Visitor | null, comment: Owned): boolean {
  return mayHandle(visitor, 'comment', 'delete', comment.author_id)
}
