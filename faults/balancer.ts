// A balancer as small as one can be: it asks /readyz, sends to whoever says yes, and never sends anything twice.
import { Agent, type IncomingMessage, type ServerResponse, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { paths } from '../src/paths.ts'

export type Balancer = { origin: string; stop: () => Promise<void> }

const askEveryMs = 250
const askForMs = 2000
/** A machine with much else to do answers late now and then. */
const silencesTolerated = 3

export async function startBalancer(backends: readonly string[]): Promise<Balancer> {
  // Without a queue: what waits in one was meant for an instance that may be gone when its turn comes.
  const agent = new Agent({ keepAlive: true, timeout: 30_000 })
  const isReady = new Map(backends.map((origin) => [origin, true]))
  let turn = 0
  let isOver = false

  // One question at a time to each: an answer that comes late must not outlive a newer one.
  const watch = async (origin: string) => {
    let failed = 0
    while (!isOver) {
      const status = await fetch(origin + paths.readyz(), { signal: AbortSignal.timeout(askForMs) }).then(
        (response) => response.status,
        () => 0,
      )
      failed = status === 200 ? 0 : failed + 1
      // Who says no is believed at once, and silence after a while.
      isReady.set(origin, status === 0 ? failed < silencesTolerated : status === 200)
      await sleep(askEveryMs)
    }
  }
  for (const origin of backends) void watch(origin)

  const pass = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const ready = backends.filter((origin) => isReady.get(origin))
    const origin = ready[turn++ % ready.length]
    if (!origin) return void outgoing.writeHead(503).end('No backend is ready.')
    const { method, url = '/', headers } = incoming
    const sent = request(origin + url, { agent, method, headers }, (response) => {
      const ofTheLine = new Set(['connection', 'keep-alive'])
      const others = Object.entries(response.headers).filter(([name]) => !ofTheLine.has(name))
      outgoing.writeHead(response.statusCode ?? 502, Object.fromEntries(others))
      response.pipe(outgoing)
      // What breaks off here breaks off there.
      response.on('error', () => outgoing.destroy())
    })
    sent.on('error', (error) => {
      if (outgoing.headersSent) outgoing.destroy()
      else outgoing.writeHead(502).end(error.message)
    })
    outgoing.on('close', () => sent.destroy())
    incoming.pipe(sent)
  }
  const server = createServer(pass)
  // A connection that ends while the next request is on its way on it would count as a failure of a blog.
  server.keepAliveTimeout = 600_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      isOver = true
      agent.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
