import type { FastifyReply } from 'fastify'
import { askedFor } from '../discussions/discussion.ts'
import { notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { DiscussionQuery, IdParams, ListQuery, SlugParams } from '../http/params.ts'
import { paths } from '../paths.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { pathOf } from '../post-details/details.ts'
import { findMovedPost } from '../post-details/queries.ts'
import { listPublishedPosts } from '../reading-lists/queries.ts'
import { canEdit, canOpen, positionOf } from './post.ts'
import { findPostForReader, findPublishedPlace } from './queries.ts'
import { readerOf, showPost } from './show-post.ts'
import { FrontPage } from './views.tsx'

export function postPages(app: App, settings: CurrentSettings) {
  app.get(paths.home(), { config: { isKept: true }, schema: { querystring: ListQuery } }, async (request, reply) => {
    const before = positionOf(request.query.before)
    const list = await listPublishedPosts(app.db, before)
    return reply
      .keep('posts')
      .html(FrontPage({ page: request.page, list, isFirst: !before, origin: app.config.siteUrl.origin }))
  })

  app.get(
    paths.post(':slug'),
    { config: { isKept: true }, schema: { params: SlugParams, querystring: DiscussionQuery } },
    async (request, reply) => {
      const { slug } = request.params
      const post = await findPostForReader(app.db, slug, readerOf(app, request))
      if (!post || !canOpen(request.visitor, post)) {
        const moved = await findMovedPost(app.db, slug)
        if (!moved || !canOpen(request.visitor, moved)) throw notFound('post')
        return sendTo(reply, moved)
      }
      if (post.kind === 'page') return sendTo(reply, post)
      return reply.html(await showPost(app, settings, reply, post, askedFor(request.query), undefined, post))
    },
  )

  app.get(paths.legacy.post(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const post = await findPublishedPlace(app.db, Number(request.params.id))
    // Numbers can be counted through: they lead to nothing that is in no list.
    if (!post || (post.visibility !== 'public' && post.visibility !== 'members' && !canEdit(request.visitor, post)))
      throw notFound('post')
    return sendTo(reply, post)
  })
}

/** Asked again each time: the post may move, or be hidden. */
function sendTo(reply: FastifyReply, post: { slug: string; kind: string }): FastifyReply {
  return reply.header('cache-control', 'no-cache').redirect(pathOf(post), 301)
}
