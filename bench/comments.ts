// npm run bench:comments: comments a second by 50 people on 64 connections, each acknowledged one looked for afterwards. Another
// copy of Bloggy, named by its folder after --, is measured in turns with this one on a PostgreSQL of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { type Socket, connect as dial } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Sql } from 'postgres'
import { formatConnectionString } from '../src/db/connection-string.ts'
import { startEmbedded } from '../src/db/embedded/server.ts'
import { connect } from '../src/db/pool.ts'
import { paths } from '../src/paths.ts'
import { range, spread } from './figures.ts'
import { startChildrenCpu, startForeignCpu } from './machine.ts'
import { shipped } from './servers.ts'
import { floorLimits } from './shape.ts'

const rounds = Number(process.env.BENCH_ROUNDS ?? 5)
const seconds = Number(process.env.BENCH_SECONDS ?? 5)
const connections = 64
const people = 50
const hundred = 100
/** One in so many is sent by two connections at once, as by a finger that slipped. */
const repeatedEvery = 20
const here = fileURLToPath(new URL('..', import.meta.url))
const sentence = 'It was a plain sentence of middling length, written so that a page has something to hold. '

type Server = Awaited<ReturnType<typeof startEmbedded>>
type Blog = { name: string; port: number; sql: Sql; child: ChildProcess }
type Round = { rate: number; twice: number; lost: number; doubled: number; foreign: number; cpu: number }

const limits = { ...floorLimits, statementTimeoutSeconds: 300 }
const folder = mkdtempSync(join(tmpdir(), 'bloggy-writes-'))
// As root, PostgreSQL runs under another account and must get to its data.
chmodSync(folder, 0o711)
const servers: Server[] = []
const blogs: Blog[] = []
try {
  const copies = [...process.argv.slice(2), here]
  for (const [index, copy] of copies.entries()) blogs.push(await open(copy, index))
  console.log(
    `Comments a second on ${connections} connections by ${people} people; median (least to most) of ${rounds} rounds`,
  )
  for (const posts of [1, hundred]) {
    const found = blogs.map((): Round[] => [])
    for (let round = 0; round <= rounds; round++)
      for (const [index, blog] of blogs.entries()) {
        const figure = await measure(blog, posts)
        await untilDone(blog)
        // The first round warms up.
        if (round > 0) found[index]?.push(figure)
      }
    for (const [index, { name }] of blogs.entries()) {
      const figures = found[index] ?? []
      const sum = (of: (round: Round) => number) => figures.reduce((total, round) => total + of(round), 0)
      console.log(
        `${posts === 1 ? 'one post' : `${posts} posts`}, ${name}: ${range(spread(figures.map(({ rate }) => rate)), 0)}, ` +
          `${range(spread(figures.map(({ cpu }) => cpu)), 2)} ms of processor time each; ` +
          `${sum(({ twice }) => twice)} sent twice, ${sum(({ lost }) => lost)} lost, ${sum(({ doubled }) => doubled)} doubled; ` +
          `others took ${(sum(({ foreign }) => foreign) / rounds).toFixed(1)} cores`,
      )
    }
  }
} finally {
  for (const { child, sql } of blogs) {
    await sql.end({ timeout: 1 })
    child.kill('SIGTERM')
    // Jobs that were interrupted are nobody's loss here.
    await Promise.race([once(child, 'exit'), sleep(8000)])
    child.kill('SIGKILL')
  }
  for (const server of servers) await server.stop()
  rmSync(folder, { recursive: true, force: true })
}

async function open(copy: string, index: number): Promise<Blog> {
  // Durable, as a blog's: what is waited for is the disk.
  const server = await startEmbedded(join(folder, `server-${index}`), { durable: true })
  servers.push(server)
  const { target } = server
  // Not one that a run beside this one took.
  const port = 20_000 + (process.pid % 10_000) + index
  const words = (process.env.BENCH_NODE_WORDS ?? '').split(' ').filter(Boolean)
  const child = spawn(process.execPath, [...words, ...shipped, 'start'], {
    cwd: copy,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      DATABASE_URL: formatConnectionString(target),
      BLOGGY_DATA: join(folder, `data-${index}`),
      HOST: '127.0.0.1',
      PORT: String(port),
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', process.env.BENCH_LOG ? 'inherit' : 'ignore', 'inherit'],
  })
  await untilServed(port, child)
  const sql = connect(target, limits, 2)
  await sql`
    insert into users (name, slug, email, email_confirmed_at)
      select 'Writer ' || n, 'writer-' || n, 'w' || n || '@example.com', now() from generate_series(1, ${people}::int) n`
  await sql`insert into user_roles (user_id, role_id) select users.id, roles.id from users, roles where roles.name = 'author'`
  await sql`insert into user_roles (user_id, role_id) select min(users.id), roles.id from users, roles where roles.name = 'admin' group by roles.id`
  await sql`update settings set title = 'Bench', set_up_at = now()`
  await sql`
    insert into sessions (token_hash, user_id, expires_at)
      select sha256(convert_to(slug, 'UTF8')), id, now() + interval '1 day' from users`
  await sql`
    insert into posts (slug, title, body, body_html, author_id, published_at)
      select 'post-' || n, 'A post', '', '<p>It is.</p>', (select min(id) from users), now() from generate_series(0, ${hundred}::int) n`
  await sql`vacuum analyze`
  return { name: copy === here ? 'this' : copy, port, sql, child }
}

