import { randomUUID } from 'node:crypto'
import type { Db } from '../db/pool.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { fieldsOf, forbidden, notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { IdParams } from '../http/params.ts'
import { type Fields, fieldErrors, postedValues } from '../http/validation.ts'
import { DayQuery, dayOf } from '../local-time.ts'
import { paths } from '../paths.ts'
import { detailErrors, detailsOf, latestDetails, pathOf } from '../post-details/details.ts'
import { binPost } from '../post-bin/queries.ts'
import { saveDraft } from '../post-drafts/queries.ts'
import { renderText } from '../renderings/render-text.ts'
import { compareWithSaved } from './conflict.ts'
import { EditPostPage, NewPostPage } from './admin-views.tsx'
import {
  type PostInput,
  PostForm,
  canDelete,
  canManage,
  canPublish,
  formLimit,
  latestText,
  managedOf,
  ofCoAuthor,
  rightsOf,
} from './post.ts'
import { createPost, findPost, publishPost, unpublishPost, updatePost } from './queries.ts'
import { requirePost } from './require-post.ts'
import { requireWriter } from './require-writer.ts'

export function postAdmin(app: App) {
  app.get(paths.admin.newPost(), { schema: { querystring: DayQuery } }, async (request, reply) => {
    const visitor = requireWriter(request)
    const day = dayOf(request.query.day)
    const form = { values: { submission_key: randomUUID(), ...(day && { day }) } }
    return reply.html(NewPostPage({ page: request.page, form, mayPublish: canPublish(visitor) }))
  })

  app.post(
    paths.admin.newPostPreview(),
    { schema: { body: PostForm }, attachValidation: true, bodyLimit: formLimit },
    async (request, reply) => {
      const visitor = requireWriter(request)
      const form = { values: postedValues(request.body), errors: fieldErrors(request) ?? {} }
      const preview = await renderPreview(app.db, visitor, form)
      const page = { page: request.page, form, preview, mayPublish: canPublish(visitor) }
      return reply.code(preview === undefined ? 422 : 200).html(NewPostPage(page))
    },
  )

  app.post(
    paths.admin.posts(),
    { schema: { body: PostForm }, attachValidation: true, bodyLimit: formLimit },
    async (request, reply) => {
      const visitor = requireWriter(request)
      const again = (errors: Fields) => {
        const form = { values: postedValues(request.body), errors }
        return reply.code(422).html(NewPostPage({ page: request.page, form, mayPublish: canPublish(visitor) }))
      }
      if (request.validationError) return again(fieldErrors(request) ?? {})
      const details = detailsOf(request.body)
      const errors = detailErrors(request.body, details)
      if (Object.keys(errors).length > 0) return again(errors)
      const kind = request.body.publish === 'yes' && canPublish(visitor) ? 'published' : 'saved'
      const written = { ...request.body, details }
      const saving = createPost(app.db, written, { id: visitor.id, ip: request.ip }, kind)
      const post = await saving.catch(fieldsOf)
      if ('errors' in post) return again(post.errors)
      if (post.isRepeated) return await sendAgain(request, reply, visitor, post.id, kind)
      return reply.redirect(post.published_at ? pathOf(post) : paths.admin.post(post.id, dayOf(request.body.day)), 303)
    },
  )

  /** A form that made a post before: pressed twice, or gone on with in between. What it has more is not dropped. */
  async function sendAgain(
    request: FastifyRequest<{ Body: PostInput }>,
    reply: FastifyReply,
    visitor: Visitor,
    id: number,
    kind: 'published' | 'saved',
  ) {
    const post = await findPost(app.db, id)
    if (!post) throw notFound('post, or not any more,')
    const { title, body } = latestText(post)
    if (title !== request.body.title.trim() || body !== request.body.body) {
      const form = { values: postedValues(request.body) }
      const conflict = await compareWithSaved(post, form.values, visitor.id)
      const page = { page: request.page, post, form, conflict, ...rightsOf(visitor, post) }
      return reply.code(409).html(EditPostPage(page))
    }
    if (kind === 'published' && post.version === 1) await publishPost(app.db, id, { id: visitor.id, ip: request.ip })
    const isOut = post.is_public || (kind === 'published' && post.version === 1)
    return reply.redirect(isOut ? pathOf(post) : paths.admin.post(id), 303)
  }

  app.get(paths.admin.post(':id'), { schema: { params: IdParams, querystring: DayQuery } }, async (request, reply) => {
    const { visitor, post } = await requirePost(app.db, request)
    const day = dayOf(request.query.day)
    const scheduling = day && { scheduling: { values: { appears_at: `${day}T09:00` } } }
    return reply.html(EditPostPage({ page: request.page, post, ...scheduling, ...rightsOf(visitor, post) }))
  })

  app.post(
    paths.admin.postPreview(':id'),
    { schema: { params: IdParams, body: PostForm }, attachValidation: true, bodyLimit: formLimit },
    async (request, reply) => {
      const { visitor, post } = await requirePost(app.db, request)
      const form = { values: postedValues(request.body), errors: fieldErrors(request) ?? {} }
      const preview = await renderPreview(app.db, visitor, form, latestText(post).format)
      const page = { page: request.page, post, form, preview, ...rightsOf(visitor, post) }
      return reply.code(preview === undefined ? 422 : 200).html(EditPostPage(page))
    },
  )

  app.post(
    paths.admin.post(':id'),
    { schema: { params: IdParams, body: PostForm }, attachValidation: true, bodyLimit: formLimit },
    async (request, reply) => {
      const { visitor, post } = await requirePost(app.db, request)
      const again = (errors: Fields) => {
        const form = { values: postedValues(request.body), errors }
        return reply.code(422).html(EditPostPage({ page: request.page, post, form, ...rightsOf(visitor, post) }))
      }
      if (request.validationError) return again(fieldErrors(request) ?? {})
      const input = canManage(visitor, post) ? request.body : ofCoAuthor(request.body)
      const isDraft = request.body.draft === 'yes' && post.is_public
      const details = detailsOf(input, latestDetails(post))
      // Nor does a co-author put before readers what its author has not yet.
      if (!isDraft && !canManage(visitor, post)) Object.assign(details, managedOf(post.details))
      const errors = detailErrors(input, details)
      if (Object.keys(errors).length > 0) return again(errors)
      const actor = { id: visitor.id, ip: request.ip }
      const version = Number(request.body.version ?? 0)
      const known = { id: post.id, body_format: latestText(post).format }
      const written = { ...request.body, details }
      const kind = request.body.publish === 'yes' && canPublish(visitor) ? 'published' : 'saved'
      const saving = isDraft
        ? saveDraft(app.db, known, version, written, actor)
        : updatePost(app.db, known, version, written, actor, kind)
      const saved = await saving.catch(fieldsOf)
      if (saved && 'errors' in saved) return again(saved.errors)
      if (!saved) {
        const current = await findPost(app.db, post.id)
        if (!current) throw notFound('post')
        const form = { values: postedValues(request.body) }
        const conflict = await compareWithSaved(current, form.values, visitor.id)
        const page = { page: request.page, post: current, form, conflict, ...rightsOf(visitor, current) }
        return reply.code(409).html(EditPostPage(page))
      }
      const isOut = 'is_public' in saved && saved.is_public
      return reply.redirect(isOut ? pathOf(saved) : paths.admin.post(post.id, dayOf(request.body.day)), 303)
    },
  )

  app.post(paths.admin.publication(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { visitor, post } = await requirePost(app.db, request)
    if (!canPublish(visitor)) throw forbidden()
    await publishPost(app.db, post.id, { id: visitor.id, ip: request.ip })
    return reply.redirect(pathOf(post), 303)
  })

  app.post(paths.admin.publicationEnd(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { visitor, post } = await requirePost(app.db, request)
    if (!canPublish(visitor) || !canManage(visitor, post)) throw forbidden()
    await unpublishPost(app.db, post.id, { id: visitor.id, ip: request.ip })
    return reply.redirect(paths.admin.post(post.id), 303)
  })

  app.post(paths.admin.postDeletion(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { visitor, post } = await requirePost(app.db, request, canDelete)
    await binPost(app.db, post.id, { id: visitor.id, ip: request.ip })
    return reply.redirect(paths.admin.bin(), 303)
  })
}

/** A text that may not be saved is not rendered either. Undefined, with the reason in the form, when it cannot be. */
async function renderPreview(
  db: Db,
  { id }: Visitor,
  { values, errors }: { values: Fields; errors: Fields },
  format = 'markdown',
): Promise<string | undefined> {
  if (errors.body) return ''
  const turn = { purpose: 'preview', account: id } as const
  const rendered = await renderText(db, format, values.body ?? '', turn).catch(fieldsOf)
  if (!('errors' in rendered)) return rendered.html
  Object.assign(errors, rendered.errors)
  return undefined
}
