import { randomUUID } from 'node:crypto'
import { forbidden } from '../errors.ts'
import type { App } from '../http/app.ts'
import { allowScripts } from '../http/headers.ts'
import { IdParams } from '../http/params.ts'
import { fieldErrors, postedValues } from '../http/validation.ts'
import { paths } from '../paths.ts'
import type { LockedPost } from '../post-states/queries.ts'
import { canEdit, canManage } from '../posts/post.ts'
import { requirePost } from '../posts/require-post.ts'
import { LinkForm, LinkParams } from './link.ts'
import { createPostLink, endPostLink, listPostLinks } from './queries.ts'
import { LinksPage } from './views.tsx'

/** Whoever may edit a post may show it; for ever, who may say who reads it. */
export function linkAdmin(app: App) {
  app.get(paths.admin.postLinks(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { visitor, post } = await requirePost(app.db, request)
    const links = await listPostLinks(app.db, post.id)
    const view = { page: request.page, post, links, key: randomUUID(), mayManage: canManage(visitor, post) }
    return reply.html(LinksPage(view))
  })

  app.post(
    paths.admin.postLinks(':id'),
    { schema: { params: IdParams, body: LinkForm }, attachValidation: true },
    async (request, reply) => {
      const { visitor, post } = await requirePost(app.db, request)
      const view = { page: request.page, post, key: randomUUID(), mayManage: canManage(visitor, post) }
      const errors = fieldErrors(request)
      if (errors) {
        const form = { values: postedValues(request.body), errors }
        return reply.code(422).html(LinksPage({ ...view, links: await listPostLinks(app.db, post.id), form }))
      }
      const { days, note = '', submission_key = null } = request.body
      if (days === '0' && !view.mayManage) throw forbidden()
      const mayShow = (post: LockedPost) => (days === '0' ? canManage(visitor, post) : canEdit(visitor, post))
      const link = { days: Number(days), note: note.trim().replace(/\s+/g, ' '), submission_key }
      const token = await createPostLink(app.db, post, link, { id: visitor.id, ip: request.ip }, mayShow)
      const links = await listPostLinks(app.db, post.id)
      if (token === undefined) return reply.html(LinksPage({ ...view, links, isRepeated: true }))
      const made = app.config.siteUrl.origin + paths.preview(token)
      return allowScripts(reply.code(201)).html(LinksPage({ ...view, links, made }))
    },
  )

  app.post(paths.admin.postLinkEnd(':id', ':link'), { schema: { params: LinkParams } }, async (request, reply) => {
    const { visitor, post } = await requirePost(app.db, request)
    await endPostLink(app.db, post, Number(request.params.link), { id: visitor.id, ip: request.ip })
    return reply.redirect(paths.admin.postLinks(post.id), 303)
  })
}
