// npm run bench:plans [-- POSTS]: every statement on a reader's path in a large blog, with its plan and time.
// Exits with 1 when one of them reads a large table from end to end. BENCH_FOLDER keeps
// the blog.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Sql } from 'postgres'
import { listDiscussion, listNewestComments } from '../src/discussions/queries.ts'
import { findAround } from '../src/around-posts/queries.ts'
import { countPosts, listMonths, listTags } from '../src/archive/queries.ts'
import { spanOf } from '../src/archive/archive.ts'
import { digest } from '../src/digests/digest.ts'
import { listUndigested } from '../src/digests/queries.ts'
import { startEmbedded } from '../src/db/embedded/server.ts'
import { migrate } from '../src/db/migrate.ts'
import { type Db, connect, openDatabase } from '../src/db/pool.ts'
import {
  listPostsBetween,
  listPostsByAuthor,
  listPostsByTag,
  listPublishedPosts,
} from '../src/reading-lists/queries.ts'
import { findPostForReader } from '../src/posts/queries.ts'
import { findPlace } from '../src/redirects/queries.ts'
import { findSeries } from '../src/series/queries.ts'
import { findVisitor } from '../src/sessions/queries.ts'
import { findTag } from '../src/tags/queries.ts'
import { findAuthor } from '../src/users/queries.ts'
import { fillLargeBlog } from './large-blog.ts'
import { floorLimits } from './shape.ts'

const posts = Number(process.argv[2] ?? 1_000_000)
const limits = { ...floorLimits, poolSize: 12, statementTimeoutSeconds: 900 }
const middle = { moment: (Date.now() - posts * 150_000) * 1000, id: posts }

const nobody = { user_id: null, guest: null }
// The year that the oldest posts are in has the fewest newer ones above it, so it is the deepest to begin at.
const [year = ''] = new Date(Date.now() - posts * 300_000).toISOString().split('-')
const span = spanOf(year)
const oldest = { moment: (Date.now() - (posts - 100) * 300_000) * 1000, id: posts }

/** `deep` is the 10,000th answer to one comment. */
const readsOf = (deep: { id: number; place: Buffer }): [string, (db: Db) => Promise<unknown>][] => [
  ['front page', (db) => listPublishedPosts(db)],
  ['front page, half way back', (db) => listPublishedPosts(db, middle)],
  ['post', (db) => findPostForReader(db, 'post-777', nobody)],
  ['comments of a post with 100,000', (db) => listDiscussion(db, 999, null)],
  ['… far back, among 20,000 answers', (db) => listDiscussion(db, 999, null, { after: deep.place })],
  ['… towards the newer ones', (db) => listDiscussion(db, 999, null, { before: deep.place })],
  ['… the page of one', (db) => listDiscussion(db, 999, null, { comment: deep.id })],
  ['… for an account', (db) => listDiscussion(db, 999, 7)],
  ['… the newest, for a feed', (db) => listNewestComments(db, 999)],
  ['comments of a quiet post', (db) => listDiscussion(db, 778, null)],
  ['author', (db) => findAuthor(db, 'author-7')],
  ['posts of an author', (db) => listPostsByAuthor(db, 7)],
  ['posts of an author, half way back', (db) => listPostsByAuthor(db, 7, middle)],
  ['parts of a series', (db) => findSeries(db, 'series-7')],
  ['around a post', (db) => findAround(db, 777, nobody)],
  ['archive', (db) => listMonths(db)],
  ['posts of a year', (db) => listPostsBetween(db, span)],
  ['posts of a year, half way back', (db) => listPostsBetween(db, span, oldest)],
  ['tags', (db) => listTags(db, 'tag-2')],
  ['an address that no route has', (db) => findPlace(db, '/gone', 'gone')],
  ['tag', (db) => findTag(db, 'tag-7')],
  ['posts of a common tag', (db) => listPostsByTag(db, 1)],
  ['posts of a common tag, half way back', (db) => listPostsByTag(db, 1, middle)],
  ['posts of a rare tag, half way back', (db) => listPostsByTag(db, 299, middle)],
  ['session', (db) => findVisitor(db, 'x'.repeat(43))],
]

