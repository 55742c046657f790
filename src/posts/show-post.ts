import type { FastifyReply } from 'fastify'
import type { Asked } from '../discussions/discussion.ts'
import { showDiscussion } from '../discussions/show-discussion.ts'
import { isKnown } from '../html/date.tsx'
import type { FormState } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import type { App } from '../http/app.ts'
import { allowScripts } from '../http/headers.ts'
import { isLive } from '../live/live.ts'
import { pictureAttributes } from '../markdown/library-pictures.ts'
import { pathOf } from '../post-details/details.ts'
import { findSeries } from '../series/queries.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { canEdit, canRead } from './post.ts'
import type { PublishedPost } from './queries.ts'
import { PostPage } from './views.tsx'

/** The post with a page of its comments and, when one was just refused, the comment form as it was filled in. */
export async function showPost(
  app: App,
  settings: CurrentSettings,
  reply: FastifyReply,
  post: PublishedPost,
  asked: Asked = { where: {} },
  form?: FormState,
): Promise<Html> {
  const { request } = reply
  const { visitor } = request
  const isOpen = canRead(visitor, post)
  const comments =
    isOpen && post.kind === 'post' ? await showDiscussion(app, settings, request, post, asked, form) : undefined
  const live = isLive(settings.get(), post, visitor, new Date())
  if (live) allowScripts(reply)
  const series = post.series_id === null ? undefined : await findSeries(app.db, { id: post.series_id })
  return PostPage({
    page: request.page,
    post,
    comments,
    isLive: live,
    series,
    isOpen,
    mayEdit: canEdit(visitor, post),
    card: post.visibility === 'private' ? undefined : cardOf(post, app.config.siteUrl.origin),
    canonical: post.canonical_url || app.config.siteUrl.origin + pathOf(post),
  })
}

function cardOf(post: PublishedPost, origin: string) {
  const { src = '' } = post.picture_url === '' ? {} : pictureAttributes(post.picture_url, post.picture)
  return {
    url: origin + pathOf(post),
    published: post.published_at && isKnown(post.published_at) ? post.published_at : null,
    image: src === '' ? undefined : { address: new URL(src, origin).href, alt: post.picture_alt },
  }
}
