// npm run bench -- --profile PAGE: where a server spends its time while it is asked for one page by many connections.
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type CpuProfile, asWritten, flameGraph, selfTimes } from './flame.ts'
import { measure } from './load.ts'
import type { Options } from './options.ts'
import type { Progress } from './progress.ts'
import { searchers } from './reading.ts'
import { type Place, freePort, root, startBloggy } from './servers.ts'
import { type PageName, openSite, pages } from './site.ts'
import { sendComments } from './writing.ts'

const names: Record<string, PageName | 'comments'> = {
  front: 'front page',
  post: 'post page',
  tag: 'tag page',
  feed: 'feed',
  search: 'search',
  'cached-post': 'post page',
  comments: 'comments',
}
const mostShown = 20
const warmSeconds = 2
const everyMicroseconds = 250

export async function profile(place: Place, options: Options, progress: Progress): Promise<void> {
  const asked = options.profile ?? ''
  const name = names[asked]
  if (!name) throw new Error(`--profile is one of ${Object.keys(names).join(', ')}.`)
  const site = openSite(place)
  progress.say('filling a blog')
  const port = await freePort()
  const isCached = asked === 'cached-post' || name === 'comments'
  const environment: Record<string, string> = isCached ? {} : { PAGE_CACHE_MB: '0' }
  const blog = await startBloggy(place, await site.target(), environment, [`--inspect=127.0.0.1:${port}`])
  const load = async (seconds: number) => {
    if (name === 'comments') return await sendComments(site, blog.origin, seconds)
    const everywhere = name === 'search' && { fromEverywhere: place }
    const url = blog.origin + pages[name]
    return await measure({
      url,
      connections: name === 'search' ? searchers : 64,
      seconds,
      signal: place.signal,
      ...everywhere,
    })
  }
  progress.say(`${name}: warming up`)
  await load(warmSeconds)
  progress.say(`${name}: looking for ${options.seconds} s`)
  const inspector = await connectInspector(port)
  await inspector.call('Profiler.enable')
  await inspector.call('Profiler.setSamplingInterval', { interval: everyMicroseconds })
  await inspector.call('Profiler.start')
  const figure = await load(options.seconds)
  const stopped = (await inspector.call('Profiler.stop')) as { profile: CpuProfile }
  const profile = asWritten(stopped.profile)
  inspector.close()
  progress.end()

  const out = options.out ?? join(root, 'bench/results', `${asked}.html`)
  const raw = out.replace(/(\.html)?$/, '.cpuprofile')
  mkdirSync(dirname(out), { recursive: true })
  writeFileSync(raw, JSON.stringify(profile))
  writeFileSync(out, flameGraph(profile, `Bloggy, ${asked}; ${Math.round(figure)} a second`))
  console.log(
    `${asked}: ${Math.round(figure)} a second while it was looked at. What took the main thread's time itself:\n`,
  )
  for (const { name, share } of selfTimes(profile).slice(0, mostShown))
    console.log(`${(share * 100).toFixed(1).padStart(6)} %  ${name}`)
  console.log(
    `\nThe flame graph is ${out}, for any browser; ${raw} is for the performance panel of Chromium or \`speedscope\`.`,
  )
}

/** The protocol that browsers' developer tools speak. */
async function connectInspector(port: number) {
  const [target] = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as { webSocketDebuggerUrl: string }[]
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '')
  await once(socket, 'open')
  const waiting = new Map<number, (result: unknown) => void>()
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id: number; result: unknown }
    waiting.get(id)?.(result)
    waiting.delete(id)
  })
  let calls = 0
  return {
    call: async (method: string, params: object = {}): Promise<unknown> =>
      await new Promise((resolve) => {
        waiting.set(++calls, resolve)
        socket.send(JSON.stringify({ id: calls, method, params }))
      }),
    close: () => socket.close(),
  }
}
