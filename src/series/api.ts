import { Type } from 'typebox'
import type { Call, Register } from '../api/endpoint.ts'
import { fieldsOf, listQuery, listSchema, oneQuery, showList } from '../api/list.ts'
import { Id, Moment, field, orNull, resource, tagOf } from '../api/resource.ts'
import { forbidden, notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { pathOf } from '../post-details/details.ts'
import { paths } from '../paths.ts'
import { canEditAll } from '../posts/post.ts'
import { deleteSeries, findSeriesOfId, listSeries, renameSeries } from './queries.ts'
import { mostParts } from './series.ts'
import { visible } from '../users/user.ts'

const noun = 'series'
const params = Type.Object({ id: Id })
const needs = '`post.edit.any`, since it changes posts of everybody'

const Part = Type.Object(
  {
    id: Id,
    slug: Type.String(),
    title: Type.String(),
    url: Type.String({ format: 'uri' }),
    part: orNull(Type.Integer()),
    published_at: orNull(Moment),
  },
  { title: 'PartOfSeries', additionalProperties: false },
)
const Series = resource('Series', {
  id: field('public', Id),
  slug: field('public', Type.String()),
  title: field('public', Type.String()),
  url: field('public', Type.String({ format: 'uri' })),
  parts: field(
    'public',
    Type.Array(Part),
    `Those that readers find, in order, ${mostParts} at most; left out of lists.`,
  ),
  created_at: field('own', Moment),
})
const SeriesChange = Type.Object(
  { title: Type.String({ minLength: 1, maxLength: 200, pattern: visible }) },
  { title: 'SeriesChange', additionalProperties: false },
)

export function seriesApi(app: App, register: Register) {
  const origin = app.config.siteUrl.origin

  register(
    {
      id: 'listSeries',
      method: 'GET',
      path: paths.api.allSeries(),
      noun,
      summary: 'Series of posts',
      description:
        'Those that readers find posts in; all for whoever may edit all posts. A post that is saved makes its series, and one that is empty goes after a while.',
      scope: 'series:read',
      who: 'everyone',
      query: listQuery(['slug', 'id'], 'slug', {
        q: Type.Optional(Type.String({ maxLength: 100, description: 'Words of the title.' })),
      }),
      answer: { status: 200, schema: listSchema(Series) },
    },
    async ({ visitor, query }) => {
      const only = fieldsOf(Series, query)
      const page = await listSeries(app.db, query.q ?? '', canEditAll(visitor), query)
      const rows = page.rows.map((row) => ({ ...row, url: origin + paths.series(row.slug) }))
      return { body: showList(Series, { ...page, rows }, () => levelOf(visitor), only) }
    },
  )

  register(
    {
      id: 'getSeries',
      method: 'GET',
      path: paths.api.series(':id'),
      noun,
      summary: 'One series with its parts',
      scope: 'series:read',
      who: 'everyone',
      params,
      query: oneQuery(),
      answer: { status: 200, schema: Series.schema },
    },
    async ({ visitor, params, query }) => {
      const only = fieldsOf(Series, query)
      return answerOf(await requireSeries(app.db, visitor, params.id), visitor, only)
    },
  )

  register(
    {
      id: 'updateSeries',
      method: 'PATCH',
      path: paths.api.series(':id'),
      noun,
      summary: 'Give a series another title',
      description: 'Its address follows, and the old one leads there.',
      scope: 'series:write',
      needs,
      params,
      body: SeriesChange,
      hasMatch: true,
      answer: { status: 200, schema: Series.schema },
    },
    async (call) =>
      await call.write(async (db) => {
        const series = await requireMine(db, call)
        await renameSeries(db, series.id, call.body.title.trim().replace(/\s+/g, ' '), call.actor())
        return answerOf(await requireSeries(db, call.visitor, series.id), call.visitor)
      }),
  )

  register(
    {
      id: 'deleteSeries',
      method: 'DELETE',
      path: paths.api.series(':id'),
      noun,
      summary: 'Dissolve a series',
      description: 'Its posts stay, in no series.',
      scope: 'series:write',
      needs,
      params,
      hasMatch: true,
      answer: { status: 204 },
    },
    async (call) =>
      await call.write(async (db) => {
        const series = await requireMine(db, call)
        await deleteSeries(db, series.id, call.actor())
        return {}
      }),
  )

  type Row = NonNullable<Awaited<ReturnType<typeof findSeriesOfId>>>

  function answerOf(row: Row, visitor: Visitor | null, only?: ReadonlySet<string>) {
    const parts = row.parts.map(({ id, slug, kind, title, series_part, published_at }) => ({
      id,
      slug,
      title,
      url: origin + pathOf({ slug, kind }),
      part: series_part,
      published_at,
    }))
    const whole = { ...row, url: origin + paths.series(row.slug), parts }
    const level = levelOf(visitor)
    return { body: Series.show(whole, level, only), etag: tagOf(Series.show(whole, level)) }
  }

  function levelOf(visitor: Visitor | null) {
    return canEditAll(visitor) ? 'own' : 'public'
  }

  async function requireSeries(db: typeof app.db, visitor: Visitor | null, id: number): Promise<Row> {
    const row = await findSeriesOfId(db, id, canEditAll(visitor))
    if (!row) throw notFound('series')
    return row
  }

  /** The series in the state that the request was made for, for who may change it. */
  async function requireMine(db: typeof app.db, call: Pick<Call<typeof params, never, never>, Needed>): Promise<Row> {
    const visitor = call.someone()
    const row = await requireSeries(db, visitor, call.params.id)
    if (!canEditAll(visitor)) throw forbidden()
    call.requireMatch(answerOf(row, visitor).etag)
    return row
  }
}

type Needed = 'someone' | 'params' | 'requireMatch'
