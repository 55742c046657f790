// A blog in several processes, as an operator has it, and what readers notice when some of them are killed or replaced.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Run,
  blogFolder,
  dataFolder,
  finish,
  gone,
  owner,
  postmasterOf,
  send,
  signIn,
  start,
} from '../../test/bloggy.ts'
import { testLimits } from '../../test/database.ts'
import { freePort } from '../../test/tcp-server.ts'
import { isAlive } from '../db/embedded/processes.ts'
import { findRunning } from '../db/embedded/server.ts'
import { openDatabase } from '../db/pool.ts'
import { paths } from '../paths.ts'

const data = await blogFolder()
const port = await freePort()
const adminPort = await freePort()
const origin = `http://localhost:${port}`
const settings = {
  BLOGGY_DATA: data,
  PORT: String(port),
  ADMIN_PORT: String(adminPort),
  WEB_CONCURRENCY: '2',
  LOG_LEVEL: 'warn',
}
const requestsPerSecond = 500
const clients = 20

describe('a blog in two processes for pages and one for jobs', { concurrency: false }, () => {
  test('answers 500 requests a second without a failure while all its processes are replaced', async () => {
    const run = await start(settings)
    assert.match(run.stdout(), /\n {2}Processes {3}2 for pages, 1 for jobs/)
    assert.equal(run.stdout().match(/Bloggy is running/g)?.length, 1)
    const post = { title: 'Kept', body: 'While they change.', publish: 'yes' }
    assert.equal((await send(origin + paths.admin.posts(), post, await signIn(origin))).status, 303)
    const before = childrenOf(run)
    assert.equal(before.length, 3)

    const reading = readOn()
    await sleep(1000)
    run.kill('SIGUSR2')
    await run.said(/All processes were replaced/)
    await sleep(500)
    const { answered, failures } = await reading.stop()
    assert.deepEqual(failures, [])
    assert.ok(answered > requestsPerSecond, String(answered))
    const after = childrenOf(run)
    assert.equal(after.length, 3)
    assert.deepEqual(
      after.filter((pid) => before.includes(pid)),
      [],
    )
    await stop(run)
  })

  test('loses what a killed process had under way and nothing else, has another at once, and counts on', async () => {
    const run = await start(settings)
    const reading = readOn()
    await sleep(1500)
    const counted = await countedRequests()
    assert.ok(counted > 100, String(counted))
    const [killed = 0] = childrenOf(run, 'web')
    process.kill(killed, 'SIGKILL')
    await run.said(new RegExp(`Web process ${killed} ended \\(SIGKILL\\); another starts now\\.`))
    assert.ok((await countedRequests()) >= counted)
    for (const begun = Date.now(); childrenOf(run, 'web').length < 2; await sleep(50))
      assert.ok(Date.now() - begun < 20_000)
    const { failures } = await reading.stop()
    // Each client has one request under way at most, on a connection that it had already.
    assert.ok(failures.length <= clients, failures.join('\n'))
    await stop(run)
  })

  test('goes on with its jobs when their process is killed', async () => {
    const run = await start(settings)
    const [killed = 0] = childrenOf(run, 'jobs')
    process.kill(killed, 'SIGKILL')
    await run.said(/Process of jobs \d+ ended \(SIGKILL\); another starts now/)
    await send(origin + paths.forgottenPassword(), { email: owner.email })
    await run.said(/Mail to ada@example\.com/)
    assert.equal(run.stdout().match(/Mail to ada@example\.com/g)?.length, 1)
    await stop(run)
  })

  test('keeps its processes when those that should follow do not start', async () => {
    const run = await start(settings)
    const before = childrenOf(run)
    await noteMigration('9999-from-the-future', true)
    run.kill('SIGUSR2')
    await run.said(/All processes were replaced/)
    await noteMigration('9999-from-the-future', false)
    assert.equal(run.stderr().match(/goes on, because the next one did not start/g)?.length, 3)
    assert.deepEqual(childrenOf(run), before)
    assert.equal((await fetch(origin)).status, 200)
    await stop(run)
  })

  test('replaces a process that holds more memory than it may', async () => {
    const run = await start({ ...settings, WEB_MEMORY_MB: '40' })
    await run.said(/Web process \d+ holds \d+ MB; it is replaced\./)
    await run.said(/Web process \d+ was replaced by \d+\./)
    assert.equal((await fetch(origin)).status, 200)
    await stop(run)
  })

  test('leaves neither a process nor a PostgreSQL behind when the first of them is killed', async () => {
    const run = await start(settings)
    const children = childrenOf(run)
    const postgres = postmasterOf(data) ?? 0
    assert.ok(isAlive(postgres))
    run.kill('SIGKILL')
    assert.equal(await run.ended, 'SIGKILL')
    for (const begun = Date.now(); children.some((pid) => isAlive(pid)); await sleep(50))
      assert.ok(Date.now() - begun < 10_000)
    assert.ok(await gone(data))
    const again = await start(settings)
    assert.equal((await fetch(origin + paths.post('kept'))).status, 200)
    await stop(again)
  })

  test('says once what is wrong when its port is taken', async () => {
    const run = await start(settings)
    const other = await finish(['start'], { ...settings, BLOGGY_DATA: dataFolder(), ADMIN_PORT: '' })
    assert.equal(other.code, 1)
    assert.match(other.stderr, new RegExp(`Port ${port} on localhost is taken by another program`))
    assert.equal(other.stderr.match(/is taken/g)?.length, 1)
    await stop(run)
  })
})

