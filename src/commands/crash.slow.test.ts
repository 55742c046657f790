// What was answered is kept, whoever is killed while readers write.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Run, blogFolder, gone, postmasterOf, send, signIn, start } from '../../test/bloggy.ts'
import { testLimits } from '../../test/database.ts'
import { freePort } from '../../test/tcp-server.ts'
import { findRunning } from '../db/embedded/server.ts'
import { type Db, openDatabase } from '../db/pool.ts'
import { paths } from '../paths.ts'
import { createSession } from '../sessions/queries.ts'
import { insertUser } from '../users/queries.ts'

const data = await blogFolder()
const port = await freePort()
const origin = `http://localhost:${port}`
const settings = { BLOGGY_DATA: data, PORT: String(port) }
const writers = 4
// Each may comment 30 times in five minutes.
const readersPerWriter = 30

describe('a blog that is killed while four people comment', { concurrency: false }, () => {
  let cookies: string[] = []
  let turn = 0
  const answered = new Set<string>()

  test('has a post and readers', async () => {
    const run = await start(settings)
    const post = { title: 'Busy', body: 'Say something.', publish: 'yes' }
    assert.equal((await send(origin + paths.admin.posts(), post, await signIn(origin))).status, 303)
    cookies = await withDatabase((db) => signInReaders(db, writers * readersPerWriter))
    run.kill('SIGTERM')
    assert.equal(await run.ended, 0)
  })

  for (const round of [1, 2, 3]) {
    test(`itself, at a random moment: every answered comment is there after the restart (${round} of 3)`, async () => {
      const run = await start(settings)
      const writing = write()
      await writing.begun
      await sleep(Math.random() * 900)
      run.kill('SIGKILL')
      assert.equal(await run.ended, 'SIGKILL')
      const statuses = await writing.stop()
      assert.deepEqual(
        statuses.filter((status) => status !== 303),
        [],
      )

      const again = await start(settings)
      assert.equal((await fetch(origin + paths.post('busy'))).status, 200)
      assert.deepEqual(await missing(), [])
      again.kill('SIGTERM')
      assert.equal(await again.ended, 0)
    })
  }

  test('with PostgreSQL alone: it comes back by itself, with every answered comment and without a 500', async () => {
    const run = await start(settings)
    const writing = write()
    await writing.begun
    const killed = postmasterOf(data) ?? 0
    process.kill(killed, 'SIGKILL')
    const seen: number[] = []
    const before = answered.size
    for (const begun = Date.now(); Date.now() - begun < 40_000; await sleep(50)) {
      seen.push(await read(run))
      const isBack = (postmasterOf(data) ?? killed) !== killed && seen.slice(-5).every((status) => status === 200)
      if (isBack && seen.length > 20 && answered.size > before + 20) break
    }
    const statuses = await writing.stop()
    assert.equal(seen.at(-1), 200)
    assert.ok(answered.size > before, 'Nobody could comment afterwards.')
    const wrong = [...seen, ...statuses].filter((status) => ![200, 303, 503].includes(status))
    assert.deepEqual(
      wrong,
      [],
      run
        .stdout()
        .match(/^.*"request failed".*$/gm)
        ?.join('\n'),
    )
    assert.ok([...seen, ...statuses].includes(503))
    assert.deepEqual(await missing(), [])
    run.kill('SIGTERM')
    assert.equal(await run.ended, 0)
    assert.ok(await gone(data))
  })

  /** Four writers, each with a comment after the other, until stopped or until nobody answers. */
  function write() {
    let isOver = false
    let begin = () => {}
    const begun = new Promise<void>((resolve) => (begin = resolve))
    const statuses: number[] = []
    const work = Array.from({ length: writers }, async () => {
      while (!isOver) {
        const body = `comment ${turn++}`
        const cookie = cookies[turn % cookies.length] ?? ''
        try {
          const { status } = await send(origin + paths.postComments('busy'), { body }, cookie)
          statuses.push(status)
          if (status === 303) answered.add(body)
          begin()
          await sleep(status === 503 ? 50 : 10)
        } catch {
          return
        }
      }
    })
    return {
      /** Settles at the first answer. */
      begun,
      stop: async () => {
        isOver = true
        await Promise.all(work)
        return statuses
      },
    }
  }

  async function read(run: Run): Promise<number> {
    try {
      return (await fetch(origin + paths.post('busy'))).status
    } catch (error) {
      const end = await Promise.race([run.ended, sleep(3000, 'runs')])
      return assert.fail(
        `${String(error)}, ${String((error as Error).cause)}, process: ${end}\n${run.stdout().slice(-3000)}\n${run.stderr()}`,
      )
    }
  }

  async function missing(): Promise<string[]> {
    const kept = await withDatabase(async (db) => {
      await db.deleteFrom('attempts').execute()
      return await db.selectFrom('comments').select('body').execute()
    })
    const bodies = new Set(kept.map(({ body }) => body))
    return [...answered].filter((body) => !bodies.has(body))
  }
})

async function withDatabase<T>(work: (db: Db) => Promise<T>): Promise<T> {
  const target = findRunning(data)
  assert.ok(target)
  const database = openDatabase(target, testLimits)
  try {
    return await work(database.db)
  } finally {
    await database.close()
  }
}

async function signInReaders(db: Db, count: number): Promise<string[]> {
  const cookies: string[] = []
  for (let index = 0; index < count; index++) {
    const person = {
      name: `Reader ${index}`,
      email: `reader-${index}@example.com`,
      password_hash: 'none',
      isConfirmed: true,
      role: 'viewer',
    }
    const user = await db.transaction().execute((db) => insertUser(db, person))
    const session = { user_id: user?.id ?? 0, isKept: true, ip: '127.0.0.1', user_agent: 'test' }
    cookies.push(`bloggy=${await createSession(db, session)}`)
  }
  return cookies
}
