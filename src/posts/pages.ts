import { notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { IdParams, ListQuery, SlugParams } from '../http/params.ts'
import { paths } from '../paths.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { positionOf } from './post.ts'
import { findPublishedPost, findPublishedSlug, listPublishedPosts } from './queries.ts'
import { showPost } from './show-post.ts'
import { FrontPage } from './views.tsx'

export function postPages(app: App, settings: CurrentSettings) {
  app.get(paths.home(), { schema: { querystring: ListQuery } }, async (request, reply) => {
    const before = positionOf(request.query.before)
    const list = await listPublishedPosts(app.db, before)
    return reply.html(FrontPage({ page: request.page, list, isFirst: !before }))
  })

  app.get(paths.post(':slug'), { schema: { params: SlugParams, querystring: ListQuery } }, async (request, reply) => {
    const post = await findPublishedPost(app.db, request.params.slug)
    if (!post) throw notFound('post')
    const before = commentPosition(request.query.before)
    return reply.html(await showPost(app, settings, request, post, before))
  })

  app.get(paths.legacy.post(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const slug = await findPublishedSlug(app.db, Number(request.params.id))
    if (!slug) throw notFound('post')
    return reply.header('cache-control', 'public, max-age=3600').redirect(paths.post(slug), 301)
  })
}

function commentPosition(before: string | undefined): number | undefined {
  if (before === undefined) return undefined
  if (!/^[1-9]\d{0,14}$/.test(before)) throw notFound()
  return Number(before)
}
