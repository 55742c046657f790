import type { FastifyReply, FastifyRequest } from 'fastify'
import { forbidden, notFound } from '../errors.ts'
import type { FormState } from '../html/form.tsx'
import type { App } from '../http/app.ts'
import { IdParams } from '../http/params.ts'
import { fieldErrors, postedValues } from '../http/validation.ts'
import { paths } from '../paths.ts'
import { canEditAll } from '../posts/post.ts'
import { listLeadingTo } from '../redirects/queries.ts'
import { deleteSeries, findSeriesOfId, renameSeries } from '../series/queries.ts'
import { ListedQuery, filtersOf } from '../tag-list/filters.ts'
import { asTaken, requireLooker } from '../tag-list/require-looker.ts'
import { countParts, listAllParts, listSeriesOfDesk, movePart } from './queries.ts'
import { OrderForm, SeriesForm, seriesSorts } from './series-list.ts'
import { AllSeriesPage, SeriesDeletionPage, SeriesPage } from './views.tsx'

type IdRequest = FastifyRequest<{ Params: { id: string } }>

export function seriesListAdmin(app: App) {
  app.get(paths.admin.allSeries(), { schema: { querystring: ListedQuery } }, async (request, reply) => {
    const seesAll = canEditAll(requireLooker(request))
    const filters = filtersOf(request.query, seriesSorts)
    const { cursor, done } = request.query
    const list = await listSeriesOfDesk(app.db, { filters, seesAll, cursor })
    return reply.html(
      AllSeriesPage({ page: request.page, list, filters, seesAll, isFirst: cursor === undefined, done }),
    )
  })

  app.get(
    paths.admin.series(':id'),
    { schema: { params: IdParams, querystring: ListedQuery } },
    async (request, reply) => await show(request, reply, {}, request.query.done),
  )

  app.post(
    paths.admin.series(':id'),
    { schema: { params: IdParams, body: SeriesForm }, attachValidation: true },
    async (request, reply) => {
      const { actor, id } = await toChange(request)
      const values = postedValues(request.body)
      const errors = fieldErrors(request)
      if (errors) return await show(request, reply.code(422), { values, errors })
      const title = (values.title ?? '').trim().replace(/\s+/g, ' ')
      const refused = await renameSeries(app.db, id, title, actor).catch(asTaken)
      if (typeof refused === 'string')
        return await show(request, reply.code(422), { values, errors: { title: refused } })
      if (!refused) throw notFound('series')
      return reply.redirect(paths.admin.series(id, { done: 'renamed' }), 303)
    },
  )

  app.post(
    paths.admin.seriesOrder(':id'),
    { schema: { params: IdParams, body: OrderForm }, attachValidation: true },
    async (request, reply) => {
      const { actor, id } = await toChange(request)
      if (request.validationError) throw request.validationError
      const { post, to } = request.body
      await movePart(app.db, id, Number(post), Number(to), actor)
      return reply.redirect(`${paths.admin.series(id, { done: 'moved' })}#part-${post}`, 303)
    },
  )

  app.get(paths.admin.seriesDeletion(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { series, id } = await toChange(request)
    return reply.html(SeriesDeletionPage({ page: request.page, series, counts: await countParts(app.db, id) }))
  })

  app.post(paths.admin.seriesDeletion(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { actor, id } = await toChange(request)
    await deleteSeries(app.db, id, actor)
    return reply.redirect(paths.admin.allSeries({ done: 'gone' }), 303)
  })

  async function show(request: IdRequest, reply: FastifyReply, form: FormState, done?: unknown) {
    const mayChange = canEditAll(requireLooker(request))
    const series = await findSeriesOfId(app.db, Number(request.params.id), mayChange)
    if (!series) throw notFound('series')
    const [parts, former] = await Promise.all([
      mayChange ? listAllParts(app.db, series.id) : series.parts,
      listLeadingTo(app.db, paths.series(series.slug)),
    ])
    return reply.html(SeriesPage({ page: request.page, series, parts, mayChange, former, form, done }))
  }

  /** A series, for who may change the posts of everybody, as in the API. */
  async function toChange(request: IdRequest) {
    const visitor = requireLooker(request)
    if (!canEditAll(visitor)) throw forbidden()
    const series = await findSeriesOfId(app.db, Number(request.params.id), true)
    if (!series) throw notFound('series')
    return { actor: { id: visitor.id, ip: request.ip }, series, id: series.id }
  }
}
