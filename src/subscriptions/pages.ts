import { Type } from 'typebox'
import type { App } from '../http/app.ts'
import { IdParams, TokenParams } from '../http/params.ts'
import { paths } from '../paths.ts'
import { requireVisitor } from '../sessions/read-session.ts'
import { endSubscription, findUnsubscribeLink, setToldOfComments, unsubscribe } from './queries.ts'
import { type LinkState, UnsubscribePage } from './views.tsx'

const SwitchForm = Type.Object({ is_told_of_comments: Type.Optional(Type.Literal('yes')) })

export function subscriptionPages(app: App) {
  // Programs that look at the links in a mail change nothing by it.
  app.get(paths.unsubscribe(':token'), { schema: { params: TokenParams } }, async (request, reply) => {
    const posts = await findUnsubscribeLink(app.db, request.params.token)
    const state = posts.length > 0 ? 'open' : 'dead'
    const isGuest = posts[0] !== undefined && posts[0].guest_id !== null
    return reply
      .code(statusOf[state])
      .html(UnsubscribePage({ page: request.page, token: request.params.token, posts, isGuest, state }))
  })

  // RFC 8058: sent by the mail provider without a cookie, in either type of a form.
  void app.register(async (inner) => {
    inner.addContentTypeParser('multipart/form-data', { parseAs: 'buffer' }, (_, __, done) => done(null, {}))
    inner.post(paths.unsubscribe(':token'), { schema: { params: TokenParams } }, async (request, reply) => {
      const { token } = request.params as { token: string }
      const [ended] = await unsubscribe(app.db, token, request.ip)
      const state = ended ? 'done' : 'dead'
      const isGuest = ended !== undefined && ended.guest_id !== null
      return reply.code(statusOf[state]).html(UnsubscribePage({ page: request.page, token, posts: [], isGuest, state }))
    })
  })

  app.post(paths.subscriptionEnd(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const visitor = requireVisitor(request)
    await endSubscription(app.db, visitor.id, Number(request.params.id))
    return reply.redirect(`${paths.profile()}?saved`, 303)
  })

  app.post(paths.commentMail(), { schema: { body: SwitchForm } }, async (request, reply) => {
    const visitor = requireVisitor(request)
    await setToldOfComments(app.db, visitor.id, request.body.is_told_of_comments === 'yes')
    return reply.redirect(`${paths.profile()}?saved`, 303)
  })
}

const statusOf: Record<LinkState, number> = { open: 200, done: 200, dead: 404 }
