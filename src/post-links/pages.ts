import { notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { TokenParams } from '../http/params.ts'
import { findPicture } from '../media-uses/queries.ts'
import { paths } from '../paths.ts'
import { renderOldDraft } from '../post-drafts/queries.ts'
import { findLinkedPost } from './queries.ts'
import { LinkedPostPage } from './views.tsx'

/** A post for who holds a link to it. */
export function linkPages(app: App) {
  app.get(paths.preview(':token'), { schema: { params: TokenParams } }, async (request, reply) => {
    const post = await findLinkedPost(app.db, request.params.token)
    if (!post) throw notFound('preview, or its link was good for some time only,')
    const { id, draft_body, draft_format, draft_html } = post
    const isOld = draft_body !== null && draft_html === null
    const html = isOld
      ? await renderOldDraft(app.db, id, draft_format ?? 'markdown', draft_body)
      : (draft_html ?? post.body_html)
    // The address is the key: it goes to no other site, into no index and into no cache.
    reply.headers({
      'cache-control': 'no-store',
      'x-robots-tag': 'noindex, nofollow',
      'referrer-policy': 'no-referrer',
    })
    const { picture_url } = { ...post, ...post.draft_details }
    const picture = await findPicture(app.db, picture_url)
    return reply.html(LinkedPostPage({ page: request.page, post, picture, body_html: html }))
  })
}
