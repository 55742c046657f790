import type { App } from '../http/app.ts'
import { IdParams } from '../http/params.ts'
import { paths } from '../paths.ts'
import { requirePost } from '../posts/require-post.ts'
import { deleteDraft } from './queries.ts'

export function draftAdmin(app: App) {
  app.post(paths.admin.draftDeletion(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { visitor, post } = await requirePost(app.db, request)
    await deleteDraft(app.db, post.id, { id: visitor.id, ip: request.ip })
    return reply.redirect(paths.admin.post(post.id), 303)
  })
}
