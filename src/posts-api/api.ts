import { Type } from 'typebox'
import type { Call, Register } from '../api/endpoint.ts'
import { fieldsOf, includesOf, listQuery, listSchema, oneQuery, showList } from '../api/list.ts'
import { Problem } from '../api/problem.ts'
import { Id, SentMoment, idOf } from '../api/resource.ts'
import type { Actor } from '../audit/queries.ts'
import { forbidden, invalid, notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { paths } from '../paths.ts'
import { holds } from '../permissions/permission.ts'
import { binPost, findInBin, restorePost } from '../post-bin/queries.ts'
import { type Details, detailErrors } from '../post-details/details.ts'
import { changePosts } from '../post-changes/queries.ts'
import { mostChanged } from '../post-changes/change.ts'
import {
  canDelete,
  canEdit,
  canEditAll,
  canManage,
  canFind,
  refusalOf,
  canPublish,
  canWrite,
  formLimit,
  managedOf,
} from '../posts/post.ts'
import { createPost, publishPost, unpublishPost, updatePost } from '../posts/queries.ts'
import { type RenderedText, renderText } from '../renderings/render-text.ts'
import { schedulePost } from '../schedules/queries.ts'
import { beyondReason, scheduleRefusals } from '../schedules/schedule.ts'
import { text } from '../texts/texts.ts'
import {
  NewPost,
  Post,
  type PostChange,
  PostChange as PostChangeSchema,
  detailsIn,
  kinds,
  levelOf,
  postAnswer,
  shownPost,
  states,
  visibilities,
} from './post-resource.ts'
import { findPostRow, listPostRows, listVersions } from './queries.ts'

const noun = 'posts'
const params = Type.Object({ id: idOf('posts') })
// Texts may have half a megabyte each.
const mostTexts = 20

const Changes = Type.Object(
  {
    change: Type.Enum(['publish', 'unpublish', 'bin']),
    ids: Type.Array(Id, { minItems: 1, maxItems: mostChanged, uniqueItems: true }),
  },
  { title: 'PostChanges', additionalProperties: false },
)
const Outcome = Type.Object(
  {
    changed: Type.Array(Id),
    unchanged: Type.Array(Id, { description: 'Already so, not there, or not yours to change.' }),
  },
  { title: 'PostChangesOutcome', additionalProperties: false },
)

/** A long body of anybody else is not read. */
const writesSome = (visitor: Visitor) =>
  canWrite(visitor) || holds(visitor, 'post.edit.own') || holds(visitor, 'post.edit.any')

export function postApi(app: App, register: Register) {
  const origin = app.config.siteUrl.origin

  register(
    {
      id: 'listPosts',
      method: 'GET',
      path: paths.api.posts(),
      noun,
      summary: 'Posts and pages',
      description:
        'Without `state`, those that are out and listed. With it, own ones, or everybody’s for whoever may edit them all; then the usual order is `-updated_at`.',
      scope: 'posts:read',
      who: 'everyone',
      query: listQuery(
        ['published_at', 'updated_at', 'id'],
        '-published_at',
        {
          kind: Type.Optional(Type.Enum([...kinds])),
          state: Type.Optional(Type.Enum([...states, 'any'])),
          visibility: Type.Optional(Type.Enum([...visibilities])),
          language: Type.Optional(Type.String({ maxLength: 20 })),
          author: Type.Optional(Type.String({ maxLength: 400, description: 'The `slug` of a writer.' })),
          tag: Type.Optional(Type.String({ maxLength: 400, description: 'The `slug` of a tag.' })),
          series: Type.Optional(Type.String({ maxLength: 400, description: 'The `slug` of a series.' })),
          published_after: Type.Optional(SentMoment),
          published_before: Type.Optional(SentMoment),
          updated_after: Type.Optional(SentMoment),
        },
        ['html', 'body'],
      ),
      answer: { status: 200, schema: listSchema(Post) },
    },
    async (call) => {
      const { visitor, query } = call
      const { limit, state, ...filters } = query
      const texts = includesOf(query)
      if (texts.size > 0 && (limit ?? 0) > mostTexts) {
        const detail = text('api.mostTexts', { most: mostTexts })
        throw new Problem('invalid', detail, [{ parameter: 'limit', code: 'too_large', detail }])
      }
      const only = fieldsOf(Post, query)
      const mine = state === undefined ? undefined : whoseOf(call.someone())
      const wanted = { ...filters, mine, ...(state && state !== 'any' && { state }) }
      const page = await listPostRows(app.db, wanted, query, texts)
      const shown = {
        ...page,
        rows: page.rows.map((row) => ({ ...shownPost(row, visitor, origin), level: levelOf(row, visitor) })),
      }
      return { body: showList(Post, shown, ({ level }) => level, only) }
    },
  )

  register(
    {
      id: 'getPost',
      method: 'GET',
      path: paths.api.post(':id'),
      noun,
      summary: 'One post or page',
      scope: 'posts:read',
      who: 'everyone',
      params,
      query: oneQuery(),
      answer: { status: 200, schema: Post.schema },
    },
    async ({ visitor, params, query }) => {
      const only = fieldsOf(Post, query)
      const row = await findPostRow(app.db, params.id)
      const isThere = row && (canEdit(visitor, row) || (row.is_public && canFind(visitor, row)))
      if (!isThere) throw notFound('post')
      return answerOf(row, visitor, only)
    },
  )

  register(
    {
      id: 'createPost',
      method: 'POST',
      path: paths.api.posts(),
      noun,
      summary: 'Write a post or page',
      description: 'A draft, unless `state` is `published`, or `scheduled` with `appears_at`.',
      scope: 'posts:write',
      needs: '`post.create`; `post.publish` to publish',
      body: NewPost,
      bodyLimit: formLimit,
      mayBring: writesSome,
      answer: { status: 201, schema: Post.schema },
    },
    async (call) => {
      const visitor = call.someone()
      const { title, body, tags = [], state = 'draft' } = call.body
      if (!canWrite(visitor) || (state !== 'draft' && !canPublish(visitor))) throw forbidden()
      const moment = momentOf(call.body, false)
      const details = detailsIn(call.body)
      refuseWrong(call.body, details)
      const rendered = await renderText(app.db, 'markdown', body, { purpose: 'save', account: visitor.id })
      return await call.write(async (db) => {
        const written = { title, body, tags: tags.join(', '), details, rendered }
        const kind = state === 'published' ? 'published' : 'saved'
        const { id } = await createPost(db, written, call.actor(), kind)
        if (moment) await schedule(db, id, moment, call.actor())
        const row = await findPostRow(db, id)
        if (!row) throw notFound('post')
        return { ...answerOf(row, visitor), location: paths.api.post(id) }
      })
    },
  )

  register(
    {
      id: 'updatePost',
      method: 'PATCH',
      path: paths.api.post(':id'),
      noun,
      summary: 'Change a post or page',
      description:
        'What is left out stays. `state` publishes it, makes it a draft again, or lets it appear at `appears_at`.',
      scope: 'posts:write',
      needs: '`post.edit.any`, or one of its authors with `post.edit.own`; `post.publish` for `state`',
      params,
      body: PostChangeSchema,
      bodyLimit: formLimit,
      mayBring: writesSome,
      hasMatch: true,
      answer: { status: 200, schema: Post.schema },
    },
    async (call) => {
      const visitor = call.someone()
      const before = await requireEditable(visitor, call.params.id)
      const { state, appears_at } = call.body
      if ((state !== undefined || appears_at !== undefined) && !canPublish(visitor)) throw forbidden()
      const moment = momentOf(call.body, isWaiting(before))
      if (state === 'draft' && !canManage(visitor, before)) throw forbidden()
      const body = call.body.body ?? before.body
      const format = before.format === 'plain' ? 'plain' : 'markdown'
      const isText = Object.keys(call.body).some((name) => name !== 'state' && name !== 'appears_at')
      const rendered = isText
        ? await renderText(app.db, format, body, { purpose: 'save', account: visitor.id })
        : undefined
      return await call.write(async (db) => {
        const now = await findPostRow(db, call.params.id, true)
        if (!now || !canEdit(visitor, now)) throw refusalOf(visitor, now)
        call.requireMatch(answerOf(now, visitor).etag)
        if (isText) await save(db, call, now, body === (call.body.body ?? now.body) ? rendered : undefined)
        if (moment) await schedule(db, now.id, moment, call.actor())
        if (state === 'published') await publishPost(db, now.id, call.actor())
        if (state === 'draft') await unpublishPost(db, now.id, call.actor())
        const row = await findPostRow(db, now.id)
        if (!row) throw notFound('post')
        return answerOf(row, visitor)
      })
    },
  )

  register(
    {
      id: 'deletePost',
      method: 'DELETE',
      path: paths.api.post(':id'),
      noun,
      summary: 'Put a post or page into the bin',
      description: 'It can be had back for 30 days.',
      scope: 'posts:write',
      needs: '`post.delete.any`, or its author with `post.delete.own`',
      params,
      hasMatch: true,
      answer: { status: 204 },
    },
    async (call) => {
      const visitor = call.someone()
      return await call.write(async (db) => {
        const row = await findPostRow(db, call.params.id, true)
        if (!row || !canDelete(visitor, row)) throw refusalOf(visitor, row)
        call.requireMatch(answerOf(row, visitor).etag)
        await binPost(db, row.id, call.actor())
        return {}
      })
    },
  )

  register(
    {
      id: 'restorePost',
      method: 'POST',
      path: paths.api.postRestoration(':id'),
      noun,
      summary: 'Have a post or page back from the bin',
      scope: 'posts:write',
      needs: 'who may delete it',
      params,
      answer: { status: 200, schema: Post.schema },
    },
    async (call) => {
      const visitor = call.someone()
      return await call.write(async (db) => {
        const binned = await findInBin(db, call.params.id)
        if (!binned || !canDelete(visitor, binned)) throw notFound('post')
        await restorePost(db, call.params.id, call.actor())
        const row = await findPostRow(db, call.params.id)
        if (!row) throw notFound('post')
        return answerOf(row, visitor)
      })
    },
  )

  register(
    {
      id: 'changePosts',
      method: 'POST',
      path: paths.api.postChanges(),
      noun,
      summary: 'Change many posts at once',
      scope: 'posts:write',
      needs: '`post.create`; each post as if it were changed alone',
      body: Changes,
      answer: { status: 200, schema: Outcome },
    },
    async (call) => {
      const visitor = call.someone()
      const { change, ids } = call.body
      if (!canWrite(visitor) || (change !== 'bin' && !canPublish(visitor))) throw forbidden()
      return await call.write(async (db) => {
        const chosen = await listVersions(db, ids)
        const { done } = await changePosts(
          db,
          chosen,
          { change, tag: '', author_id: null },
          { visitor, actor: call.actor() },
        )
        const changed = new Set(done.map(({ id }) => id))
        return {
          body: { changed: ids.filter((id) => changed.has(id)), unchanged: ids.filter((id) => !changed.has(id)) },
        }
      })
    },
  )

  function refuseWrong(given: PostChange, details: Details): void {
    const errors = detailErrors(given.slug === undefined ? {} : { slug: given.slug }, details)
    if (Object.keys(errors).length > 0)
      throw invalid(text('api.invalid', { count: Object.keys(errors).length }), errors)
  }

  /** When it is to appear, by the clock of UTC; undefined where that is not said. */
  function momentOf({ state, appears_at }: PostChange, isWaiting: boolean): string | undefined {
    const refuse = (message: string) => invalid(message, { appears_at: message })
    if (appears_at === undefined) {
      if (state === 'scheduled' && !isWaiting) throw refuse(text('api.momentNeeded'))
      return undefined
    }
    if (state !== 'scheduled' && (state !== undefined || !isWaiting)) throw refuse(text('api.momentAlone'))
    const date = new Date(appears_at)
    // A leap second is a time that JavaScript does not know.
    if (Number.isNaN(date.getTime())) throw refuse(text('schedules.noMoment'))
    const local = date.toISOString().replace(/\.\d+Z$/, '')
    const refused = local.startsWith('-') ? 'past' : local.startsWith('+') ? 'too far' : beyondReason(local)
    if (refused) throw refuse(scheduleRefusals[refused]())
    return local
  }

  async function schedule(db: typeof app.db, id: number, local: string, actor: Actor): Promise<void> {
    const result = await schedulePost(db, id, local, 'UTC', actor)
    if (result === 'scheduled' || result === 'skipped') return
    const message = scheduleRefusals[result]()
    throw invalid(message, { appears_at: message })
  }

  type Row = NonNullable<Awaited<ReturnType<typeof findPostRow>>>

  function answerOf(row: Row, visitor: Visitor | null, only?: ReadonlySet<string>) {
    return postAnswer(origin, row, visitor, only)
  }

  /** Whose posts somebody sees in a list before they are out. */
  function whoseOf(visitor: Visitor): number | 'all' {
    if (!canWrite(visitor)) throw forbidden()
    return canEditAll(visitor) ? 'all' : visitor.id
  }

  async function requireEditable(visitor: Visitor, id: number): Promise<Row> {
    const row = await findPostRow(app.db, id)
    if (!row || !canEdit(visitor, row)) throw refusalOf(visitor, row)
    return row
  }

  async function save(
    db: typeof app.db,
    call: Call<typeof params, never, typeof PostChangeSchema>,
    now: Row,
    rendered?: RenderedText,
  ) {
    const visitor = call.someone()
    const given: PostChange = call.body
    const details = detailsIn(given, now.details)
    if (!canManage(visitor, now)) Object.assign(details, managedOf(now.details))
    refuseWrong(given, details)
    const written = {
      title: given.title ?? now.title,
      body: given.body ?? now.body,
      tags: given.tags?.join(', ') ?? now.tags.map(({ name }) => name).join(', '),
      details,
      ...(rendered && { rendered }),
    }
    const saved = await updatePost(db, { id: now.id, body_format: now.format }, now.version, written, call.actor())
    if (!saved) throw new Problem('changed', text('api.changed'))
  }
}

function isWaiting(row: { is_public: boolean; published_at: Date | null }): boolean {
  return row.published_at !== null && !row.is_public
}
