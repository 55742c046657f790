// PostgreSQL goes away, or falls silent, or only its announcements do: what readers get from memory meanwhile.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { newBlog, testApp } from '../../test/app.ts'
import { webSettings } from '../../test/browser.ts'
import { testLimits } from '../../test/database.ts'
import { publishPost } from '../../test/pages.ts'
import { startRelay } from '../../test/relay.ts'
import { openDatabase } from '../db/pool.ts'
import { listen } from '../http/listen.ts'

const { cast, db, target } = await testApp()
const { ben } = cast
const relay = await startRelay(target)
const limits = { ...testLimits, connectTimeoutSeconds: 2 }
const database = openDatabase(relay.target, limits)
const web = await webSettings()
const far = await newBlog(web, { target: relay.target, limits, database, db: database.db })
after((await listen(far.app, '127.0.0.1', Number(web.PORT))).stop)
after(async () => {
  await database.close(1)
  await relay.remove()
})

const get = async (path: string) => {
  const response = await fetch(`http://127.0.0.1:${web.PORT}${path}`)
  return { status: response.status, headers: response.headers, text: await response.text() }
}

async function kept(title: string) {
  const post = await publishPost(ben, { title })
  const shows = async () => (await get(post.path)).text.includes(title)
  const isKept = async () => (await get(post.path)).headers.get('etag')?.startsWith('"') === true
  for (const begun = Date.now(); !((await shows()) && (await isKept())); await sleep(20)) {
    if (Date.now() - begun > 10_000) assert.fail('It is not kept.')
  }
  return post
}

const rename = async (id: number, title: string) =>
  await sql`update posts set title = ${title}, version = version + 1 where id = ${id}`.execute(db)

for (const [way, stop] of [
  ['away', () => relay.cut()],
  ['silent', async () => relay.hold()],
] as const) {
  describe(`while PostgreSQL is ${way}`, () => {
    test('pages come from memory and say so, others ask to come back, and afterwards none is old', async () => {
      const other = await publishPost(ben)
      const { id, path } = await kept(`Before it was ${way}`)
      await stop()
      try {
        // Somebody else has another way to it.
        await rename(id, `While it was ${way}`)
        for (const begun = Date.now(); Date.now() - begun < 7000; await sleep(250)) {
          const page = await get(path)
          assert.equal(page.status, 200)
          assert.match(page.text, new RegExp(`Before it was ${way}`))
          const seconds = (Date.now() - begun) / 1000
          if (seconds > 5) assert.match(page.headers.get('cache-status') ?? '', /hit/, `after ${seconds} s`)
        }
        assert.equal((await get(other.path)).status, 503)
        // A write that nobody could look after is not answered by an old page.
        assert.equal((await far.app.inject({ method: 'POST', url: '/nowhere' })).statusCode >= 400, true)
      } finally {
        await relay.mend()
      }
      const mended = Date.now()
      let page = await get(path)
      while (!page.text.includes(`While it was ${way}`) && Date.now() - mended < 10_000) {
        await sleep(100)
        page = await get(path)
      }
      assert.match(page.text, new RegExp(`While it was ${way}`))
      assert.equal(page.headers.get('cache-status'), null)
    })
  })
}

test('while every reader waits for a table, pages go on coming from memory, after a write of somebody, too', async () => {
  const slow = await Promise.all(Array.from({ length: 8 }, async () => await publishPost(ben)))
  const { path } = await kept('While readers wait')
  const asked: Promise<unknown>[] = []
  await db.transaction().execute(async (trx) => {
    await sql`lock table comments in access exclusive mode`.execute(trx)
    asked.push(...slow.map(async (post) => await get(post.path)))
    await sleep(300)
    // A process looks for what changed before it answers what may have been a write.
    await far.app.inject({ method: 'POST', url: '/nowhere' })
    const page = await get(path)
    assert.equal(page.status, 200)
    assert.match(page.text, /While readers wait/)
    assert.equal(page.headers.get('cache-status'), null)
  })
  await Promise.all(asked)
})

test('while the connection that listens is ended again and again, a page is old for five seconds at most', async () => {
  const { id, path } = await kept('Announced 0')
  const worst: number[] = []
  for (let number = 1; number <= 3; number++) {
    let isOver = false
    const cutting = (async () => {
      while (!isOver) {
        await sql`select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and query ilike 'listen %'`.execute(db)
        await sleep(20)
      }
    })()
    await sleep(200)
    await rename(id, `Announced ${number}`)
    const begun = Date.now()
    while (!(await get(path)).text.includes(`Announced ${number}`)) await sleep(10)
    worst.push(Date.now() - begun)
    isOver = true
    await cutting
  }
  assert.ok(Math.max(...worst) < 5000, `${worst.join(', ')} ms`)
})
