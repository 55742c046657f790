import { Type } from 'typebox'
import type { Call, Register } from '../api/endpoint.ts'
import { requireScopeFor } from '../api/hand-on.ts'
import { fieldsOf, oneQuery } from '../api/list.ts'
import { Problem } from '../api/problem.ts'
import { idOf } from '../api/resource.ts'
import { conflict, notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { paths } from '../paths.ts'
import { findRights } from '../sessions/queries.ts'
import { text } from '../texts/texts.ts'
import { requireRight } from '../users-api/require-right.ts'
import { Belongings, DeletionQuery, LeavingPerson, Merge } from './departure-resource.ts'
import type { Departure } from './departure.ts'
import { beginDeparture, countBelongings, findDeparture } from './queries.ts'

const params = Type.Object({ id: idOf('users') })
const noun = 'users'

export function departureApi(app: App, register: Register) {
  register(
    {
      id: 'getUserBelongings',
      method: 'GET',
      path: paths.api.userBelongings(':id'),
      noun,
      summary: 'What somebody has: what merging or deleting is about',
      scope: 'users:read',
      needs: 'the person, `user.manage` or `user.delete.any`',
      params,
      query: oneQuery(),
      answer: { status: 200, schema: Belongings.schema },
    },
    async ({ params: { id }, query, someone }) => {
      await requireRight(app.db, someone(), id, 'isSelf', 'manages', 'deletes')
      const counts = await countBelongings(app.db, id)
      return { body: Belongings.show({ id, ...counts }, 'staff', fieldsOf(Belongings, query)) }
    },
  )

  register(
    {
      id: 'getUserDeparture',
      method: 'GET',
      path: paths.api.userDeparture(':id'),
      noun,
      summary: 'What becomes of an account that is on its way out',
      description: 'Not there for one that stays, and with the account when all is done.',
      scope: 'users:read',
      needs: '`user.manage` or `user.delete.any`',
      params,
      query: oneQuery(),
      answer: { status: 200, schema: LeavingPerson.schema },
    },
    async ({ params: { id }, query, someone }) => {
      await requireRight(app.db, someone(), id, 'manages', 'deletes')
      const row = await findDeparture(app.db, id)
      if (!row) throw notFound('departure')
      return { body: LeavingPerson.show(row, 'staff', fieldsOf(LeavingPerson, query)) }
    },
  )

  const begins = { noun, scope: 'users:write', params, answer: { status: 202, schema: LeavingPerson.schema } } as const

  register(
    {
      ...begins,
      id: 'mergeUser',
      method: 'POST',
      path: paths.api.userMerge(':id'),
      summary: 'Merge an account into another one',
      description:
        'It is closed at once; what it has goes over to the one that stays, a part at a time. An account with as many rights as one’s own needs the scope `roles:write` too.',
      needs: '`user.manage`, over both accounts',
      body: Merge,
    },
    async (call) => {
      const { into } = call.body
      if (into === call.params.id) throw conflict(text('team.sameAccount'))
      return await begin(call, 'manages', { kind: 'merged', into_id: into, posts: 'give', comments: 'give' })
    },
  )

  register(
    {
      ...begins,
      id: 'deleteUser',
      method: 'DELETE',
      path: paths.api.user(':id'),
      summary: 'Delete an account',
      description: 'It is closed at once; the rest follows, a part at a time. There is no way back.',
      needs: '`user.delete.any`',
      query: DeletionQuery,
    },
    async (call) => {
      const { posts = 'keep', comments = 'keep', to } = call.query
      // Somebody who is named for nothing is a mistake about what will happen.
      if ((posts === 'give') !== (to !== undefined)) throw wrong('to', text('team.heirForGivenPosts'))
      if (to === call.params.id) throw wrong('to', text('team.sameAccount'))
      return await begin(call, 'deletes', { kind: 'deleted', into_id: to ?? null, posts, comments })
    },
  )

  async function begin(
    call: Pick<Call<typeof params, never, never>, 'params' | 'request' | 'someone' | 'write'>,
    right: 'manages' | 'deletes',
    choice: Omit<Departure, 'user_id'>,
  ) {
    const visitor = call.someone()
    const { id } = call.params
    return await call.write(async (db) => {
      await requireRight(db, visitor, id, right)
      if (id === visitor.id) throw conflict(text('team.notYourself'))
      const rights = choice.kind === 'merged' && (await findRights(db, id))
      if (rights) requireScopeFor(call, rights)
      await beginDeparture(db, { user_id: id, ...choice }, visitor, call.request.ip)
      return { body: LeavingPerson.show({ ...(await findDeparture(db, id)) }, 'staff') }
    })
  }
}

function wrong(parameter: string, detail: string): Problem {
  return new Problem('invalid', detail, [{ parameter, code: 'invalid', detail }])
}
