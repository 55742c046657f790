import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { uploadMs } from '../http/body-time.ts'
import { IdParams } from '../http/params.ts'
import { paths } from '../paths.ts'
import { LeftoverPage, LeftoversPage } from './leftover-views.tsx'
import { findForOwner } from './find-for-owner.ts'
import { exportLeftovers, findLeftover, listLeftovers, shownLength, wholeLength } from './queries.ts'

const number = '^[1-9]\\d{0,15}$'
const LeftoversQuery = Type.Object({
  table: Type.Optional(Type.String({ maxLength: 500 })),
  reason: Type.Optional(Type.String({ maxLength: 100 })),
  after: Type.Optional(Type.String({ pattern: number })),
})
const LeftoverParams = Type.Object({ id: Type.String({ pattern: number }), leftover: Type.String({ pattern: number }) })

export function leftoverRoutes(app: App): void {
  app.get(
    paths.admin.importLeftovers(':id'),
    { schema: { params: IdParams, querystring: LeftoversQuery } },
    async (request, reply) => {
      const found = await findForOwner(app, request)
      const { table, reason, after } = request.query
      // A form that is not filled in sends empty fields.
      const filter = { table: table || undefined, reason: reason || undefined }
      const list = await listLeftovers(app.db, found.id, { ...filter, after: Number(after ?? 0) })
      return reply.html(LeftoversPage({ page: request.page, found, ...list, filter, shownLength }))
    },
  )

  app.get(
    paths.admin.importLeftover(':id', ':leftover'),
    { schema: { params: LeftoverParams } },
    async (request, reply) => {
      const found = await findForOwner(app, request)
      const leftover = await findLeftover(app.db, found.id, Number(request.params.leftover))
      if (!leftover) throw notFound('leftover')
      return reply.html(LeftoverPage({ page: request.page, found, leftover, wholeLength }))
    },
  )

  app.get(
    paths.admin.importLeftoversFile(':id'),
    { schema: { params: IdParams }, handlerTimeout: uploadMs },
    async (request, reply) => {
      const found = await findForOwner(app, request)
      return reply
        .type('application/x-ndjson; charset=utf-8')
        .header('cache-control', 'no-store')
        .header('content-disposition', `attachment; filename="leftovers-${found.id}.jsonl"`)
        .send(Readable.from(exportLeftovers(app.db, found.id), { objectMode: false }))
    },
  )
}
