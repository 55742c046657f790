import { Type } from 'typebox'
import type { Register } from '../api/endpoint.ts'
import { listSchema } from '../api/list.ts'
import { idOf } from '../api/resource.ts'
import { notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { paths } from '../paths.ts'
import { holdPerson } from '../people/queries.ts'
import { requireRight } from '../users-api/require-right.ts'
import { endEverySession, endSessionById, listSessions } from './queries.ts'
import { Session, sessionPattern, shownSession } from './session-resource.ts'

const params = Type.Object({ id: idOf('users') })
const deed = { noun: 'users', needs: 'the person, or `user.manage`' } as const

/** Where somebody is signed in, and the end of it. */
export function sessionApi(app: App, register: Register) {
  register(
    {
      ...deed,
      id: 'listUserSessions',
      method: 'GET',
      path: paths.api.userSessions(':id'),
      summary: 'Where somebody is signed in',
      description: 'The latest seen first, 100 at most; `next` is always null.',
      scope: 'users:read',
      params,
      answer: { status: 200, schema: listSchema(Session) },
    },
    async ({ params, someone }) => {
      await requireRight(app.db, someone(), params.id, 'isSelf', 'manages')
      const sessions = await listSessions(app.db, params.id)
      return { body: { data: sessions.map((one) => Session.show(shownSession(one), 'own')), next: null } }
    },
  )

  register(
    {
      ...deed,
      id: 'endUserSessions',
      method: 'DELETE',
      path: paths.api.userSessions(':id'),
      summary: 'Sign somebody out everywhere',
      description: 'Every session at once, and every token for programs with them, also the one that asks for it.',
      scope: 'users:write',
      params,
      answer: { status: 204 },
    },
    async (call) => {
      const { id } = call.params
      return await call.write(async (db) => {
        await requireRight(db, call.someone(), id, 'isSelf', 'manages')
        await holdPerson(db, id, call.someone())
        await endEverySession(db, id, call.actor())
        return {}
      })
    },
  )

  register(
    {
      ...deed,
      id: 'endUserSession',
      method: 'DELETE',
      path: paths.api.userSession(':id', ':session'),
      summary: 'End one session',
      scope: 'users:write',
      params: Type.Object({ id: idOf('users'), session: Type.String({ pattern: sessionPattern }) }),
      answer: { status: 204 },
    },
    async (call) => {
      const { id, session } = call.params
      return await call.write(async (db) => {
        await requireRight(db, call.someone(), id, 'isSelf', 'manages')
        await holdPerson(db, id, call.someone())
        if (!(await endSessionById(db, id, session, call.actor()))) throw notFound('session')
        return {}
      })
    },
  )
}
