// A real standby answers readers: what they see of a write, and what becomes of them when it is behind, in conflict or dead.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { type Blog, newBlog } from '../../test/app.ts'
import { assemble } from '../../test/cast.ts'
import { testLimits } from '../../test/database.ts'
import { publishPost } from '../../test/pages.ts'
import { startPair } from '../../test/standby.ts'
import { freePort } from '../../test/tcp-server.ts'
import { until } from '../../test/waiting.ts'
import { compiled } from '../db/compiled.ts'
import { formatConnectionString } from '../db/connection-string.ts'
import { migrate } from '../db/migrate.ts'
import { connect, openDatabase } from '../db/pool.ts'
import { askingReplica, openReplicas } from '../db/replicas.ts'
import { listen } from '../http/listen.ts'
import { newMetrics } from '../http/metrics.ts'
import { paths } from '../paths.ts'
import { measureReplicas } from './metrics.ts'

const { first, second, remove } = await startPair({ fsync: 'off' })
const { target } = first
await migrate(target, testLimits)
const urls = {
  DATABASE_URL: formatConnectionString(target),
  DATABASE_REPLICA_URLS: formatConnectionString(second.target),
}
const blog = await another({})
const elsewhere = await another({})
/** Each page is made anew, so it shows who answered. */
const uncached = await another({ PAGE_CACHE_MB: '0' })
const { ada, ben } = await assemble(blog.app, blog.db)
await blog.settings.refresh()
after(remove)

async function another(environment: Record<string, string>): Promise<Blog & { origin: string }> {
  const database = openDatabase(target, testLimits)
  const place = { target, limits: testLimits, database, db: database.db }
  const made = await newBlog({ ...urls, ...environment }, place)
  after(() => database.close(1))
  const port = 20_000 + Math.floor(Math.random() * 20_000)
  after((await listen(made.app, '127.0.0.1', port)).stop)
  return { ...made, origin: `http://127.0.0.1:${port}` }
}

const read = async ({ origin }: { origin: string }, path: string, cookie = '') => {
  const response = await fetch(origin + path, { headers: { cookie } })
  const text = await response.text()
  assert.equal(response.status, 200, `${path}: ${text.slice(0, 500)}`)
  return text
}
const onStandby = second.asSuperuser
const pause = () => onStandby((sql) => sql`select pg_wal_replay_pause()`)
const resume = () => onStandby((sql) => sql`select pg_wal_replay_resume()`)
const caughtUp = async () => {
  const [now] = await first.asSuperuser((sql) => sql<{ at: string }[]>`select pg_current_wal_flush_lsn()::text as at`)
  await until(async () => {
    const [row] = await onStandby(
      (sql) => sql<{ is: boolean }[]>`select pg_last_wal_replay_lsn() >= ${now?.at ?? ''}::text::pg_lsn as is`,
    )
    return row?.is === true
  })
  // Until it is heard of.
  await sleep(700)
}
const figures = async (one: Blog) => {
  const { registry } = newMetrics()
  const replicas = openReplicas({
    targets: one.config.databaseReplicaUrls ?? [],
    primary: one.database.reader,
    open: (place) => connect(place, testLimits, 1, { fetch_types: false }),
    onChange: () => {},
  })
  measureReplicas(registry, replicas)
  return { text: () => registry.metrics(), close: replicas.close }
}
const edit = async (id: number | string, version: number, title: string, who = ben) => {
  const response = await who.post(paths.admin.post(id), { title, body: 'x', version: String(version) })
  assert.equal(response.statusCode, 303, response.body)
  return response
}
/** True once a stranger's page of the uncached server is made of what the standby has. */
const isAsked = async () => {
  const rows = await onStandby(
    (sql) => sql<{ query: string }[]>`
      select query from pg_stat_activity where application_name = 'bloggy replica' and query ilike '%posts%'`,
  )
  return rows.length > 0
}

