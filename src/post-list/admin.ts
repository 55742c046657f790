import type { App } from '../http/app.ts'
import { allowScripts } from '../http/headers.ts'
import { paths } from '../paths.ts'
import { canEditAll, canPublish, positionOf } from '../posts/post.ts'
import { requireWriter } from '../posts/require-writer.ts'
import { FiltersQuery, filtersOf } from './filters.ts'
import { listPosts, suggestAll, suggestPublic } from './queries.ts'
import { PostsPage } from './views.tsx'

export function postListAdmin(app: App) {
  app.get(paths.admin.posts(), { schema: { querystring: FiltersQuery } }, async (request, reply) => {
    const visitor = requireWriter(request)
    const before = positionOf(request.query.before)
    const seesAll = canEditAll(visitor)
    const filters = filtersOf(request.query)
    const [list, suggestions] = await Promise.all([
      listPosts(app.db, filters, seesAll ? null : visitor.id, before),
      seesAll ? suggestAll(app.db) : suggestPublic(app.db),
    ])
    const rights = { seesAll, mayPublish: canPublish(visitor) }
    const view = { page: request.page, list, filters, suggestions, isFirst: !before, ...rights }
    return allowScripts(reply).html(PostsPage(view))
  })
}
