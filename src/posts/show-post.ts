import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Around, type Reader, findAround } from '../around-posts/queries.ts'
import type { Asked } from '../discussions/discussion.ts'
import { closesAt } from '../comments/comment.ts'
import { newMarks } from '../comment-rules/form-mark.ts'
import { showDiscussion } from '../discussions/show-discussion.ts'
import { isKnown } from '../html/date.tsx'
import type { FormState } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import type { Card } from '../html/layout.tsx'
import type { App } from '../http/app.ts'
import { allowScripts } from '../http/headers.ts'
import { isLive } from '../live/live.ts'
import { pictureAttributes } from '../markdown/library-pictures.ts'
import { pathOf } from '../post-details/details.ts'
import { guestOf } from '../reactions/cookie.ts'
import { hasReactions, mayReact, newGuest } from '../reactions/reaction.ts'
import type { CurrentSettings } from '../settings/current.ts'
import type { Settings } from '../settings/queries.ts'
import { ofPost } from '../structured-data/structured-data.ts'
import { addressOfPost, height, width } from '../title-pictures/title-picture.ts'
import { canEdit, canRead, titleOf } from './post.ts'
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
  found?: Around,
): Promise<Html> {
  const { request } = reply
  const { visitor } = request
  const isOpen = canRead(visitor, post)
  // What forms of strangers are known by; signing costs a hundredth of the page.
  const newOnes = () => ({ ...newMarks(settings.get().form_secret, post.id), guest: newGuest() })
  const isForStrangers = !visitor && (settings.get().guests_may_comment || mayReact(null, settings.get()))
  const ownOnes = isForStrangers ? newOnes() : undefined
  const closes = closesAt(settings.get(), post)
  if (closes && closes > new Date()) reply.pageUntil = closes
  const isPost = post.kind === 'post'
  const guest = visitor ? undefined : guestOf(app, request)
  // At once: on one of the reading connections they go one behind the other, without waiting.
  const [comments, around] = await Promise.all([
    isOpen && isPost ? showDiscussion(app, settings, request, post, asked, form, ownOnes) : undefined,
    isPost ? (found ?? findAround(app.db, post.id, readerOf(app, request))) : undefined,
  ])
  const { reacted, mine } = around ?? {}
  const { origin } = app.config.siteUrl
  const card = post.visibility === 'private' ? undefined : cardOf(post, origin, settings.get())
  const live = isLive(settings.get(), post, visitor, new Date())
  if (live) allowScripts(reply)
  reply.keep(`post:${post.id}`)
  if (ownOnes) reply.pageBlanks = { values: Object.values(ownOnes), make: () => Object.values(newOnes()) }
  return PostPage({
    page: request.page,
    post,
    comments,
    isLive: live,
    around,
    ...(reacted &&
      isOpen &&
      hasReactions(settings.get(), post) && {
        reacting: {
          counts: reacted,
          mine: mine ?? null,
          mayReact: mayReact(visitor, settings.get()),
          ...(ownOnes && guest === undefined && { guest: ownOnes.guest }),
        },
      }),
    showsRelated: settings.get().related_posts_are_shown,
    isOpen,
    mayEdit: canEdit(visitor, post),
    card,
    ...(card && { data: ofPost(post, request.page.site, origin, { card, series: around?.series, isOpen }) }),
    canonical: post.canonical_url || origin + pathOf(post),
  })
}

/** For whom a post is looked up. */
export function readerOf(app: App, request: Pick<FastifyRequest, 'visitor' | 'cookies'>): Reader {
  const { visitor } = request
  return { user_id: visitor?.id ?? null, guest: visitor ? null : (guestOf(app, request) ?? null) }
}

function cardOf(post: PublishedPost, origin: string, site: Settings): Card {
  const { src = '' } = post.picture_url === '' ? {} : pictureAttributes(post.picture_url, post.picture)
  const drawn = () => ({
    address: origin + addressOfPost(post, site),
    alt: titleOf(post),
    width,
    height,
  })
  return {
    url: origin + pathOf(post),
    published: post.published_at && isKnown(post.published_at) ? post.published_at : null,
    image: src === '' ? drawn() : { address: new URL(src, origin).href, alt: post.picture_alt },
  }
}
