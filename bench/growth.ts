// npm run bench:growth [-- POSTS]: what each page of a reader costs in a blog of 1,000 posts and in a large one: the pages
// of PostgreSQL it reads, by the dearer of its two plans, and its time without the cache of pages. Exits with 1 when one
// reads more than 1.3 times as much, and three pages. BENCH_FOLDER keeps the two blogs for another time.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { loadConfig } from '../src/config.ts'
import { startEmbedded } from '../src/db/embedded/server.ts'
import { migrate } from '../src/db/migrate.ts'
import { connect, openDatabase } from '../src/db/pool.ts'
import { openStore } from '../src/media/store.ts'
import { newServer } from '../src/server.ts'
import { watchSettings } from '../src/settings/current.ts'
import { readerPages } from '../test/reader-pages.ts'
import { explain, statementRecorder } from '../test/statements.ts'
import { fillLargeBlog } from './large-blog.ts'
import { floorLimits } from './shape.ts'

const few = 1000
const many = Number(process.argv[2] ?? 1_000_000)
const rounds = 15
const most = 1.3

/** One level more of each tree that a single row is looked up in. */
const levels = 3
/** What has more to show in the large blog, or more to choose from. */
const larger: Record<string, string> = {
  sitemap: 'has a line for each 50,000 posts',
  'part of the sitemap': 'has the posts of 50,000 numbers, of which a small blog has fewer',
  'all series': 'has a full page, the small one half of it',
  ...Object.fromEntries(
    [
      'author',
      'author, half way back',
      ...['atom.xml', 'rss.xml', 'feed.json'].map((file) => `feed of an author, ${file}`),
    ].map((name) => [
      name,
      'the small blog reads all of its 40 authors at once; and half way back it has no full page',
    ]),
  ),
}

const kept = process.env.BENCH_FOLDER
const folder = kept ?? mkdtempSync(join(tmpdir(), 'bloggy-growth-'))
try {
  const small = await open(few)
  const large = await open(many)
  console.log(
    `${'page'.padEnd(38)}${'buffers'.padStart(16)}${'ratio'.padStart(7)}${'ms'.padStart(16)}${'ratio'.padStart(7)}`,
  )
  const pages = [few, many].map((posts) => Object.values(readerPages(posts)).flat())
  for (const [at, [name, address = '']] of (pages[0] ?? []).entries()) {
    const addresses = [address, pages[1]?.[at]?.[1] ?? '']
    const buffers = [await small.buffers(addresses[0]!), await large.buffers(addresses[1]!)]
    const times: [number[], number[]] = [[], []]
    for (let round = 0; round < rounds; round++) {
      times[0].push(await small.time(addresses[0]!))
      times[1].push(await large.time(addresses[1]!))
    }
    const ms = times.map((list) => list.toSorted((a, b) => a - b)[Math.floor(rounds / 4)] ?? 0)
    report(name, buffers, ms)
  }
  await small.close()
  await large.close()
} finally {
  if (!kept) rmSync(folder, { recursive: true, force: true })
}

function report(name: string, [small = 0, large = 0]: number[], [msSmall = 0, msLarge = 0]: number[]): void {
  const ratio = small > 0 ? large / small : 1
  const pair = (a: string, b: string, by: number) => `${`${a} → ${b}`.padStart(16)}${by.toFixed(2).padStart(7)}`
  const isFar = large > small * most + levels && !larger[name]
  const counts = pair(String(small), String(large), ratio)
  const times = pair(msSmall.toFixed(1), msLarge.toFixed(1), msLarge / msSmall)
  console.log(`${name.padEnd(38)}${counts}${times}${isFar ? '  grows' : ''}`)
  if (isFar) process.exitCode = 1
}

async function open(posts: number) {
  const place = join(folder, String(posts))
  mkdirSync(place, { recursive: true })
  const server = await startEmbedded(place, { durable: false })
  const { onStatement, during } = statementRecorder()
  const limits = { ...floorLimits, poolSize: 12, statementTimeoutSeconds: 900, onStatement }
  await migrate(server.target, limits)
  const sql = connect(server.target, { ...floorLimits, statementTimeoutSeconds: 900 }, 1)
  if (!existsSync(join(place, 'filled'))) {
    console.error(`Filling a blog with ${posts.toLocaleString('en')} posts …`)
    await fillLargeBlog(sql, posts)
    writeFileSync(join(place, 'filled'), '')
  }
  const database = openDatabase(server.target, limits)
  const logger = pino({ level: 'silent' })
  const settings = await watchSettings(database, logger)
  const config = loadConfig({ NODE_ENV: 'test', BLOGGY_DATA: place, PAGE_CACHE_MB: '0' })
  const app = newServer({ config, database, settings, store: openStore(config), logger })
  await app.ready()
  const deep = await sql`
    select id from comments where post_id = 999 and body = 'one of many' order by id offset 10000 limit 1`
  const ask = async (address: string) => {
    const url = address.replace('240000', String(deep[0]?.id))
    const begun = performance.now()
    const { statusCode } = await app.inject({ url })
    if (statusCode >= 500) throw new Error(`${url} answered ${statusCode}.`)
    return performance.now() - begun
  }
  return {
    time: ask,
    buffers: async (address: string) => {
      const statements = await during(() => ask(address))
      let sum = 0
      for (const statement of statements) {
        // The second time: the first one reads catalogues and marks rows.
        await explain(sql, statement)
        sum += Math.max(...(await explain(sql, statement)).map(({ buffers }) => buffers))
      }
      return sum
    },
    close: async () => {
      await app.close()
      await settings.close()
      await database.close()
      await sql.end()
      await server.stop()
    },
  }
}
