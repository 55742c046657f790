import type { FastifyReply, FastifyRequest } from 'fastify'
import { conflict, invalid, notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { SlugParams } from '../http/params.ts'
import { countAttempt, networkOf } from '../limits/queries.ts'
import { paths } from '../paths.ts'
import { canOpen, canRead } from '../posts/post.ts'
import { findPublishedPost } from '../posts/queries.ts'
import { requireVisitor } from '../sessions/read-session.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { text } from '../texts/texts.ts'
import { guestOf, setGuestCookie } from './cookie.ts'
import { react } from './queries.ts'
import { ReactionForm, hasReactions, mayReact, newGuest, readerOf } from './reaction.ts'

// Nobody changes his mind more often; a script does.
const personLimit = { most: 60, windowSeconds: 600 }
// A network is a house, a school or a whole provider, and a cookie can be thrown away: this is what holds a script.
const networkLimit = { most: 60, windowSeconds: 600 }
const postLimit = { most: 40, windowSeconds: 24 * 3600 }

export function reactionPages(app: App, settings: CurrentSettings) {
  app.post(
    paths.reaction(':slug'),
    { schema: { params: SlugParams, body: ReactionForm }, attachValidation: true },
    async (request, reply) => {
      const { visitor } = request
      const post = await findPublishedPost(app.db, request.params.slug)
      if (!post || post.kind === 'page' || !canOpen(visitor, post)) throw notFound('post')
      if (!canRead(visitor, post) || (!mayReact(visitor, settings.get()) && hasReactions(settings.get(), post)))
        requireVisitor(request)
      if (!hasReactions(settings.get(), post)) throw conflict(text('reactions.closed'))
      if (request.validationError) throw invalid(text('reactions.unknown'))

      const guest = visitor ? undefined : await admitGuest(request, reply, post.id)
      if (visitor) await countAttempt(app.db, 'react', String(visitor.id), personLimit)
      await react(app.db, post.id, readerOf(visitor, guest, post.id), request.body.reaction)
      return reply.redirect(`${paths.post(post.slug)}#reactions`, 303)
    },
  )

  /**
   * Who has no cookie gets one with the first reaction, never before. A cookie that somebody made up is worth no more than
   * one that was thrown away: what is limited is the network.
   */
  async function admitGuest(request: FastifyRequest, reply: FastifyReply, post_id: number): Promise<string> {
    const network = networkOf(request.ip)
    await countAttempt(app.db, 'react network', network, networkLimit)
    await countAttempt(app.db, 'react post', `${network} ${post_id}`, postLimit)
    const known = guestOf(app, request)
    if (known !== undefined) return known
    const guest = (request.body as { guest?: string }).guest ?? newGuest()
    setGuestCookie(app, reply, guest)
    return guest
  }
}
