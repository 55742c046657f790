import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { publishPost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const { app, cast, db } = await testApp()
const { ben, rosa } = cast

const refused: Record<string, string>[] = [
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'cross-site', origin: 'http://localhost:8081' },
  { 'sec-fetch-site': 'anything else' },
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { origin: 'https://localhost:8081' },
  { origin: 'http://localhost:8082' },
  { origin: 'http://localhost:8081.evil.example' },
  { origin: 'http://evil.example/localhost:8081' },
  { origin: 'localhost:8081' },
  { origin: 'garbage' },
]
const taken: Record<string, string>[] = [
  {},
  { 'sec-fetch-site': 'same-origin' },
  { 'sec-fetch-site': 'none' },
  { origin: 'http://localhost:8081' },
  // The address a reader used, behind a name that SITE_URL does not have.
  { origin: 'http://192.168.0.7:8081', host: '192.168.0.7:8081' },
]

describe('a write', () => {
  for (const headers of refused) {
    test(`with ${JSON.stringify(headers)} is refused and changes nothing`, async () => {
      const post = await publishPost(ben)
      const writes = [
        paths.postComments(post.slug),
        paths.admin.post(post.id),
        paths.admin.postDeletion(post.id),
        paths.admin.posts(),
        paths.profile(),
        paths.signOut(),
        '/nowhere',
      ]
      const before = await everything()
      for (const path of writes) {
        const response = await ben.post(
          path,
          { title: 'Forged', body: 'Forged', version: '1', name: 'Forged' },
          headers,
        )
        assert.equal(response.statusCode, 403, path)
        assert.match(response.body, /sent from another site/)
        assert.equal(response.headers['set-cookie'], undefined)
      }
      assert.deepEqual(await everything(), before)
      assert.equal((await ben.get(paths.profile())).statusCode, 200)
    })
  }

  for (const headers of taken) {
    test(`with ${JSON.stringify(headers)} is taken`, async () => {
      const post = await publishPost(ben)

      assert.equal((await rosa.post(paths.postComments(post.slug), { body: 'Mine' }, headers)).statusCode, 303)
    })
  }

  test('by any method but GET and HEAD is looked at', async () => {
    for (const method of ['PUT', 'PATCH', 'DELETE'] as const) {
      assert.equal(
        (
          await app.inject({
            method,
            url: paths.admin.post(1),
            headers: { cookie: ben.cookie, 'sec-fetch-site': 'cross-site' },
          })
        ).statusCode,
        403,
        method,
      )
    }
  })
})

test('reading from another site is nothing bad', async () => {
  const { path } = await publishPost(ben)

  assert.equal(
    (await rosa.get(path, { 'sec-fetch-site': 'cross-site', origin: 'https://other.example' })).statusCode,
    200,
  )
})

test('no answer opens the blog to scripts of other sites', async () => {
  const { path } = await publishPost(ben)
  for (const url of [path, paths.home(), paths.profile()]) {
    const response = await rosa.get(url, { origin: 'https://other.example' })
    assert.equal(Object.keys(response.headers).filter((name) => name.startsWith('access-control')).length, 0)
  }
})

async function everything() {
  return {
    posts: await db.selectFrom('posts').selectAll().orderBy('id').execute(),
    comments: await db.selectFrom('comments').select('id').execute(),
    sessions: await db.selectFrom('sessions').select('user_id').execute(),
    users: await db.selectFrom('users').select(['id', 'name']).orderBy('id').execute(),
  }
}
