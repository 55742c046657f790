import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import type { App } from '../http/app.ts'
import { kept, own } from './address.ts'
import { type Surroundings, answerFromCache, flightOf } from './answer.ts'
import { type PageCache, isOld } from './page-cache.ts'
import { sharedHeaders } from './shared.ts'
import type { Watch } from './watch.ts'

export type Pages = { cache: PageCache; watch: Watch }

const patienceMs = 1000

/** Lets pages be kept, and no write be answered before what it changed is out of the cache of this process. */
export function keepPages(app: App, { cache, watch, metrics, logger }: Pages & Surroundings): void {
  answerFromCache(app.server, { cache, watch, metrics, logger })

  app.addHook('onRoute', ({ config, schema, url }) => {
    if (!config?.isKept) return
    const { properties = {} } = (schema?.querystring ?? {}) as { properties?: object }
    const unknown = Object.keys(properties).filter((name) => !kept.includes(name) && !own.includes(name))
    if (unknown.length > 0) throw new Error(`${url} is kept by its address, which leaves out: ${unknown.join(', ')}`)
  })

  // What is never kept makes nobody wait.
  app.addHook('onRequest', (request, _, done) => {
    const flight = flightOf(request.raw)
    if (flight && !request.routeOptions.config.isKept && !request.is404) cache.end(flight)
    done()
  })

  app.addHook('onSend', async ({ method }, reply) => {
    if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS' || reply.statusCode >= 500) return
    await Promise.race([watch.catchUp(), new Promise((resolve) => setTimeout(resolve, patienceMs).unref())])
    if (watch.state() !== 'current') cache.drop(['site'])
  })

  const isShared = app.config.cachePurgeUrl !== undefined
  const isAsked = (reply: FastifyReply) => flightOf(reply.request.raw) !== undefined
  const keep = (reply: FastifyReply, text: string) => {
    const flight = flightOf(reply.request.raw)
    if (!flight || !reply.pageKeys || reply.statusCode !== 200 || reply.hasHeader('set-cookie')) return false
    const body = Buffer.from(text)
    const hash = opaque(reply) ?? createHash('sha256').update(body).digest('base64url').slice(0, 22)
    // This one is compressed by itself, to other bytes than those that are kept.
    reply.headers({ 'cache-control': 'public, no-cache', etag: `W/"${hash}"` })
    const headers = Object.entries(reply.getHeaders())
      .filter(([name]) => name !== 'x-request-id' && name !== 'etag')
      .map(([name, value]): [string, string] => [name, String(value)])
    const route = reply.request.routeOptions.url ?? 'none'
    // What changed meanwhile is purged by now, and would stay there.
    const shared = isShared && !isOld(flight, reply.pageKeys) ? sharedHeaders(reply.pageKeys) : []
    reply.headers(Object.fromEntries(shared))
    cache.end(flight, { body, headers, hash, keys: reply.pageKeys, route, shared })
    return reply.request.headers['if-none-match']?.includes(hash) ?? false
  }
  app.pageKeeper = { isAsked, keep }
}

/** What a page chose for its tag itself. */
function opaque(reply: FastifyReply): string | undefined {
  return /^(?:W\/)?"([\w.-]+)"$/.exec(String(reply.getHeader('etag') ?? ''))?.[1]
}
