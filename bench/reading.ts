// What readers ask for: from memory beside a bare server with the same bytes, made anew beside the floor with the same statements.
import { measure } from './load.ts'
import type { Options } from './options.ts'
import { type Form, type PageName, type Site, bareUrl, forms, headersFor, pages } from './site.ts'
import { type Latency, steady } from './steady.ts'
import { type Bar, type Task, inTurns } from './turns.ts'

const fewAndMany = [1, 64]
export const searchers = 16
const unit = 'requests/s'
const steadyRate = 200

/** From the issue: a page from memory at 0.7 of a bare server, one made anew at 0.6 of the floor. */
const bars: Record<string, Bar> = {
  'post page, identity, 64 connections': { of: 'ratio', least: 0.7 },
  'post page, 64 connections': { of: 'ratio', least: 0.6 },
}

export function cachedTasks(site: Site, options: Options): Task[] {
  const names = (Object.keys(pages) as PageName[]).filter((name) => name !== 'search')
  return [
    ...names.flatMap((name) =>
      (Object.keys(forms) as Form[]).flatMap((form) =>
        fewAndMany.map((connections) => cachedTask(site, options, name, form, connections)),
      ),
    ),
    cachedTask(site, options, 'post page', 'identity', 64, 'body alone'),
  ]
}

function cachedTask(
  site: Site,
  { rounds, seconds }: Options,
  page: PageName,
  form: Form,
  connections: number,
  what: 'whole' | 'body alone' = 'whole',
): Task {
  const beside = what === 'whole' ? '' : `, beside its ${what}`
  const about = { table: 'cached', name: `${page}, ${form}, ${plural(connections)}${beside}` }
  return {
    ...about,
    seconds: rounds * seconds * 2 + 2,
    run: async (tools) => {
      const [blog, bare] = [await site.cached(), await site.bare()]
      const headers = await headersFor(blog.origin, pages[page], form)
      const load = { connections, seconds, signal: tools.signal }
      const bloggy = { ...load, url: blog.origin + pages[page], headers }
      const floor = { ...load, url: bare.origin + bareUrl(page, form, what), headers }
      const bar = bars[about.name]
      return await inTurns(
        tools,
        { ...about, unit, ...(bar && { bar }) },
        {
          bloggy: async () => await measure(bloggy),
          floor: async () => await measure(floor),
          warmUp: async () => {
            await measure({ ...floor, seconds: 1 })
            await measure({ ...bloggy, seconds: 1 })
          },
        },
      )
    },
  }
}

export function uncachedTasks(site: Site, { rounds, seconds }: Options): Task[] {
  return (Object.keys(pages) as PageName[]).flatMap((name) =>
    // Of searches, few wait: who comes when the line is long is asked to come again.
    (name === 'search' ? [1, searchers] : fewAndMany).map((connections): Task => {
      const about = { table: 'uncached', name: `${name}, ${plural(connections)}` }
      return {
        ...about,
        seconds: rounds * seconds * 2 + 2,
        run: async (tools) => {
          const [blog, floorServer] = [await site.uncached(), await site.floor()]
          const everywhere = name === 'search' && { fromEverywhere: site.place }
          const load = { connections, seconds, signal: tools.signal, ...everywhere }
          const sideOf = (origin: string) => ({ ...load, url: origin + pages[name] })
          const bar = bars[about.name]
          return await inTurns(
            tools,
            { ...about, unit, ...(bar && { bar }) },
            {
              bloggy: async () => await measure(sideOf(blog.origin)),
              floor: async () => await measure(sideOf(floorServer.origin)),
              warmUp: async () => {
                await measure({ ...sideOf(floorServer.origin), seconds: 1 })
                await measure({ ...sideOf(blog.origin), seconds: 1 })
              },
            },
          )
        },
      }
    }),
  )
}

export function steadyTasks(site: Site, { rounds, seconds }: Options): Task[] {
  const about = { table: 'latency', name: `post page, uncached, p99 at ${steadyRate} requests/s` }
  return [
    {
      ...about,
      seconds: rounds * seconds * 2 + 2,
      run: async (tools) => {
        const [blog, floor] = [await site.uncached(), await site.floor()]
        const seen: Latency[] = []
        const look = async (origin: string, length = seconds) =>
          await steady(origin + pages['post page'], steadyRate, length)
        return await inTurns(
          tools,
          {
            ...about,
            unit: 'ms',
            bar: { of: 'bloggy', most: 50 },
            more: () => ({
              'p50, ms': middle(seen.map(({ p50 }) => p50)),
              'slowest, ms': Math.max(...seen.map(({ most }) => most)),
            }),
          },
          {
            bloggy: async () => {
              const latency = await look(blog.origin)
              seen.push(latency)
              return latency.p99
            },
            floor: async () => (await look(floor.origin)).p99,
            warmUp: async () => {
              await look(floor.origin, 1)
              await look(blog.origin, 1)
            },
          },
        )
      },
    },
  ]
}

function plural(connections: number): string {
  return connections === 1 ? '1 connection' : `${connections} connections`
}

function middle(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
}
