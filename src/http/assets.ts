// public/ from memory: hashed addresses for ever, plain ones with a check each time.
import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger } from 'fastify'
import { type Asset, assets, assetPath } from '../html/assets.ts'
import { once } from '../once.ts'
import type { App } from './app.ts'
import { comeBefore } from './come-before.ts'
import { headersOfAll } from './headers.ts'
import type { Metrics } from './metrics.ts'
import { type Form, formsTaken, tagKnown, tagOf } from './negotiation.ts'

/** `head` is names and values in turn. */
type Answer = { status: number; head: string[]; body: Buffer | undefined }
type File = (headers: IncomingHttpHeaders) => Answer

/** Where the application listens, its files are answered before anything else of it runs. */
export function assetFiles(app: App, parts: { metrics: Metrics; logger: FastifyBaseLogger }): void {
  const files = new Map<string, File>()
  for (const [name, asset] of assets) {
    files.set(assetPath(name), fileOf(asset, 'public, max-age=31536000, immutable'))
    files.set(`/assets/${name}`, fileOf(asset, 'public, max-age=3600'))
  }
  for (const [path, file] of files) {
    app.get(path, (request, reply) => {
      const { status, head, body } = file(request.headers)
      for (let at = 0; at < head.length; at += 2) reply.header(head[at] ?? '', head[at + 1])
      return reply.code(status).send(body)
    })
  }
  const same = Object.entries(headersOfAll(app)).flat()
  comeBefore(app.server, (application) => (request, response) => {
    const { method, url = '' } = request
    const isAsked = url.startsWith('/assets/') && (method === 'GET' || method === 'HEAD')
    const [path = ''] = isAsked ? url.split('?', 1) : []
    const file = files.get(path)
    if (file) send(request, response, path, file, same, parts)
    else application(request, response)
  })
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  file: File,
  same: string[],
  { metrics, logger }: { metrics: Metrics; logger: FastifyBaseLogger },
): void {
  const began = performance.now()
  const reqId = randomUUID()
  const { method = 'GET' } = request
  const { status, head, body } = file(request.headers)
  const length = body ? ['content-length', String(body.length)] : []
  response.writeHead(status, [...same, 'x-request-id', reqId, ...head, ...length])
  response.end(method === 'HEAD' ? undefined : body)
  metrics.count(method, path, status)
  logger.info({ reqId, method, path, status, ms: Math.round((performance.now() - began) * 10) / 10 }, 'request')
}

function fileOf(asset: Asset, caching: string): File {
  const { body, etag, type } = asset
  const common = ['cache-control', caching, 'vary', 'accept-encoding', 'content-type', type]
  const inForm = (form: Form, body: Buffer | undefined): Answer | undefined => {
    if (!body) return undefined
    const coding = form === 'plain' ? [] : ['content-encoding', form]
    return { status: 200, head: [...common, 'etag', tagOf(etag, form), ...coding], body }
  }
  const forms = {
    plain: once(() => inForm('plain', body)),
    gzip: once(() => inForm('gzip', asset.gzip())),
    br: once(() => inForm('br', asset.brotli())),
  }
  return (headers) => {
    const form = formsTaken(headers['accept-encoding']).find((one) => forms[one]()) ?? 'plain'
    const named = headers['if-none-match']
    const known = named === undefined ? undefined : tagKnown(named, etag, form)
    if (known !== undefined) return { status: 304, head: [...common, 'etag', known], body: undefined }
    return forms[form]() as Answer
  }
}
