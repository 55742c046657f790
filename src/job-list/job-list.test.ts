// Jobs that failed for good, where the owner sees them and has them tried again.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { program } from '../../test/api-client.ts'
import { testApp } from '../../test/app.ts'
import { newMetrics } from '../http/metrics.ts'
import { paths } from '../paths.ts'
import { shownError } from './job.ts'
import { measureJobs } from './metrics.ts'
import { retryJob } from './queries.ts'

const context = await testApp()
const { app, cast, db } = context
const { ada, cleo } = cast
const owner = await program(app, db, ada)

describe('a job that failed for good', { concurrency: false }, () => {
  test('is on the page with its reason, and without what it was told', async () => {
    const id = await failed(
      'send-email-notice',
      { email: 'someone@example.com' },
      'connect ECONNREFUSED\n    at line 7',
    )
    const { statusCode, body } = await ada.get(paths.admin.jobs({ state: 'failed' }))
    assert.equal(statusCode, 200)
    assert.ok(body.includes('<b>send-email-notice</b>'))
    assert.ok(body.includes('tried 12 of 12 times'))
    assert.ok(body.includes('connect ECONNREFUSED</p>'))
    assert.doesNotMatch(body, /someone@example|line 7/)
    assert.ok(body.includes('Failed (1)'))
    await owner.send('DELETE', paths.api.job(id))
  })

  test('is the owner’s to see, try again and delete', async () => {
    const id = await failed('send-email-notice', { email: 'someone@example.com' })
    const editor = await program(app, db, cleo)
    assert.equal((await cleo.get(paths.admin.jobs())).statusCode, 403)
    for (const path of [paths.admin.jobRetry(id), paths.admin.jobDeletion(id), paths.admin.jobRetries()])
      assert.equal((await cleo.post(path, {})).statusCode, 403)
    assert.equal((await editor.get(paths.api.jobs())).statusCode, 403)
    assert.equal((await editor.send('POST', paths.api.jobRetry(id))).statusCode, 403)
    assert.equal((await find(id))?.state, 'failed')
    await owner.send('DELETE', paths.api.job(id))
  })

  test('is done when it is tried again, with a line in the audit log', async () => {
    const id = await failed('send-email-notice', { email: 'again@example.com' }, 'no route to host')
    assert.equal((await ada.post(paths.admin.jobRetry(id), {})).statusCode, 303)
    const job = await find(id)
    assert.deepEqual([job?.state, job?.attempts], ['waiting', 0])
    const mails = await context.deliverMail()
    assert.deepEqual(
      mails.map(({ to, messageId }) => [to, messageId]),
      [['again@example.com', `job-${id}`]],
    )
    assert.equal((await owner.get(paths.api.job(id))).statusCode, 404)
    assert.deepEqual(await lastEvent(), {
      action: 'job.retried',
      actor_id: ada.id,
      subject_type: 'job',
      subject_id: id,
      details: { task: 'send-email-notice', attempts: 12, last_error: 'no route to host' },
    })
  })

  test('is tried again with all the others', async () => {
    for (const email of ['one@example.com', 'two@example.com', 'three@example.com'])
      await failed('send-email-notice', { email })
    const { statusCode, data } = await owner.send('POST', paths.api.jobRetries())
    assert.deepEqual([statusCode, data], [200, { count: 3 }])
    assert.equal((await context.deliverMail()).length, 3)
    assert.equal((await lastEvent())?.action, 'job.all-retried')
    assert.equal((await ada.post(paths.admin.jobRetries(), {})).statusCode, 303)
    assert.equal((await owner.send('POST', paths.api.jobRetries())).data.count, 0)
  })

  test('is given up', async () => {
    const id = await failed('send-email-notice', { email: 'never@example.com' })
    assert.equal((await ada.post(paths.admin.jobDeletion(id), {})).statusCode, 303)
    assert.equal(await find(id), undefined)
    assert.equal((await ada.post(paths.admin.jobDeletion(id), {})).statusCode, 404)
    assert.equal((await lastEvent())?.action, 'job.deleted')
    assert.deepEqual(await context.deliverMail(), [])
  })

  test('is left alone while it is being done', async () => {
    const id = await failed('send-email-notice', { email: 'now@example.com' })
    await sql`update graphile_worker._private_jobs set attempts = 3, locked_at = now(), locked_by = 'somebody' where id = ${id}`.execute(
      db,
    )
    assert.equal((await find(id))?.state, 'running')
    for (const path of [paths.admin.jobRetry(id), paths.admin.jobDeletion(id)])
      assert.equal((await ada.post(path, {})).statusCode, 409)
    assert.equal((await owner.send('DELETE', paths.api.job(id))).statusCode, 409)
    assert.equal(await retryJob(db, id, { id: ada.id, ip: '127.0.0.1' }), 'running')
    await sql`update graphile_worker._private_jobs set locked_at = null, locked_by = null where id = ${id}`.execute(db)
    await owner.send('DELETE', paths.api.job(id))
  })
})