const kept = process.env.BENCH_FOLDER
const folder = kept ? join(kept, String(posts)) : mkdtempSync(join(tmpdir(), 'bloggy-plans-'))
mkdirSync(folder, { recursive: true })
const server = await startEmbedded(folder, { durable: false })
try {
  await migrate(server.target, limits)
  const sql = connect(server.target, limits, 1)
  if (!existsSync(join(folder, 'filled'))) {
    console.error(`Filling a blog with ${posts.toLocaleString('en')} posts …`)
    await fillLargeBlog(sql, posts)
    writeFileSync(join(folder, 'filled'), '')
  }
  const { db, reader, close } = openDatabase(server.target, limits)
  console.log(`${'statement'.padEnd(38)}${'ms'.padStart(8)}${'buffers'.padStart(9)}  indexes`)
  const [deep] = await sql<{ id: number; place: Buffer }[]>`
    select id, place_in_thread(root_at, root_id, path) as place from comments
      where post_id = 999 and body = 'one of many' order by id offset 10000 limit 1`
  for (const [name, read] of readsOf(deep!)) {
    const { text, values } = await statementOf(reader, () => read(db))
    const lines = await sql.unsafe(`explain (analyze, buffers) ${text}`, values as never[])
    report(
      name,
      lines.map((line) => String(line['QUERY PLAN'])),
    )
  }
  await measureJobs(db)
  await close()
  await sql.end()
} finally {
  await server.stop()
  if (!kept) rmSync(folder, { recursive: true, force: true })
}

/** What jobs do behind the readers' backs. */
async function measureJobs(db: Db): Promise<void> {
  for (let count = 0; count < 2; count++) {
    const begun = performance.now()
    await countPosts(db)
    console.log(`counting months and tags: ${(performance.now() - begun).toFixed(0)} ms`)
  }
  const times: number[] = []
  for (let id = 1; id < posts; id += Math.ceil(posts / 200)) {
    const begun = performance.now()
    await digest(db, id)
    times.push(performance.now() - begun)
  }
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(sorted.length * share)]?.toFixed(1)
  console.log(`a digest of a post: ${at(0.5)} ms in the middle, ${at(0.99)} ms at 99 of 100`)
  const begun = performance.now()
  let steps = 0
  for (let after = 0; steps < 10_000; steps++) {
    const step = await listUndigested(db, after)
    if (!step) break
    after = step.next
  }
  console.log(`a round over all posts that finds nothing: ${(performance.now() - begun).toFixed(0)} ms, ${steps} steps`)
}

/** The statement that a read sent, seen on its way to the driver. */
async function statementOf(reader: Sql, read: () => Promise<unknown>): Promise<{ text: string; values: unknown[] }> {
  const unsafe = reader.unsafe
  let seen = { text: '', values: [] as unknown[] }
  reader.unsafe = ((text: string, values: never[], ...rest: never[]) => {
    seen = { text, values }
    return unsafe(text, values, ...rest)
  }) as typeof unsafe
  await read()
  reader.unsafe = unsafe
  return seen
}

function report(name: string, plan: string[]): void {
  const text = plan.join('\n')
  const ms = /Execution Time: ([\d.]+)/.exec(text)?.[1] ?? '?'
  const buffers = [...(plan.find((line) => line.includes('Buffers:')) ?? '').matchAll(/(?:hit|read)=(\d+)/g)]
  const pages = buffers.reduce((sum, [, count]) => sum + Number(count), 0)
  const indexes = [...new Set([...text.matchAll(/(?:using|on) (\w+_(?:idx|key|pkey))/g)].map(([, index]) => index))]
  console.log(`${name.padEnd(38)}${ms.padStart(8)}${String(pages).padStart(9)}  ${indexes.join(', ')}`)
  if (!/Seq Scan on (posts|comments|post_tags|post_authors|old_slugs|redirects|users|sessions)/.test(text)) return
  console.log(`  reads a whole table:\n${plan.map((line) => `    ${line}`).join('\n')}`)
  process.exitCode = 1
}
