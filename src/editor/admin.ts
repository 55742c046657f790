// What the editor asks while somebody writes. Without its script nothing here is used.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError, invalid, notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { allowScripts } from '../http/headers.ts'
import { IdParams } from '../http/params.ts'
import { fieldErrors, postedValues } from '../http/validation.ts'
import { paths } from '../paths.ts'
import { type Details, detailErrors, detailsOf, latestDetails, noDetails } from '../post-details/details.ts'
import { saveDraft } from '../post-drafts/queries.ts'
import { compareWithSaved } from '../posts/conflict.ts'
import { EditPostPage } from '../posts/admin-views.tsx'
import { type PostInput, type Written, canManage, formLimit, latestText, ofCoAuthor, rightsOf } from '../posts/post.ts'
import { type EditablePost, createPost, findPost, updatePost } from '../posts/queries.ts'
import { requirePost } from '../posts/require-post.ts'
import { requireWriter } from '../posts/require-writer.ts'
import { text } from '../texts/texts.ts'
import { isSeen } from '../users/user.ts'
import { addressesOf } from './form.ts'
import { findBegun } from './queries.ts'
import { showUnsaved } from './show-unsaved.ts'
import { KeyQuery, WritingForm } from './writing.ts'

// The pages that hold the form. Everything else goes without a script.
const pages = new Set([
  `GET ${paths.admin.newPost()}`,
  `GET ${paths.admin.post(':id')}`,
  ...[
    paths.admin.posts(),
    paths.admin.newPostPreview(),
    paths.admin.post(':id'),
    paths.admin.postPreview(':id'),
    paths.admin.comparison(':id'),
    paths.admin.schedule(':id'),
  ].map((path) => `POST ${path}`),
])

export function editorAdmin(app: App) {
  app.addHook('preHandler', (request, reply, done) => {
    if (pages.has(`${request.method} ${request.routeOptions.url}`)) allowScripts(reply)
    done()
  })

  // The first autosave makes the post; the same key again is the same post.
  app.post(
    paths.admin.newAutosave(),
    { schema: { body: WritingForm }, attachValidation: true, bodyLimit: formLimit },
    async (request, reply) => {
      const visitor = requireWriter(request)
      const input = writingOf(request, request.body, noDetails)
      if (!isSeen(input.title) && input.body.trim() === '') throw invalid(text('editor.nothingToSave'))
      const actor = { id: visitor.id, ip: request.ip }
      const made = await leniently(input, noDetails, (input) => createPost(app.db, input, actor, 'autosaved'))
      if (made.isRepeated) return await tellConflict(app, reply, made.id)
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ id: made.id, version: 1, action: paths.admin.post(made.id), addresses: addressesOf(made.id) })
    },
  )

  // Whether a text that a browser still has was taken after all.
  app.get(paths.admin.newAutosave(), { schema: { querystring: KeyQuery } }, async (request, reply) => {
    const id = await findBegun(app.db, request.query.submission_key, requireWriter(request).id)
    const post = id === undefined ? undefined : await findPost(app.db, id)
    if (!post) throw notFound('post')
    const answer = { id: post.id, saved: savedOf(post), addresses: addressesOf(post.id) }
    return reply.header('cache-control', 'no-store').send(answer)
  })

  // A published post gets a draft beside it, a draft is saved itself. Readers see no difference.
  app.post(
    paths.admin.autosave(':id'),
    { schema: { params: IdParams, body: WritingForm }, attachValidation: true, bodyLimit: formLimit },
    async (request, reply) => {
      const { visitor, post } = await requirePost(app.db, request)
      const now = latestDetails(post)
      const body = canManage(visitor, post) ? request.body : ofCoAuthor(request.body)
      const input = writingOf(request, body, now)
      const version = Number(request.body.version ?? 0)
      const written = { id: post.id, body_format: latestText(post).format }
      const save = post.published_at ? saveDraft : updatePost
      const actor = { id: visitor.id, ip: request.ip }
      const saved = await leniently<{ id: number } | undefined>(input, now, (input) =>
        save(app.db, written, version, input, actor, 'autosaved'),
      )
      if (!saved) return await tellConflict(app, reply, post.id)
      return reply.header('cache-control', 'no-store').send({ id: post.id, version: version + 1 })
    },
  )

  app.get(paths.admin.autosave(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { post } = await requirePost(app.db, request)
    return reply.header('cache-control', 'no-store').send({ id: post.id, version: post.version })
  })

  // The text of the form beside the one that is saved. Saves nothing.
  app.post(
    paths.admin.comparison(':id'),
    { schema: { params: IdParams, body: WritingForm }, attachValidation: true, bodyLimit: formLimit },
    async (request, reply) => {
      const { visitor, post } = await requirePost(app.db, request)
      const form = { values: postedValues(request.body), errors: fieldErrors(request) ?? {} }
      const conflict = await compareWithSaved(post, form.values, visitor.id)
      return reply.html(EditPostPage({ page: request.page, post, form, conflict, ...rightsOf(visitor, post) }))
    },
  )

  // The page as readers would get it, for the window beside the text.
  app.post(
    paths.admin.newPostPage(),
    { schema: { body: WritingForm }, attachValidation: true, bodyLimit: formLimit },
    async (request, reply) => {
      const visitor = requireWriter(request)
      const input = writingOf(request, request.body, noDetails)
      const author = { author_name: visitor.name, author_slug: visitor.slug, author_id: visitor.id }
      return await showUnsaved(app, request, reply, input, {
        ...author,
        co_authors: [],
        published_at: null,
        format: 'markdown',
      })
    },
  )

  app.post(
    paths.admin.postPage(':id'),
    { schema: { params: IdParams, body: WritingForm }, attachValidation: true, bodyLimit: formLimit },
    async (request, reply) => {
      const { visitor, post } = await requirePost(app.db, request)
      const input = writingOf(request, request.body, latestDetails(post))
      const isOwn = post.author_id === visitor.id
      const author = { author_name: isOwn ? visitor.name : null, author_slug: isOwn ? visitor.slug : null }
      const { published_at, author_id, co_authors } = post
      const format = latestText(post).format
      return await showUnsaved(app, request, reply, input, { ...author, author_id, co_authors, published_at, format })
    },
  )
}

