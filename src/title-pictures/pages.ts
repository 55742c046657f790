// What other sites show beside a link to a post that has no picture of its own.
import { notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import type { MediaStore } from '../media/store.ts'
import { findMovedPost } from '../post-details/queries.ts'
import { paths } from '../paths.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { findOrDraw } from './keep.ts'
import { findTitle } from './queries.ts'
import { PictureParams, addressOf, fileOf, pictureOf } from './title-picture.ts'

const forEver = 'public, max-age=31536000, immutable'
const aWhile = 'public, max-age=60'

export function titlePicturePages(app: App, settings: CurrentSettings, store: MediaStore): void {
  app.get(paths.titlePicture(':slug', ':file'), { schema: { params: PictureParams } }, async (request, reply) => {
    const { slug, file } = request.params
    const post = (await findTitle(app.db, slug)) ?? (await findMoved(app, slug))
    if (!post) throw notFound('picture')
    const picture = pictureOf(post, settings.get())
    if (post.slug !== slug || file !== fileOf(picture)) {
      // A name that somebody thought of tells nothing about what is in no list.
      if (post.visibility === 'unlisted' && file !== fileOf(picture)) throw notFound('picture')
      return reply.header('cache-control', aWhile).redirect(addressOf(post.slug, picture), 302)
    }
    const etag = `"${file}"`
    const isKnown = request.headers['if-none-match']?.includes(etag) ?? false
    const drawn = isKnown ? undefined : await findOrDraw(store, post.id, picture, request.log)
    // Other sites show it on pages of their own.
    reply.headers({ 'cache-control': forEver, etag, 'cross-origin-resource-policy': 'cross-origin' })
    return drawn ? reply.type('image/png').send(drawn) : reply.code(304).send()
  })
}

async function findMoved(app: App, slug: string) {
  const moved = await findMovedPost(app.db, slug)
  return moved && (await findTitle(app.db, moved.slug))
}
