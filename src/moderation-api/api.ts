import { Type } from 'typebox'
import type { Register } from '../api/endpoint.ts'
import { fieldsOf, listQuery, listSchema, showList } from '../api/list.ts'
import { Id } from '../api/resource.ts'
import { requireNoBan } from '../bans/require-no-ban.ts'
import { reportComment } from '../comment-reports/queries.ts'
import { ReportForm, perReporter } from '../comment-reports/report.ts'
import { Comment } from '../comments-api/comment-resource.ts'
import { answerOf, requireComment } from '../comments-api/require-comment.ts'
import { lockThreads } from '../comments/queries.ts'
import { forbidden, notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { countAttempt, networkOf } from '../limits/queries.ts'
import { type Deed, canModerate, lookerOf, stateOfDeed } from '../moderation/moderation.ts'
import { decide } from '../moderation/queries.ts'
import { paths } from '../paths.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { listReports, listStates } from './queries.ts'
import { CommentReport } from './report-resource.ts'

const noun = 'comments'
const params = Type.Object({ id: Id })
const mostDecided = 100

const decision = Type.Enum(Object.keys(stateOfDeed) as Deed[])
const why = Type.Optional(Type.String({ maxLength: 300, description: 'For the log of moderation.' }))
const Decision = Type.Object({ decision, why }, { title: 'CommentDecision', additionalProperties: false })
const Decisions = Type.Object(
  {
    decision,
    why,
    comments: Type.Array(
      Type.Object(
        {
          id: Id,
          version: Type.Optional(
            Type.Integer({ minimum: 1, maximum: 999_999_999, description: 'That was read; with another it is left.' }),
          ),
        },
        { title: 'DecidedComment', additionalProperties: false },
      ),
      { minItems: 1, maxItems: mostDecided },
    ),
  },
  { title: 'CommentDecisions', additionalProperties: false },
)
const Outcome = Type.Object(
  {
    changed: Type.Array(Id),
    unchanged: Type.Array(Id, { description: 'Already so, changed meanwhile, or not there.' }),
  },
  { title: 'CommentDecisionsOutcome', additionalProperties: false },
)
const NewReport = Type.Object(ReportForm.properties, { title: 'NewCommentReport', additionalProperties: false })

/** What is decided about comments, and what is reported. */
export function moderationApi(app: App, settings: CurrentSettings, register: Register) {
  const origin = app.config.siteUrl.origin

  register(
    {
      id: 'decideComment',
      method: 'POST',
      path: paths.api.commentDecision(':id'),
      noun,
      summary: 'Show a comment, hide it, or call it spam',
      description: 'Its reports are settled by it.',
      scope: 'comments:write',
      needs: '`comment.moderate`',
      params,
      body: Decision,
      hasMatch: true,
      answer: { status: 200, schema: Comment.schema },
    },
    async (call) => {
      const visitor = call.someone()
      if (!canModerate(visitor)) throw forbidden()
      return await call.write(async (db) => {
        await lockThreads(db, [call.params.id])
        const row = await requireComment(db, visitor, call.params.id)
        call.requireMatch(answerOf(origin, row, visitor).etag)
        const { decision, why = '' } = call.body
        await decide(db, decision, [row], why.trim(), lookerOf(visitor), call.actor())
        return answerOf(origin, await requireComment(db, visitor, row.id), visitor)
      })
    },
  )
  register(
    {
      id: 'decideComments',
      method: 'POST',
      path: paths.api.commentDecisions(),
      noun,
      summary: 'Decide about many comments at once',
      scope: 'comments:write',
      needs: '`comment.moderate`',
      body: Decisions,
      answer: { status: 200, schema: Outcome },
    },
    async (call) => {
      const visitor = call.someone()
      if (!canModerate(visitor)) throw forbidden()
      const { decision, comments, why = '' } = call.body
      const seen = new Map(comments.map(({ id, version }) => [id, version]))
      const ids = [...seen.keys()]
      return await call.write(async (db) => {
        await lockThreads(db, ids)
        const states = await listStates(db, ids)
        const chosen = states.map(({ id, version, state }) => ({ id, version: seen.get(id) ?? version, state }))
        const isAny = chosen.length > 0
        const outcome = isAny && (await decide(db, decision, chosen, why.trim(), lookerOf(visitor), call.actor()))
        const changed = new Set(outcome ? outcome.decided : [])
        return {
          body: { changed: ids.filter((id) => changed.has(id)), unchanged: ids.filter((id) => !changed.has(id)) },
        }
      })
    },
  )
  register(
    {
      id: 'reportComment',
      method: 'POST',
      path: paths.api.commentReport(':id'),
      noun,
      summary: 'Report a comment to the moderators',
      description: 'A second one by the same person changes nothing.',
      scope: 'comments:write',
      needs: 'every account that may read it and is not banned',
      params,
      body: NewReport,
      answer: { status: 204 },
    },
    async (call) => {
      const visitor = call.someone()
      const row = await requireComment(app.db, visitor, call.params.id)
      if (row.shown !== 'whole') throw notFound('comment')
      await requireNoBan(app.db, call.request, settings.get().language)
      await countAttempt(app.db, 'report', String(visitor.id), perReporter)
      const by = { ...call.actor(), network: networkOf(call.request.ip) }
      return await call.write(async (db) => {
        await reportComment(db, row.id, call.body, by)
        return {}
      })
    },
  )
  register(
    {
      id: 'listCommentReports',
      method: 'GET',
      path: paths.api.commentReports(),
      noun,
      summary: 'Reports that nobody has settled',
      description: 'A decision about the comment settles them.',
      scope: 'comments:read',
      needs: '`comment.moderate`',
      query: listQuery(['id'], '-id', {
        comment: Type.Optional(Type.Integer({ ...Id, description: 'The `id` of a comment.' })),
      }),
      answer: { status: 200, schema: listSchema(CommentReport) },
    },
    async ({ query, someone }) => {
      const visitor = someone()
      if (!canModerate(visitor)) throw forbidden()
      const only = fieldsOf(CommentReport, query)
      const page = await listReports(app.db, lookerOf(visitor), query.comment, query)
      return { body: showList(CommentReport, page, () => 'staff', only) }
    },
  )
}
