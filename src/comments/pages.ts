import type { Db } from '../db/pool.ts'
import { conflict, forbidden, notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { IdParams, SlugParams } from '../http/params.ts'
import { fieldErrors, postedValues } from '../http/validation.ts'
import { countAttempt } from '../limits/queries.ts'
import { paths } from '../paths.ts'
import { canOpen } from '../posts/post.ts'
import { findPublishedPost } from '../posts/queries.ts'
import { showPost } from '../posts/show-post.ts'
import { requireVisitor } from '../sessions/read-session.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { CommentForm, canComment, canDelete, canEdit } from './comment.ts'
import { type FoundComment, createComment, deleteComment, findComment, updateComment } from './queries.ts'
import { EditCommentPage } from './views.tsx'

// The longest comment, every character of it written as %F0%9F%98%80.
const bodyLimit = 512 * 1024
// Nobody types faster; a script that does has to wait.
const commentLimit = { most: 30, windowSeconds: 300 }

export function commentPages(app: App, settings: CurrentSettings) {
  app.post(
    paths.postComments(':slug'),
    { schema: { params: SlugParams, body: CommentForm }, attachValidation: true, bodyLimit },
    async (request, reply) => {
      const post = await findPublishedPost(app.db, request.params.slug)
      // Pages have no comments.
      if (!post || post.kind === 'page' || !canOpen(request.visitor, post)) throw notFound('post')
      const visitor = requireVisitor(request)
      if (!canComment(visitor)) throw forbidden()
      if (!settings.get().comments_are_open) throw conflict('Comments were closed in the meantime.')

      const errors = fieldErrors(request)
      if (errors) {
        const form = { values: postedValues(request.body), errors }
        return reply.code(422).html(await showPost(app, settings, request, post, undefined, form))
      }

      await countAttempt(app.db, 'comment', String(visitor.id), commentLimit)
      const id = await createComment(app.db, post.id, request.body, { id: visitor.id, ip: request.ip })
      return reply.redirect(paths.comment(post.slug, id), 303)
    },
  )

  app.get(paths.editComment(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { visitor, comment } = await requireComment(app.db, request, (visitor, comment) => {
      return canEdit(visitor, comment) || canDelete(visitor, comment)
    })
    return reply.html(EditCommentPage({ page: request.page, comment, mayEdit: canEdit(visitor, comment) }))
  })

  app.post(
    paths.editComment(':id'),
    { schema: { params: IdParams, body: CommentForm }, attachValidation: true, bodyLimit },
    async (request, reply) => {
      const { visitor, comment } = await requireComment(app.db, request, canEdit)
      const again = (
        status: number,
        comment: FoundComment,
        more: { errors?: Record<string, string>; message?: string },
      ) => {
        const form = { values: postedValues(request.body), errors: more.errors ?? {} }
        const message = more.message && { message: more.message }
        return reply
          .code(status)
          .html(EditCommentPage({ page: request.page, comment, mayEdit: true, form, ...message }))
      }
      const errors = fieldErrors(request)
      if (errors) return again(422, comment, { errors })

      const actor = { id: visitor.id, ip: request.ip }
      const version = Number(request.body.version ?? 0)
      if (!(await updateComment(app.db, comment.id, version, request.body.body, actor))) {
        const { comment: current } = await requireComment(app.db, request, canEdit)
        const message = 'The comment was changed in the meantime. Your text is below; saving again replaces the other.'
        return again(409, current, { message })
      }
      return reply.redirect(paths.comment(comment.post_slug, comment.id), 303)
    },
  )

  app.post(paths.commentDeletion(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { visitor, comment } = await requireComment(app.db, request, canDelete)
    await deleteComment(app.db, comment.id, { id: visitor.id, ip: request.ip })
    return reply.redirect(`${paths.post(comment.post_slug)}#comments`, 303)
  })
}

type IdRequest = { params: { id: string }; visitor: Visitor | null }

/** The comment that the address names, for those who may do this to it and may open its post. */
async function requireComment(
  db: Db,
  request: IdRequest,
  may: (visitor: Visitor, comment: { author_id: number | null }) => boolean,
) {
  const visitor = requireVisitor(request)
  const comment = await findComment(db, Number(request.params.id))
  if (!comment || !may(visitor, comment) || !canOpen(visitor, postOf(comment))) throw notFound('comment')
  return { visitor, comment }
}

function postOf({ post_author_id, post_visibility, post_co_authors }: FoundComment) {
  return { author_id: post_author_id, visibility: post_visibility, co_authors: post_co_authors }
}
