import { type Asset, assets, assetPath } from '../html/assets.ts'
import type { App } from './app.ts'
import { formsTaken } from './negotiation.ts'

/** Serves public/ from memory: hashed addresses for ever, plain ones with a check each time. */
export function assetFiles(app: App): void {
  for (const [name, asset] of assets) {
    serve(app, assetPath(name), asset, 'public, max-age=31536000, immutable')
    serve(app, `/assets/${name}`, asset, 'public, max-age=3600')
  }
}

function serve(app: App, path: string, asset: Asset, caching: string): void {
  app.get(path, (request, reply) => {
    reply
      .header('cache-control', caching)
      .header('etag', `"${asset.etag}"`)
      .header('vary', 'accept-encoding')
      .type(asset.type)
    if (request.headers['if-none-match']?.includes(asset.etag)) return reply.code(304).send()
    const taken = formsTaken(request.headers['accept-encoding'])
    const brotli = taken.includes('br') ? asset.brotli() : undefined
    if (brotli) return reply.header('content-encoding', 'br').send(brotli)
    const gzip = taken.includes('gzip') ? asset.gzip() : undefined
    if (gzip) return reply.header('content-encoding', 'gzip').send(gzip)
    return reply.send(asset.body)
  })
}
