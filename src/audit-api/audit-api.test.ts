import assert from 'node:assert/strict'
import { test } from 'node:test'
import { program } from '../../test/api-client.ts'
import { testApp } from '../../test/app.ts'
import { publishPost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const { app, cast, db } = await testApp()
const { ada, ben, cleo, rosa } = cast
const adas = await program(app, db, ada)
const events = paths.api.auditEvents()

test('the audit log is read by the owner alone, page by page and by what happened', async () => {
  const { id } = await publishPost(ben)
  for (let count = 0; count < 4; count++) await publishPost(ben)
  for (const sort of ['-created_at', 'created_at']) {
    const found: number[] = []
    let next: string | null = ''
    while (next !== null) {
      const { data } = await adas.get(
        `${events}?${new URLSearchParams({ limit: '3', sort, ...(next && { cursor: next }) })}`,
      )
      found.push(...data.data.map(({ id }: { id: number }) => id))
      next = data.next
    }
    const { count } = await db
      .selectFrom('audit_events')
      .select(({ fn }) => fn.countAll<string>().as('count'))
      .executeTakeFirstOrThrow()
    assert.deepEqual([new Set(found).size, found.length], [Number(count), Number(count)])
  }
  const about = await adas.get(`${events}?subject_type=post&subject_id=${id}`)
  assert.ok(about.data.data.some(({ action }: { action: string }) => action === 'post.published'))
  assert.ok(about.data.data.every((line: { subject_id: number }) => line.subject_id === id))
  const deeds = await adas.get(`${events}?action=post.published&actor_id=${ben.id}`)
  assert.equal(deeds.data.data.length, 5)
  assert.equal(deeds.data.data[0].actor_name, 'Ben')
  const [line] = deeds.data.data
  assert.deepEqual((await adas.get(paths.api.auditEvent(line.id))).data, line)
  assert.deepEqual((await adas.get(`${events}?after=2100-01-01T00:00:00Z`)).data.data, [])
  assert.deepEqual((await adas.get(`${events}?before=2000-01-01T00:00:00%2B02:00`)).data.data, [])
  assert.deepEqual((await adas.get(`${events}?client_ip=192.0.2.1`)).data.data, [])
  const { data } = await adas.send('POST', paths.api.posts(), { title: 'By a token', body: 'x' })
  const byToken = await adas.get(`${events}?origin=token&subject_type=post&subject_id=${data.id}`)
  const [{ token_name }] = byToken.data.data
  assert.ok(token_name)
  assert.equal((await adas.get(`${events}?token_name=${encodeURIComponent(token_name)}`)).data.data[0].origin, 'token')
  assert.deepEqual((await adas.get(`${events}?origin=web&subject_type=post&subject_id=${data.id}`)).data.data, [])

  const refused = ['subject_id=1', 'actor_id=0', 'actor_id=99999999999999999999', 'after=yesterday', 'sort=action']
  refused.push('after=0000-01-01T00:00:00Z', 'after=2020-01-01T00:00:00%2B23:00', 'action=', 'client_ip=')
  refused.push('client_ip=1.2.3', 'actor_id=999999', 'action=posted', 'subject_type=A%20post', 'origin=air')
  for (const query of refused) assert.equal((await adas.get(`${events}?${query}`)).statusCode, 422, query)
  for (const query of ['client_ip=x', 'token_name=%00', 'action=%00', 'action=%ff', 'after=9999-12-31T23:59:60Z'])
    assert.ok((await adas.get(`${events}?${query}`)).statusCode < 500, query)
  for (const one of [ben, cleo, rosa]) {
    const theirs = await program(app, db, one)
    assert.equal((await theirs.get(events)).statusCode, 403)
    assert.equal((await theirs.get(paths.api.auditEvent(line.id))).statusCode, 403)
  }
  assert.equal((await (await program(app, db)).get(events)).statusCode, 401)
  assert.equal((await adas.get(paths.api.auditEvent(999_999_999))).statusCode, 404)
})
