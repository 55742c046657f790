// A start on a data folder that exists, until the first page is answered; and the memory of what was started.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { serialize } from 'node:v8'
import { startEmbedded } from '../src/db/embedded/server.ts'
import { fillBlog } from './blog.ts'
import { spread } from './figures.ts'
import { startForeignCpu } from './machine.ts'
import { measure } from './load.ts'
import type { Options } from './options.ts'
import { searchers } from './reading.ts'
import { type Place, type Running, ask, freePort, shipped, start, startFloor, untilServed } from './servers.ts'
import { type PageName, lazily, pages, prepareBlog } from './site.ts'
import { type Task, finishRow, inTurns, percentOf } from './turns.ts'

const startSeconds = 2
const lookEveryMs = 5

export function startTasks(place: Place, { rounds, seconds }: Options): Task[] {
  const folder = lazily(async () => {
    const folder = join(place.folder, 'own')
    const server = await startEmbedded(folder)
    await prepareBlog(server.target, async (sql) => await fillBlog(sql))
    await server.stop()
    return folder
  })
  const ways = [
    ['bloggy start', process.execPath, [...shipped, 'start']],
    ['npm start', 'npm', ['start']],
  ] as const
  const starts = ways.map(([name, program, words]): Task => {
    const about = { table: 'start', name: `${name}, to the first page` }
    return {
      ...about,
      seconds: rounds * startSeconds * 2,
      run: async (tools) => {
        const data = await folder()
        const sides = {
          bloggy: async () => await timeStart(await startOwn(place, data, program, words)),
          floor: async () => {
            const port = await freePort()
            const begun = performance.now()
            const words = ['--import', './src/html/hook.mjs', 'bench/start-floor.ts', data, String(port)]
            return await timeStart({ running: start(place, port, words, {}), begun })
          },
        }
        const warmUp = async () => {
          await sides.floor()
          await sides.bloggy()
        }
        const bar = { of: 'bloggy', most: 1000 } as const
        return await inTurns(tools, { ...about, unit: 'ms', bar }, { ...sides, warmUp })
      },
    }
  })
  let idle: { running: Running; bytes: number; together: number } | undefined
  const started = async (wait: number) => {
    if (idle) return idle
    const { running } = await startOwn(place, await folder(), ways[0][1], ways[0][2])
    await untilServed(`${running.origin}/`, running.child, lookEveryMs)
    for (const path of Object.values(pages).slice(0, 3)) await ask(running.origin + path)
    await sleep(wait * 1000)
    const bytes = memoryOf(running.pid)
    idle = { running, bytes, together: bytes + childrenOf(running.pid).reduce((sum, pid) => sum + shareOf(pid), 0) }
    return idle
  }
  const bareNode = lazily(async () => {
    const file = join(place.folder, 'nothing')
    writeFileSync(file, serialize([]))
    const bare = await startFloor(place, 'bare.ts', [file])
    return memoryOf(bare.pid)
  })
  const idleSeconds = Math.min(60, seconds * 5)
  const memory = (
    name: string,
    most: number | undefined,
    wanted: number,
    find: (tools: Options) => Promise<number>,
  ): Task => ({
    table: 'memory',
    name,
    seconds: wanted,
    run: async ({ options, progress }) => {
      progress.say(`memory, ${name}`)
      const look = startForeignCpu()
      const [bytes, floor] = [await find(options), await bareNode()]
      const bar = most === undefined ? null : ({ of: 'bloggy', most } as const)
      // What others do changes no sizes.
      return finishRow(
        { table: 'memory', name, unit: 'MB', bar, foreign: percentOf(look()), isDisturbed: false },
        { bloggy: spread([bytes / 1e6]), floor: spread([floor / 1e6]), ratio: spread([bytes / floor]), more: {} },
      )
    },
  })
  return [
    ...starts,
    memory('one process, idle', 120, idleSeconds + startSeconds, async () => (await started(idleSeconds)).bytes),
    memory('one process and its PostgreSQL, idle', undefined, 0, async () => (await started(idleSeconds)).together),
    memory('one process, at most under load', 250, seconds * 5, async () => {
      const { running } = await started(idleSeconds)
      for (const name of Object.keys(pages) as PageName[]) {
        // A cookie of ours goes past the cache, and names nobody.
        const load = {
          url: running.origin + pages[name],
          connections: name === 'search' ? searchers : 64,
          seconds,
          headers: { cookie: 'bloggy-bench=1' },
        }
        await measure({ ...load, ...(name === 'search' && { fromEverywhere: place }), signal: place.signal })
      }
      const most = peakOf(running.pid)
      await running.stop()
      return most
    }),
  ]
}

async function startOwn(place: Place, data: string, program: string, words: readonly string[]) {
  const port = await freePort()
  const begun = performance.now()
  const environment = {
    BLOGGY_DATA: data,
    HOST: '127.0.0.1',
    PORT: String(port),
    LOG_FORMAT: 'json',
    LOG_LEVEL: place.logLevel,
    TRUSTED_PROXIES: '127.0.0.1',
    MALLOC_ARENA_MAX: '2',
  }
  return { running: start(place, port, [...words], environment, program), begun }
}

async function timeStart({ running, begun }: { running: Running; begun: number }): Promise<number> {
  await untilServed(`${running.origin}/`, running.child, lookEveryMs)
  const ms = performance.now() - begun
  await running.stop()
  return ms
}

/** Resident, in bytes. */
function memoryOf(pid: number): number {
  return kilobytes(pid, 'VmRSS') * 1024
}

function peakOf(pid: number): number {
  return kilobytes(pid, 'VmHWM') * 1024
}

/** What processes share is counted once. */
function shareOf(pid: number): number {
  const text = readText(`/proc/${pid}/smaps_rollup`)
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024
}

function kilobytes(pid: number, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readText(`/proc/${pid}/status`))?.[1] ?? 0)
}

function childrenOf(pid: number): number[] {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
  return children.flatMap((child) => [Number(child), ...childrenOf(Number(child))])
}

function parentOf(pid: string): number {
  return Number(/^PPid:\s+(\d+)/m.exec(readText(`/proc/${pid}/status`))?.[1] ?? 0)
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
