import { Type } from 'typebox'
import { Id, Moment, field, orNull, resource } from '../api/resource.ts'

export const CommentReport = resource('CommentReport', {
  id: field('staff', Id),
  comment_id: field('staff', Id),
  reason: field('staff', Type.String()),
  words: field('staff', Type.String()),
  reporter: field('staff', orNull(Type.String()), 'A name; null for somebody without an account.'),
  created_at: field('staff', Moment),
})
