// npm run staleness: four processes on one database, 64 readers without pause, one edit after another. How long after a write
// was answered is the page before it still sent, by the process that wrote and by the others? Ends with 1 when too long.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request as ask } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createApiToken } from '../src/api-tokens/queries.ts'
import { scopes } from '../src/api-tokens/token.ts'
import { formatConnectionString } from '../src/db/connection-string.ts'
import { startEmbedded } from '../src/db/embedded/server.ts'
import { migrate } from '../src/db/migrate.ts'
import { openDatabase } from '../src/db/pool.ts'
import { paths } from '../src/paths.ts'
import { setUp } from '../src/setup/queries.ts'
import { shipped } from './servers.ts'

const seconds = Number(process.env.STALENESS_SECONDS ?? 30)
const firstPort = Number(process.env.STALENESS_PORT ?? 18_090)
const processes = 4
const readersEach = 16
const root = fileURLToPath(new URL('..', import.meta.url))
const limits = {
  poolSize: 10,
  connectTimeoutSeconds: 10,
  statementTimeoutSeconds: 30,
  lockTimeoutSeconds: 10,
  preparesStatements: true,
}

const kinds = ['title', 'text', 'comment', 'blog', 'list'] as const
type Kind = (typeof kinds)[number]
/** What was answered, in order: the number that pages show from then on, by whom, and when. */
type Write = { number: number; process: number; at: number }

