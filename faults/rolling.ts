// Two instances behind a balancer are restarted in turn, again and again, under readers, writers and a stream: nobody notices.
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ConnectionTarget, formatConnectionString } from '../src/db/connection-string.ts'
import { migrate } from '../src/db/migrate.ts'
import { connect } from '../src/db/pool.ts'
import { paths } from '../src/paths.ts'
import { testLimits } from '../test/database.ts'
import { startPgBouncer } from '../test/pgbouncer.ts'
import { startPair } from '../test/standby.ts'
import { freePort } from '../test/tcp-server.ts'
import { startBalancer } from './balancer.ts'
import { startBlog } from './blog-process.ts'
import { type Ledger, addWriters, compareWrites, startWrites } from './keyed-writes.ts'

export type RollingResult = {
  restarts: number
  /** Readers' requests, and those that did not get 200. */
  requests: number
  requestsPerSecond: number
  failures: string[]
  /** Writes by status: a balancer that sends nothing twice has no other than 201. */
  writes: Record<string, number>
  acknowledged: number
  lost: number
  doubled: number
  /** How often the stream was told to come again, and how often that did not work. */
  streams: number
  streamFailures: number
  slowestStopMs: number
  slowestAnswerMs: number
  codes: (number | string | null)[]
}

type Options = {
  rounds: number
  requestsPerSecond: number
  /** Both speak through Debian's PgBouncer in transaction mode. */
  isPooled?: boolean
  report: (line: string) => void
}

/** Longer than the balancer takes to notice, also on a busy machine. */
const stopDelaySeconds = 4

export async function rolling({
  rounds,
  requestsPerSecond,
  isPooled = false,
  report,
}: Options): Promise<RollingResult> {
  const folder = mkdtempSync(join(tmpdir(), 'bloggy-rolling-'))
  const endings: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  try {
    const pair = await startPair({ fsync: 'off' })
    endings.push(pair.remove)
    const { target } = pair.first
    await migrate(target, testLimits)
    await onDatabase(target, async (sql) => {
      await addWriters(sql)
      await sql`update settings set comments_are_live = true`
      await sql`insert into posts (slug, title, body, body_html, author_id, published_at)
        select 'post-' || n, 'Post ' || n, 'It is.', '<p>It is.</p>', (select min(id) from users), now() - n * interval '1 hour'
          from generate_series(0, 49) n`
    })
    const pooler = isPooled ? await startPgBouncer(target) : undefined
    if (pooler) endings.push(pooler.stop)
    const environment: Record<string, string> = {
      DATABASE_URL: formatConnectionString(pooler?.target ?? target),
      ...(pooler && { DB_PREPARE: 'no', DATABASE_LISTEN_URL: formatConnectionString(target) }),
      STOP_DELAY: String(stopDelaySeconds),
      LIVE_STREAMS_PER_NETWORK: '1000',
    }
    const blogs = []
    for (const name of ['one', 'two']) {
      const blog = await startBlog(await freePort(), { ...environment, BLOGGY_DATA: join(folder, name) })
      endings.push(blog.stop)
      blogs.push(blog)
    }
    const balancer = await startBalancer(blogs.map(({ origin }) => origin))
    endings.push(balancer.stop)

    const ledger: Ledger = []
    const reading = readOn(balancer.origin, requestsPerSecond)
    const writes = startWrites([balancer.origin], ledger, 400)
    const stream = followStream(balancer.origin + paths.liveComments('post-0'))
    await sleep(1000)
    const began = performance.now()
    const codes: RollingResult['codes'] = []
    let slowestStopMs = 0
    for (let round = 1; round <= rounds; round++) {
      for (const blog of blogs) {
        const { ms, code } = await blog.stop()
        codes.push(code)
        slowestStopMs = Math.max(slowestStopMs, ms)
        await blog.start()
        // Until the balancer knows.
        await sleep(700)
      }
      report(
        `round ${round}: ${reading.answered()} answered, ${reading.failures().length} failed, ${stream.begun()} streams${kindsOf(reading.failures())}`,
      )
    }
    const seconds = (performance.now() - began) / 1000
    await writes.stop()
    await reading.stop()
    stream.stop()
    const verdict = await onDatabase(target, async (sql) => await compareWrites(sql, ledger, 0))
    return {
      restarts: codes.length,
      requests: reading.answered(),
      requestsPerSecond: Math.round(reading.answered() / seconds),
      failures: reading.failures(),
      writes: Object.fromEntries(writes.statuses()),
      acknowledged: verdict.acknowledged,
      lost: verdict.lost,
      doubled: verdict.doubled,
      streams: stream.begun(),
      streamFailures: stream.failures(),
      slowestStopMs,
      slowestAnswerMs: reading.slowestMs(),
      codes: [...new Set(codes)],
    }
  } finally {
    for (const end of endings.toReversed()) await end()
  }
}

