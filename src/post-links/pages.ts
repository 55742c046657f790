import { notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { TokenParams } from '../http/params.ts'
import { paths } from '../paths.ts'
import { renderText } from '../renderings/render-text.ts'
import { findLinkedPost } from './queries.ts'
import { LinkedPostPage } from './views.tsx'

/** A post for who holds a link to it. */
export function linkPages(app: App) {
  app.get(paths.preview(':token'), { schema: { params: TokenParams } }, async (request, reply) => {
    const post = await findLinkedPost(app.db, request.params.token)
    if (!post) throw notFound('preview, or its link was good for some time only,')
    const { draft_body, draft_format, body_html } = post
    const html =
      draft_body === null ? body_html : (await renderText(app.db, draft_format ?? 'markdown', draft_body)).html
    // The address is the key: it goes to no other site, into no index and into no cache.
    reply.headers({
      'cache-control': 'no-store',
      'x-robots-tag': 'noindex, nofollow',
      'referrer-policy': 'no-referrer',
    })
    return reply.html(LinkedPostPage({ page: request.page, post, body_html: html }))
  })
}
