import { notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { SlugParams } from '../http/params.ts'
import { paths } from '../paths.ts'
import { findSeries, listReadableSeries } from './queries.ts'
import { AllSeriesQuery } from './series.ts'
import { AllSeriesPage, SeriesPage } from './views.tsx'

export function seriesPages(app: App) {
  app.get(
    paths.allSeries(),
    { config: { isKept: true }, schema: { querystring: AllSeriesQuery } },
    async (request, reply) => {
      const { after } = request.query
      const list = await listReadableSeries(app.db, after)
      return reply.keep('posts').html(AllSeriesPage({ page: request.page, list, isFirst: !after }))
    },
  )

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
