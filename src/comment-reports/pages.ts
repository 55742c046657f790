import { Type } from 'typebox'
import { banSentence, knownBanSentence } from '../bans/require-no-ban.ts'
import { type FoundComment, findComment } from '../comments/queries.ts'
import { notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { IdParams } from '../http/params.ts'
import { fieldErrors, postedValues } from '../http/validation.ts'
import { countAttempt, networkOf } from '../limits/queries.ts'
import { paths } from '../paths.ts'
import { canFind, canOpen, canRead } from '../posts/post.ts'
import { text } from '../texts/texts.ts'
import { reportComment } from './queries.ts'
import { ReportForm, perReporter } from './report.ts'
import { ReportPage, ReportedPage } from './views.tsx'

/** From the page of which post. */
const WayQuery = Type.Object({ post: Type.Optional(Type.Unknown()) })

export function commentReportPages(app: App) {
  app.get(
    paths.commentReport(':id'),
    { schema: { params: IdParams, querystring: WayQuery } },
    async (request, reply) => {
      const comment = await requireShown(request)
      const ban = await knownBanSentence(app.db, request, request.page.site.language, 'report')
      return reply.html(ReportPage({ page: request.page, comment, ban }))
    },
  )

  app.post(
    paths.commentReport(':id'),
    { schema: { params: IdParams, querystring: WayQuery, body: ReportForm }, attachValidation: true },
    async (request, reply) => {
      const comment = await requireShown(request)
      const errors = fieldErrors(request)
      if (errors) {
        const form = { values: postedValues(request.body), errors }
        return reply.code(422).html(ReportPage({ page: request.page, comment, form }))
      }
      const { visitor } = request
      const ban = await banSentence(app.db, request, request.page.site.language, 'report')
      if (ban) return reply.code(403).html(ReportPage({ page: request.page, comment, ban }))
      const network = networkOf(request.ip)
      await countAttempt(app.db, 'report', visitor ? String(visitor.id) : network, perReporter)
      const by = { id: visitor?.id ?? null, network, ip: request.ip }
      const isNew = await reportComment(app.db, comment.id, request.body, by)
      const said = isNew ? text('moderation.reportDone') : text('moderation.reportAgain')
      return reply.html(ReportedPage({ page: request.page, comment, said }))
    },
  )

  type Request = { params: { id: string }; query: { post?: unknown }; visitor: Visitor | null }

  /** What somebody cannot read they cannot report; nor what they only know the number of, below a post that needs a link. */
  async function requireShown({ params, query, visitor }: Request): Promise<FoundComment> {
    const comment = await findComment(app.db, Number(params.id))
    if (!comment || comment.shown !== 'whole') throw notFound('comment')
    const { post_author_id: author_id, post_visibility: visibility, post_co_authors: co_authors } = comment
    const post = { author_id, visibility, co_authors }
    const isFound = (query.post === comment.post_slug ? canOpen : canFind)(visitor, post)
    if (!isFound || !canRead(visitor, post)) throw notFound('comment')
    return comment
  }
}
