import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import type { App } from '../http/app.ts'
import { kept, newNames, own } from './address.ts'
import { cut } from './blanks.ts'
import { type Surroundings, answerFromCache, flightOf } from './answer.ts'
import { type PageCache, bytesOf, isOld } from './page-cache.ts'
import { sharedHeaders } from './shared.ts'
import type { Watch } from './watch.ts'

export type Pages = { cache: PageCache; watch: Watch }

/** Lets pages be kept, and no write be answered before what it changed is out of the cache of this process. */
export function keepPages(app: App, { cache, watch, metrics, logger }: Pages & Surroundings): void {
  const names = newNames()
  answerFromCache(app.server, names.of, { cache, watch, metrics, logger })

  app.addHook('onRoute', ({ config, schema, url }) => {
    if (!config?.isKept) return
    const { properties = {} } = (schema?.querystring ?? {}) as { properties?: object }
    const asked = Object.keys(properties)
    const unknown = asked.filter((name) => !kept.includes(name) && !own.includes(name))
    if (unknown.length > 0) throw new Error(`${url} is kept by its address, which leaves out: ${unknown.join(', ')}`)
    names.add(url, asked)
  })

  app.addHook('onRequest', (request, _, done) => {
    const flight = flightOf(request.raw)
    // What is never kept makes nobody wait.
    if (flight && !request.routeOptions.config.isKept && !request.is404) cache.end(flight)
    // The page says where it is, and is for whoever asks without what came along here.
    else if (flight) request.raw.url = flight.address
    done()
  })

  app.addHook('onSend', async ({ method, raw }, reply) => {
    // What is sent and was not kept is an error, or nothing that is kept.
    const flight = flightOf(raw)
    if (flight) cache.end(flight)
    if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS' || reply.statusCode >= 500) return
    if (!(await watch.catchUp()) || watch.state() !== 'current') cache.drop(['site'])
  })

  const isShared = app.config.cachePurgeUrl !== undefined
  const isAsked = (reply: FastifyReply) => flightOf(reply.request.raw) !== undefined
  const keep = (reply: FastifyReply, text: string) => {
    const flight = flightOf(reply.request.raw)
    if (!flight || !reply.pageKeys || reply.statusCode !== 200 || reply.hasHeader('set-cookie')) return false
    const body = Buffer.from(text)
    const parts = reply.pageBlanks && cut(body, reply.pageBlanks)
    const page = parts && parts.order.length > 0 ? parts : undefined
    const hash = opaque(reply) ?? createHash('sha256').update(body).digest('base64url').slice(0, 22)
    // This one is compressed by itself, to other bytes than those that are kept.
    if (page) reply.header('cache-control', 'private, no-cache')
    else reply.headers({ 'cache-control': 'public, no-cache', etag: `W/"${hash}"` })
    const headers = Object.entries(reply.getHeaders())
      .filter(([name]) => name !== 'x-request-id' && name !== 'etag')
      .map(([name, value]): [string, string] => [name, String(value)])
    const route = reply.request.routeOptions.url ?? 'none'
    const until = reply.pageUntil ?? undefined
    // What changed meanwhile is purged by now, and would stay there.
    const isForAll = isShared && !page && !isOld(flight, reply.pageKeys)
    const shared = isForAll ? sharedHeaders(reply.pageKeys) : []
    reply.headers(Object.fromEntries(shared))
    // Blanks lie in it, where it has some.
    const held = page ? body : bytesOf(body)
    cache.end(flight, { body: held, headers, hash, keys: reply.pageKeys, route, shared, page, until })
    return !page && (reply.request.headers['if-none-match']?.includes(hash) ?? false)
  }
  app.pageKeeper = { isAsked, keep }
}

/** What a page chose for its tag itself. */
function opaque(reply: FastifyReply): string | undefined {
  return /^(?:W\/)?"([\w.-]+)"$/.exec(String(reply.getHeader('etag') ?? ''))?.[1]
}