async function untilServed(port: number, child: ChildProcess): Promise<void> {
  for (const begun = Date.now(); ; await sleep(100)) {
    const answer = await fetch(`http://127.0.0.1:${port}${paths.readyz()}`).catch(() => undefined)
    if (answer?.status === 200) return
    if (Date.now() - begun > 90_000 || child.exitCode !== null)
      throw new Error('Bloggy did not answer within 90 seconds.')
  }
}

/** What one blog has put off is not to be done in the time of the other. */
async function untilDone({ sql }: Blog): Promise<void> {
  for (const begun = Date.now(); Date.now() - begun < 15_000; await sleep(200)) {
    const [{ due = 0 } = {}] = await sql<{ due: number }[]>`
      select count(*)::int as due from graphile_worker.jobs where run_at <= now()`
    if (due === 0) return
  }
}

async function measure({ port, sql }: Blog, posts: number): Promise<Round> {
  const lines = await Promise.all(Array.from({ length: connections + 4 }, () => line(port)))
  const main = lines.slice(0, connections)
  const spare = lines.slice(connections)
  const keys: string[] = []
  let twice = 0
  let isOver = false
  const foreign = startForeignCpu()
  const cpu = startChildrenCpu()
  // Each of them writes more than anybody may.
  const raised = (async () => {
    for (; !isOver; await sleep(300)) await sql`delete from attempts`.catch(() => (isOver = true))
  })()
  const begun = performance.now()
  const end = begun + seconds * 1000
  await Promise.all(
    main.map(async (send) => {
      while (performance.now() < end) {
        const n = keys.length
        const key = randomUUID()
        const body = `${sentence.repeat(1 + (n % 3))}Comment ${key}.`
        keys.push(key)
        const form = new URLSearchParams({ body, submission_key: key }).toString()
        const slug = posts === 1 ? 'post-0' : `post-${1 + (n % posts)}`
        const request = requestOf(paths.postComments(slug), `writer-${1 + (n % people)}`, form)
        const second = n % repeatedEvery === 0 ? spare.pop() : undefined
        if (second) {
          twice++
          await Promise.all([send(request), second(request)])
          spare.push(second)
        } else await send(request)
      }
    }),
  )
  const rate = keys.length / ((performance.now() - begun) / 1000)
  const others = foreign() ?? 0
  const spent = (cpu() * 1000) / keys.length
  isOver = true
  await raised
  for (const send of lines) send.end()
  const [{ there = 0 } = {}] = await sql<{ there: number }[]>`
    select count(*)::int as there from comments
      where submission_key = any(${keys}::text[]::uuid[]) and body like '%Comment ' || submission_key || '.'`
  // By what was written, not by the key: that could not be there twice.
  const [{ doubled = 0 } = {}] = await sql<{ doubled: number }[]>`
    select count(*)::int as doubled from (select body from comments group by body having count(*) > 1) as found`
  return { rate, twice, lost: keys.length - there, doubled, foreign: others, cpu: spent }
}

function requestOf(path: string, token: string, form: string): string {
  return (
    `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncookie: bloggy=${token}\r\n` +
    `content-type: application/x-www-form-urlencoded\r\ncontent-length: ${Buffer.byteLength(form)}\r\n\r\n${form}`
  )
}

type Line = ((request: string) => Promise<void>) & { end: () => Socket }

/** A connection that asks one thing after another, and costs less than a client of node:http. */
async function line(port: number): Promise<Line> {
  const socket = dial({ port, host: '127.0.0.1', noDelay: true })
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  let answer = ''
  let settle: ((error?: Error) => void) | undefined
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    answer += chunk
    const head = answer.indexOf('\r\n\r\n')
    if (head < 0) return
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(answer)?.[1] ?? 0)
    if (answer.length < head + 4 + length) return
    const status = answer.slice(9, 12)
    const words = answer.slice(0, 300)
    answer = ''
    settle?.(status === '303' ? undefined : new Error(`A comment was answered ${words}`))
  })
  socket.on('error', (error) => settle?.(error))
  socket.on('close', () => settle?.(new Error('The connection was closed.')))
  const send = (request: string) =>
    new Promise<void>((resolve, reject) => {
      settle = (error) => {
        settle = undefined
        if (error) reject(error)
        else resolve()
      }
      socket.write(request)
    })
  return Object.assign(send, { end: () => socket.end() })
}
