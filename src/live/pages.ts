import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { showSomeComments } from '../discussions/show-discussion.ts'
import { notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { SlugParams } from '../http/params.ts'
import { networkOf } from '../limits/queries.ts'
import { paths } from '../paths.ts'
import { type PublishedPost, findPublishedPost } from '../posts/queries.ts'
import { sessionOf } from '../sessions/read-session.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { readCursor } from './cursor.ts'
import type { Hub } from './hub.ts'
import { isLive, mostAsked } from './live.ts'
import { type Followed, listChanges } from './queries.ts'
import { openStream } from './stream.ts'

const CursorQuery = Type.Object({ after: Type.Optional(Type.String({ maxLength: 1000 })) })
const IdsQuery = Type.Object({
  ids: Type.String({ maxLength: mostAsked * 16, pattern: `^[1-9]\\d{0,14}(,[1-9]\\d{0,14}){0,${mostAsked - 1}}$` }),
})

/** What the script of a post with live comments asks for. Reading costs nobody else anything. */
export function livePages(app: App, settings: CurrentSettings, hub: Hub) {
  app.get(
    paths.liveComments(':slug'),
    { schema: { params: SlugParams, querystring: CursorQuery }, exposeHeadRoute: false },
    async (request, reply) => {
      const post = await requireLive(request, request.params.slug)
      const place = hub.take(networkOf(request.ip))
      // A browser that gets this does not come back for a stream; the page asks now and then instead.
      if (!place) return reply.code(204).send()
      const { raw } = reply
      raw.once('close', place.leave)
      reply.hijack()
      // Whoever left while the post was looked for says so no more.
      if (raw.destroyed || request.raw.socket.destroyed) {
        place.leave()
        return reply
      }
      const stream = openStream(raw, reply.getHeaders())
      // What a browser that comes back says it has seen is newer than its address.
      const since = request.headers['last-event-id'] ?? request.query.after
      const cursor = readCursor(Array.isArray(since) ? since[0] : since)
      const isTold = (post: Followed) => isLive(settings.get(), post, request.visitor, new Date())
      const session = sessionOf(app, request)?.toString('hex')
      await place.follow({ post_id: post.id, since: cursor, session }, stream, isTold).catch((error: Error) => {
        request.log.warn({ reason: error.message }, 'a stream of comments was ended')
        stream.end(5000)
      })
      return reply
    },
  )

  app.get(
    paths.changedComments(':slug'),
    { schema: { params: SlugParams, querystring: CursorQuery } },
    async (request, reply) => {
      const post = await requireLive(request, request.params.slug)
      const changes = await listChanges(app.db, post.id, readCursor(request.query.after))
      return reply.header('cache-control', 'no-store').type('application/json').send(JSON.stringify(changes))
    },
  )

  app.get(
    paths.someComments(':slug'),
    { schema: { params: SlugParams, querystring: IdsQuery } },
    async (request, reply) => {
      const post = await requireLive(request, request.params.slug)
      const ids = request.query.ids.split(',').map(Number)
      return reply.html(await showSomeComments(app, settings, request, post, ids))
    },
  )

  async function requireLive({ visitor }: Pick<FastifyRequest, 'visitor'>, slug: string): Promise<PublishedPost> {
    const post = await findPublishedPost(app.db, slug)
    if (!post || !isLive(settings.get(), post, visitor, new Date())) throw notFound('post')
    return post
  }
}
