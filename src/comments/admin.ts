import { forbidden } from '../errors.ts'
import type { App } from '../http/app.ts'
import { ListQuery } from '../http/params.ts'
import { paths } from '../paths.ts'
import { canOpen, positionOf, writePosition } from '../posts/post.ts'
import { requireVisitor } from '../sessions/read-session.ts'
import { canRestore } from './comment.ts'
import { type DeletedComment, listDeletedComments } from './queries.ts'
import { DeletedCommentsPage } from './views.tsx'

export function commentAdmin(app: App) {
  app.get(paths.admin.deletedComments(), { schema: { querystring: ListQuery } }, async (request, reply) => {
    const visitor = requireVisitor(request)
    if (!canRestore(visitor)) throw forbidden()
    const before = positionOf(request.query.before)
    const { comments, next } = await listDeletedComments(app.db, before)
    const mine = comments.filter((comment) => canOpen(visitor, postOf(comment)))
    const view = { page: request.page, comments: mine, next: next && writePosition(next), isFirst: !before }
    return reply.html(DeletedCommentsPage(view))
  })
}

function postOf({ post_author_id, post_visibility, post_co_authors }: DeletedComment) {
  return { author_id: post_author_id, visibility: post_visibility, co_authors: post_co_authors }
}
