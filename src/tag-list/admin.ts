import type { FastifyReply, FastifyRequest } from 'fastify'
import { forbidden, notFound } from '../errors.ts'
import type { FormState } from '../html/form.tsx'
import type { App } from '../http/app.ts'
import { IdParams } from '../http/params.ts'
import { type Fields, fieldErrors, postedValues } from '../http/validation.ts'
import { paths } from '../paths.ts'
import { canEditAll } from '../posts/post.ts'
import { listPostsByTag } from '../reading-lists/queries.ts'
import { listLeadingTo } from '../redirects/queries.ts'
import { deleteTag, findTagOfId, mergeTags, renameTag } from '../tags/queries.ts'
import { text } from '../texts/texts.ts'
import { ListedQuery, filtersOf } from './filters.ts'
import { countUses, findTagCalled, listTagsOfDesk } from './queries.ts'
import { asTaken, requireLooker } from './require-looker.ts'
import { MergeForm, MergeQuery, TagForm, tagSorts } from './tag-list.ts'
import { MergePage, TagDeletionPage, TagPage, TagsPage } from './views.tsx'

type IdRequest = FastifyRequest<{ Params: { id: string } }>

export function tagListAdmin(app: App) {
  app.get(paths.admin.tags(), { schema: { querystring: ListedQuery } }, async (request, reply) => {
    const seesAll = canEditAll(requireLooker(request))
    const filters = filtersOf(request.query, tagSorts)
    const { cursor, done } = request.query
    const list = await listTagsOfDesk(app.db, { filters, seesAll, cursor })
    return reply.html(TagsPage({ page: request.page, list, filters, seesAll, isFirst: cursor === undefined, done }))
  })

  app.get(
    paths.admin.tag(':id'),
    { schema: { params: IdParams, querystring: ListedQuery } },
    async (request, reply) => await show(request, reply, {}, request.query.done),
  )

  app.post(
    paths.admin.tag(':id'),
    { schema: { params: IdParams, body: TagForm }, attachValidation: true },
    async (request, reply) => {
      const { visitor, tag } = await toChange(request)
      const values = postedValues(request.body)
      const name = (values.name ?? '').trim().replace(/\s+/g, ' ')
      const errors: Fields = {
        ...(name.includes(',') && { name: text('tags.noComma') }),
        ...fieldErrors(request),
      }
      if (Object.keys(errors).length > 0) return await show(request, reply.code(422), { values, errors })
      const refused = await renameTag(app.db, tag.id, name, { id: visitor.id, ip: request.ip }).catch(asTaken)
      if (typeof refused === 'string')
        return await show(request, reply.code(422), { values, errors: { name: refused } })
      if (!refused) throw notFound('tag')
      return reply.redirect(paths.admin.tag(tag.id, { done: 'renamed' }), 303)
    },
  )

  app.get(
    paths.admin.tagMerge(':id'),
    { schema: { params: IdParams, querystring: MergeQuery } },
    async (request, reply) => {
      const { tag } = await toChange(request)
      const wanted = typeof request.query.into === 'string' ? request.query.into.trim().slice(0, 100) : ''
      const into = wanted === '' ? undefined : await findTagCalled(app.db, wanted)
      const error = wanted === '' ? undefined : wrongGoal(tag.id, into?.id, wanted)
      if (!into || error) {
        const form = { values: { into: wanted }, ...(error && { errors: { into: error } }) }
        return reply.code(error ? 422 : 200).html(MergePage({ page: request.page, tag, form }))
      }
      const uses = await countUses(app.db, tag.id)
      return reply.html(MergePage({ page: request.page, tag, into, uses, form: {} }))
    },
  )

  app.post(
    paths.admin.tagMerge(':id'),
    { schema: { params: IdParams, body: MergeForm }, attachValidation: true },
    async (request, reply) => {
      const { visitor, tag } = await toChange(request)
      const errors = fieldErrors(request)
      if (errors) return reply.code(422).html(MergePage({ page: request.page, tag, form: { errors } }))
      const into = Number(request.body.into)
      await mergeTags(app.db, tag.id, into, { id: visitor.id, ip: request.ip })
      return reply.redirect(paths.admin.tag(into, { done: 'merged' }), 303)
    },
  )

  app.get(paths.admin.tagDeletion(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { tag } = await toChange(request)
    return reply.html(TagDeletionPage({ page: request.page, tag, uses: await countUses(app.db, tag.id) }))
  })

  app.post(paths.admin.tagDeletion(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { visitor, tag } = await toChange(request)
    await deleteTag(app.db, tag.id, { id: visitor.id, ip: request.ip })
    return reply.redirect(paths.admin.tags({ done: 'gone' }), 303)
  })

  async function show(request: IdRequest, reply: FastifyReply, form: FormState, done?: unknown) {
    const visitor = requireLooker(request)
    const seesAll = canEditAll(visitor)
    const tag = await findTagOfId(app.db, Number(request.params.id), seesAll)
    if (!tag) throw notFound('tag')
    const [list, uses, former] = await Promise.all([
      listPostsByTag(app.db, tag.id),
      seesAll ? countUses(app.db, tag.id) : undefined,
      listLeadingTo(app.db, paths.tag(tag.slug)),
    ])
    return reply.html(TagPage({ page: request.page, tag, posts: list.posts, uses, former, form, done }))
  }

  /** A tag, for who may change those of everybody's posts, as in the API. */
  async function toChange(request: IdRequest) {
    const visitor = requireLooker(request)
    if (!canEditAll(visitor)) throw forbidden()
    const tag = await findTagOfId(app.db, Number(request.params.id), true)
    if (!tag) throw notFound('tag')
    return { visitor, tag }
  }
}

function wrongGoal(id: number, into: number | undefined, name: string): string | undefined {
  if (into === undefined) return text('tags.nobodyCalled', { name })
  return into === id ? text('tags.sameTag') : undefined
}
