import { canRestore } from '../comments/comment.ts'
import { notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { IdParams, ListQuery } from '../http/params.ts'
import { paths } from '../paths.ts'
import { canDelete, deletableOf, positionOf } from '../posts/post.ts'
import { requireVisitor } from '../sessions/read-session.ts'
import { findInBin, listBin, removePost, restorePost } from './queries.ts'
import { BinPage } from './views.tsx'

export function binAdmin(app: App) {
  app.get(paths.admin.bin(), { schema: { querystring: ListQuery } }, async (request, reply) => {
    const visitor = requireVisitor(request)
    const before = positionOf(request.query.before)
    const { posts, next } = await listBin(app.db, deletableOf(visitor), before)
    // Of one's own posts either all may be deleted, or none.
    const mine = posts.filter((post) => canDelete(visitor, post))
    const view = {
      page: request.page,
      posts: mine,
      next: mine.length > 0 ? next : undefined,
      isFirst: !before,
      hasComments: canRestore(visitor),
    }
    return reply.html(BinPage(view))
  })

  app.post(paths.admin.binRestoration(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { visitor, post } = await find(app, request)
    await restorePost(app.db, post.id, { id: visitor.id, ip: request.ip })
    return reply.redirect(paths.admin.post(post.id), 303)
  })

  app.post(paths.admin.binRemoval(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { visitor, post } = await find(app, request)
    await removePost(app.db, post.id, { id: visitor.id, ip: request.ip })
    return reply.redirect(paths.admin.bin(), 303)
  })
}

type IdRequest = { params: { id: string }; visitor: Visitor | null }

/** Whoever may delete a post may have it back. */
async function find(app: App, request: IdRequest) {
  const visitor = requireVisitor(request)
  const post = await findInBin(app.db, Number(request.params.id))
  if (!post || !canDelete(visitor, post)) throw notFound('post')
  return { visitor, post }
}
