// An address that no route has, or whose route found nothing, may be a page, lead to one, or have been a post's.
import type { FastifyReply } from 'fastify'
import { pathKey } from '../address.ts'
import type { App } from '../http/app.ts'
import type { Elsewhere } from '../http/errors.ts'
import { paths } from '../paths.ts'
import { pathOf } from '../post-details/details.ts'
import { canOpen } from '../posts/post.ts'
import { findPublishedPost } from '../posts/queries.ts'
import { showPost } from '../posts/show-post.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { findPlace, findRedirect } from './queries.ts'

export function elsewhereOn(app: App, settings: CurrentSettings): Elsewhere {
  return {
    unknown: async (request, reply) => {
      const path = pathKey(request.url)
      const place = path === undefined ? undefined : await findPlace(app.db, path, onlyPart(path))
      if (path === undefined) return undefined
      if (!place) return feedAt(reply, path)
      const page = place.page === null ? undefined : await findPublishedPost(app.db, place.page)
      if (page && canOpen(request.visitor, page)) {
        // One page, one address: /about/ is not another.
        if (isSpeltOtherwise(request.url, pathOf(page))) return send(reply, pathOf(page))
        return reply.code(200).html(await showPost(app, settings, reply, page))
      }
      if (place.to_address !== null) return send(reply, place.to_address)
      if (place.slug !== null && place.kind !== null) return send(reply, pathOf({ slug: place.slug, kind: place.kind }))
      return feedAt(reply, path)
    },
    missing: async (request, reply) => {
      const path = pathKey(request.url)
      const to = path === undefined ? undefined : await findRedirect(app.db, path)
      return to === undefined ? undefined : send(reply, to)
    },
  }
}

/** Where other blogs have their feeds, unless the owner leads from there to somewhere else. */
const usualFeeds = new Map(
  Object.entries({
    '/feed': paths.feed('', 'atom.xml'),
    '/feed.xml': paths.feed('', 'atom.xml'),
    '/atom': paths.feed('', 'atom.xml'),
    '/rss': paths.feed('', 'rss.xml'),
  }),
)

function feedAt(reply: FastifyReply, path: string): FastifyReply | undefined {
  const feed = usualFeeds.get(path)
  return feed === undefined ? undefined : send(reply, feed)
}

/** Browsers ask again each time: the owner may change his mind. */
function send(reply: FastifyReply, to: string): FastifyReply {
  return reply.header('cache-control', 'no-cache').redirect(to, 301)
}

function isSpeltOtherwise(url: string, own: string): boolean {
  return (url.split('?', 1)[0] ?? '').toLowerCase() !== own.toLowerCase()
}

function onlyPart(path: string): string {
  const part = path.slice(1)
  return part.includes('/') ? '' : part
}
