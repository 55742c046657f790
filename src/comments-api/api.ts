import { Type } from 'typebox'
import type { Register } from '../api/endpoint.ts'
import { fieldsOf, listQuery, listSchema, oneQuery, showList } from '../api/list.ts'
import { Problem } from '../api/problem.ts'
import { Id, idOf } from '../api/resource.ts'
import {
  canComment,
  canDelete,
  canEdit,
  canRestore,
  canSeeVersions,
  longestComment,
  takesComments,
} from '../comments/comment.ts'
import {
  createComment,
  deleteComment,
  listVersions,
  lockThreads,
  renderComment,
  restoreComment,
  updateComment,
} from '../comments/queries.ts'
import { admit, verdictFor } from '../comments/verdict.ts'
import { conflict, forbidden, notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { canModerate, lookerOf } from '../moderation/moderation.ts'
import { paths } from '../paths.ts'
import { canFind, canRead } from '../posts/post.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { text } from '../texts/texts.ts'
import { Comment, type CommentRow, CommentVersion, commentStates, postOf, shownComment } from './comment-resource.ts'
import { type Wanted, findCommentedPost, listComments, listCommentsOfPost } from './queries.ts'
import { answerOf, requireComment } from './require-comment.ts'

const noun = 'comments'
const params = Type.Object({ id: Id })
const postParams = Type.Object({ id: idOf('posts') })
// The longest comment, every character of it written as \ud83d\ude00.
const bodyLimit = 512 * 1024

const body = Type.String({ minLength: 1, maxLength: longestComment, pattern: '\\S', description: 'Markdown.' })
const NewComment = Type.Object(
  {
    body,
    parent_id: Type.Optional(Type.Union([Id, Type.Null()], { description: 'The comment that this answers.' })),
    tell_thread: Type.Optional(Type.Boolean({ description: 'To be told by mail of answers.' })),
    tell_post: Type.Optional(Type.Boolean({ description: 'To be told by mail of all comments on the post.' })),
  },
  { title: 'NewComment', additionalProperties: false },
)
const CommentChange = Type.Object({ body }, { title: 'CommentChange', additionalProperties: false })
const Versions = Type.Object(
  { data: Type.Array(CommentVersion.schema) },
  { title: 'CommentVersionList', additionalProperties: false },
)

export function commentApi(app: App, settings: CurrentSettings, register: Register) {
  const origin = app.config.siteUrl.origin

  register(
    {
      id: 'listCommentsOfPost',
      method: 'GET',
      path: paths.api.postComments(':id'),
      noun,
      summary: 'Comments on a post',
      description: 'As its page has them, with those of your own that wait. Answers name theirs in `parent_id`.',
      scope: 'comments:read',
      who: 'everyone',
      params: postParams,
      query: listQuery(['id'], '-id', {}),
      answer: { status: 200, schema: listSchema(Comment) },
    },
    async ({ visitor, params, query, someone }) => {
      const only = fieldsOf(Comment, query)
      const post = await requirePost(visitor, params.id, someone)
      const page = await listCommentsOfPost(app.db, post.id, visitor?.id ?? null, canModerate(visitor), query)
      return { body: showComments(page, visitor, only) }
    },
  )

  register(
    {
      id: 'listComments',
      method: 'GET',
      path: paths.api.comments(),
      noun,
      summary: 'Comments of the whole blog',
      description:
        'Without `state` and `is_reported`, those that everybody reads. With `state`, own ones, or for moderators everybody’s; `deleted` is for those who may restore them.',
      scope: 'comments:read',
      who: 'everyone',
      query: listQuery(['id'], '-id', {
        state: Type.Optional(Type.Enum([...commentStates, 'deleted', 'any'])),
        is_reported: Type.Optional(Type.Boolean()),
        post: Type.Optional(idOf('posts', 'The `id` of a post.')),
        author: Type.Optional(Type.String({ maxLength: 400, description: 'The `slug` of an account.' })),
      }),
      answer: { status: 200, schema: listSchema(Comment) },
    },
    async ({ visitor, query, someone }) => {
      const only = fieldsOf(Comment, query)
      const { state, is_reported, post, author } = query
      const wanted: Wanted = {
        isMember: visitor !== null,
        ...((state !== undefined || is_reported) && { mine: whoseOf(someone(), state, is_reported) }),
        ...(state !== undefined && { state }),
        ...(is_reported !== undefined && { is_reported }),
        ...(post !== undefined && { post }),
        ...(author !== undefined && { author }),
      }
      const page = await listComments(app.db, wanted, canModerate(visitor), query)
      return { body: showComments(page, visitor, only) }
    },
  )

  register(
    {
      id: 'getComment',
      method: 'GET',
      path: paths.api.comment(':id'),
      noun,
      summary: 'One comment',
      scope: 'comments:read',
      who: 'everyone',
      params,
      query: oneQuery(),
      answer: { status: 200, schema: Comment.schema },
    },
    async ({ visitor, params, query }) => {
      const only = fieldsOf(Comment, query)
      return answerOf(origin, await requireComment(app.db, visitor, params.id), visitor, only)
    },
  )

  register(
    {
      id: 'createComment',
      method: 'POST',
      path: paths.api.postComments(':id'),
      noun,
      summary: 'Comment on a post',
      description: 'It may have to wait for a moderator, or be taken for spam: its `state` says so.',
      scope: 'comments:write',
      needs: 'every account that may read the post and is not banned',
      params: postParams,
      body: NewComment,
      bodyLimit,
      answer: { status: 201, schema: Comment.schema },
    },
    async (call) => {
      const visitor = call.someone()
      const post = await requirePost(visitor, call.params.id, call.someone)
      if (!canComment(visitor)) throw forbidden()
      if (!takesComments(settings.get(), post, new Date())) throw conflict(text('comments.closedMeanwhile'))
      const { ban, isKnown } = await admit(app.db, visitor, call.request.ip, settings.get().language)
      if (ban) throw forbidden(ban)
      const { body, parent_id, tell_thread, tell_post } = call.body
      const verdict = verdictFor(settings.get(), visitor, post, { body }, { isKnown })
      const rendered = await renderComment(body, visitor.id)
      const input = {
        body,
        rendered,
        ...(parent_id && { parent: String(parent_id) }),
        ...(tell_thread && { tell_thread: 'yes' as const }),
        ...(tell_post && { tell_post: 'yes' as const }),
      }
      return await call.write(async (db) => {
        const id = await createComment(db, post.id, input, { id: visitor.id, ip: call.request.ip }, verdict)
        const row = await requireComment(db, visitor, id)
        return { ...answerOf(origin, row, visitor), location: paths.api.comment(id) }
      })
    },
  )

  register(
    {
      id: 'updateComment',
      method: 'PATCH',
      path: paths.api.comment(':id'),
      noun,
      summary: 'Change a comment',
      description: 'What it said before is kept. Its author may for the minutes that the owner set.',
      scope: 'comments:write',
      needs: '`comment.edit.any`, or its author',
      params,
      body: CommentChange,
      bodyLimit,
      hasMatch: true,
      answer: { status: 200, schema: Comment.schema },
    },
    async (call) => {
      const visitor = call.someone()
      const found = await requireComment(app.db, visitor, call.params.id)
      if (found.deleted_at) throw notFound('comment')
      if (!canEdit(visitor, found, 0, new Date())) throw forbidden()
      const minutes = settings.get().comment_edit_minutes
      if (!canEdit(visitor, found, minutes, new Date())) throw conflict(text('comments.tooLate', { minutes }))
      const { ban, isKnown } = await admit(app.db, visitor, call.request.ip, settings.get().language, found.id)
      if (ban) throw forbidden(ban)
      const { body } = call.body
      const post = { id: found.post_id, ...postOf(found) }
      const verdict = verdictFor(settings.get(), visitor, post, { body }, { isKnown })
      const rendered = await renderComment(body, visitor.id)
      return await call.write(async (db) => {
        await lockThreads(db, [found.id])
        const now = await requireComment(db, visitor, found.id)
        call.requireMatch(answerOf(origin, now, visitor).etag)
        const isSaved = await updateComment(db, now.id, now.version, body, call.actor(), verdict, rendered)
        if (!isSaved) throw new Problem('changed', text('api.changed'))
        return answerOf(origin, await requireComment(db, visitor, now.id), visitor)
      })
    },
  )

  register(
    {
      id: 'deleteComment',
      method: 'DELETE',
      path: paths.api.comment(':id'),
      noun,
      summary: 'Delete a comment',
      description: 'It can be had back for 30 days by those who may delete any.',
      scope: 'comments:write',
      needs: '`comment.delete.any`, or its author',
      params,
      hasMatch: true,
      answer: { status: 204 },
    },
    async (call) => {
      const visitor = call.someone()
      return await call.write(async (db) => {
        await lockThreads(db, [call.params.id])
        const row = await requireComment(db, visitor, call.params.id)
        if (row.deleted_at) throw notFound('comment')
        if (!canDelete(visitor, row)) throw forbidden()
        call.requireMatch(answerOf(origin, row, visitor).etag)
        await deleteComment(db, row.id, call.actor())
        return {}
      })
    },
  )

  register(
    {
      id: 'restoreComment',
      method: 'POST',
      path: paths.api.commentRestoration(':id'),
      noun,
      summary: 'Have a deleted comment back',
      scope: 'comments:write',
      needs: '`comment.delete.any`',
      params,
      answer: { status: 200, schema: Comment.schema },
    },
    async (call) => {
      const visitor = call.someone()
      return await call.write(async (db) => {
        const row = await requireComment(db, visitor, call.params.id)
        if (!canRestore(visitor)) throw forbidden()
        await restoreComment(db, row.id, call.actor())
        return answerOf(origin, await requireComment(db, visitor, row.id), visitor)
      })
    },
  )

  register(
    {
      id: 'listCommentVersions',
      method: 'GET',
      path: paths.api.commentVersions(':id'),
      noun,
      summary: 'What a comment said before',
      description: 'The last hundred, the newest first, without the text that stands now.',
      scope: 'comments:read',
      needs: '`comment.edit.any`, or its author',
      params,
      answer: { status: 200, schema: Versions },
    },
    async ({ params, someone }) => {
      const visitor = someone()
      const row = await requireComment(app.db, visitor, params.id)
      if (row.deleted_at) throw notFound('comment')
      if (!canSeeVersions(visitor, row)) throw forbidden()
      const versions = await listVersions(app.db, row.id)
      const shown = versions.map(({ number, replaced_by_name, ...rest }) =>
        CommentVersion.show({ id: number, ...rest, replaced_by: replaced_by_name }, 'own'),
      )
      return { body: { data: shown } }
    },
  )
  function showComments(
    page: { rows: CommentRow[]; next: string | null },
    visitor: Visitor | null,
    only: ReadonlySet<string> | undefined,
  ) {
    const rows = page.rows.map((row) => shownComment(row, visitor, origin))
    return showList(Comment, { ...page, rows }, ({ level }) => level, only)
  }

  /** The post, for those who may read it. That one for members is there is no secret. */
  async function requirePost(visitor: Visitor | null, id: number, someone: () => Visitor) {
    const post = await findCommentedPost(app.db, id)
    if (!post || !canFind(visitor, post)) throw notFound('post')
    if (!canRead(visitor, post)) someone()
    return post
  }

  /** Whose comments somebody sees in a list that not everybody reads. */
  function whoseOf(visitor: Visitor, state: string | undefined, is_reported: boolean | undefined): Wanted['mine'] {
    if (state === 'deleted' && !canRestore(visitor)) throw forbidden()
    const isOwnOnly = state !== 'deleted' && !canModerate(visitor)
    if (is_reported && isOwnOnly) throw forbidden()
    return { looker: lookerOf(visitor), isOwnOnly }
  }
}
