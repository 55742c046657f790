import { notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { ListQuery } from '../http/params.ts'
import { paths } from '../paths.ts'
import { positionOf } from '../posts/post.ts'
import { listPostsBetween } from '../reading-lists/queries.ts'
import { MonthParams, TagsQuery, YearParams, spanOf, undated } from './archive.ts'
import { hasUndated, listMonths, listTags } from './queries.ts'
import { ArchivePage, MonthPage, TagsPage, UndatedPage, YearPage } from './views.tsx'

export function archivePages(app: App) {
  app.get(paths.archive(), { config: { isKept: true } }, async (request, reply) => {
    const [months, isUndated] = await Promise.all([listMonths(app.db), hasUndated(app.db)])
    return reply.keep('posts').html(ArchivePage({ page: request.page, months, hasUndated: isUndated }))
  })

  app.get(
    paths.archiveUndated(),
    { config: { isKept: true }, schema: { querystring: ListQuery } },
    async (request, reply) => {
      const before = positionOf(request.query.before)
      const list = await listPostsBetween(app.db, undated, before)
      if (list.posts.length === 0 && !before) throw notFound('year in the archive')
      return reply.keep('posts').html(UndatedPage({ page: request.page, list }))
    },
  )

  app.get(
    paths.archiveYear(':year'),
    { config: { isKept: true }, schema: { params: YearParams, querystring: ListQuery } },
    async (request, reply) => {
      const { year } = request.params
      const before = positionOf(request.query.before)
      const [list, months] = await Promise.all([
        listPostsBetween(app.db, spanOf(year), before),
        before ? [] : listMonths(app.db),
      ])
      if (list.posts.length === 0 && !before) throw notFound('year in the archive')
      const ofYear = months.filter(({ month }) => month.startsWith(`${year}-`))
      return reply.keep('posts').html(YearPage({ page: request.page, year, months: ofYear, list, isFirst: !before }))
    },
  )

  app.get(
    paths.archiveMonth(':year', ':month'),
    { config: { isKept: true }, schema: { params: MonthParams, querystring: ListQuery } },
    async (request, reply) => {
      const { year, month } = request.params
      const before = positionOf(request.query.before)
      const list = await listPostsBetween(app.db, spanOf(year, month), before)
      if (list.posts.length === 0 && !before) throw notFound('month in the archive')
      return reply.keep('posts').html(MonthPage({ page: request.page, year, month, list, isFirst: !before }))
    },
  )

  app.get(paths.tags(), { config: { isKept: true }, schema: { querystring: TagsQuery } }, async (request, reply) => {
    const { after } = request.query
    return reply
      .keep('posts')
      .html(TagsPage({ page: request.page, list: await listTags(app.db, after), isFirst: !after }))
  })
}
