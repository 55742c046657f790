import { randomUUID } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { canComment, canDelete as canDeleteComment, canEdit as canEditComment } from '../comments/comment.ts'
import { listComments } from '../comments/queries.ts'
import { isKnown } from '../html/date.tsx'
import type { FormState } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import type { Card } from '../html/layout.tsx'
import type { App } from '../http/app.ts'
import { pictureAttributes } from '../markdown/library-pictures.ts'
import { pathOf } from '../post-details/details.ts'
import { findSeries } from '../series/queries.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { ofPost } from '../structured-data/structured-data.ts'
import { addressOf, height, width, wordsOf } from '../title-pictures/title-picture.ts'
import { canEdit, canRead, titleOf } from './post.ts'
import type { PublishedPost } from './queries.ts'
import { PostPage } from './views.tsx'

/** The post with its comments and, when one was just refused, the comment form as it was filled in. */
export async function showPost(
  app: App,
  settings: CurrentSettings,
  request: FastifyRequest,
  post: PublishedPost,
  before?: number,
  form?: FormState,
): Promise<Html> {
  const { visitor } = request
  const isOpen = canRead(visitor, post)
  const thread = isOpen && post.kind === 'post' ? await listComments(app.db, post.id, before) : undefined
  const series = post.series_id === null ? undefined : await findSeries(app.db, { id: post.series_id })
  const { origin } = app.config.siteUrl
  const card = post.visibility === 'private' ? undefined : cardOf(post, origin, settings.get().title)
  return PostPage({
    page: request.page,
    post,
    thread,
    series,
    isOpen,
    isFirst: before === undefined,
    commenting: !settings.get().comments_are_open
      ? { reason: 'closed' }
      : canComment(visitor)
        ? { key: form?.values?.submission_key ?? randomUUID() }
        : { reason: 'signed-out' },
    ...(form && { form }),
    mayEdit: canEdit(visitor, post),
    mayModerate: (comment) => canEditComment(visitor, comment) || canDeleteComment(visitor, comment),
    card,
    ...(card && { data: ofPost(post, request.page.site, origin, { card, series, isOpen }) }),
    canonical: post.canonical_url || origin + pathOf(post),
  })
}

function cardOf(post: PublishedPost, origin: string, site: string): Card {
  const { src = '' } = post.picture_url === '' ? {} : pictureAttributes(post.picture_url, post.picture)
  const drawn = () => ({
    address: origin + addressOf(post.slug, wordsOf(post, site)),
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
