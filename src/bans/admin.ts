import { Type } from 'typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { fieldsOf, invalid, notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { IdParams } from '../http/params.ts'
import { fieldErrors, postedValues } from '../http/validation.ts'
import { requireModerator } from '../moderation/require-moderator.ts'
import { paths } from '../paths.ts'
import { findAuthorNamed } from '../post-list/queries.ts'
import { text } from '../texts/texts.ts'
import { isEmail, normaliseEmail } from '../users/user.ts'
import { BanForm, type BanInput, longestWho, mostBanDays, rangeOf } from './ban.ts'
import { type Subject, ban, liftBan, listBans, mayModerate } from './queries.ts'
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
    const subject = await subjectOf(request.body, visitor).catch(fieldsOf)
    if ('errors' in subject) return await again(subject.errors)
    const wanted = { subject, reason: request.body.reason.trim(), days: Number(days) }
    const done = await ban(app.db, wanted, { id: visitor.id, ip: request.ip }).catch(fieldsOf)
    if (done) return await again(done.errors)
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

  /** Throws `invalid` for nobody, for who moderates, and for half of the world. */
  async function subjectOf({ who }: BanInput, visitor: Visitor): Promise<Subject> {
    const refuse = (message: string) => invalid(message, { who: message })
    const range = rangeOf(who)
    if (range?.isTooWide) throw refuse(text('moderation.banTooWide'))
    if (range) return { network: range.network }
    const email = normaliseEmail(who)
    if (isEmail(email)) return { email }
    const person = await findAuthorNamed(app.db, who.trim())
    if (!person) throw refuse(text('moderation.banNobody', { name: who.trim() }))
    if (person.id === visitor.id) throw refuse(text('moderation.banYourself'))
    if (await mayModerate(app.db, person.id)) throw refuse(text('moderation.banModerator', { name: person.name }))
    return { user_id: person.id }
  }
}