/** Without the address that was asked for. */
function kindsOf(failures: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const failure of failures) {
    const kind = failure.slice(failure.indexOf(': ') + 2)
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  return [...counts]
    .slice(0, 5)
    .map(([kind, times]) => `; ${times} × ${kind}`)
    .join('')
}

/** At a rate that does not wait for answers: pages from memory, and one in five that is made for whoever asks. */
function readOn(origin: string, perSecond: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: 300 })
  const failures: string[] = []
  let answered = 0
  let underWay = 0
  let slowestMs = 0
  let due = 0
  let count = 0
  const one = () => {
    const n = count++
    const path = n % 3 === 0 ? paths.home() : paths.post(`post-${n % 50}`)
    const began = performance.now()
    underWay++
    const end = (failure?: string) => {
      underWay--
      answered++
      slowestMs = Math.max(slowestMs, performance.now() - began)
      if (failure) failures.push(failure)
    }
    const headers = n % 5 === 0 ? { cookie: 'bloggy=nobody' } : {}
    get(origin + path, { agent, headers }, (response) => {
      let text = ''
      if (response.statusCode === 200) response.resume()
      else response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.once('end', () =>
        end(response.statusCode === 200 ? undefined : `${path}: ${response.statusCode} ${text.slice(0, 100)}`),
      )
      response.once('error', (error) => end(`${path}: ${error.message}`))
    }).once('error', (error) => end(`${path}: ${error.message}`))
  }
  const timer = setInterval(() => {
    for (due += perSecond / 50; due >= 1; due--) one()
  }, 20)
  return {
    answered: () => answered,
    failures: () => failures,
    slowestMs: () => slowestMs,
    stop: async () => {
      clearInterval(timer)
      while (underWay > 0) await sleep(20)
      agent.destroy()
    },
  }
}

/** As a browser does: when the stream ends it comes again, after as long as it was told. */
function followStream(url: string) {
  let begun = 0
  let failures = 0
  let isOver = false
  const follow = () => {
    if (isOver) return
    let retryMs = 2000
    const again = () => setTimeout(follow, retryMs).unref()
    get(url, { headers: { accept: 'text/event-stream' } }, (response) => {
      if (response.statusCode === 200) begun++
      else failures++
      response.setEncoding('utf8').on('data', (text: string) => {
        retryMs = Number(/^retry: ?(\d+)/m.exec(text)?.[1] ?? retryMs)
      })
      response.once('close', again)
    }).once('error', () => {
      failures++
      again()
    })
  }
  follow()
  return { begun: () => begun, failures: () => failures, stop: () => void (isOver = true) }
}

async function onDatabase<T>(
  target: ConnectionTarget,
  work: (sql: ReturnType<typeof connect>) => Promise<T>,
): Promise<T> {
  const sql = connect(target, { ...testLimits, statementTimeoutSeconds: 120 }, 1, { fetch_types: false })
  try {
    return await work(sql)
  } finally {
    await sql.end({ timeout: 1 })
  }
}
