import { notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { IdParams } from '../http/params.ts'
import { paths } from '../paths.ts'
import { isCoAuthor } from '../posts/post.ts'
import { requirePost } from '../posts/require-post.ts'
import { leavePost } from './queries.ts'

export function authorAdmin(app: App) {
  app.post(paths.admin.coAuthorshipEnd(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { visitor, post } = await requirePost(app.db, request)
    if (!isCoAuthor(visitor, post)) throw notFound('post')
    await leavePost(app.db, post, { id: visitor.id, ip: request.ip })
    return reply.redirect(paths.admin.posts(), 303)
  })
}
