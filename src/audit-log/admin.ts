import { Readable } from 'node:stream'
import { invalid, notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { uploadMs } from '../http/body-time.ts'
import { IdParams } from '../http/params.ts'
import { paths } from '../paths.ts'
import { requireSection } from '../permissions/team.ts'
import { positionOf } from '../posts/post.ts'
import { AuditQuery, type ReadFilters, readFilters } from './filters.ts'
import { exportEvents, findEvent, findUnknown, listActions, listEvents, listSubjectTypes } from './queries.ts'
import { EventPage, EventsPage } from './views.tsx'

const types = { csv: 'text/csv; charset=utf-8', jsonl: 'application/x-ndjson; charset=utf-8' } as const

export function auditAdmin(app: App) {
  app.get(paths.admin.audit(), { schema: { querystring: AuditQuery } }, async (request, reply) => {
    requireSection(request, 'audit')
    const before = positionOf(request.query.before)
    const { filters, typed, errors } = await readKnown(request.query)
    const isWrong = Object.keys(errors).length > 0
    const [list, actions, subjectTypes] = await Promise.all([
      isWrong ? { events: [], next: undefined } : listEvents(app.db, filters, before),
      listActions(app.db),
      listSubjectTypes(app.db),
    ])
    const isFirst = before === undefined
    return reply.html(EventsPage({ page: request.page, ...list, typed, errors, actions, subjectTypes, isFirst }))
  })

  for (const form of ['csv', 'jsonl'] as const) {
    const options = { schema: { querystring: AuditQuery }, handlerTimeout: uploadMs }
    app.get(paths.admin.auditFile(form), options, async (request, reply) => {
      requireSection(request, 'audit')
      const { filters, errors } = await readKnown(request.query)
      const [mistake] = Object.values(errors)
      if (mistake !== undefined) throw invalid(mistake, errors)
      return reply
        .type(types[form])
        .header('cache-control', 'no-store')
        .header('content-disposition', `attachment; filename="audit-log.${form}"`)
        .send(Readable.from(exportEvents(app.db, filters, form), { objectMode: false }))
    })
  }

  app.get(paths.admin.auditEvent(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    requireSection(request, 'audit')
    const event = await findEvent(app.db, Number(request.params.id))
    if (!event) throw notFound('event')
    return reply.html(EventPage({ page: request.page, event }))
  })

  async function readKnown(query: Record<string, unknown>): Promise<ReadFilters> {
    const read = readFilters(query)
    // What is wrong by itself is not looked for.
    if (Object.keys(read.errors).length > 0) return read
    return { ...read, errors: await findUnknown(app.db, read.filters) }
  }
}
