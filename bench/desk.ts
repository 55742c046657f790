// npm run bench:admin [-- POSTS]: the time each page of the writers' desk takes on the server in a large blog, and the
// plan of every statement behind it. Exits with 1 when a page takes longer than 100 ms, half of the time.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { Sql } from 'postgres'
import { loadConfig } from '../src/config.ts'
import { startEmbedded } from '../src/db/embedded/server.ts'
import { migrate } from '../src/db/migrate.ts'
import { type Database, connect, openDatabase } from '../src/db/pool.ts'
import { paths } from '../src/paths.ts'
import { openStore } from '../src/media/store.ts'
import { newServer } from '../src/server.ts'
import { cookieName } from '../src/sessions/cookie.ts'
import { createSession } from '../src/sessions/queries.ts'
import { watchSettings } from '../src/settings/current.ts'
import { setUp } from '../src/setup/queries.ts'
import { hearQueries } from '../test/counted-statements.ts'
import { chanceFrom } from '../test/legacy/random-values.ts'
import { floorLimits } from './shape.ts'
import { cookSoup } from './word-soup.ts'

const posts = Number(process.argv[2] ?? 100_000)
const rounds = 15
const mostMs = 100
const limits = { ...floorLimits, poolSize: 12, statementTimeoutSeconds: 900 }
const month = new Date().toISOString().slice(0, 7)

const list = (query: Record<string, string>) => paths.admin.posts(query)
const half = `${(Date.now() - posts * 150_000) * 1000}-${posts}`
const pages: [name: string, path: string][] = [
  // What any page costs: the session, the frame, the settings.
  ['settings, as a floor', paths.admin.settings()],
  ['dashboard', paths.admin.dashboard()],
  ['posts', list({})],
  ['posts, half way back', list({ before: half })],
  ['drafts', list({ state: 'draft' })],
  ['scheduled', list({ state: 'scheduled' })],
  ['published', list({ state: 'published' })],
  ['with unpublished changes', list({ state: 'rewritten' })],
  ['of an author', list({ author: 'author-7' })],
  ['drafts of an author', list({ author: 'author-7', state: 'draft' })],
  ['with a common tag', list({ tag: 'tag-1' })],
  ['with a rare tag', list({ tag: 'tag-299' })],
  ['common letters in titles', list({ text: 'title' })],
  ['rare letters in titles', list({ text: 'title 4711' })],
  ['nothing in titles', list({ text: 'zebra' })],
  ['two letters, nothing', list({ text: 'zq' })],
  ['nothing in texts', list({ text: 'zebra', in: 'texts' })],
  ['a common word in texts', list({ text: 'a', in: 'texts' })],
  ['words, tag and state', list({ text: 'title 47', tag: 'tag-1', state: 'published' })],
  ['calendar, this month', paths.admin.calendar(month)],
  ['calendar, an empty month', paths.admin.calendar('1999-01')],
  ['bin', paths.admin.bin()],
]

