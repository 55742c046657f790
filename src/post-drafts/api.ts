import { type Static, Type } from 'typebox'
import type { Register } from '../api/endpoint.ts'
import { fieldsOf, oneQuery } from '../api/list.ts'
import { Problem } from '../api/problem.ts'
import { Id, Moment, field, idOf, orNull, resource, tagOf } from '../api/resource.ts'
import { conflict, forbidden, invalid, notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { paths } from '../paths.ts'
import { type Details, detailErrors, latestDetails } from '../post-details/details.ts'
import { NewDraft, Post, detailsIn, kinds, postAnswer, visibilities } from '../posts-api/post-resource.ts'
import { findPostRow } from '../posts-api/queries.ts'
import { canEdit, canManage, canPublish, formLimit, latestText, managedOf, refusalOf, tagNames } from '../posts/post.ts'
import { type EditablePost, findPost, updatePost } from '../posts/queries.ts'
import { renderText } from '../renderings/render-text.ts'
import { text } from '../texts/texts.ts'
import { deleteDraft, saveDraft } from './queries.ts'

const noun = 'posts'
const needs = '`post.edit.any`, or one of its authors with `post.edit.own`'
const params = Type.Object({ id: idOf('posts') })
const line = Type.String()

const Draft = resource('PostDraft', {
  id: field('own', Id, 'Of the post.'),
  title: field('own', line),
  body: field('own', line),
  format: field('own', Type.Enum(['markdown', 'html', 'plain'])),
  tags: field('own', Type.Array(line)),
  kind: field('own', Type.Enum([...kinds])),
  visibility: field('own', Type.Enum([...visibilities])),
  comments_open: field('own', Type.Boolean()),
  slug: field('own', line),
  excerpt: field('own', line, 'Empty to have one made of the text.'),
  picture_url: field('own', line),
  picture_alt: field('own', line),
  canonical_url: field('own', line),
  language: field('own', line),
  series: field('own', line, 'The title of a series; empty for none.'),
  series_part: field('own', orNull(Type.Integer())),
  authors: field('own', Type.Array(line), 'Those beside the author, by `slug`.'),
  updated_at: field('own', Moment),
  updated_by: field('own', line, 'A name.'),
  version: field('own', Type.Integer(), 'Of the post: one more with every change.'),
})

/** A newer text that waits beside the one that readers have. */
export function draftApi(app: App, register: Register) {
  const origin = app.config.siteUrl.origin

  register(
    {
      id: 'getPostDraft',
      method: 'GET',
      path: paths.api.postDraft(':id'),
      noun,
      summary: 'The draft beside a published text',
      scope: 'posts:read',
      needs,
      params,
      query: oneQuery(),
      answer: { status: 200, schema: Draft.schema },
    },
    async ({ params, query, someone }) => {
      const only = fieldsOf(Draft, query)
      const post = await requirePost(app.db, someone(), params.id)
      if (!post.draft_at) throw notFound()
      return answerOf(post, only)
    },
  )

  register(
    {
      id: 'putPostDraft',
      method: 'PUT',
      path: paths.api.postDraft(':id'),
      noun,
      summary: 'Keep a draft beside a published text',
      description: 'Readers see no difference. Details that are left out are as they were, in the draft or the post.',
      scope: 'posts:write',
      needs,
      params,
      body: NewDraft,
      bodyLimit: formLimit,
      hasMatch: true,
      answer: { status: 200, schema: Draft.schema },
    },
    async (call) => {
      const visitor = call.someone()
      const { id } = call.params
      const before = await requirePost(app.db, visitor, id)
      const { title, body, tags } = call.body
      const turn = { purpose: 'save', account: visitor.id } as const
      const rendered = await renderText(app.db, formatOf(before), body, turn)
      return await call.write(async (db) => {
        const post = await hold(db, visitor, id)
        if (!post.is_public) throw conflict(text('api.noPublishedText'))
        call.requireMatch(answerOf(post).etag)
        const details = detailsOf(visitor, post, call.body)
        const latest = latestText(post)
        const written = { title, body, tags: tags?.join(', ') ?? latest.tags, details, rendered }
        const known = { id, body_format: latest.format }
        const saved = await saveDraft(db, known, post.version, written, call.actor())
        if (!saved) throw new Problem('changed', text('api.changed'))
        return answerOf(await requirePost(db, visitor, id))
      })
    },
  )

  register(
    {
      id: 'deletePostDraft',
      method: 'DELETE',
      path: paths.api.postDraft(':id'),
      noun,
      summary: 'Drop the draft',
      description: 'The published text is what is left; the draft stays among the revisions.',
      scope: 'posts:write',
      needs,
      params,
      hasMatch: true,
      answer: { status: 204 },
    },
    async (call) => {
      const visitor = call.someone()
      return await call.write(async (db) => {
        const post = await hold(db, visitor, call.params.id)
        if (!post.draft_at) throw notFound()
        call.requireMatch(answerOf(post).etag)
        await deleteDraft(db, post.id, call.actor())
        return {}
      })
    },
  )

  register(
    {
      id: 'publishPostDraft',
      method: 'POST',
      path: paths.api.postDraftPublication(':id'),
      noun,
      summary: 'Let readers have the draft',
      scope: 'posts:write',
      needs: `${needs}; and \`post.publish\``,
      params,
      hasMatch: true,
      answer: { status: 200, schema: Post.schema },
    },
    async (call) => {
      const visitor = call.someone()
      const { id } = call.params
      const before = await requirePost(app.db, visitor, id)
      if (!canPublish(visitor)) throw forbidden()
      if (!before.draft_at) throw notFound()
      const { body } = latestText(before)
      const turn = { purpose: 'save', account: visitor.id } as const
      const rendered = await renderText(app.db, formatOf(before), body, turn)
      return await call.write(async (db) => {
        const post = await hold(db, visitor, id)
        if (!post.draft_at) throw notFound()
        call.requireMatch(answerOf(post).etag)
        const { title, body: now, tags, format } = latestText(post)
        const details = latestDetails(post)
        if (!canManage(visitor, post)) Object.assign(details, managedOf(post.details))
        // Another text meanwhile is rendered anew.
        const written = { title, body: now, tags, details, ...(now === body && { rendered }) }
        const known = { id, body_format: format }
        const saved = await updatePost(db, known, post.version, written, call.actor(), 'published')
        const row = saved && (await findPostRow(db, id))
        if (!row) throw new Problem('changed', text('api.changed'))
        return postAnswer(origin, row, visitor)
      })
    },
  )

  function answerOf(post: EditablePost, only?: ReadonlySet<string>) {
    const { title, body, tags, format, at, by } = latestText(post)
    const { comments, series_part, authors, ...details } = latestDetails(post)
    const shown = {
      ...details,
      id: post.id,
      title,
      body,
      format,
      tags: tagNames(tags),
      comments_open: comments === 'open',
      series_part: series_part === '' ? null : Number(series_part),
      authors: authors.split(', ').filter(Boolean),
      updated_at: at,
      updated_by: by,
      version: post.version,
    }
    return { body: Draft.show(shown, 'own', only), etag: tagOf(Draft.show(shown, 'own')) }
  }

  async function requirePost(db: typeof app.db, visitor: Visitor, id: number): Promise<EditablePost> {
    const post = await findPost(db, id)
    if (!post || !canEdit(visitor, post)) throw refusalOf(visitor, post)
    return post
  }

  /** Nobody else changes it before the transaction ends. */
  async function hold(db: typeof app.db, visitor: Visitor, id: number): Promise<EditablePost> {
    await findPostRow(db, id, true)
    return await requirePost(db, visitor, id)
  }

  function detailsOf(visitor: Visitor, post: EditablePost, given: Static<typeof NewDraft>): Details {
    const now = latestDetails(post)
    const details = detailsIn(given, now)
    if (!canManage(visitor, post)) Object.assign(details, managedOf(now))
    const errors = detailErrors(given.slug === undefined ? {} : { slug: given.slug }, details)
    const count = Object.keys(errors).length
    if (count > 0) throw invalid(text('api.invalid', { count }), errors)
    return details
  }
}

function formatOf(post: EditablePost): 'plain' | 'markdown' {
  return latestText(post).format === 'plain' ? 'plain' : 'markdown'
}
