// npm run bench:search [-- POSTS]: how long a search takes in a large blog, 20 at once, and the plan of each statement.
// Exits with 1 when one of a hundred takes longer than 100 ms. With --keep FOLDER the blog stays there for another time.
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { formatConnectionString } from '../src/db/connection-string.ts'
import { startEmbedded } from '../src/db/embedded/server.ts'
import { migrate } from '../src/db/migrate.ts'
import { connect, openDatabase } from '../src/db/pool.ts'
import { paths } from '../src/paths.ts'
import { rebuild } from '../src/search-index/rebuild.ts'
import { search } from '../src/search/search.ts'
import { chanceFrom } from '../test/legacy/random-values.ts'
import { loadAverage, startChildrenCpu, startForeignCpu } from './machine.ts'
import { fillSearchBlog } from './search-blog.ts'
import { floorLimits } from './shape.ts'
import { shipped } from './servers.ts'

const posts = Number(process.argv[2] ?? 1_000_000)
const connections = 20
const seconds = Number(process.argv[3] ?? 10)
const mostMs = 100
const port = 8093
let agent: http.Agent | undefined
const limits = { ...floorLimits, poolSize: 20, statementTimeoutSeconds: 3600 }

const searches: [name: string, typed: string][] = [
  ['a word in 8 of 10 posts', 'everywhere'],
  ['in 15 of 100', 'common'],
  ['in 15 of 1,000', 'middling'],
  ['in 15 of 10,000', 'uncommon'],
  ['in 3 of 10,000', 'quokka'],
  ['two words', 'lighthouse keeper'],
  ['two common words', 'everywhere common'],
  ['a common and a rare word', 'everywhere quokka'],
  ['a phrase', '"lighthouse keeper"'],
  ['one of two words', 'lighthouse or uncommon'],
  ['without a word', 'lighthouse -keeper'],
  ['with a tag', 'uncommon tag:tag-1'],
  ['a tag and nothing else', 'tag:tag-7'],
  ['by an author, in a year', `common author:author-7 after:${new Date().getUTCFullYear() - 1}`],
  ['misspelt', 'lihgthouse'],
  ['nothing', 'zzxxyy'],
  ['two Chinese characters', '丁七'],
  ['four Chinese characters', '一丁丂七'],
]

