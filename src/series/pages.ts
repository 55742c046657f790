import { notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { SlugParams } from '../http/params.ts'
import { paths } from '../paths.ts'
import { findSeries } from './queries.ts'
import { SeriesPage } from './views.tsx'

export function seriesPages(app: App) {
  app.get(
    paths.series(':slug'),
    { config: { isKept: true }, schema: { params: SlugParams } },
    async (request, reply) => {
      const series = await findSeries(app.db, request.params.slug)
      if (!series) throw notFound('series')
      return reply.keep('posts').html(SeriesPage({ page: request.page, series, origin: app.config.siteUrl.origin }))
    },
  )
}
