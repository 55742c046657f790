import type { FastifyRequest } from 'fastify'
import { notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { allowScripts } from '../http/headers.ts'
import { fieldErrors } from '../http/validation.ts'
import { paths } from '../paths.ts'
import { isAdmin } from '../permissions/permission.ts'
import { requireVisitor } from '../sessions/read-session.ts'
import { text } from '../texts/texts.ts'
import { DecisionForm, UndoForm, decisionOf, lookerOf, queueOnPage } from './moderation.ts'
import { countQueue, decide, listQueue, listUndoable, undoDecisions } from './queries.ts'
import { requireModerator } from './require-moderator.ts'
import { QueueQuery, eventsIn, filtersIn, filtersOf } from './queue.ts'
import { type QueueMessage, QueuePage } from './views.tsx'

export function moderationAdmin(app: App) {
  app.get(paths.admin.comments(), { schema: { querystring: QueueQuery } }, async (request, reply) => {
    const visitor = requireModerator(request)
    const { before, done, left } = request.query
    const filters = filtersOf(request.query)
    const undoable = await listUndoable(app.db, eventsIn(done, queueOnPage), visitor.id)
    const message = { undoable, left: typeof left === 'string' && /^\d{1,3}$/.test(left) ? Number(left) : 0 }
    return await show(request, reply, filters, message, before === undefined ? undefined : Number(before))
  })

  app.post(
    paths.admin.commentDecisions(),
    { schema: { body: DecisionForm }, attachValidation: true },
    async (request, reply) => {
      const visitor = requireModerator(request)
      const filters = filtersIn(sentBack(request.body))
      const decision = fieldErrors(request) ? undefined : decisionOf(request.body)
      if (!decision) return await show(request, reply.code(422), filters, { error: text('moderation.notUnderstood') })
      if (decision.chosen.length === 0)
        return await show(request, reply.code(422), filters, { error: text('moderation.noneTicked') })
      const why = (request.body.why ?? '').trim()
      const actor = { id: visitor.id, ip: request.ip }
      const { events, left } = await decide(app.db, decision.deed, decision.chosen, why, lookerOf(visitor), actor)
      const told = { ...(events.length > 0 && { done: events.join(',') }), ...(left > 0 && { left: String(left) }) }
      return reply.redirect(paths.admin.comments({ ...filters, ...told }), 303)
    },
  )

  app.post(
    paths.admin.commentDecisionEnds(),
    { schema: { body: UndoForm }, attachValidation: true },
    async (request, reply) => {
      const visitor = requireModerator(request)
      const events = fieldErrors(request) ? [] : [...new Set([request.body.event ?? []].flat().map(Number))]
      if (events.length === 0) throw notFound('decision')
      const actor = { id: visitor.id, ip: request.ip }
      const { done, left } = await undoDecisions(app.db, events, lookerOf(visitor), actor)
      const status = done === 0 ? 409 : 200
      return await show(request, reply.code(status), filtersIn(request.body.back), { undone: done, left })
    },
  )

  async function show(
    request: FastifyRequest,
    reply: Parameters<typeof allowScripts>[0],
    filters: ReturnType<typeof filtersOf>,
    message: QueueMessage,
    before?: number,
  ) {
    const visitor = requireVisitor(request)
    const looker = lookerOf(visitor)
    const queue = await listQueue(app.db, filters, looker, before)
    const counts = request.queueCounts ?? (request.queueCounts = await countQueue(app.db, looker))
    const isOwner = isAdmin(visitor)
    const view = { page: request.page, filters, queue, counts, message, isOwner, isFirst: before === undefined }
    return allowScripts(reply).html(QueuePage(view))
  }
}

/** The body may not be what the form sends. */
function sentBack(body: unknown): string | undefined {
  const { back } = (body ?? {}) as { back?: unknown }
  return typeof back === 'string' ? back : undefined
}
