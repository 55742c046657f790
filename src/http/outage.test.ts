// PostgreSQL goes away and comes back.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { newBlog, testApp } from '../../test/app.ts'
import { testLimits } from '../../test/database.ts'
import { publishPost } from '../../test/pages.ts'
import { startRelay } from '../../test/relay.ts'
import { until } from '../../test/waiting.ts'
import { openDatabase } from '../db/pool.ts'
import { paths } from '../paths.ts'

const { cast, target } = await testApp()
const { ben } = cast
const relay = await startRelay(target)
const limits = { ...testLimits, connectTimeoutSeconds: 2 }
const database = openDatabase(relay.target, limits)
const far = await newBlog({}, { target: relay.target, limits, database, db: database.db })
after(async () => {
  await database.close(1)
  await relay.remove()
})
const get = (url: string, headers = {}) => far.app.inject({ url, headers })

describe('while PostgreSQL is away', () => {
  test('pages ask to come back in a moment, whoever asks, and soon', async () => {
    const { path, slug } = await publishPost(ben)
    assert.equal((await get(path)).statusCode, 200)
    await relay.cut()
    try {
      for (let round = 0; round < 6; round++) {
        const begun = Date.now()
        const form = {
          method: 'POST',
          headers: { cookie: ben.cookie, 'content-type': 'application/x-www-form-urlencoded' },
        } as const
        const answers = await Promise.all([
          get(path),
          get(paths.home()),
          get(paths.admin.posts(), { cookie: ben.cookie }),
          far.app.inject({ ...form, url: paths.postComments(slug), payload: 'body=Long+and+lost' }),
        ])
        for (const answer of answers) {
          assert.equal(answer.statusCode, 503)
          assert.equal(answer.headers['retry-after'], '5')
          assert.equal(answer.headers['cache-control'], 'no-store')
          assert.match(answer.body, /Back in a moment/)
          assert.match(String(answer.headers['content-security-policy']), /default-src 'none'/)
        }
        assert.ok(Date.now() - begun < 6000, `Round ${round} took ${Date.now() - begun} ms.`)
        await sleep(200)
      }
      assert.doesNotMatch(far.logged(), /"level":50/)
      assert.match(far.logged(), /"level":40.*database not available/)
    } finally {
      await relay.mend()
    }
    await returns(path)
  })

  test('it is alive and not ready; the files are served', async () => {
    assert.equal((await get(paths.readyz())).statusCode, 200)
    await relay.cut()
    try {
      const ready = await get(paths.readyz())
      assert.equal(ready.statusCode, 503)
      assert.match(ready.body, /database/)
      for (const url of [paths.livez(), '/assets/style.css']) {
        assert.equal((await get(url, { cookie: ben.cookie })).statusCode, 200, url)
      }
      assert.equal((await get(paths.signIn())).statusCode, 200)
      // It may be a page, or lead to one.
      assert.equal((await get('/nowhere')).statusCode, 503)
    } finally {
      await relay.mend()
    }
    await returns(paths.readyz())
  })

  test('or does not answer, it soon says that it is not ready', async () => {
    assert.equal((await get(paths.readyz())).statusCode, 200)
    relay.hold()
    try {
      const begun = Date.now()
      const response = await get(paths.readyz())
      assert.equal(response.statusCode, 503)
      assert.match(response.body, /does not answer/)
      assert.ok(Date.now() - begun < 4000)
    } finally {
      await relay.mend()
    }
    await returns(paths.readyz())
  })

  test('or does not answer, nobody waits for long, and then nobody waits at all', async () => {
    const { path } = await publishPost(ben)
    relay.hold()
    try {
      const begun = Date.now()
      const answers = await Promise.all([
        get(path),
        get(paths.home()),
        get(paths.admin.posts(), { cookie: ben.cookie }),
      ])
      assert.deepEqual(
        answers.map(({ statusCode }) => statusCode),
        [503, 503, 503],
      )
      assert.ok(Date.now() - begun < 6000, `${Date.now() - begun} ms`)
      const then = Date.now()
      assert.equal((await get(path)).statusCode, 503)
      assert.ok(Date.now() - then < 1000, `${Date.now() - then} ms`)
    } finally {
      await relay.mend()
    }
    await returns(path)
  })
})

/** Good again by itself, without a restart. */
async function returns(url: string): Promise<void> {
  await until(async () => (await get(url)).statusCode === 200)
}
