import { Type } from 'typebox'
import { notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { isToldOfSignIns, setToldOfSignIns } from '../account-safety/queries.ts'
import { paths } from '../paths.ts'
import { canWrite } from '../posts/post.ts'
import { clearSessionCookie } from '../sessions/cookie.ts'
import { requireVisitor, sessionOf } from '../sessions/read-session.ts'
import { endEverySession, endSessionById, listSessions } from './queries.ts'
import { sessionPattern } from './session-resource.ts'
import { SessionsPage } from './views.tsx'

const SessionParams = Type.Object({ id: Type.String({ pattern: sessionPattern }) })
const EndForm = Type.Object({ which: Type.Union([Type.Literal('others'), Type.Literal('all')]) })
const MailForm = Type.Object({ is_told_of_sign_ins: Type.Optional(Type.Literal('yes')) })

/** Where somebody is signed in, and the end of it. */
export function sessionListPages(app: App) {
  app.get(paths.sessions(), async (request, reply) => {
    const visitor = requireVisitor(request)
    const [sessions, isTold] = await Promise.all([
      listSessions(app.db, visitor.id, sessionOf(app, request)),
      isToldOfSignIns(app.db, visitor.id, canWrite(visitor)),
    ])
    const isSaved = new URLSearchParams(request.url.split('?')[1]).has('saved')
    const hasEmail = visitor.email !== null
    return reply.html(SessionsPage({ page: request.page, sessions, isTold, hasEmail, isSaved }))
  })

  app.post(paths.sessionEnd(':id'), { schema: { params: SessionParams } }, async (request, reply) => {
    const visitor = requireVisitor(request)
    const { id } = request.params
    const isEnded = await endSessionById(app.db, visitor.id, id, { id: visitor.id, ip: request.ip })
    if (!isEnded) throw notFound('session')
    return reply.redirect(paths.sessions(), 303)
  })

  app.post(paths.sessionsEnd(), { schema: { body: EndForm } }, async (request, reply) => {
    const visitor = requireVisitor(request)
    const isAll = request.body.which === 'all'
    const actor = { id: visitor.id, ip: request.ip }
    await endEverySession(app.db, visitor.id, actor, isAll ? undefined : sessionOf(app, request))
    if (!isAll) return reply.redirect(paths.sessions(), 303)
    clearSessionCookie(app, reply)
    return reply.redirect(paths.signIn(), 303)
  })

  app.post(paths.signInMail(), { schema: { body: MailForm } }, async (request, reply) => {
    const visitor = requireVisitor(request)
    await setToldOfSignIns(app.db, visitor.id, request.body.is_told_of_sign_ins === 'yes', request.ip)
    return reply.redirect(`${paths.sessions()}?saved`, 303)
  })
}
