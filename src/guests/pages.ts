import { requireNoBan } from '../bans/require-no-ban.ts'
import { verdictOn } from '../comment-rules/rules.ts'
import type { App } from '../http/app.ts'
import { TokenParams } from '../http/params.ts'
import { paths } from '../paths.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { setGuestCookie } from './guest.ts'
import { confirmGuest, findByLink, isGuestLinkOpen } from './queries.ts'
import { ConfirmGuestPage, SentToGuestPage } from './views.tsx'

export function guestPages(app: App, settings: CurrentSettings) {
  app.get(paths.guestSent(), async (request, reply) => reply.html(SentToGuestPage({ page: request.page })))

  // Opening the link changes nothing: mail programs open links by themselves.
  app.get(paths.guestConfirmation(':token'), { schema: { params: TokenParams } }, async (request, reply) => {
    const { token } = request.params
    const isOpen = await isGuestLinkOpen(app.db, token)
    return reply.header('referrer-policy', 'same-origin').html(ConfirmGuestPage({ page: request.page, token, isOpen }))
  })

  app.post(paths.guestConfirmation(':token'), { schema: { params: TokenParams } }, async (request, reply) => {
    const { token } = request.params
    const comment = await findByLink(app.db, token)
    const rules = settings.get()
    const guest_id = comment && (await confirm(comment.body))
    if (!comment || guest_id === undefined)
      return reply.code(404).html(ConfirmGuestPage({ page: request.page, token, isOpen: false }))
    setGuestCookie(app, reply, rules.form_secret, guest_id)
    return reply.redirect(paths.comment(comment.post_slug, comment.id), 303)

    async function confirm(body: string) {
      await requireNoBan(app.db, request, request.page.site.language)
      const verdict = verdictOn(rules, { body, isTrusted: false, isKnown: false })
      return await confirmGuest(app.db, token, verdict, request.ip)
    }
  })
}
