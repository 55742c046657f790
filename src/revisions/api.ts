import { Type } from 'typebox'
import type { Register } from '../api/endpoint.ts'
import { fieldsOf, listQuery, listSchema, oneQuery, showList } from '../api/list.ts'
import { Problem } from '../api/problem.ts'
import { Id, Moment, field, idOf, orNull, resource, tagOf } from '../api/resource.ts'
import { notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { paths } from '../paths.ts'
import { latestDetails, noDetails } from '../post-details/details.ts'
import { saveDraft } from '../post-drafts/queries.ts'
import { Post, postAnswer } from '../posts-api/post-resource.ts'
import { findPostRow } from '../posts-api/queries.ts'
import { canEdit, refusalOf, tagNames } from '../posts/post.ts'
import { findPost, updatePost } from '../posts/queries.ts'
import { renderText } from '../renderings/render-text.ts'
import { text } from '../texts/texts.ts'
import { findRevision, listRevisionRows } from './queries.ts'
import { restoredDetails } from './revision.ts'

const noun = 'posts'
const needs = '`post.edit.any`, or one of its authors with `post.edit.own`'
const params = Type.Object({ id: idOf('posts') })
const Number9 = Type.Integer({ minimum: 1, maximum: 999_999_999 })
const revisionParams = Type.Object({ id: idOf('posts'), number: Number9 })

// As the form has them, each a text. Without a title: what is named apart loses who it is for. Those of an older revision may lack some.
const Details = Type.Object(
  Object.fromEntries(Object.keys(noDetails).map((name) => [name, Type.Optional(Type.String())])),
  { additionalProperties: false },
)
const Revision = resource('Revision', {
  id: field('own', Id, 'Its number among those of the post.'),
  kind: field('own', Type.Enum(['saved', 'published', 'restored', 'autosaved'])),
  name: field('own', orNull(Type.String())),
  title: field('own', Type.String()),
  body: field('own', Type.String(), 'Left out of lists.'),
  format: field('own', Type.Enum(['markdown', 'html', 'plain'])),
  tags: field('own', Type.Array(Type.String()), 'Left out of lists.'),
  details: field('own', Details, 'Left out of lists.'),
  characters: field('own', Type.Integer(), 'Of the text.'),
  author: field('own', orNull(Type.String()), 'A name.'),
  created_at: field('own', Moment),
})

/** Whoever may edit a post may see how it came to be. */
export function revisionApi(app: App, register: Register) {
  const origin = app.config.siteUrl.origin

  register(
    {
      id: 'listRevisions',
      method: 'GET',
      path: paths.api.revisions(':id'),
      noun,
      summary: 'Earlier states of a post or page',
      scope: 'posts:read',
      needs,
      params,
      query: listQuery(['id'], '-id', {}),
      answer: { status: 200, schema: listSchema(Revision) },
    },
    async ({ params, query, someone }) => {
      await requireEditable(app.db, someone(), params.id)
      const only = fieldsOf(Revision, query)
      const page = await listRevisionRows(app.db, params.id, query)
      const rows = page.rows.map(({ author_name, body_format, ...row }) => ({
        ...row,
        author: author_name,
        format: body_format,
      }))
      return { body: showList(Revision, { ...page, rows }, () => 'own', only) }
    },
  )

  register(
    {
      id: 'getRevision',
      method: 'GET',
      path: paths.api.revision(':id', ':number'),
      noun,
      summary: 'One earlier state',
      scope: 'posts:read',
      needs,
      params: revisionParams,
      query: oneQuery(),
      answer: { status: 200, schema: Revision.schema },
    },
    async ({ params, query, someone }) => {
      await requireEditable(app.db, someone(), params.id)
      const only = fieldsOf(Revision, query)
      const found = await requireRevision(app.db, params)
      const { number, body, body_format, tags, author_name, ...rest } = found
      const shown = {
        ...rest,
        id: number,
        body,
        format: body_format,
        tags: tagNames(tags),
        characters: Array.from(body).length,
        author: author_name,
      }
      return { body: Revision.show(shown, 'own', only), etag: tagOf(Revision.show(shown, 'own')) }
    },
  )

  register(
    {
      id: 'restoreRevision',
      method: 'POST',
      path: paths.api.revisionRestoration(':id', ':number'),
      noun,
      summary: 'Go back to an earlier state',
      description:
        'Of a post that is out it becomes the draft beside the published text. Its address, readers and authors stay. `If-Match` is of the post.',
      scope: 'posts:write',
      needs,
      params: revisionParams,
      hasMatch: true,
      answer: { status: 200, schema: Post.schema },
    },
    async (call) => {
      const visitor = call.someone()
      const { id } = call.params
      await requireEditable(app.db, visitor, id)
      const { title, body, body_format, tags, details: then } = await requireRevision(app.db, call.params)
      const format = body_format === 'plain' ? 'plain' : 'markdown'
      const rendered = await renderText(app.db, format, body, { purpose: 'save', account: visitor.id })
      return await call.write(async (db) => {
        const row = await findPostRow(db, id, true)
        if (!row || !canEdit(visitor, row)) throw refusalOf(visitor, row)
        call.requireMatch(postAnswer(origin, row, visitor).etag)
        const post = await requireEditable(db, visitor, id)
        // Readers see the restored text when somebody who looked at it publishes it.
        const save = post.is_public ? saveDraft : updatePost
        const details = restoredDetails(latestDetails(post), then)
        const written = { title, body, tags, details, rendered }
        const saved = await save(db, { id, body_format }, post.version, written, call.actor(), 'restored')
        if (!saved) throw new Problem('changed', text('api.changed'))
        const after = await findPostRow(db, id)
        if (!after) throw notFound('post')
        return postAnswer(origin, after, visitor)
      })
    },
  )

  async function requireEditable(db: typeof app.db, visitor: Visitor, id: number) {
    const post = await findPost(db, id)
    if (!post || !canEdit(visitor, post)) throw refusalOf(visitor, post)
    return post
  }

  async function requireRevision(db: typeof app.db, { id, number }: { id: number; number: number }) {
    const found = await findRevision(db, id, number)
    if (!found) throw notFound('version')
    return found
  }
}
