import { Type } from 'typebox'
import { showUnsaved } from '../editor/show-unsaved.ts'
import { conflict, notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { IdParams } from '../http/params.ts'
import { postedValues } from '../http/validation.ts'
import { isRealTime, skippedWords } from '../local-time.ts'
import { paths } from '../paths.ts'
import { latestDetails } from '../post-details/details.ts'
import { saveDraft } from '../post-drafts/queries.ts'
import { updatePost } from '../posts/queries.ts'
import { requirePost } from '../posts/require-post.ts'
import { text } from '../texts/texts.ts'
import { findWriters } from '../users/queries.ts'
import { MomentQuery, refusals } from './as-of.ts'
import { compare } from './compare.ts'
import { findRevision, findRevisionAt, listRevisions, nameRevision } from './queries.ts'
import { NameForm, RevisionParams, restoredDetails } from './revision.ts'
import { PageNote, RevisionPage, RevisionsPage } from './views.tsx'

const Before = Type.Object({ before: Type.Optional(Type.String({ pattern: '^[1-9]\\d{0,8}$' })) })
const Comparison = Type.Object({
  with: Type.Optional(Type.String({ pattern: '^[1-9]\\d{0,8}$' })),
  side: Type.Optional(Type.Literal('yes')),
})

/** Whoever may edit a post may see how it came to be. */
export function revisionAdmin(app: App) {
  app.get(
    paths.admin.revisions(':id'),
    { schema: { params: IdParams, querystring: Before } },
    async (request, reply) => {
      const { post } = await requirePost(app.db, request)
      const before = request.query.before === undefined ? undefined : Number(request.query.before)
      const list = await listRevisions(app.db, post.id, before)
      return reply.html(RevisionsPage({ page: request.page, post, list, isFirst: before === undefined }))
    },
  )

  app.get(
    paths.admin.revisionAt(':id'),
    { schema: { params: IdParams, querystring: MomentQuery } },
    async (request, reply) => {
      const { post } = await requirePost(app.db, request)
      const { page } = request
      const { at = '' } = postedValues(request.query)
      const zone = page.site.timeZone
      const found = isRealTime(at) ? await findRevisionAt(app.db, post.id, at, zone) : 'wrong'
      if (typeof found === 'number') return reply.redirect(paths.admin.revision(post.id, found), 303)
      const { status, message } =
        found === 'skipped' ? { status: 422, message: skippedWords(at, zone) } : refusals[found]()
      const form = { values: { at }, errors: { at: message } }
      const list = await listRevisions(app.db, post.id)
      return reply.code(status).html(RevisionsPage({ page, post, list, isFirst: true, form }))
    },
  )

  app.get(
    paths.admin.revision(':id', ':number'),
    { schema: { params: RevisionParams, querystring: Comparison } },
    async (request, reply) => {
      const { visitor, post } = await requirePost(app.db, request)
      const revision = await requireRevision(app, post.id, request.params.number)
      const other = await findRevision(app.db, post.id, Number(request.query.with ?? revision.number - 1))
      const [before, after] = other && other.number < revision.number ? [other, revision] : [revision, other]
      const comparison = after && (await compare(before, after, visitor.id))
      const isSideBySide = request.query.side === 'yes'
      return reply.html(RevisionPage({ page: request.page, post, revision, other, comparison, isSideBySide }))
    },
  )

  // The page that readers would have got.
  app.get(
    paths.admin.revisionPage(':id', ':number'),
    { schema: { params: RevisionParams } },
    async (request, reply) => {
      const { post } = await requirePost(app.db, request)
      const revision = await requireRevision(app, post.id, request.params.number)
      const details = { ...latestDetails(post), ...revision.details }
      const standing = {
        ...(await findWriters(app.db, post.author_id, details.authors)),
        published_at: post.published_at,
        format: revision.body_format,
        note: PageNote({ page: request.page, post, revision }),
      }
      return await showUnsaved(
        app,
        request,
        reply.header('cache-control', 'no-store'),
        { ...revision, details },
        standing,
      )
    },
  )

  app.post(
    paths.admin.revisionName(':id', ':number'),
    { schema: { params: RevisionParams, body: NameForm } },
    async (request, reply) => {
      const { post } = await requirePost(app.db, request)
      const { number } = request.params
      const name = request.body.name.trim().replace(/\s+/g, ' ')
      if (!(await nameRevision(app.db, post.id, Number(number), name))) throw notFound()
      return reply.redirect(paths.admin.revision(post.id, number), 303)
    },
  )

  app.post(
    paths.admin.revisionRestoration(':id', ':number'),
    { schema: { params: RevisionParams } },
    async (request, reply) => {
      const { visitor, post } = await requirePost(app.db, request)
      const {
        title,
        body,
        body_format,
        tags,
        details: then,
      } = await requireRevision(app, post.id, request.params.number)
      const actor = { id: visitor.id, ip: request.ip }
      const restored = { id: post.id, body_format }
      // Readers see the restored text when somebody who looked at it publishes it.
      const save = post.is_public ? saveDraft : updatePost
      const details = restoredDetails(latestDetails(post), then)
      const saved = await save(app.db, restored, post.version, { title, body, tags, details }, actor, 'restored')
      if (!saved) throw conflict(text('revisions.savedMeanwhile'))
      return reply.redirect(paths.admin.post(post.id), 303)
    },
  )
}

async function requireRevision(app: App, post_id: number, number: string) {
  const revision = await findRevision(app.db, post_id, Number(number))
  if (!revision) throw notFound()
  return revision
}
