import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { AppError } from '../errors.ts'
import { paths } from '../paths.ts'
import { assignRole, removeRole } from './queries.ts'

const { cast, db } = await testApp()
const { ada, cleo, rosa } = cast

const isKind = (kind: string) => (error: unknown) => error instanceof AppError && error.kind === kind

test('a role counts from the next request on, and its end too', async () => {
  assert.equal((await rosa.get(paths.admin.newPost())).statusCode, 403)
  await assignRole(db, rosa.email, 'Author')
  assert.equal((await rosa.get(paths.admin.newPost())).statusCode, 200)
  await removeRole(db, rosa.email, 'author')
  assert.equal((await rosa.get(paths.admin.newPost())).statusCode, 403)
})

test('giving and taking twice is written down once', async () => {
  for (const change of [assignRole, assignRole, removeRole, removeRole]) await change(db, cleo.email, 'author')
  const events = await db
    .selectFrom('audit_events')
    .select('action')
    .where('action', 'like', 'role.%')
    .where('subject_id', '=', cleo.id)
    .orderBy('id')
    .execute()
  assert.deepEqual(
    events.map(({ action }) => action),
    ['role.assigned', 'role.removed'],
  )
})

test('the last admin keeps the role, also when two are taken away at once', async () => {
  await assert.rejects(removeRole(db, ada.email, 'admin'), isKind('conflict'))
  await assignRole(db, cleo.email, 'admin')
  const results = await Promise.allSettled([ada, cleo].map(({ email }) => removeRole(db, email, 'admin')))
  assert.deepEqual(results.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
})

test('an unknown address or role is named', async () => {
  await assert.rejects(assignRole(db, 'nobody@example.com', 'author'), /nobody@example\.com/)
  await assert.rejects(assignRole(db, ada.email, 'king'), /king.*admin, moderator, author, viewer/)
})
