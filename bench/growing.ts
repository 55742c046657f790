// npm run bench -- --growth: readers' pages of a large blog beside those of a small one that shows as much on each.
import { join } from 'node:path'
import type { ConnectionTarget } from '../src/db/connection-string.ts'
import { embeddedTarget, startEmbedded } from '../src/db/embedded/server.ts'
import { connect } from '../src/db/pool.ts'
import { paths } from '../src/paths.ts'
import { fillLargeBlog } from './large-blog.ts'
import { measure } from './load.ts'
import type { Options } from './options.ts'
import type { Progress } from './progress.ts'
import { type Place, ask, startBloggy } from './servers.ts'
import { floorLimits } from './shape.ts'
import { lazily, prepareBlog } from './site.ts'
import { type Step, recordStatements } from './statements.ts'
import { type Task, inTurns } from './turns.ts'

const smallPosts = 1000
const years = 10
const bar = { of: 'ratio', most: 1.3 } as const
const limits = { ...floorLimits, statementTimeoutSeconds: 3600 }
const lastYear = String(new Date().getUTCFullYear() - 1)

const pages: Record<string, string> = {
  'front page': paths.home(),
  'post page': paths.post('post-778'),
  'tag page': paths.tag('tag-1'),
  'author page': paths.author('author-7'),
  archive: paths.archive(),
  'archive of a year': paths.archiveYear(lastYear),
  feed: paths.feed('', 'rss.xml'),
  'search for a word in 15 posts': paths.search({ q: 'quokka' }),
  'search for a word in one of seven posts': paths.search({ q: 'common' }),
}
/** Holds up to 50,000 addresses, so it is compared by address. */
const part = { name: 'part of the sitemap, 1,000 addresses of it', path: paths.sitemapPart(0) }

type Size = { origin: string; steps: Map<string, Step[]>; target: ConnectionTarget; posts: number }

export function growthTasks(place: Place, options: Options, progress: Progress): Task[] {
  const server = lazily(async () => {
    const server = await startEmbedded(join(place.folder, 'growth'), { durable: false })
    place.atEnd(() => server.stop())
    return server
  })
  const sizeOf = (posts: number) =>
    lazily(async (): Promise<Size> => {
      progress.say(`filling a blog with ${posts.toLocaleString('en')} posts`)
      const { target: own } = await server()
      const superuser = embeddedTarget(own.addresses[0]?.host ?? '', 'postgres', 'postgres')
      const admin = connect(superuser, limits, 1)
      const name = `growth_${posts}`
      await admin.unsafe(`create database ${name} owner bloggy`)
      const target = { ...own, database: name }
      await prepareBlog(target, async (sql) => {
        await fillLargeBlog(sql, posts, { years })
        await sql`insert into user_roles (user_id, role_id) select 1, id from roles where name = 'admin'`
        await sql`update settings set title = 'Bench', set_up_at = now()`
        await sql`delete from comments where post_id = 778`
        await sql`insert into comments (post_id, author_id, body) select 778, n, repeat('words ', 30) from generate_series(1, 20) n`
      })
      await admin`checkpoint`
      await admin.end()
      const steps = await recordStatements(target, place.folder, [...Object.values(pages), part.path])
      const { origin } = await startBloggy(place, target, { PAGE_CACHE_MB: '0' })
      return { origin, steps, target, posts }
    })
  const [small, large] = [sizeOf(smallPosts), sizeOf(options.growthPosts)]
  const name = (page: string) =>
    `${page}, ${options.growthPosts.toLocaleString('en')} posts beside ${smallPosts.toLocaleString('en')}`
  const task = (
    page: string,
    path: string,
    timeOf: (size: Size, tools: Parameters<Task['run']>[0]) => Promise<number>,
  ): Task => ({
    table: 'growth',
    name: name(page),
    seconds: options.rounds * options.seconds * 2 + 2,
    run: async (tools) => {
      const [few, many] = [await small(), await large()]
      const [before, after] = [await costOf(few, path), await costOf(many, path)]
      return await inTurns(
        tools,
        {
          table: 'growth',
          name: name(page),
          unit: 'ms',
          bar,
          more: () => ({ ...named('small', before), ...named('large', after) }),
        },
        {
          bloggy: async () => await timeOf(many, tools),
          floor: async () => await timeOf(few, tools),
          warmUp: async () => {
            await timeOf(few, tools)
            await timeOf(many, tools)
          },
        },
      )
    },
  })
  const pageTime =
    (path: string) =>
    async ({ origin }: Size, { signal, options }: Parameters<Task['run']>[0]) => {
      const everywhere = path.startsWith(paths.search()) && { fromEverywhere: place }
      const load = { url: origin + path, connections: 1, seconds: options.seconds, signal, ...everywhere }
      return 1000 / (await measure(load))
    }
  return [
    ...Object.entries(pages).map(([page, path]) => task(page, path, pageTime(path))),
    task(part.name, part.path, async ({ origin }, { options }) => await partTime(origin, options.seconds)),
  ]
}

/** What filling takes, about. */
export function fillSeconds({ growthPosts }: Options): number {
  return 20 + growthPosts / 1500
}

async function partTime(origin: string, seconds: number): Promise<number> {
  const times: number[] = []
  const end = performance.now() + seconds * 1000
  let addresses = 0
  while (times.length < 3 || performance.now() < end) {
    const begun = performance.now()
    const { body } = await ask(origin + part.path)
    times.push(performance.now() - begun)
    addresses = body.toString().split('<loc>').length - 1
  }
  const middle = times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0
  return (middle * 1000) / addresses
}

/** What PostgreSQL does for the page: pages of 8 KB it looks at, and milliseconds. */
async function costOf({ target, steps }: Size, path: string): Promise<{ buffers: number; ms: number }> {
  const sql = connect(target, limits, 1)
  let [buffers, ms] = [0, 0]
  try {
    for (const { text, values } of (steps.get(path) ?? []).flat()) {
      if (!/^\s*(select|with)\b/i.test(text)) continue
      // The second time, what had to be read is in memory.
      await sql.unsafe(`explain (analyze, buffers) ${text}`, values as never[])
      const lines = await sql.unsafe(`explain (analyze, buffers) ${text}`, values as never[])
      const plan = lines.map((line) => String(line['QUERY PLAN']))
      const first = plan.find((line) => line.includes('Buffers:')) ?? ''
      for (const [, count] of first.matchAll(/(?:hit|read)=(\d+)/g)) buffers += Number(count)
      ms += Number(/Execution Time: ([\d.]+)/.exec(plan.join('\n'))?.[1] ?? 0)
    }
  } finally {
    await sql.end()
  }
  return { buffers, ms: Math.round(ms * 100) / 100 }
}

function named(size: string, { buffers, ms }: { buffers: number; ms: number }): Record<string, number> {
  return { [`buffers, ${size}`]: buffers, [`PostgreSQL ms, ${size}`]: ms }
}
