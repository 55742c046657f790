import { forbidden } from '../errors.ts'
import type { App } from '../http/app.ts'
import { IdParams } from '../http/params.ts'
import { paths } from '../paths.ts'
import { canManage } from '../posts/post.ts'
import { requirePost } from '../posts/require-post.ts'
import { LinkForm, LinkParams } from './link.ts'
import { createPostLink, endPostLink, listPostLinks } from './queries.ts'
import { LinksPage } from './views.tsx'

/** Whoever may edit a post may show it; for ever, who may say who reads it. */
export function linkAdmin(app: App) {
  app.get(paths.admin.postLinks(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { visitor, post } = await requirePost(app.db, request)
    const links = await listPostLinks(app.db, post.id)
    return reply.html(LinksPage({ page: request.page, post, links, mayManage: canManage(visitor, post) }))
  })

  app.post(paths.admin.postLinks(':id'), { schema: { params: IdParams, body: LinkForm } }, async (request, reply) => {
    const { visitor, post } = await requirePost(app.db, request)
    const mayManage = canManage(visitor, post)
    if (request.body.days === '0' && !mayManage) throw forbidden()
    const token = await createPostLink(app.db, post, Number(request.body.days), { id: visitor.id, ip: request.ip })
    const made = app.config.siteUrl.origin + paths.preview(token)
    const links = await listPostLinks(app.db, post.id)
    return reply.code(201).html(LinksPage({ page: request.page, post, links, made, mayManage }))
  })

  app.post(paths.admin.postLinkEnd(':id', ':link'), { schema: { params: LinkParams } }, async (request, reply) => {
    const { visitor, post } = await requirePost(app.db, request)
    await endPostLink(app.db, post, Number(request.params.link), { id: visitor.id, ip: request.ip })
    return reply.redirect(paths.admin.postLinks(post.id), 303)
  })
}
