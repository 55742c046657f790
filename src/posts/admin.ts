import { randomUUID } from 'node:crypto'
import type { Db } from '../db/pool.ts'
import { forbidden, notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { IdParams } from '../http/params.ts'
import { fieldErrors, postedValues } from '../http/validation.ts'
import { paths } from '../paths.ts'
import { binPost } from '../post-bin/queries.ts'
import { saveDraft } from '../post-drafts/queries.ts'
import { renderText } from '../renderings/render-text.ts'
import { EditPostPage, NewPostPage } from './admin-views.tsx'
import { PostForm, canDelete, canPublish } from './post.ts'
import { createPost, findPost, publishPost, unpublishPost, updatePost } from './queries.ts'
import { requirePost } from './require-post.ts'
import { requireWriter } from './require-writer.ts'

// The longest text, every character of it written as %F0%9F%98%80.
const bodyLimit = 6 * 1024 * 1024

export function postAdmin(app: App) {
  app.get(paths.admin.newPost(), async (request, reply) => {
    const visitor = requireWriter(request)
    const form = { values: { submission_key: randomUUID() } }
    return reply.html(NewPostPage({ page: request.page, form, mayPublish: canPublish(visitor) }))
  })

  app.post(
    paths.admin.newPostPreview(),
    { schema: { body: PostForm }, attachValidation: true, bodyLimit },
    async (request, reply) => {
      const visitor = requireWriter(request)
      const form = { values: postedValues(request.body), errors: fieldErrors(request) ?? {} }
      const preview = await renderPreview(app.db, form)
      return reply.html(NewPostPage({ page: request.page, form, preview, mayPublish: canPublish(visitor) }))
    },
  )

  app.post(
    paths.admin.posts(),
    { schema: { body: PostForm }, attachValidation: true, bodyLimit },
    async (request, reply) => {
      const visitor = requireWriter(request)
      const errors = fieldErrors(request)
      if (errors) {
        const form = { values: postedValues(request.body), errors }
        return reply.code(422).html(NewPostPage({ page: request.page, form, mayPublish: canPublish(visitor) }))
      }
      const isPublic = request.body.publish === 'yes' && canPublish(visitor)
      const post = await createPost(app.db, request.body, isPublic, { id: visitor.id, ip: request.ip })
      return reply.redirect(post.published_at ? paths.post(post.slug) : paths.admin.post(post.id), 303)
    },
  )

  app.get(paths.admin.post(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { visitor, post } = await requirePost(app.db, request)
    return reply.html(EditPostPage({ page: request.page, post, ...rights(visitor, post) }))
  })

  app.post(
    paths.admin.postPreview(':id'),
    { schema: { params: IdParams, body: PostForm }, attachValidation: true, bodyLimit },
    async (request, reply) => {
      const { visitor, post } = await requirePost(app.db, request)
      const form = { values: postedValues(request.body), errors: fieldErrors(request) ?? {} }
      const preview = await renderPreview(app.db, form, post.draft_format ?? post.body_format)
      return reply.html(EditPostPage({ page: request.page, post, form, preview, ...rights(visitor, post) }))
    },
  )

  app.post(
    paths.admin.post(':id'),
    { schema: { params: IdParams, body: PostForm }, attachValidation: true, bodyLimit },
    async (request, reply) => {
      const { visitor, post } = await requirePost(app.db, request)
      const form = { values: postedValues(request.body), errors: fieldErrors(request) ?? {} }
      if (request.validationError) {
        return reply.code(422).html(EditPostPage({ page: request.page, post, form, ...rights(visitor, post) }))
      }
      const actor = { id: visitor.id, ip: request.ip }
      const version = Number(request.body.version ?? 0)
      const isDraft = request.body.draft === 'yes' && post.is_public
      const written = { id: post.id, body_format: post.draft_format ?? post.body_format }
      if (isDraft && (await saveDraft(app.db, written, version, request.body, actor)))
        return reply.redirect(paths.admin.post(post.id), 303)
      const saved = isDraft ? undefined : await updatePost(app.db, written, version, request.body, actor)
      if (!saved) {
        const current = await findPost(app.db, post.id)
        if (!current) throw notFound('post')
        const page = { page: request.page, post: current, form, isConflict: true, ...rights(visitor, current) }
        return reply.code(409).html(EditPostPage(page))
      }
      if (request.body.publish === 'yes' && canPublish(visitor)) await publishPost(app.db, post.id, actor)
      const isOut = saved.is_public || (request.body.publish === 'yes' && canPublish(visitor))
      return reply.redirect(isOut ? paths.post(saved.slug) : paths.admin.post(post.id), 303)
    },
  )

  app.post(paths.admin.publication(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { visitor, post } = await requirePost(app.db, request)
    if (!canPublish(visitor)) throw forbidden()
    await publishPost(app.db, post.id, { id: visitor.id, ip: request.ip })
    return reply.redirect(paths.post(post.slug), 303)
  })

  app.post(paths.admin.publicationEnd(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { visitor, post } = await requirePost(app.db, request)
    if (!canPublish(visitor)) throw forbidden()
    await unpublishPost(app.db, post.id, { id: visitor.id, ip: request.ip })
    return reply.redirect(paths.admin.post(post.id), 303)
  })

  app.post(paths.admin.postDeletion(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { visitor, post } = await requirePost(app.db, request, canDelete)
    await binPost(app.db, post.id, { id: visitor.id, ip: request.ip })
    return reply.redirect(paths.admin.bin(), 303)
  })
}

/** A text that may not be saved is not rendered either. */
async function renderPreview(
  db: Db,
  { values, errors }: { values: Record<string, string>; errors: Record<string, string> },
  format = 'markdown',
) {
  return errors.body ? '' : (await renderText(db, format, values.body ?? '')).html
}

function rights(visitor: Visitor, post: { author_id: number | null }) {
  return { mayPublish: canPublish(visitor), mayDelete: canDelete(visitor, post) }
}
