import { timingSafeEqual } from 'node:crypto'
import { Counter, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import { notFound } from '../errors.ts'
import { paths } from '../paths.ts'
import type { App } from './app.ts'

export type Metrics = {
  registry: Registry
  /** What /metrics answers: of this process, or of all. */
  read: () => Promise<string>
  observe: (method: string, route: string, status: number, seconds: number) => void
  /** An answer from memory, which takes less time than timing it. */
  count: (method: string, route: string, status: number) => void
}

/** One registry a process, so that the two listeners show the same numbers. */
export function newMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  // To look a label up takes longer than all else that such an answer needs, so it is done when somebody asks.
  const counted = new Map<string, number>()
  const requests = new Counter({
    name: 'bloggy_http_requests_total',
    help: 'Answered requests by method, route pattern and status.',
    labelNames: ['method', 'route', 'status'],
    registers: [registry],
    collect() {
      for (const [labels, times] of counted) {
        const [method = '', status = '', route = ''] = labels.split(' ')
        this.inc({ method, route, status }, times)
      }
      counted.clear()
    },
  })
  const durations = new Histogram({
    name: 'bloggy_http_request_duration_seconds',
    help: 'Time from the request line to the end of the answer.',
    labelNames: ['method', 'route'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  })
  return {
    registry,
    read: () => registry.metrics(),
    count: (method, route, status) => {
      const labels = `${method} ${status} ${route}`
      counted.set(labels, (counted.get(labels) ?? 0) + 1)
    },
    observe: (method, route, status, seconds) => {
      requests.inc({ method, route, status })
      durations.observe({ method, route }, seconds)
    },
  }
}

/** Labels hold the route's pattern and never the address, so a visitor cannot make series. */
export function measureRequests(app: App, metrics: Metrics): void {
  app.addHook('onResponse', (request, reply, done) => {
    metrics.observe(request.method, request.routeOptions.url ?? 'none', reply.statusCode, reply.elapsedTime / 1000)
    done()
  })
}

/** On the public listener /metrics is there only for who knows the token. */
export function metricsPage(app: App, metrics: Metrics, isOpen: boolean): void {
  app.get(paths.metrics(), async (request, reply) => {
    if (!isOpen && !holdsToken(request.headers.authorization, app.config.metricsToken)) throw notFound()
    return reply
      .type(metrics.registry.contentType)
      .header('cache-control', 'no-store')
      .send(await metrics.read())
  })
}

function holdsToken(header: string | undefined, token: string | undefined): boolean {
  const given = Buffer.from(header ?? '')
  const wanted = Buffer.from(`Bearer ${token}`)
  return token !== undefined && given.length === wanted.length && timingSafeEqual(given, wanted)
}
