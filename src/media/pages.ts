// Pictures as readers get them.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { paths } from '../paths.ts'
import { fileOf } from './media.ts'
import { findMediumByKey } from './queries.ts'
import type { MediaStore } from './store.ts'
import { StoreTrouble } from './store-trouble.ts'
import { text } from '../texts/texts.ts'

const AddressParams = Type.Object({
  key: Type.String({ pattern: '^[a-z0-9]{16}$' }),
  name: Type.String({ maxLength: 400 }),
})
const FileParams = Type.Object({
  place: Type.String({ pattern: '^[a-z0-9]{20}$' }),
  file: Type.String({ pattern: '^[1-9]\\d{0,4}\\.webp$' }),
})

const forEver = 'public, max-age=31536000, immutable'
// A replaced picture is seen after this.
const aWhile = 'public, max-age=60'

export function mediaPages(app: App, store: MediaStore): void {
  app.get(paths.media(':key', ':name'), { schema: { params: AddressParams } }, async (request, reply) => {
    const medium = await findMediumByKey(app.db, request.params.key)
    if (!medium) throw notFound('picture')
    const size = medium.sizes.findLast(({ width }) => width <= widestShared) ?? medium.sizes[0]
    return letOthersShow(reply)
      .header('cache-control', aWhile)
      .redirect(fileOf(medium.place, size?.width ?? medium.width), 302)
  })

  // Without the database: a page somebody has keeps its pictures while the database is away.
  app.get(paths.mediaFile(':place', ':file'), { schema: { params: FileParams } }, async (request, reply) => {
    const { place, file } = request.params
    const etag = `"${place}-${file}"`
    if (request.headers['if-none-match']?.includes(etag)) return keep(reply, etag).code(304).send()
    const found = await open(request, store, `${place}/${file}`)
    if (found === 'away') {
      return reply
        .code(503)
        .header('retry-after', '30')
        .header('cache-control', 'no-store')
        .type('text/plain')
        .send(`${text('media.pictureAway')}\n`)
    }
    if (!found) throw notFound('picture')
    return keep(reply, etag).type('image/webp').header('content-length', found.bytes).send(found.body)
  })
}

const widestShared = 1200

async function open(request: FastifyRequest, store: MediaStore, name: string) {
  try {
    return await store.open(name)
  } catch (error) {
    if (!(error instanceof StoreTrouble)) throw error
    request.log.warn({ reason: error.message }, 'store of pictures not available')
    return 'away'
  }
}

function keep(reply: FastifyReply, etag: string): FastifyReply {
  return letOthersShow(reply).header('cache-control', forEver).header('etag', etag)
}

/** Feed readers show pictures on pages of their own. */
function letOthersShow(reply: FastifyReply): FastifyReply {
  return reply.header('cross-origin-resource-policy', 'cross-origin')
}
