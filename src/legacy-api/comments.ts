import { canComment, canDelete, canEdit, longestComment, takesComments } from '../comments/comment.ts'
import { createComment, deleteComment, updateComment } from '../comments/queries.ts'
import { admit, verdictFor } from '../comments/verdict.ts'
import { postOf } from '../comments-api/comment-resource.ts'
import { findCommentedPost } from '../comments-api/queries.ts'
import { requireComment } from '../comments-api/require-comment.ts'
import { conflict, forbidden } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { canFind, canRead } from '../posts/post.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { text } from '../texts/texts.ts'
import { type Collection, actorOf, someone, textOf } from './collection.ts'
import { requireOwnName, savedMeanwhile } from './posts.ts'
import { type CommentRow, listComments } from './queries.ts'
import { Refused, idIn, listShape, noRecord, textsIn } from './shape.ts'

export function comments({ db }: App, settings: CurrentSettings): Collection {
  const written = { most: longestComment }

  return {
    noun: 'comments',
    list: async (visitor, paging) => {
      const found = await listComments(db, paging, visitor !== null)
      return listShape(
        found.rows.map((row) => shownComment(row, visitor)),
        found,
      )
    },
    read: async (visitor, id) => shownComment(await requireThere(visitor, id), visitor),
    create: async (request) => {
      const visitor = someone(request)
      if (!canComment(visitor)) throw forbidden()
      requireOwnName(request, visitor.id)
      const given = textsIn(request.body, { text: { ...written, isNeeded: true } })
      const id = idIn(request.body, 'post')
      const post = id ? await findCommentedPost(db, id) : undefined
      if (!post || !canFind(visitor, post) || !canRead(visitor, post))
        throw new Refused(422, { post: text('api.legacyNoPost') })
      if (!takesComments(settings.get(), post, new Date())) throw conflict(text('comments.closedMeanwhile'))
      const { ban, isKnown } = await admit(db, visitor, request.ip, settings.get().language)
      if (ban) throw forbidden(ban)
      const body = given.text ?? ''
      const verdict = verdictFor(settings.get(), visitor, post, { body }, { isKnown })
      const made = await createComment(db, post.id, { body }, actorOf(request), verdict)
      return shownComment(await requireThere(visitor, made), visitor)
    },
    update: async (request, id) => {
      const visitor = someone(request)
      const before = await requireThere(visitor, id)
      if (!canEdit(visitor, before, 0, new Date())) throw forbidden()
      const minutes = settings.get().comment_edit_minutes
      if (!canEdit(visitor, before, minutes, new Date())) throw conflict(text('comments.tooLate', { minutes }))
      requireOwnName(request, before.author_id)
      const post_id = idIn(request.body, 'post')
      if (post_id !== undefined && post_id !== before.post_id)
        throw new Refused(422, { post: text('api.legacyOtherPost') })
      const { text: body } = textsIn(request.body, { text: written })
      if (body !== undefined) {
        const { ban, isKnown } = await admit(db, visitor, request.ip, settings.get().language, id)
        if (ban) throw forbidden(ban)
        const post = { id: before.post_id, ...postOf(before) }
        const verdict = verdictFor(settings.get(), visitor, post, { body }, { isKnown })
        const isSaved = await updateComment(db, id, before.version, body, actorOf(request), verdict)
        if (!isSaved) throw savedMeanwhile()
      }
      return shownComment(await requireThere(visitor, id), visitor)
    },
    remove: async (request, id) => {
      const visitor = someone(request)
      if (!canDelete(visitor, await requireThere(visitor, id))) throw forbidden()
      await deleteComment(db, id, actorOf(request))
    },
  }

  async function requireThere(visitor: Visitor | null, id: number) {
    const row = await requireComment(db, visitor, id)
    if (row.deleted_at) throw noRecord()
    return row
  }
}

function shownComment(row: CommentRow, visitor: Visitor | null) {
  const { id, body, body_format: format, body_html: html, created_at, post_id } = row
  const isTheirs = canEdit(visitor, row, 0, new Date())
  return { id, text: textOf({ format, body, html }, isTheirs), date: created_at.toISOString(), post: post_id }
}
