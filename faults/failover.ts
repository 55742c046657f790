// The standby is promoted under a load of keyed writes, again and again: what was acknowledged is there once, and writes go on.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { formatConnectionString } from '../src/db/connection-string.ts'
import { migrate } from '../src/db/migrate.ts'
import { connect } from '../src/db/pool.ts'
import { testLimits } from '../test/database.ts'
import { type PgServer, startPair, targetOf } from '../test/standby.ts'
import { freePort } from '../test/tcp-server.ts'
import { startBlog } from './blog-process.ts'
import { type Ledger, addWriters, compareWrites, startWrites } from './keyed-writes.ts'

export type Failover = {
  /** From the promotion to the first write that was acknowledged. */
  writableMs: number
  /** The longest time without an acknowledged write. */
  gapMs: number
  how: 'killed' | 'frozen'
  acknowledged: number
  lost: number
  /** How long before the fault the oldest lost one was acknowledged. */
  oldestLostMs: number
  doubled: number
}

export type FailoverResult = {
  rounds: Failover[]
  isSynchronous: boolean
  acknowledged: number
  lost: number
  doubled: number
  slowestMs: number
  longestGapMs: number
  longestRequestMs: number
  /** Answers of the front page by status, made anew each time, from whichever server is there. */
  readers: Record<string, number>
  statuses: Record<string, number>
  /** The processes are those of the beginning, and say that they are ready. */
  areSame: boolean
}

type Options = { rounds: number; isSynchronous: boolean; report: (line: string) => void }

const names = '1 (standby)'

export async function failover({ rounds, isSynchronous, report }: Options): Promise<FailoverResult> {
  const folder = mkdtempSync(join(tmpdir(), 'bloggy-failover-'))
  const endings: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  try {
    const pair = await startPair()
    endings.push(pair.remove)
    await migrate(pair.first.target, testLimits)
    await onDatabase(pair.first, addWriters)
    const DATABASE_URL = formatConnectionString(targetOf(pair.first, pair.second))
    const DATABASE_REPLICA_URLS = [pair.first, pair.second]
      .map(({ target }) => formatConnectionString(target))
      .join(' ')
    const blogs = []
    for (const name of ['one', 'two']) {
      const blog = await startBlog(await freePort(), {
        DATABASE_URL,
        DATABASE_REPLICA_URLS,
        BLOGGY_DATA: join(folder, name),
        // Each page asks a standby.
        PAGE_CACHE_MB: '0',
      })
      endings.push(blog.stop)
      blogs.push(blog)
    }
    const pids = blogs.map((blog) => blog.pid())
    const reading = readOn(blogs.map(({ origin }) => origin))
    endings.push(reading.stop)
    const ledger: Ledger = []
    const found: Failover[] = []
    const statuses: Record<string, number> = {}
    let longestRequestMs = 0
    let [primary, standby] = [pair.first, pair.second]
    for (let round = 1; round <= rounds; round++) {
      await streams(primary, isSynchronous)
      const from = ledger.length
      const writes = startWrites(
        blogs.map(({ origin }) => origin),
        ledger,
      )
      await sleep(2000)
      const how = round % 3 === 0 ? 'frozen' : 'killed'
      const failedAt = performance.now()
      if (how === 'frozen') primary.freeze(true)
      else await primary.stop('SIGKILL')
      await standby.promote()
      const promotedAt = performance.now()
      while (!writes.acknowledgedAt().some((at) => at > promotedAt)) {
        if (performance.now() - promotedAt > 30_000) throw new Error(`No write within 30 seconds:\n${blogs[0]?.said()}`)
        await sleep(10)
      }
      await sleep(2000)
      await writes.stop()
      const writableMs = Math.min(...writes.acknowledgedAt().filter((at) => at > promotedAt)) - promotedAt
      for (const [status, times] of writes.statuses()) statuses[status] = (statuses[status] ?? 0) + times
      longestRequestMs = Math.max(longestRequestMs, writes.longestMs())
      await primary.stop('SIGKILL')
      const verdict = await onDatabase(standby, async (sql) => await compareWrites(sql, ledger.slice(from), failedAt))
      const gapMs = longestGap(writes.acknowledgedAt())
      found.push({ writableMs, gapMs, how, ...verdict })
      report(
        `round ${round}: primary ${how}; ${verdict.acknowledged} acknowledged, ${verdict.lost} lost, ${verdict.doubled} doubled; ` +
          `a write ${Math.round(writableMs)} ms after the promotion, the longest gap ${Math.round(gapMs)} ms`,
      )
      await primary.follow(standby)
      ;[primary, standby] = [standby, primary]
    }
    // What was acknowledged in the first round has to be there after the last.
    const all = await onDatabase(primary, async (sql) => await compareWrites(sql, ledger, 0))
    const areReady = (await Promise.all(blogs.map((blog) => blog.isReady()))).every(Boolean)
    return {
      rounds: found,
      isSynchronous,
      acknowledged: all.acknowledged,
      lost: all.lost,
      doubled: all.doubled,
      slowestMs: Math.max(...found.map(({ writableMs }) => writableMs)),
      longestGapMs: Math.max(...found.map(({ gapMs }) => gapMs)),
      longestRequestMs,
      readers: await reading.stop(),
      statuses,
      areSame: areReady && blogs.every((blog, index) => blog.pid() === pids[index]),
    }
  } finally {
    for (const end of endings.toReversed()) await end()
  }
}

/** Until the standby has all, and, where that is wanted, every commit waits for it. */
async function streams(primary: PgServer, isSynchronous: boolean): Promise<void> {
  await primary.set({ synchronous_standby_names: isSynchronous ? names : '' })
  const wanted = isSynchronous ? 'sync' : 'async'
  for (const begun = performance.now(); ; await sleep(50)) {
    const [row] = await primary.asSuperuser(
      (sql) => sql<{ sync_state: string }[]>`select sync_state from pg_stat_replication where state = 'streaming'`,
    )
    if (row?.sync_state === wanted) return
    if (performance.now() - begun > 30_000) throw new Error(`The standby does not stream as ${wanted}.`)
  }
}

function readOn(origins: readonly string[]) {
  const statuses: Record<string, number> = {}
  let isOver = false
  const all = origins.map(async (origin) => {
    while (!isOver) {
      const status = await fetch(origin, { signal: AbortSignal.timeout(20_000) }).then(
        async (response) => {
          await response.arrayBuffer()
          return response.status
        },
        () => 0,
      )
      statuses[status] = (statuses[status] ?? 0) + 1
      await sleep(20)
    }
  })
  return {
    stop: async () => {
      isOver = true
      await Promise.all(all)
      return statuses
    },
  }
}

function longestGap(moments: readonly number[]): number {
  const sorted = moments.toSorted((a, b) => a - b)
  return Math.max(0, ...sorted.slice(1).map((at, index) => at - (sorted[index] ?? at)))
}

async function onDatabase<T>({ target }: PgServer, work: (sql: ReturnType<typeof connect>) => Promise<T>): Promise<T> {
  const sql = connect(target, { ...testLimits, statementTimeoutSeconds: 120 }, 1, { fetch_types: false })
  try {
    return await work(sql)
  } finally {
    await sql.end({ timeout: 1 })
  }
}
