// npm run bench -- --growth: what each page of a reader costs in a blog of 1,000 posts and in a large one that shows as much
// on each: the pages of PostgreSQL that its statements look at, by the dearer of their two plans, and its time. Without the
// cache of pages. BENCH_FOLDER keeps the two blogs for another time.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { countPosts } from '../src/archive/queries.ts'
import { loadConfig } from '../src/config.ts'
import { startEmbedded } from '../src/db/embedded/server.ts'
import { migrate } from '../src/db/migrate.ts'
import { connect, openDatabase } from '../src/db/pool.ts'
import { openStore } from '../src/media/store.ts'
import { newServer } from '../src/server.ts'
import { watchSettings } from '../src/settings/current.ts'
import { explain, statementRecorder } from '../test/plans.ts'
import { readerPages } from '../test/reader-pages.ts'
import { spread } from './figures.ts'
import { fillLargeBlog } from './large-blog.ts'
import { startForeignCpu } from './machine.ts'
import type { Options } from './options.ts'
import type { Progress } from './progress.ts'
import type { Place } from './servers.ts'
import { floorLimits } from './shape.ts'
import { lazily } from './site.ts'
import { type Row, type Task, finishRow, percentOf } from './turns.ts'

const smallPosts = 1000
/** Both have posts of so long: a full page in each month of the small one. */
const years = 3
const bar = { of: 'ratio', most: 1.3 } as const
/** Two levels more of each of three trees that a single row is looked up in. */
const levels = 6
const rounds = 15

type Blog = Awaited<ReturnType<typeof open>>

export function growthTasks(place: Place, options: Options, progress: Progress): Task[] {
  const counts = [smallPosts, options.growthPosts]
  const blogs = counts.map((posts) => lazily(async () => await open(place, posts, progress)))
  const [small = [], large = []] = counts.map((posts) =>
    Object.values(readerPages(posts, minutesBetween(posts))).flat(),
  )
  return small.map(([name, address], at) => ({
    table: 'growth',
    name,
    seconds: 1,
    run: async (): Promise<Row> => {
      progress.say(`growth, ${name}`)
      const [few, many] = await Promise.all(blogs.map((open) => open()))
      return await compare(name, [few as Blog, address], [many as Blog, large[at]?.[1] ?? ''])
    },
  }))
}

/** What filling takes, about. */
export function fillSeconds({ growthPosts }: Options): number {
  return 20 + growthPosts / 1500
}

const minutesBetween = (posts: number) => (years * 365 * 24 * 60) / posts

async function compare(name: string, few: [Blog, string], many: [Blog, string]): Promise<Row> {
  const statuses = [await few[0].status(few[1]), await many[0].status(many[1])]
  if (statuses[0] !== statuses[1]) throw new Error(`It answered ${statuses.join(' and ')}.`)
  const look = startForeignCpu()
  const [small, large] = [await few[0].buffers(few[1]), await many[0].buffers(many[1])]
  const times: [number[], number[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    times[0].push(await few[0].time(few[1]))
    times[1].push(await many[0].time(many[1]))
  }
  const [before, after] = times.map((list) => list.toSorted((a, b) => a - b)[Math.floor(rounds / 4)] ?? 0)
  const foreign = percentOf(look())
  const ratio = small > 0 ? large / small : 1
  const row = finishRow(
    { table: 'growth', name, unit: 'buffers', bar, foreign, isDisturbed: false },
    {
      bloggy: spread([large]),
      floor: spread([small]),
      ratio: spread([ratio]),
      more: { small: before!, large: after! },
    },
  )
  return { ...row, isKept: large <= small * bar.most + levels }
}

async function open(place: Place, posts: number, progress: Progress) {
  const folder = join(process.env.BENCH_FOLDER ?? place.folder, `growth-${posts}`)
  mkdirSync(folder, { recursive: true })
  const server = await startEmbedded(folder, { durable: false })
  place.atEnd(async () => await server.stop())
  const { onStatement, during } = statementRecorder()
  const limits = { ...floorLimits, poolSize: 12, statementTimeoutSeconds: 3600, onStatement }
  await migrate(server.target, limits)
  const sql = connect(server.target, { ...floorLimits, statementTimeoutSeconds: 3600 }, 1)
  place.atEnd(() => sql.end())
  const database = openDatabase(server.target, limits)
  place.atEnd(() => database.close())
  if (!existsSync(join(folder, 'filled'))) {
    progress.say(`filling a blog with ${posts.toLocaleString('en')} posts`)
    await fillLargeBlog(sql, posts, { years })
    await countPosts(database.db)
    await sql`vacuum analyze`
    writeFileSync(join(folder, 'filled'), '')
  }
  const logger = pino({ level: 'silent' })
  const settings = await watchSettings(database, logger)
  place.atEnd(() => settings.close())
  const config = loadConfig({ NODE_ENV: 'test', BLOGGY_DATA: folder, PAGE_CACHE_MB: '0' })
  const app = newServer({ config, database, settings, store: openStore(config), logger })
  place.atEnd(() => app.close())
  await app.ready()
  const [deep] = await sql`
    select id from comments where post_id = 999 and body = 'one of many' order by id offset 10000 limit 1`
  const ask = async (address: string) => {
    const url = address.replace('240000', String(deep?.id))
    const begun = performance.now()
    const { statusCode } = await app.inject({ url })
    if (statusCode >= 500) throw new Error(`${url} answered ${statusCode}.`)
    return { ms: performance.now() - begun, statusCode }
  }
  return {
    time: async (address: string) => (await ask(address)).ms,
    status: async (address: string) => (await ask(address)).statusCode,
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
  }
}
