// The page of a text as readers would get it, whether the text is in a form or among the revisions.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Html } from '../html/jsx-runtime.ts'
import type { App } from '../http/app.ts'
import { findPicture } from '../media-uses/queries.ts'
import type { Details } from '../post-details/details.ts'
import type { CoAuthor } from '../post-states/queries.ts'
import { tagNames } from '../posts/post.ts'
import { renderText } from '../renderings/render-text.ts'
import { tagSlugOf } from '../tags/tag.ts'
import { UnsavedPostPage } from './views.tsx'

type Text = { title: string; body: string; tags?: string | undefined; details: Details }

/** What the text alone does not say. */
type Standing = {
  author_id: number | null
  author_name: string | null
  author_slug: string | null
  co_authors: CoAuthor[]
  published_at: Date | null
  format: string
  note?: Html
}

/** Stores nothing. Throws as renderText(). */
export async function showUnsaved(app: App, request: FastifyRequest, reply: FastifyReply, text: Text, now: Standing) {
  const { note, format, ...standing } = now
  const { html, excerpt } = await renderText(app.db, format, text.body, {
    purpose: 'preview',
    account: request.visitor?.id ?? null,
  })
  const tags = tagNames(text.tags).map((name) => ({ name, slug: tagSlugOf(name) }))
  const page = { ...request.page, visitor: null }
  const { kind, visibility, language, canonical_url, picture_url, picture_alt } = text.details
  const picture = await findPicture(app.db, picture_url)
  const details = { kind, visibility, language, canonical_url, picture, picture_url, picture_alt }
  const post = {
    ...standing,
    ...details,
    updated_at: new Date(),
    title: text.title,
    body_html: html,
    excerpt: text.details.excerpt || excerpt,
    tags,
  }
  return reply.header('x-robots-tag', 'noindex').html(UnsavedPostPage({ page, post, ...(note && { note }) }))
}
