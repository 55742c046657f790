import { Type } from 'typebox'
import { requireNoBan } from '../bans/require-no-ban.ts'
import { verdictOn } from '../comment-rules/rules.ts'
import { takesComments } from '../comments/comment.ts'
import type { App } from '../http/app.ts'
import { SlugParams, TokenParams } from '../http/params.ts'
import { paths } from '../paths.ts'
import { canOpen, canRead } from '../posts/post.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { setGuestCookie } from './guest.ts'
import { type LinkedComment, confirmGuest, findByLink } from './queries.ts'
import { ConfirmGuestPage, type LinkState, SentToGuestPage } from './views.tsx'

export function guestPages(app: App, settings: CurrentSettings) {
  app.get(paths.guestSent(), { schema: { querystring: SentQuery } }, async (request, reply) => {
    const { post } = request.query
    return reply.html(SentToGuestPage({ page: request.page, post }))
  })

  // Opening the link changes nothing: mail programs open links by themselves.
  app.get(paths.guestConfirmation(':token'), { schema: { params: TokenParams } }, async (request, reply) => {
    const { token } = request.params
    const comment = await findByLink(app.db, token)
    const view = { page: request.page, token, state: stateOf(comment), comment }
    return reply.header('referrer-policy', 'same-origin').html(ConfirmGuestPage(view))
  })

  app.post(paths.guestConfirmation(':token'), { schema: { params: TokenParams } }, async (request, reply) => {
    const { token } = request.params
    const rules = settings.get()
    const comment = await findByLink(app.db, token)
    if (comment && stateOf(comment) === 'open') {
      const { guest_id } = comment
      await requireNoBan(app.db, { visitor: request.visitor, ip: request.ip, guest_id }, request.page.site.language)
      const verdict = verdictOn(rules, { body: comment.body, isTrusted: false, isKnown: false })
      const confirmed = await confirmGuest(app.db, token, verdict, request.ip)
      if (confirmed !== undefined) {
        setGuestCookie(app, reply, rules.form_secret, confirmed)
        return reply.redirect(paths.comment(comment.post_slug, comment.id), 303)
      }
    }
    // Somebody may have been faster, with the same click.
    const after = await findByLink(app.db, token)
    const left = stateOf(after)
    return reply.code(statusOf[left]).html(ConfirmGuestPage({ page: request.page, token, state: left, comment: after }))
  })

  /** What the link is good for now. A post that strangers may not see is not there for a guest. */
  function stateOf(comment: LinkedComment | undefined): LinkState {
    if (!comment || !canOpen(null, comment) || !canRead(null, comment)) return 'dead'
    if (comment.held_for !== 'unconfirmed') return 'confirmed'
    const rules = settings.get()
    return rules.guests_may_comment && takesComments(rules, comment, new Date()) ? 'open' : 'closed'
  }
}

/** Where the comment was written: a link, and nothing is looked up. */
const SentQuery = Type.Object({ post: Type.Optional(SlugParams.properties.slug) })

const statusOf: Record<LinkState, number> = { open: 409, closed: 409, confirmed: 200, dead: 404 }