describe('readers with a standby', { concurrency: false }, () => {
  test('are answered by it, and /readyz says yes', async () => {
    const { path } = await publishPost(ben, { title: 'From the standby' })
    await caughtUp()
    await until(async () => {
      await read(uncached, path)
      await read(uncached, `${paths.search()}?q=standby`)
      return await isAsked()
    })
    // None of their statements is one that only the primary can answer.
    const counted = await figures(uncached)
    const before = /retries_total (\d+)/.exec(await counted.text())?.[1]
    await uncached.db.updateTable('settings').set({ comments_are_live: true }).execute()
    await uncached.settings.refresh()
    const lists = [
      paths.home(),
      paths.archive(),
      paths.tags(),
      paths.feed('', 'atom.xml'),
      '/sitemap.xml',
      '/authors/ben',
    ]
    for (const each of [path, ...lists, `${paths.search()}?q=standby`]) await read(uncached, each)
    for (const each of [path, ...lists]) await read(uncached, each, ada.cookie)
    assert.equal(/retries_total (\d+)/.exec(await counted.text())?.[1], before)
    await counted.close()
    assert.equal((await fetch(uncached.origin + paths.readyz())).status, 200)
  })

  test('others see what it has, and who wrote sees what they wrote, at once', async () => {
    const { id, path } = await publishPost(ben, { title: 'Before' })
    await caughtUp()
    await pause()
    const response = await uncached.app.inject({
      method: 'POST',
      url: paths.admin.post(id),
      headers: { cookie: ben.cookie, 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ title: 'Afterwards', body: 'x', version: '1' }).toString(),
    })
    assert.equal(response.statusCode, 303, response.body)
    const position = response.cookies.find(({ name }) => name === 'bloggy-position')
    assert.match(position?.value ?? '', /^1\.\d+$/)
    assert.ok((position?.maxAge ?? 0) > 10)
    assert.match(await read(uncached, path), /Before/)
    const own = `${ben.cookie}; bloggy-position=${position?.value}`
    assert.match(await read(uncached, path, own), /Afterwards/)
    // Also signed out, as a guest is who commented.
    assert.match(await read(uncached, path, `bloggy-position=${position?.value}`), /Afterwards/)
    // And with a value that nobody gave out.
    assert.match(await read(uncached, path, 'bloggy-position=none'), /Afterwards/)
    await resume()
    await caughtUp()
    assert.match(await read(uncached, path), /Afterwards/)
  })

  test('a page in memory is never that of before a change that was told of', async () => {
    const { id, path } = await publishPost(ben, { title: 'Number 0' })
    const list = paths.home()
    for (let version = 1; version <= 25; version++) {
      await caughtUp()
      for (const one of [blog, elsewhere]) for (const each of [path, list]) await read(one, each)
      if (version % 5 !== 0) await pause()
      await edit(id, version, `Number ${version}`)
      const wanted = new RegExp(`Number ${version}<`)
      for (const each of [path, list]) assert.match(await read(blog, each), wanted, `${version} ${each}`)
      const began = performance.now()
      for (const each of [path, list])
        while (!wanted.test(await read(elsewhere, each))) {
          assert.ok(performance.now() - began < 3000, `${each} elsewhere is old after ${version}`)
          await sleep(5)
        }
      // What was kept meanwhile stays; it has to be the new one.
      for (const one of [blog, elsewhere]) for (const each of [path, list]) assert.match(await read(one, each), wanted)
      await resume()
    }
  })

  test(
    'one that is more than 10 seconds behind answers nobody, and comes back by itself',
    { timeout: 120_000 },
    async (t) => {
      const watched = await figures(uncached)
      const { id, path } = await publishPost(ben, { title: 'Long ago' })
      await caughtUp()
      await until(async () => /bloggy_db_replica_in_use\{replica="127\.0\.0\.1:\d+"\} 1/.test(await watched.text()))
      await second.set({ recovery_min_apply_delay: '30s' })
      const began = performance.now()
      await edit(id, 1, 'Just now')
      assert.match(await read(uncached, path), /Long ago/)
      while (/Long ago/.test(await read(uncached, path))) {
        assert.ok(performance.now() - began < 14_000, 'It is asked still.')
        await sleep(100)
      }
      const left = performance.now() - began
      t.diagnostic(`It left after ${Math.round(left)} ms.`)
      assert.ok(left > 9000, `${left} ms`)
      await until(async () => / 0$/m.test(/bloggy_db_replica_in_use.*\d$/m.exec(await watched.text())?.[0] ?? ''))
      const lag = Number(/bloggy_db_replica_lag_seconds\{.*\} (.*)/.exec(await watched.text())?.[1])
      assert.ok(lag > 9, String(lag))
      await second.set({ recovery_min_apply_delay: '0' })
      await until(async () => / 1$/m.test(/bloggy_db_replica_in_use.*\d$/m.exec(await watched.text())?.[0] ?? ''))
      await watched.close()
      assert.match(uncached.logged(), /a replica answers nobody/)
    },
  )

  test('a statement that the standby stops is asked of the primary, and nobody notices', async () => {
    await second.set({ max_standby_streaming_delay: '0' })
    await caughtUp()
    const slow = compiled(
      (_, __: {}) => sql<{ port: number }>`
      select inet_server_port() as port, pg_sleep(case when pg_is_in_recovery() then 5 else 0 end)
      from (select count(*) from reaction_counts) as counted`,
    )
    const pool = connect(second.target, testLimits, 1, { fetch_types: false })
    const answer = new Promise<{ port: number }[]>((resolve, reject) => {
      askingReplica({ name: 'it', reader: pool, searcher: pool }, () => void slow(blog.db, {}).then(resolve, reject))
    })
    await sleep(300)
    // Takes a lock that no reader of the standby may hold beside it.
    await blog.db.transaction().execute(async (db) => {
      await sql`lock table reaction_counts in access exclusive mode`.execute(db)
      await sql`select pg_current_xact_id()`.execute(db)
    })
    const [row] = await answer
    assert.equal(row?.port, first.port)
    await pool.end({ timeout: 1 })
    await second.set({ max_standby_streaming_delay: '30s' })
  })

  test(
    'nobody notices when it is killed or goes silent, and it comes back by itself',
    { timeout: 120_000 },
    async (t) => {
      const posts: { path: string }[] = []
      for (let count = 0; count < 5; count++) posts.push(await publishPost(ben, { title: `Read on ${count}` }))
      await caughtUp()
      let answered = 0
      const slowest: number[] = []
      const failures: string[] = []
      let isOver = false
      const reader = async (number: number) => {
        while (!isOver) {
          const began = performance.now()
          const one = posts[answered % posts.length]?.path ?? ''
          await read(number % 2 === 0 ? uncached : blog, one).catch((error: Error) => failures.push(error.message))
          slowest.push(performance.now() - began)
          answered++
          await sleep(5)
        }
      }
      const readers = Array.from({ length: 8 }, (_, number) => reader(number))
      await sleep(500)
      await second.stop('SIGKILL')
      await sleep(2500)
      await second.start()
      await until(isAsked)
      second.freeze(true)
      await sleep(4000)
      second.freeze(false)
      await caughtUp()
      await until(isAsked)
      isOver = true
      await Promise.all(readers)
      t.diagnostic(`${answered} answers, the slowest after ${Math.round(Math.max(...slowest))} ms.`)
      assert.deepEqual(failures.slice(0, 3), [])
      assert.ok(Math.max(...slowest) < 5000)
    },
  )

  test('read on while the primary is away, and a signed-in visitor is told to come back', async () => {
    const { path } = await publishPost(ben, { title: 'Without a primary' })
    await caughtUp()
    await read(uncached, path)
    await first.stop('SIGQUIT')
    await sleep(300)
    assert.match(await read(uncached, path), /Without a primary/)
    const signedIn = await fetch(uncached.origin + path, { headers: { cookie: ada.cookie } })
    assert.equal(signedIn.status, 503)
    assert.ok(signedIn.headers.get('retry-after'))
    await first.start()
    await until(async () => (await fetch(uncached.origin + path, { headers: { cookie: ada.cookie } })).status === 200)
  })

  test('of the primary itself that was named too, the other one answers from the moment it dies', async () => {
    const both = `${urls.DATABASE_URL} ${urls.DATABASE_REPLICA_URLS}`
    const port = await freePort()
    const dead = formatConnectionString({ ...second.target, addresses: [{ host: '127.0.0.1', port }] })
    const one = await another({ DATABASE_REPLICA_URLS: `${both} ${dead}`, PAGE_CACHE_MB: '0' })
    const { path } = await publishPost(ben, { title: 'Named twice' })
    await caughtUp()
    await until(() => (one.logged().match(/a replica answers readers/g)?.length ?? 0) === 2)
    await until(() => one.logged().includes('a replica answers nobody'))
    await first.stop('SIGQUIT')
    const pages = await Promise.all(Array.from({ length: 8 }, async () => await fetch(one.origin + path)))
    assert.deepEqual([...new Set(pages.map(({ status }) => status))], [200])
    await first.start()
  })
})