const folder = mkdtempSync(join(tmpdir(), 'bloggy-staleness-'))
const server = await startEmbedded(folder)
const children: ChildProcess[] = []
const agent = new Agent({ keepAlive: true, maxSockets: Infinity })
const database = openDatabase(server.target, limits)
const { db, reader: sql } = database
try {
  await migrate(server.target, limits)
  const owner = { title: 'Blog 0', description: '', name: 'Ada', email: 'ada@example.com', password_hash: 'x' }
  const id = await setUp(db, owner, null)
  const { token } = (await createApiToken(db, id, { name: 'edits', scopes, days: 1 }, { id: null, ip: null })) ?? {}
  const url = formatConnectionString(server.target)
  for (let index = 0; index < processes; index++) children.push(start(url, firstPort + index))
  for (let index = 0; index < processes; index++) await ready(index)

  const send = async (index: number, method: string, path: string, body: object): Promise<{ id: number }> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const answer = await call(index, path, method, headers, JSON.stringify(body))
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
    return JSON.parse(answer.text || '{}')
  }
  const text = (number: number) => `Text ${number} of the post.`
  const main = await send(0, 'POST', paths.api.posts(), {
    title: 'Title 0',
    body: text(0),
    slug: 'main',
    state: 'published',
  })
  const other = await send(0, 'POST', paths.api.posts(), {
    title: 'List 0',
    body: 'x',
    slug: 'other',
    state: 'published',
  })
  await send(0, 'POST', paths.api.postComments(main.id), { body: 'Comment 0.' })
  await sleep(1000)

  const edits: Record<Kind, (index: number, number: number) => Promise<unknown>> = {
    title: (index, number) => send(index, 'PATCH', paths.api.post(main.id), { title: `Title ${number}` }),
    text: (index, number) => send(index, 'PATCH', paths.api.post(main.id), { body: text(number) }),
    comment: async (index, number) => {
      await sql`delete from attempts`
      await send(index, 'POST', paths.api.postComments(main.id), { body: `Comment ${number}.` })
    },
    blog: (index, number) => send(index, 'PATCH', paths.api.settings(), { title: `Blog ${number}` }),
    // Off the list and on it again.
    list: async (index, number) => {
      await send(index, 'PATCH', paths.api.post(other.id), { state: 'draft' })
      await send(index, 'PATCH', paths.api.post(other.id), { title: `List ${number}`, state: 'published' })
    },
  }
  const shown: Record<string, [Kind, RegExp][]> = {
    [paths.post('main')]: [
      ['title', /<h1[^>]*>(?:<[^>]*>)*Title (\d+)/],
      ['text', /Text (\d+) of/],
      // The newest is the first.
      ['comment', /Comment (\d+)\./],
      ['blog', /<title>[^<]* – Blog (\d+)</],
    ],
    [paths.home()]: [
      ['title', />Title (\d+)</],
      ['blog', /<title>Blog (\d+)</],
      ['list', />List (\d+)</],
    ],
    [paths.feed('', 'atom.xml')]: [
      ['title', />Title (\d+)</],
      ['text', /Text (\d+) of/],
      ['blog', /<title>Blog (\d+)</],
    ],
  }
  let counter = 0

  const phase = async (isCut: boolean) => {
    const writes = new Map<Kind, Write[]>(kinds.map((kind) => [kind, []]))
    const [own, others]: [number[], number[]] = [[], []]
    let isOver = false
    let reads = 0
    const read = async (index: number) => {
      const addresses = Object.keys(shown)
      for (let turn = 0; !isOver; turn++) {
        const path = addresses[turn % addresses.length] ?? '/'
        // Writers are to come through as well.
        await sleep(20)
        const at = performance.now()
        const answer = await call(index, path)
        if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`)
        reads++
        for (const [kind, pattern] of shown[path] ?? []) {
          const found = pattern.exec(answer.text)?.[1]
          // Off the list for a moment.
          if (found === undefined && kind === 'list') continue
          if (found === undefined) throw new Error(`${path} shows no ${kind}.`)
          const missed = writes.get(kind)?.filter(({ number, at: then }) => number > Number(found) && then < at) ?? []
          const [byItself] = missed.filter(({ process }) => process === index)
          const [first] = missed
          if (byItself) own.push(at - byItself.at)
          if (first) others.push(at - first.at)
        }
      }
    }
    const cut = async () => {
      while (!isOver) {
        await sql`select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and query ilike 'listen %'`
        await sleep(20)
      }
    }
    const began = performance.now()
    const readers = Array.from({ length: processes * readersEach }, (_, at) => read(at % processes))
    const cutting = isCut ? cut() : undefined
    const write = async () => {
      for (let turn = 0; performance.now() - began < seconds * 1000; turn++) {
        const kind = kinds[turn % kinds.length] ?? 'title'
        const index = (turn * 3 + Math.floor(turn / 20)) % processes
        const number = ++counter
        await edits[kind](index, number)
        writes.get(kind)?.push({ number, process: index, at: performance.now() })
        await sleep(isCut ? 100 : 20)
      }
      isOver = true
    }
    await Promise.all([write(), ...readers, cutting])
    const count = [...writes.values()].reduce((sum, list) => sum + list.length, 0)
    const worst = Math.max(0, ...others)
    const most = isCut ? 5000 : 250
    const good = own.length === 0 && worst <= most
    const sorted = others.toSorted((a, b) => a - b)
    const part = (share: number) => Math.round(sorted[Math.floor(sorted.length * share)] ?? 0)
    console.log(
      `| ${isCut ? 'announcements cut' : 'all is well'} | ${count} | ${reads} | ${own.length} | ${others.length} | ${part(0.5)} | ${part(0.99)} | ${Math.round(worst)} | ${most} |`,
    )
    return good
  }
  console.log(
    `${processes} processes, ${processes * readersEach} readers, ${seconds} s each; ms after the answer to a write\n`,
  )
  console.log(
    '| | edits | pages read | old ones of the process that wrote | old ones of others | median | p99 | worst | allowed |',
  )
  console.log('|---|---|---|---|---|---|---|---|---|')
  const isGood = [await phase(false), await phase(true)]
  if (isGood.includes(false)) process.exitCode = 1
} finally {
  agent.destroy()
  await Promise.all(children.map(stop))
  await database.close(1)
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}

function start(url: string, port: number): ChildProcess {
  return spawn(process.execPath, [...shipped, 'serve'], {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      DATABASE_URL: url,
      HOST: '127.0.0.1',
      PORT: String(port),
      LOG_LEVEL: 'warn',
      DB_POOL_SIZE: '10',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'close')
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await ended
  clearTimeout(late)
}

async function ready(index: number): Promise<void> {
  for (const begun = Date.now(); Date.now() - begun < 180_000; await sleep(250)) {
    const answer = await call(index, paths.readyz()).catch(() => undefined)
    if (answer?.status === 200) return
  }
  throw new Error(`Process ${index} is not ready.`)
}

async function call(index: number, path: string, method = 'GET', headers: Record<string, string> = {}, body = '') {
  const sent = ask({ host: '127.0.0.1', port: firstPort + index, path, method, headers, agent }).end(body)
  const [response] = await once(sent, 'response')
  let text = ''
  response.setEncoding('utf8')
  for await (const chunk of response) text += chunk
  return { status: response.statusCode as number, text }
}
