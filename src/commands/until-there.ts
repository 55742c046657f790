// While there is no PostgreSQL: the process lives, says that it is not ready, and looks again and again.
import { type Server, createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../config.ts'
import type { ConnectionTarget } from '../db/connection-string.ts'
import { limitsOf } from '../db/open.ts'
import { NotThere, probe } from '../db/probe.ts'
import { paths } from '../paths.ts'

const shortestMs = 200
const longestMs = 1500
const sayEveryMs = 60_000
const retryAfterSeconds = 5

/**
 * Resolves when PostgreSQL answers. Throws the StartError of what waiting does not mend, and when `signal` is aborted.
 */
export async function untilThere(
  config: Config,
  target: ConnectionTarget,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let servers: Server[] | undefined
  let said = ''
  let saidAt = -Infinity
  try {
    for (let wait = shortestMs; ; wait = Math.min(longestMs, wait * 1.5)) {
      try {
        await probe(target, limitsOf(config))
        return
      } catch (error) {
        if (!(error instanceof NotThere)) throw error
        servers ??= await answerMeanwhile(config)
        if (error.message !== said || performance.now() - saidAt > sayEveryMs) {
          said = error.message
          saidAt = performance.now()
          say(`${said}\nWaiting for it …`)
        }
      }
      // Of many that wait, each comes at another moment.
      await sleep(wait * (0.5 + Math.random()), undefined, { signal })
    }
  } finally {
    await Promise.all((servers ?? []).map(close))
  }
}

async function answerMeanwhile({ host, port, adminHost, adminPort }: Config): Promise<Server[]> {
  const found = await Promise.all([listen(host, port), ...(adminPort ? [listen(adminHost, adminPort)] : [])])
  return found.filter((server) => server !== undefined)
}

/** Undefined where the port cannot be had; whoever comes for it later says so. */
async function listen(host: string, port: number): Promise<Server | undefined> {
  const server = createServer((request, response) => {
    request.resume()
    const path = request.url?.split('?', 1)[0]
    const isLive = path === paths.livez()
    response.writeHead(isLive ? 200 : 503, {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
      // Another listener has the port in a moment.
      connection: 'close',
      'retry-after': String(retryAfterSeconds),
    })
    response.end(isLive ? 'ok\n' : path === paths.readyz() ? 'database not reachable\n' : 'Back in a moment.\n')
  })
  server.headersTimeout = server.requestTimeout = 10_000
  return await new Promise((resolve) => {
    server.once('error', () => resolve(undefined))
    server.listen(port, host, () => resolve(server))
  })
}

async function close(server: Server): Promise<void> {
  await new Promise((resolve) => {
    server.close(resolve)
    server.closeAllConnections()
  })
}
