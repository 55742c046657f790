import { notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { IdParams } from '../http/params.ts'
import { paths } from '../paths.ts'
import { canDelete, canEditAll } from '../posts/post.ts'
import { requireVisitor } from '../sessions/read-session.ts'
import { findInBin, listBin, removePost, restorePost } from './queries.ts'
import { BinPage } from './views.tsx'

export function binAdmin(app: App) {
  app.get(paths.admin.bin(), async (request, reply) => {
    const visitor = requireVisitor(request)
    const posts = await listBin(app.db, canEditAll(visitor) ? null : visitor.id)
    return reply.html(BinPage({ page: request.page, posts: posts.filter((post) => canDelete(visitor, post)) }))
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