async function stop(run: Run): Promise<void> {
  run.kill('SIGTERM')
  assert.equal(await run.ended, 0, run.stderr())
  assert.match(run.stderr(), /Stopped cleanly\.\n$/)
  assert.equal(postmasterOf(data), undefined)
}

/** The processes that run this program, in the order of their start. */
function childrenOf(run: Run, kind = '(web|jobs)'): number[] {
  const pids = readFileSync(`/proc/${run.pid}/task/${run.pid}/children`, 'utf8').trim().split(' ').map(Number)
  return pids.filter((pid) => {
    try {
      return new RegExp(`${kind}-process`).test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
    } catch {
      return false
    }
  })
}

/** Readers on connections that they keep, as a proxy does: the front page, a post, and a page that no cache has. */
function readOn() {
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  const failures: string[] = []
  const addresses = ['/', '/', paths.post('kept'), paths.signIn()]
  let answered = 0
  let isOver = false
  const ask = (path: string) =>
    new Promise<void>((resolve) => {
      const fail = (words: string) => {
        failures.push(`${path}: ${words}`)
        resolve()
      }
      get(origin + path, { agent }, (response) => {
        if (response.statusCode === 200) answered++
        else failures.push(`${path}: ${response.statusCode}`)
        response.on('error', (error) => fail(error.message)).on('end', resolve)
        response.resume()
      }).on('error', (error) => fail(error.message))
    })
  const work = Array.from({ length: clients }, async (_, client) => {
    for (let turn = client; !isOver; turn++) {
      const pause = sleep((clients * 1000) / requestsPerSecond)
      await ask(addresses[turn % addresses.length] ?? '/')
      await pause
    }
  })
  return {
    stop: async () => {
      isOver = true
      await Promise.all(work)
      agent.destroy()
      return { answered, failures }
    },
  }
}

async function countedRequests(): Promise<number> {
  const text = await (await fetch(`http://localhost:${adminPort}${paths.metrics()}`)).text()
  const counts = [...text.matchAll(/^bloggy_http_requests_total\{.* (\d+)$/gm)].map(([, count]) => Number(count))
  return counts.reduce((sum, count) => sum + count, 0)
}

async function noteMigration(name: string, isThere: boolean): Promise<void> {
  const target = findRunning(data)
  assert.ok(target)
  const database = openDatabase(target, testLimits)
  try {
    if (isThere) await database.reader`insert into schema_migrations (name, checksum) values (${name}, '')`
    else await database.reader`delete from schema_migrations where name = ${name}`
  } finally {
    await database.close()
  }
}
