import type { FastifyRequest } from 'fastify'
import { findAround } from '../around-posts/queries.ts'
import type { Asked } from '../discussions/discussion.ts'
import { showDiscussion } from '../discussions/show-discussion.ts'
import { isKnown } from '../html/date.tsx'
import type { FormState } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import type { App } from '../http/app.ts'
import { pictureAttributes } from '../markdown/library-pictures.ts'
import { pathOf } from '../post-details/details.ts'
import { guestOf } from '../reactions/cookie.ts'
import { hasReactions, mayReact, newGuest, readerOf } from '../reactions/reaction.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { canEdit, canRead } from './post.ts'
import type { PublishedPost } from './queries.ts'
import { PostPage } from './views.tsx'

/** The post with a page of its comments and, when one was just refused, the comment form as it was filled in. */
export async function showPost(
  app: App,
  settings: CurrentSettings,
  request: FastifyRequest,
  post: PublishedPost,
  asked: Asked = { where: {} },
  form?: FormState,
): Promise<Html> {
  const { visitor } = request
  const isOpen = canRead(visitor, post)
  const isPost = post.kind === 'post'
  const guest = visitor ? undefined : guestOf(app, request)
  // At once: on one of the reading connections they go one behind the other, without waiting.
  const [comments, around] = await Promise.all([
    isOpen && isPost ? showDiscussion(app, settings, request, post, asked, form) : undefined,
    isPost ? findAround(app.db, post, readerOf(visitor, guest, post.id)) : undefined,
  ])
  const { reactions, mine } = around ?? {}
  return PostPage({
    page: request.page,
    post,
    comments,
    around,
    ...(reactions &&
      isOpen &&
      hasReactions(settings.get(), post) && {
        reacting: {
          counts: reactions,
          mine: mine ?? null,
          mayReact: mayReact(visitor, settings.get()),
          ...(!visitor && guest === undefined && { guest: newGuest() }),
        },
      }),
    showsRelated: settings.get().related_posts_are_shown,
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