type Writing = Written & { details: Details; submission_key?: string | undefined }

/**
 * A form without a title or a text is good enough here; one that is too long is not. A detail that is not right yet stays
 * as it was: what is written counts.
 */
function writingOf(request: FastifyRequest, body: Partial<PostInput>, now: Details): Writing {
  const errors = fieldErrors(request)
  if (errors) throw invalid(Object.values(errors)[0] ?? text('editor.checkFields'), errors)
  const details = detailsOf(body, now)
  const wrong = Object.keys(detailErrors(body, details)).map((name) => [name, now[name as keyof Details]])
  const { title: typed = '', tags, submission_key } = body
  // One that nobody sees is none.
  const title = isSeen(typed) ? typed : ''
  return { title, body: body.body ?? '', tags, submission_key, details: { ...details, ...Object.fromEntries(wrong) } }
}

/** Once more without the address or the people that PostgreSQL refuses. */
async function leniently<T>(input: Writing, now: Details, save: (input: Writing) => Promise<T>): Promise<T> {
  try {
    return await save(input)
  } catch (error) {
    if (!(error instanceof AppError) || !(error.fields.slug || error.fields.authors)) throw error
    return await save({ ...input, details: { ...input.details, slug: now.slug, authors: now.authors } })
  }
}

/** With what is saved now: a browser recognises its own words there when it never heard the answer. */
async function tellConflict(app: App, reply: FastifyReply, id: number) {
  const post = await findPost(app.db, id)
  if (!post) throw notFound('post')
  const message = text('editor.otherVersion', { name: latestText(post).by })
  const error = { kind: 'conflict', message }
  return reply
    .code(409)
    .header('cache-control', 'no-store')
    .send({ error, id, saved: savedOf(post), action: paths.admin.post(id), addresses: addressesOf(id) })
}

function savedOf(post: EditablePost) {
  const { title, body } = latestText(post)
  return { version: post.version, title, body }
}
