// What a run starts: PostgreSQL, blogs, floors. Everything is stopped at its end, the last first.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { formatConnectionString } from '../src/db/connection-string.ts'
import type { ConnectionTarget } from '../src/db/connection-string.ts'
import type { Options } from './options.ts'

export const root = fileURLToPath(new URL('..', import.meta.url))

export type Running = { origin: string; pid: number; child: ChildProcess; stop: () => Promise<void> }

export type Place = {
  /** Gone at the end. */
  folder: string
  signal: AbortSignal
  logLevel: string
  /** What is called at the end. */
  atEnd: (ending: () => Promise<unknown>) => void
  end: () => Promise<void>
}

export function openPlace({ logLevel }: Pick<Options, 'logLevel'>, signal: AbortSignal): Place {
  const folder = mkdtempSync(join(tmpdir(), 'bloggy-bench-'))
  // As root, PostgreSQL runs under another account and must get to its data.
  chmodSync(folder, 0o711)
  const endings: (() => Promise<unknown>)[] = [async () => rmSync(folder, { recursive: true, force: true })]
  return {
    folder,
    signal,
    logLevel,
    atEnd: (ending) => void endings.push(ending),
    end: async () => {
      for (const ending of endings.splice(0).toReversed())
        await ending().catch((error: Error) => console.error(error.message))
    },
  }
}

/** Of the floors too: what V8 does with them is not what is compared. */
const flags = ['--max-semi-space-size=16', '--heap-growing-percent=50', '--no-allocation-site-pretenuring']

/** Bloggy as bin/bloggy.mjs runs it: what a process holds and how fast it begins depend on the flags. */
export const shipped = [...flags, '--import', './src/html/hook.mjs', 'src/cli.ts']

/** `bloggy serve` on a database that is there; listens on one address, so that each request passes by the cache. */
export async function startBloggy(
  place: Place,
  target: ConnectionTarget,
  environment: Record<string, string> = {},
  nodeWords: string[] = [],
): Promise<Running> {
  const port = await freePort()
  const data = join(place.folder, `data-${port}`)
  mkdirSync(data)
  const running = start(place, port, [...nodeWords, ...shipped, 'serve'], {
    DATABASE_URL: formatConnectionString(target),
    HOST: '127.0.0.1',
    PORT: String(port),
    BLOGGY_DATA: data,
    LOG_LEVEL: place.logLevel,
    LOG_FORMAT: 'json',
    TRUSTED_PROXIES: '127.0.0.1',
    MALLOC_ARENA_MAX: '2',
    ...environment,
  })
  await untilServed(`${running.origin}/`, running.child)
  return running
}

/** A program of this folder that listens on the port that is its last word. */
export async function startFloor(place: Place, program: string, words: string[]): Promise<Running> {
  const port = await freePort()
  const running = start(
    place,
    port,
    [...flags, '--import', './src/html/hook.mjs', join('bench', program), ...words, String(port)],
    {},
  )
  await untilServed(`${running.origin}/ready`, running.child)
  return running
}

/** Stopped at the end at the latest. What it says on standard error is shown when it failed. */
export function start(
  place: Place,
  port: number,
  words: string[],
  environment: Record<string, string>,
  program: string = process.execPath,
): Running {
  place.signal.throwIfAborted()
  const child = spawn(program, words, {
    cwd: root,
    // A group of its own: Ctrl-C reaches the bench alone, which stops each in its turn.
    detached: true,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  let isStopping = false
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (said = (said + chunk).slice(-5000)))
  child.once('exit', (code) => {
    if (code !== 0 && !isStopping) console.error(said)
  })
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    isStopping = true
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await Promise.race([ended, sleep(20_000, undefined, { ref: false })])
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  }
  place.atEnd(stop)
  return { origin: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, child, stop }
}

export async function untilServed(url: string, child: ChildProcess, everyMs = 25): Promise<void> {
  for (const begun = Date.now(); ; await sleep(everyMs)) {
    const answer = await ask(url).catch(() => undefined)
    if (answer?.status === 200) return
    if (child.exitCode !== null) throw new Error(`What should serve ${url} ended with ${child.exitCode}.`)
    if (Date.now() - begun > 60_000) throw new Error(`${url} was not served within 60 seconds.`)
  }
}

export type Answer = { status: number; headers: IncomingHttpHeaders; body: Buffer }

/** One request, the answer as it came: not unpacked. */
export async function ask(
  url: string,
  headers: Record<string, string> = {},
  { method = 'GET', body }: { method?: string; body?: string } = {},
): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const asking = request(url, { method, headers, timeout: 30_000 }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      )
    })
    asking.once('timeout', () => asking.destroy(new Error(`${url} was not answered for 30 seconds.`)))
    asking.once('error', reject)
    asking.end(body)
  })
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}
