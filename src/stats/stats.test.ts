import assert from 'node:assert/strict'
import { test } from 'node:test'
import { program } from '../../test/api-client.ts'
import { testApp } from '../../test/app.ts'
import { publishPost, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const { app, cast, db } = await testApp()
const { ada, ben, cleo, rosa } = cast
const path = paths.api.stats()

test('numbers are for those who look after what they count', async () => {
  for (let count = 0; count < 3; count++) await publishPost(ben)
  await writePost(ben)
  const binned = await writePost(ben)
  assert.equal((await ben.post(paths.admin.postDeletion(binned.id))).statusCode, 303)
  const exactly = (count: number) => ({ count, is_exact: true })

  const { data } = await (await program(app, db, ada)).get(path)
  assert.deepEqual(
    [data.posts_published, data.posts_draft, data.posts_binned, data.posts_scheduled, data.users, data.comments],
    [3, 1, 1, 0, 5, 0].map(exactly),
  )
  assert.match(data.postgres, /^16/)
  assert.ok(data.database_bytes > 1_000_000)
  assert.ok([data.jobs_waiting, data.jobs_late, data.jobs_failed].every(Number.isInteger))

  const cleos = await (await program(app, db, cleo)).get(path)
  assert.deepEqual(Object.keys(cleos.data).toSorted(), [
    'comments',
    'comments_spam',
    'comments_waiting',
    'media',
    'posts_binned',
    'posts_draft',
    'posts_published',
    'posts_scheduled',
    'users',
  ])
  for (const one of [ben, rosa]) assert.equal((await (await program(app, db, one)).get(path)).statusCode, 403)
  assert.equal((await (await program(app, db)).get(path)).statusCode, 401)
  const some = await (await program(app, db, ada)).get(`${path}?fields=users,postgres`)
  assert.deepEqual(Object.keys(some.data), ['users', 'postgres'])
})