const kept = process.argv.includes('--keep') ? process.argv[process.argv.indexOf('--keep') + 1] : undefined
const folder = kept ?? mkdtempSync(join(tmpdir(), 'bloggy-search-'))
mkdirSync(folder, { recursive: true })
chmodSync(folder, 0o711)
const server = await startEmbedded(folder, { durable: false })
const foreign = startForeignCpu()
let child: ChildProcess | undefined
try {
  await migrate(server.target, limits)
  const sql = connect(server.target, limits, 1)
  const [{ filled = 0 } = {}] = await sql<{ filled: number }[]>`select count(*)::int as filled from posts`
  if (filled > 0 && filled !== posts) throw new Error(`There are ${filled} posts in ${folder}, not ${posts}.`)
  let begun = performance.now()
  if (filled === 0) {
    console.error(`Filling a blog with ${posts.toLocaleString('en')} posts …`)
    await fillSearchBlog(sql, posts)
    console.error(`… ${secondsSince(begun)} s. Making them searchable …`)
  }
  begun = performance.now()
  const { db, searcher, close } = openDatabase(server.target, limits)
  let said = performance.now()
  const fill = async () =>
    await rebuild(db, 'en', (done) => {
      if (performance.now() - said < 15_000) return
      said = performance.now()
      console.error(`  ${done} after ${secondsSince(begun)} s`)
    })
  if (filled === 0) await fill()
  const [sizes] = await sql`
    select pg_size_pretty(pg_table_size('search_posts')) as rows, pg_size_pretty(pg_relation_size('search_posts_words_idx')) as words,
      pg_size_pretty(pg_table_size('posts')) as posts, (select count(*) from search_words) as vocabulary`
  const made = filled === 0 ? `Made searchable in ${secondsSince(begun)} s: ` : ''
  console.log(made + JSON.stringify(sizes))
  if (process.argv.includes('--plans')) await printPlans(sql)

  child = spawn(process.execPath, [...shipped, 'serve'], {
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: formatConnectionString(server.target),
      PORT: String(port),
      LOG_LEVEL: 'error',
      BLOGGY_DATA: folder,
      TRUSTED_PROXIES: '127.0.0.1,::1',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await untilReady()
  console.log(
    `\n${'search'.padEnd(28)}${'found'.padStart(8)}${'p50 ms'.padStart(9)}${'p99 ms'.padStart(9)}${'a second'.padStart(10)}`,
  )
  for (const [name, typed] of searches) {
    const looking = search(db, { typed, isMember: false, order: 'best', page: 1, before: undefined })
    // The first of its kind may read from the disk what the next has in memory.
    const { count } = await looking.catch(() => ({ count: undefined }))
    await load(typed, 1)
    const cpu = startChildrenCpu()
    const times = await load(typed, seconds)
    const cpuMs = (cpu() * 1000) / times.length
    const [p50, p99] = [percentile(times, 0.5), percentile(times, 0.99)]
    const figures = [
      p50.toFixed(1).padStart(9),
      p99.toFixed(1).padStart(9),
      (times.length / seconds).toFixed(0).padStart(10),
      cpuMs.toFixed(1).padStart(8),
    ]
    console.log(`${name.padEnd(28)}${String(count ?? '5,000+').padStart(8)}${figures.join('')}`)
    if (p99 > mostMs) process.exitCode = 1
  }
  const mixed = await load(undefined, seconds)
  console.log(
    `${'all of them mixed'.padEnd(36)}${percentile(mixed, 0.5).toFixed(1).padStart(9)}${percentile(mixed, 0.99).toFixed(1).padStart(9)}${(mixed.length / seconds).toFixed(0).padStart(10)}`,
  )
  console.log(`\nOther programs took ${(foreign() ?? 0).toFixed(2)} cores meanwhile; load ${loadAverage()}.`)
  await close()
  await sql.end()

  /** Every statement that a search sends, with its plan. */
  async function printPlans(sql: ReturnType<typeof connect>) {
    for (const [name, typed] of searches) {
      const seen: { text: string; values: unknown[] }[] = []
      const unsafe = searcher.unsafe
      searcher.unsafe = ((text: string, values: unknown[], ...rest: never[]) => {
        seen.push({ text, values })
        return unsafe(text, values as never[], ...rest)
      }) as typeof unsafe
      await search(db, { typed, isMember: false, order: 'best', page: 1, before: undefined })
      searcher.unsafe = unsafe
      console.log(`\n## ${name}: ${typed}`)
      for (const { text, values } of seen.filter((one) => !one.text.trim().startsWith('explain'))) {
        const lines = await sql.unsafe(`explain (analyze, buffers, costs off) ${text}`, values as never[], {
          prepare: false,
        })
        console.log(`\n${lines.map((line) => String(line['QUERY PLAN'])).join('\n')}`)
      }
    }
  }
} finally {
  child?.kill('SIGTERM')
  await server.stop()
  if (kept === undefined) rmSync(folder, { recursive: true, force: true })
}

function secondsSince(begun: number): string {
  return ((performance.now() - begun) / 1000).toFixed(0)
}

async function untilReady(): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (await get(paths.livez()).catch(() => false)) return
    await sleep(200)
  }
  throw new Error('The blog did not start.')
}

/** As 20 visitors who ask again as soon as they are answered, each from another network. */
async function load(typed: string | undefined, seconds: number): Promise<number[]> {
  const chance = chanceFrom(1)
  const times: number[] = []
  const end = performance.now() + seconds * 1000
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < end) {
        const q = typed ?? chance.pick(searches)[1]
        const begun = performance.now()
        await get(paths.search({ q }))
        times.push(performance.now() - begun)
      }
    }),
  )
  return times.toSorted((a, b) => a - b)
}

function get(path: string): Promise<true> {
  agent ??= new http.Agent({ keepAlive: true, maxSockets: connections })
  const from = () => Math.floor(Math.random() * 256)
  return new Promise((resolve, reject) => {
    const headers = { 'x-forwarded-for': `10.${from()}.${from()}.${from()}` }
    const request = http.get({ host: 'localhost', port, path, agent, headers }, (answer) => {
      answer.resume()
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(true)
        else reject(new Error(`${path} answered ${answer.statusCode}.`))
      })
    })
    request.on('error', reject)
  })
}

function percentile(sorted: number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
