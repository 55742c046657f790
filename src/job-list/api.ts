import { Type } from 'typebox'
import type { Register } from '../api/endpoint.ts'
import { fieldsOf, listQuery, listSchema, oneQuery, showList } from '../api/list.ts'
import { Id, Moment, field, orNull, resource, tagOf } from '../api/resource.ts'
import type { Db } from '../db/pool.ts'
import { conflict, forbidden, notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { paths } from '../paths.ts'
import { isAdmin } from '../permissions/permission.ts'
import { text } from '../texts/texts.ts'
import { jobStates, mostRetried } from './job.ts'
import { type Outcome, deleteJob, findJob, listJobRows, retryFailed, retryJob } from './queries.ts'

const State = Type.Enum([...jobStates], { description: '`failed` is tried no more.' })

const JobShown = resource('Job', {
  id: field('owner', Id),
  task: field('owner', Type.String(), 'Such as `send-invitation`.'),
  state: field('owner', State),
  attempts: field('owner', Type.Integer()),
  most_attempts: field('owner', Type.Integer(), 'After as many it has failed.'),
  run_at: field('owner', Moment, 'When it is tried next.'),
  created_at: field('owner', Moment),
  last_error: field('owner', orNull(Type.String()), 'Shortened, without what looks like a secret.'),
})

const Retried = Type.Object({ count: Type.Integer() }, { title: 'RetryOutcome', additionalProperties: false })

const common = { noun: 'jobs', needs: 'the owner' } as const
const params = Type.Object({ id: Id })

export function jobListApi(app: App, register: Register) {
  register(
    {
      ...common,
      id: 'listJobs',
      method: 'GET',
      path: paths.api.jobs(),
      summary: 'What the blog has yet to do, does and could not do',
      description: 'One that is done is gone. What it is told is not shown: it names people.',
      scope: 'settings:read',
      query: listQuery(['id', 'run_at'], '-id', {
        state: Type.Optional(State),
        task: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
      }),
      answer: { status: 200, schema: listSchema(JobShown) },
    },
    async ({ query, someone }) => {
      owner(someone())
      const page = await listJobRows(app.db, query)
      return { body: showList(JobShown, page, () => 'owner', fieldsOf(JobShown, query)) }
    },
  )

  register(
    {
      ...common,
      id: 'getJob',
      method: 'GET',
      path: paths.api.job(':id'),
      summary: 'One job',
      scope: 'settings:read',
      params,
      query: oneQuery(),
      answer: { status: 200, schema: JobShown.schema },
    },
    async ({ params, query, someone }) => {
      owner(someone())
      return await show(app.db, params.id, fieldsOf(JobShown, query))
    },
  )

  register(
    {
      ...common,
      id: 'retryJobs',
      method: 'POST',
      path: paths.api.jobRetries(),
      summary: 'Try again all that failed for good',
      description: `Up to ${mostRetried.toLocaleString('en')} of them; the answer has how many.`,
      scope: 'settings:write',
      answer: { status: 200, schema: Retried },
    },
    async (call) => {
      owner(call.someone())
      return await call.write(async (db) => ({ body: { count: await retryFailed(db, call.actor()) } }))
    },
  )

  register(
    {
      ...common,
      id: 'retryJob',
      method: 'POST',
      path: paths.api.jobRetry(':id'),
      summary: 'Try a job at once',
      description: 'It is tried as often as a new one. One that waits for its moment does not wait any longer.',
      scope: 'settings:write',
      params,
      answer: { status: 200, schema: JobShown.schema },
    },
    async (call) => {
      owner(call.someone())
      return await call.write(async (db) => {
        requireDone(await retryJob(db, call.params.id, call.actor()))
        return await show(db, call.params.id)
      })
    },
  )

  register(
    {
      ...common,
      id: 'deleteJob',
      method: 'DELETE',
      path: paths.api.job(':id'),
      summary: 'Give a job up',
      scope: 'settings:write',
      params,
      answer: { status: 204 },
    },
    async (call) => {
      owner(call.someone())
      return await call.write(async (db) => {
        requireDone(await deleteJob(db, call.params.id, call.actor()))
        return {}
      })
    },
  )

  async function show(db: Db, id: number, only?: ReadonlySet<string>) {
    const row = await findJob(db, id)
    if (!row) throw notFound('job')
    return { body: JobShown.show(row, 'owner', only), etag: tagOf(row) }
  }
}

function requireDone(outcome: Outcome): void {
  if (outcome === 'missing') throw notFound('job')
  if (outcome === 'running') throw conflict(text('jobs.running'))
}

function owner(visitor: Visitor): void {
  if (!isAdmin(visitor)) throw forbidden()
}