test('a mail that breaks off is sent again under the same Message-ID', async () => {
  const id = await failed('send-email-notice', { email: 'twice@example.com' })
  await owner.send('POST', paths.api.jobRetry(id))
  const [first] = await context.deliverMail(async () => {
    throw new Error('the connection was lost after the mail was taken')
  })
  const job = await find(id)
  assert.deepEqual([job?.state, job?.attempts], ['waiting', 1])
  assert.match(job?.last_error ?? '', /lost after the mail was taken/)
  await owner.send('POST', paths.api.jobRetry(id))
  const [second] = await context.deliverMail()
  assert.equal(first?.messageId, `job-${id}`)
  assert.equal(second?.messageId, first.messageId)
})

test('programs list jobs by state and task, page by page', async () => {
  const ids = []
  for (const email of ['a@example.com', 'b@example.com', 'c@example.com'])
    ids.push(await failed('send-email-notice', { email }))
  await failed('send-registration-notice', { email: 'd@example.com' })
  const first = await owner.get(`${paths.api.jobs()}?state=failed&task=send-email-notice&limit=2&sort=id`)
  assert.deepEqual(
    first.data.data.map((job: { id: number }) => job.id),
    ids.slice(0, 2),
  )
  const query = new URLSearchParams({
    state: 'failed',
    task: 'send-email-notice',
    limit: '2',
    sort: 'id',
    cursor: first.data.next,
  })
  const second = await owner.get(`${paths.api.jobs()}?${query}`)
  assert.deepEqual(
    second.data.data.map((job: { id: number }) => job.id),
    ids.slice(2),
  )
  assert.equal((await owner.get(`${paths.api.jobs()}?state=running`)).data.data.length, 0)
  assert.equal((await owner.get(`${paths.api.jobs()}?state=gone`)).statusCode, 422)
})

test('a monitor is told how many there are', async () => {
  await sql`delete from graphile_worker._private_jobs`.execute(db)
  await failed('send-email-notice', { email: 'a@example.com' })
  await sql`select graphile_worker.add_job('count-posts', '{}', run_at := now() - interval '20 minutes'),
    graphile_worker.add_job('count-posts', '{}', run_at := now() + interval '1 hour')`.execute(db)
  const { registry } = newMetrics()
  measureJobs(registry, db)
  const text = await registry.metrics()
  for (const line of ['{state="failed"} 1', '{state="waiting"} 2', '{state="late"} 1', '{state="running"} 0'])
    assert.ok(text.includes(`bloggy_jobs${line}`), text)
  assert.match(text, /^bloggy_jobs_oldest_seconds 1[12]\d\d/m)
})

test('what looks like a secret is left out of a reason', () => {
  const cases: [string, string][] = [
    ['connect ECONNREFUSED 127.0.0.1:25\n at x', 'connect ECONNREFUSED 127.0.0.1:25'],
    ['cannot reach smtp://ada:hunter2@mail.example', 'cannot reach smtp://…@mail.example'],
    ['POST failed: Authorization: Bearer abc.def', 'POST failed: Authorization: Bearer …'],
    ['{"password":"hunter2"}', '{"password":"…"}'],
    [`no answer for /confirm/${'x'.repeat(43)}`, 'no answer for /confirm/…'],
  ]
  for (const [text, shown] of cases) assert.equal(shownError(text), shown)
  assert.equal(shownError(null), null)
  assert.equal(shownError('word '.repeat(200))?.length, 300)
})

async function failed(task: string, payload: object, reason = 'it failed'): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    select id from graphile_worker.add_job(${task}, ${JSON.stringify(payload)}::text::json, max_attempts := 12)`.execute(
    db,
  )
  const id = Number(rows[0]?.id)
  await sql`update graphile_worker._private_jobs set attempts = max_attempts, last_error = ${reason} where id = ${id}`.execute(
    db,
  )
  return id
}

async function find(id: number) {
  const { data } = await owner.get(`${paths.api.jobs()}?limit=100`)
  return (data.data as { id: number; state: string; attempts: number; last_error: string }[]).find(
    (job) => job.id === id,
  )
}

async function lastEvent() {
  return await db
    .selectFrom('audit_events')
    .select(['action', 'actor_id', 'subject_type', 'subject_id', 'details'])
    .orderBy('id', 'desc')
    .executeTakeFirst()
}
