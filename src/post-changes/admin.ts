import type { FastifyRequest } from 'fastify'
import { forbidden, notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { allowScripts } from '../http/headers.ts'
import { fieldErrors } from '../http/validation.ts'
import { paths } from '../paths.ts'
import { mayWritePosts } from '../permissions/queries.ts'
import { filtersIn } from '../post-list/filters.ts'
import { findAuthorNamed } from '../post-list/queries.ts'
import { canEditAll, canPublish, tagNames } from '../posts/post.ts'
import { requireWriter } from '../posts/require-writer.ts'
import { findTag, findTagOfName } from '../tags/queries.ts'
import { text } from '../texts/texts.ts'
import { type ChangeInput, ChangeForm, RestorationForm, type Wish, chosenOf, mostChanged } from './change.ts'
import { changePosts, restorePosts } from './queries.ts'
import { ChangedPage, RestoredPage, UnchangedPage } from './views.tsx'

export function postChangeAdmin(app: App) {
  app.post(
    paths.admin.postChanges(),
    { schema: { body: ChangeForm }, attachValidation: true },
    async (request, reply) => {
      const visitor = requireWriter(request)
      const refuse = (why: string, back?: string) =>
        reply.code(422).html(UnchangedPage({ page: request.page, why, filters: filtersIn(back) }))
      if (fieldErrors(request)) return refuse(text('postChanges.tooMany', { most: mostChanged }))
      const { body } = request
      const filters = filtersIn(body.back)
      const chosen = chosenOf(body.post)
      if (chosen.length === 0) return refuse(text('postChanges.noneTicked'), body.back)
      const wish = await wishOf(app, body, visitor)
      if (typeof wish === 'string') return refuse(wish, body.back)
      const outcome = await changePosts(app.db, chosen, wish, doer(request, visitor))
      return allowScripts(reply).html(ChangedPage({ page: request.page, wish, outcome, filters }))
    },
  )

  app.post(
    paths.admin.binRestorations(),
    { schema: { body: RestorationForm }, attachValidation: true },
    async (request, reply) => {
      const visitor = requireWriter(request)
      const ids = fieldErrors(request) ? [] : [...new Set([request.body.post ?? []].flat().map(Number))]
      if (ids.length === 0) throw notFound('post')
      const outcome = await restorePosts(app.db, ids, doer(request, visitor))
      return allowScripts(reply).html(RestoredPage({ page: request.page, outcome }))
    },
  )
}

/** What is asked for, or a sentence about what it lacks. */
async function wishOf(app: App, { change, tag, author }: ChangeInput, visitor: Visitor): Promise<Wish | string> {
  if ((change === 'publish' || change === 'unpublish') && !canPublish(visitor)) throw forbidden()
  if (change === 'author') {
    if (!canEditAll(visitor)) throw forbidden()
    const named = author?.trim()
    if (!named) return text('postChanges.noAuthor')
    const found = await findAuthorNamed(app.db, named)
    if (!found) return text('postChanges.unknownAuthor', { author: named })
    if (!(await mayWritePosts(app.db, found.id))) return text('postChanges.mayNotWrite', { name: found.name })
    return { change, tag: found.name, author_id: found.id }
  }
  if (change === 'add-tag' || change === 'remove-tag') {
    const names = tagNames(tag)
    const [name = ''] = names
    if (names.length !== 1) return names.length > 1 ? text('postChanges.oneTag') : text('postChanges.noTag')
    // A tag that is there already is written as it always was.
    const known = (await findTagOfName(app.db, name)) ?? (await findTag(app.db, name))
    return { change, tag: known?.name ?? name, author_id: null }
  }
  return { change, tag: '', author_id: null }
}

function doer(request: FastifyRequest, visitor: Visitor) {
  return { visitor, actor: { id: visitor.id, ip: request.ip } }
}
