import { conflict, notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { IdParams } from '../http/params.ts'
import { paths } from '../paths.ts'
import { requireOwner } from '../permissions/require-owner.ts'
import { text } from '../texts/texts.ts'
import { JobsQuery } from './job.ts'
import { type Outcome, countJobs, deleteJob, listJobs, retryFailed, retryJob } from './queries.ts'
import { JobsPage } from './views.tsx'

export function jobAdmin(app: App) {
  app.get(paths.admin.jobs(), { schema: { querystring: JobsQuery } }, async (request, reply) => {
    requireOwner(request)
    const { state = '', before } = request.query
    const [list, counts] = await Promise.all([
      listJobs(app.db, state, before === undefined ? undefined : Number(before)),
      countJobs(app.db),
    ])
    return reply.html(JobsPage({ page: request.page, list, counts, state, isFirst: before === undefined }))
  })

  app.post(paths.admin.jobRetries(), async (request, reply) => {
    const { id } = requireOwner(request)
    await retryFailed(app.db, { id, ip: request.ip })
    return reply.redirect(paths.admin.jobs(), 303)
  })

  app.post(paths.admin.jobRetry(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { id } = requireOwner(request)
    requireDone(await retryJob(app.db, Number(request.params.id), { id, ip: request.ip }))
    return reply.redirect(paths.admin.jobs(), 303)
  })

  app.post(paths.admin.jobDeletion(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { id } = requireOwner(request)
    requireDone(await deleteJob(app.db, Number(request.params.id), { id, ip: request.ip }))
    return reply.redirect(paths.admin.jobs(), 303)
  })
}

/** Nothing can be done about one that was done meanwhile, or is being done. */
function requireDone(outcome: Outcome): void {
  if (outcome === 'missing') throw notFound('job')
  if (outcome === 'running') throw conflict(text('jobs.running'))
}