const folder = mkdtempSync(join(tmpdir(), 'bloggy-desk-'))
const server = await startEmbedded(folder, { durable: false })
try {
  await migrate(server.target, limits)
  const sql = connect(server.target, limits, 1)
  const database = openDatabase(server.target, limits)
  const owner = { title: 'Notes', description: '', name: 'Ada', email: 'ada@example.com', password_hash: 'x' }
  const ada = await setUp(database.db, owner, null)
  console.error(`Filling a blog with ${posts.toLocaleString('en')} posts …`)
  await fill(sql)
  const logger = pino({ level: 'silent' })
  const settings = await watchSettings(database, logger)
  const config = loadConfig({ NODE_ENV: 'test', BLOGGY_DATA: folder })
  const app = newServer({ config, database, settings, store: openStore(config), logger })
  await app.ready()
  const session = { user_id: ada, isKept: false, ip: '127.0.0.1', user_agent: 'bench' }
  const headers = { cookie: `${cookieName(app)}=${await createSession(database.db, session)}` }
  const open = async (url: string) => {
    const begun = performance.now()
    const { statusCode } = await app.inject({ url, headers })
    if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}.`)
    return performance.now() - begun
  }

  console.log(`${'page'.padEnd(28)}${'median ms'.padStart(10)}${'quickest'.padStart(10)}  slowest statement`)
  for (const [name, path] of pages) {
    const statements = await statementsOf(database, () => open(path))
    const times: number[] = []
    for (let round = 0; round < rounds; round++) times.push(await open(path))
    times.sort((a, b) => a - b)
    const median = times[Math.floor(rounds / 2)] ?? 0
    const plans = await Promise.all(statements.map(({ text, values }) => explain(sql, text, values)))
    const slowest = plans.toSorted((a, b) => b.ms - a.ms)[0]
    const figures = `${median.toFixed(1).padStart(10)}${(times[0] ?? 0).toFixed(1).padStart(10)}`
    console.log(`${name.padEnd(28)}${figures}  ${slowest?.ms.toFixed(1)} ms: ${slowest?.way}`)
    if (median <= mostMs) continue
    console.log(`  is too slow:\n${slowest?.plan.map((line) => `    ${line}`).join('\n')}`)
    process.exitCode = 1
  }
  await app.close()
  await settings.close()
  await database.close()
  await sql.end()
} finally {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}

/** Texts of 3,000 characters; every fiftieth post is a draft, the last 300 wait, a thousand were rewritten. */
async function fill(sql: Sql): Promise<void> {
  const { text } = cookSoup(chanceFrom(4711))
  const soup = Array.from({ length: 40 }, () => Buffer.from(text(3000)).toString()).join(' ')
  await sql`insert into users (name, slug, email) select 'Author ' || n, 'author-' || n, 'a' || n || '@example.com' from generate_series(1, 20000) n`
  await sql`insert into tags (slug, name) select 'tag-' || n, 'Tag ' || n from generate_series(1, 300) n`
  await sql`
    insert into posts (slug, title, body, body_html, excerpt, author_id, published_at, updated_at)
    select 'post-' || n, 'Title ' || n || ' ' || substr(${soup}::text, 1 + (n * 37) % 100000, 40),
      substr(${soup}::text, 1 + (n * 997) % 100000, 3000), repeat('word ', 60), 'words', 2 + n % 500,
      case when n <= 300 then now() + n * interval '1 hour' when n % 50 > 0 then now() - n * interval '5 minutes' end,
      now() - n * interval '5 minutes'
    from generate_series(1, ${posts}::int) n`
  await sql`insert into post_tags (post_id, tag_id) select id, 1 + (power(random(), 4) * 299)::int from posts`
  await sql`insert into post_drafts (post_id, title, body, body_format) select id, title, body, 'markdown' from posts where id % 100 = 1 and published_at < now()`
  await sql`insert into post_bin (post_id, deleted_at) select id, now() - (id % 30) * interval '1 day' from posts where id % 500 = 0`
  await sql`vacuum analyze`
}

type Statement = { text: string; values: readonly unknown[] }

/** What is sent to PostgreSQL through Kysely meanwhile. */
async function statementsOf({ db }: Database, work: () => Promise<unknown>): Promise<Statement[]> {
  const seen: Statement[] = []
  const stop = hearQueries(db, ({ sql, parameters }) => seen.push({ text: sql, values: parameters }))
  await work().finally(stop)
  return seen
}

async function explain(sql: Sql, text: string, values: readonly unknown[]) {
  const lines = await sql.unsafe(`explain (analyze, buffers) ${text}`, values as never[])
  const plan = lines.map((line) => String(line['QUERY PLAN']))
  const whole = plan.join('\n')
  const indexes = [...new Set([...whole.matchAll(/(?:using|on) (\w+_(?:idx|key|pkey))/g)].map(([, index]) => index))]
  const scans = [...new Set([...whole.matchAll(/Seq Scan on (\w+)/g)].map(([, table]) => `all of ${table}`))]
  return { ms: Number(/Execution Time: ([\d.]+)/.exec(whole)?.[1] ?? 0), way: [...indexes, ...scans].join(', '), plan }
}
