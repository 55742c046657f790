import { notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { ListQuery, SlugParams } from '../http/params.ts'
import { paths } from '../paths.ts'
import { positionOf } from '../posts/post.ts'
import { listPostsByTag } from '../reading-lists/queries.ts'
import { findTag } from './queries.ts'
import { TagPage } from './views.tsx'

export function tagPages(app: App) {
  app.get(
    paths.tag(':slug'),
    { config: { isKept: true }, schema: { params: SlugParams, querystring: ListQuery } },
    async (request, reply) => {
      const before = positionOf(request.query.before)
      const tag = await findTag(app.db, request.params.slug)
      const list = tag && (await listPostsByTag(app.db, tag.id, before))
      // A tag that only drafts have would tell what is being written.
      if (!tag || !list || list.posts.length === 0) throw notFound('tag')
      return reply
        .keep('posts')
        .html(TagPage({ page: request.page, tag, list, isFirst: !before, origin: app.config.siteUrl.origin }))
    },
  )
}
