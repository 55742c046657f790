import type { FastifyReply, FastifyRequest } from 'fastify'
import { notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { IdParams, ListQuery, SlugParams } from '../http/params.ts'
import { paths } from '../paths.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { pathOf } from '../post-details/details.ts'
import { findMovedPost } from '../post-details/queries.ts'
import { canOpen, positionOf } from './post.ts'
import { type PublishedPost, findPublishedPlace, findPublishedPost, listPublishedPosts } from './queries.ts'
import { showPost } from './show-post.ts'
import { FrontPage } from './views.tsx'

export function postPages(app: App, settings: CurrentSettings) {
  app.get(paths.home(), { schema: { querystring: ListQuery } }, async (request, reply) => {
    const before = positionOf(request.query.before)
    const list = await listPublishedPosts(app.db, before)
    return reply.html(FrontPage({ page: request.page, list, isFirst: !before }))
  })

  app.get(paths.post(':slug'), { schema: { params: SlugParams, querystring: ListQuery } }, async (request, reply) => {
    const { slug } = request.params
    const post = await findPublishedPost(app.db, slug)
    if (post?.kind !== 'post' || !canOpen(request.visitor, post)) return await moved(app, reply, slug, post)
    const before = commentPosition(request.query.before)
    return reply.html(await showPost(app, settings, request, post, before))
  })

  app.get(paths.legacy.post(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const post = await findPublishedPlace(app.db, Number(request.params.id))
    if (!post) throw notFound('post')
    return reply.header('cache-control', 'public, max-age=3600').redirect(pathOf(post), 301)
  })
}

/** A page, whose address at the top no route has. Undefined when the visitor may not open it. */
export async function showPageAt(app: App, settings: CurrentSettings, request: FastifyRequest, slug: string) {
  const post = await findPublishedPost(app.db, slug)
  return post && canOpen(request.visitor, post) ? await showPost(app, settings, request, post) : undefined
}

/** To where a post is that had this address, or that is a page now. */
async function moved(app: App, reply: FastifyReply, slug: string, found: PublishedPost | undefined) {
  const post = found?.visibility === 'private' ? undefined : (found ?? (await findMovedPost(app.db, slug)))
  if (!post) throw notFound('post')
  return reply.header('cache-control', 'no-cache').redirect(pathOf(post), 301)
}

function commentPosition(before: string | undefined): number | undefined {
  if (before === undefined) return undefined
  if (!/^[1-9]\d{0,14}$/.test(before)) throw notFound()
  return Number(before)
}
