// Addresses that programs know of every site: https://www.iana.org/assignments/well-known-uris/.
import { notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { sendText } from '../http/reply.ts'
import { paths } from '../paths.ts'
import { listPublishedPosts } from '../reading-lists/queries.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { listFoundPages } from './queries.ts'
import { llmsText, securityText } from './well-known.ts'

export function wellKnownPages(app: App, settings: CurrentSettings): void {
  const { origin } = app.config.siteUrl

  app.get(paths.securityContact(), async (_, reply) => {
    const { security_contact, language } = settings.get()
    if (security_contact === '') throw notFound('contact')
    return sendText(reply, securityText(security_contact, origin, language, new Date()), 'text/plain')
  })

  // For programs that keep passwords: https://www.w3.org/TR/change-password-url/.
  app.get(paths.changePassword(), async (_, reply) => reply.redirect(paths.password(), 302))

  app.get(paths.llms(), async (_, reply) => {
    const { has_llms_txt, title, description } = settings.get()
    if (!has_llms_txt) throw notFound()
    const pages = await listFoundPages(app.db)
    const { posts } = await listPublishedPosts(app.db)
    reply.headers({ 'access-control-allow-origin': '*', 'cache-control': 'public, no-cache' })
    return sendText(reply, llmsText({ title, description }, origin, pages, posts), 'text/markdown')
  })
}
