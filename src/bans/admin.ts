import { Type } from 'typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { fieldsOf, notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { IdParams } from '../http/params.ts'
import { fieldErrors, postedValues } from '../http/validation.ts'
import { requireModerator } from '../moderation/require-moderator.ts'
import { paths } from '../paths.ts'
import { text } from '../texts/texts.ts'
import { BanForm, longestWho, mostBanDays } from './ban.ts'
import { ban, liftBan, listBans } from './queries.ts'
import { subjectOf } from './subject.ts'
import { BansPage } from './views.tsx'

const BansQuery = Type.Object({
  before: Type.Optional(Type.String({ pattern: '^[1-9]\\d{0,15}$' })),
  who: Type.Optional(Type.Unknown()),
})

export function banAdmin(app: App) {
  app.get(paths.admin.bans(), { schema: { querystring: BansQuery } }, async (request, reply) => {
    requireModerator(request)
    const { before, who } = request.query
    const values: Record<string, string> = typeof who === 'string' ? { who: who.slice(0, longestWho) } : {}
    return await show(request, reply, { values }, before === undefined ? undefined : Number(before))
  })

  app.post(paths.admin.bans(), { schema: { body: BanForm }, attachValidation: true }, async (request, reply) => {
    const visitor = requireModerator(request)
    const values = postedValues(request.body)
    const again = async (errors: Record<string, string>) => await show(request, reply.code(422), { values, errors })
    const errors = { ...fieldErrors(request) }
    const days = values.days?.trim() ?? ''
    if (!/^\d*$/.test(days) || Number(days) > mostBanDays)
      errors.days = text('comments.numberUpTo', { most: mostBanDays })
    if (Object.keys(errors).length > 0) return await again(errors)
    const subject = await subjectOf(app.db, request.body.who, visitor).catch(fieldsOf)
    if ('errors' in subject) return await again(subject.errors)
    const wanted = { subject, reason: request.body.reason.trim(), days: Number(days) }
    const done = await ban(app.db, wanted, { id: visitor.id, ip: request.ip }).catch(fieldsOf)
    if (typeof done === 'object') return await again(done.errors)
    return reply.redirect(paths.admin.bans(), 303)
  })

  app.post(paths.admin.banEnd(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const visitor = requireModerator(request)
    const isLifted = await liftBan(app.db, Number(request.params.id), { id: visitor.id, ip: request.ip })
    if (!isLifted) throw notFound('ban')
    return reply.redirect(paths.admin.bans(), 303)
  })

  type Form = { values: Record<string, string>; errors?: Record<string, string> }

  async function show(request: FastifyRequest, reply: FastifyReply, form: Form, before?: number) {
    const list = await listBans(app.db, before)
    return reply.html(BansPage({ page: request.page, ...list, form, isFirst: before === undefined }))
  }
}
