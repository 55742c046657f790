import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { beginDeparture, countBelongings } from '../departures/queries.ts'
import type { FormState } from '../html/form.tsx'
import type { App } from '../http/app.ts'
import { uploadMs } from '../http/body-time.ts'
import { fieldErrors, postedValues } from '../http/validation.ts'
import { countAttempt } from '../limits/queries.ts'
import { verifyPassword } from '../passwords/password.ts'
import { paths } from '../paths.ts'
import { clearSessionCookie } from '../sessions/cookie.ts'
import { requireVisitor } from '../sessions/read-session.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { text } from '../texts/texts.ts'
import { findPasswordHash } from '../users/queries.ts'
import { ErasureForm, exportsAnHour } from './personal-data.ts'
import { exportPerson, noteExport } from './queries.ts'
import { ErasedPage, OwnDataPage } from './views.tsx'

const tries = { most: 10, windowSeconds: 900 }
const ErasedQuery = Type.Object({ comments: Type.Optional(Type.Unknown()) })
const Empty = Type.Optional(Type.Unknown())

export function personalDataPages(app: App, settings: CurrentSettings) {
  app.get(paths.ownData(), async (request, reply) => await show(request, reply, {}))

  app.post(paths.ownDataFile(), { schema: { body: Empty }, handlerTimeout: uploadMs }, async (request, reply) => {
    const visitor = requireVisitor(request)
    await countAttempt(app.db, 'data of', String(visitor.id), exportsAnHour)
    await noteExport(app.db, visitor.id, { id: visitor.id, ip: request.ip })
    return reply
      .type('application/json; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('content-disposition', `attachment; filename="data-${visitor.id}.json"`)
      .send(Readable.from(exportPerson(app.db, visitor.id, settings.get().title), { objectMode: false }))
  })

  app.post(paths.ownErasure(), { schema: { body: ErasureForm }, attachValidation: true }, async (request, reply) => {
    const visitor = requireVisitor(request)
    const { password = '', ...values } = postedValues(request.body)
    const errors = fieldErrors(request)
    if (errors) return await show(request, reply.code(422), { values, errors })
    await countAttempt(app.db, 'erase', String(visitor.id), tries)
    const hash = await findPasswordHash(app.db, visitor.id)
    if (!(await verifyPassword(password, hash, app.config.legacyAuthKey)))
      return await show(request, reply.code(422), { values, errors: { password: text('passwords.notYours') } })
    const choice = { kind: 'erased', into_id: null, posts: 'keep', comments: request.body.comments } as const
    await beginDeparture(app.db, { user_id: visitor.id, ...choice }, visitor, request.ip)
    clearSessionCookie(app, reply)
    return reply.redirect(paths.ownErasure({ comments: choice.comments }), 303)
  })

  app.get(paths.ownErasure(), { schema: { querystring: ErasedQuery } }, async (request, reply) => {
    if (request.visitor) return reply.redirect(paths.ownData(), 303)
    const comments = request.query.comments === 'empty' ? 'empty' : 'keep'
    return reply.html(ErasedPage({ page: request.page, comments }))
  })

  async function show(request: FastifyRequest, reply: FastifyReply, form: FormState) {
    const visitor = requireVisitor(request)
    const [belongings, hash] = await Promise.all([
      countBelongings(app.db, visitor.id),
      findPasswordHash(app.db, visitor.id),
    ])
    return reply.html(OwnDataPage({ page: request.page, belongings, hasPassword: !!hash, form }))
  }
}
