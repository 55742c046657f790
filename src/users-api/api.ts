import { Type } from 'typebox'
import type { Call, Register } from '../api/endpoint.ts'
import { fieldsOf, listQuery, listSchema, oneQuery, showList } from '../api/list.ts'
import { Problem } from '../api/problem.ts'
import { idOf, tagOf } from '../api/resource.ts'
import type { Db } from '../db/pool.ts'
import { conflict, forbidden, invalid, notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { paths } from '../paths.ts'
import { filtersOf, states as listedStates } from '../people/person.ts'
import { changePerson, changeRoles, closePerson, holdPerson, openPerson } from '../people/queries.ts'
import { isBelow } from '../permissions/ceiling.ts'
import { holds } from '../permissions/permission.ts'
import { canLookAfterPeople, seesAddresses } from '../permissions/team.ts'
import { findRole } from '../roles/queries.ts'
import { findRights } from '../sessions/queries.ts'
import { slugOf } from '../slug.ts'
import { text } from '../texts/texts.ts'
import { linksError, linksOf } from '../users/links.ts'
import { changeProfile } from '../users/queries.ts'
import { cleanAbout, cleanName, nameError, isEmail, normaliseEmail } from '../users/user.ts'
import { findUserRow, listRoleNames, listUserRows } from './queries.ts'
import { requireRight } from './require-right.ts'
import {
  User,
  type UserChange,
  UserChange as UserChangeSchema,
  type UserRow,
  canSee,
  levelOf,
  shownUser,
} from './user-resource.ts'

const noun = 'users'
const params = Type.Object({ id: idOf('users') })
const roleParams = Type.Object({ id: idOf('users'), role: idOf('roles') })

export function userApi(app: App, register: Register) {
  const origin = app.config.siteUrl.origin

  register(
    {
      id: 'listUsers',
      method: 'GET',
      path: paths.api.users(),
      noun,
      summary: 'People',
      description:
        'Those who published something; everybody for who may do something about people. `state` and `role` are for these.',
      scope: 'users:read',
      needs: '`user.read`',
      query: listQuery(['name', 'created_at', 'id'], 'name', {
        q: Type.Optional(
          Type.String({
            minLength: 1,
            maxLength: 100,
            pattern: '\\S',
            description: 'A part of a name or `slug`, or of an address for who may see it.',
          }),
        ),
        role: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'The name of a role.' })),
        state: Type.Optional(Type.Enum([...listedStates])),
      }),
      answer: { status: 200, schema: listSchema(User) },
    },
    async (call) => {
      const visitor = call.someone()
      if (!holds(visitor, 'user.read')) throw forbidden()
      const { q, role, state } = call.query
      const isEverybody = canLookAfterPeople(visitor)
      if (!isEverybody && (role !== undefined || state !== undefined)) throw forbidden()
      const filters = filtersOf({ text: q, role, state })
      if (filters.role !== undefined) await requireRole(app.db, filters.role)
      const reach = { isEverybody, seesAddresses: seesAddresses(visitor) }
      const page = await listUserRows(app.db, filters, call.query, reach)
      const rows = page.rows.map((row) => ({ ...shownUser(row, visitor, origin), level: levelOf(row, visitor) }))
      return { body: showList(User, { ...page, rows }, ({ level }) => level, fieldsOf(User, call.query)) }
    },
  )

  register(
    {
      id: 'getMe',
      method: 'GET',
      path: paths.api.me(),
      noun,
      summary: 'The person whose token it is',
      scope: 'users:read',
      needs: 'who has a token',
      query: oneQuery(),
      answer: { status: 200, schema: User.schema },
    },
    async (call) => await show(call.someone().id, call.someone(), fieldsOf(User, call.query)),
  )

  register(
    {
      id: 'getUser',
      method: 'GET',
      path: paths.api.user(':id'),
      noun,
      summary: 'One person',
      scope: 'users:read',
      description: 'Who never published is found by those who look after people alone, and by themselves.',
      who: 'everyone',
      params,
      query: oneQuery(),
      answer: { status: 200, schema: User.schema },
    },
    async ({ visitor, params, query }) => await show(params.id, visitor, fieldsOf(User, query)),
  )

  const change = {
    method: 'PATCH',
    noun,
    scope: 'users:write',
    body: UserChangeSchema,
    hasMatch: true,
    answer: { status: 200, schema: User.schema },
  } as const

  register(
    {
      ...change,
      id: 'updateMe',
      path: paths.api.me(),
      summary: 'Change oneself',
      needs: 'who has a token; `slug` with `user.edit.any`',
      description: 'The own `email` is changed on a page, with the password, and by no token.',
    },
    async (call) => await update(call, call.someone().id, call.body),
  )

  register(
    {
      ...change,
      id: 'updateUser',
      path: paths.api.user(':id'),
      summary: 'Change a person',
      description:
        'What is left out stays. Nobody changes an account that has rights they lack, and no token the `email` of one that has all of them.',
      needs: 'the person, or `user.edit.any`',
      params,
    },
    async (call) => await update(call, call.params.id, call.body),
  )

  const deed = {
    method: 'POST',
    noun,
    scope: 'users:write',
    needs: '`user.manage`',
    params,
    answer: { status: 200, schema: User.schema },
  } as const

  register(
    {
      ...deed,
      id: 'closeUser',
      path: paths.api.userClosing(':id'),
      summary: 'Deactivate an account',
      description: 'Signed out everywhere at once; tokens are good for nothing. What the person wrote stays.',
    },
    async (call) =>
      await call.write(async (db) => {
        const rights = await requireRight(db, call.someone(), call.params.id, 'manages')
        if (rights.isSelf) throw conflict(text('team.notYourself'))
        await closePerson(db, call.params.id, call.someone(), call.request.ip)
        return await show(call.params.id, call.someone(), undefined, db)
      }),
  )

  register(
    {
      ...deed,
      id: 'openUser',
      path: paths.api.userOpening(':id'),
      summary: 'Activate an account again',
    },
    async (call) =>
      await call.write(async (db) => {
        await requireRight(db, call.someone(), call.params.id, 'manages')
        await openPerson(db, call.params.id, call.someone(), call.request.ip)
        return await show(call.params.id, call.someone(), undefined, db)
      }),
  )

  const held = {
    path: paths.api.userRole(':id', ':role'),
    noun,
    scope: 'roles:write',
    needs: '`role.assign`, for roles whose permissions one has',
    params: roleParams,
    answer: { status: 204 },
  } as const

  register({ ...held, id: 'assignRole', method: 'PUT', summary: 'Give a role' }, async (call) =>
    changeRole(call, { given: [call.params.role], taken: [] }),
  )

  register(
    {
      ...held,
      id: 'removeRole',
      method: 'DELETE',
      summary: 'Take a role away',
      description: 'The last owner keeps theirs.',
    },
    async (call) => changeRole(call, { given: [], taken: [call.params.role] }),
  )

  async function changeRole(
    call: Call<typeof roleParams, never, never>,
    ticks: { given: number[]; taken: number[] },
  ): Promise<Record<string, never>> {
    const visitor = call.someone()
    const { id, role } = call.params
    await call.write(async (db) => {
      await requireRight(db, visitor, id, 'assigns')
      if (!(await findRole(db, role))) throw notFound('role')
      await changeRoles(db, id, ticks, visitor, call.request.ip)
      return {}
    })
    return {}
  }

  /** Whoever has the mailbox has the account: a token must not make one as good as that of its person. */
  async function requireBelow(db: Db, visitor: Visitor, id: number): Promise<void> {
    const person = await findRights(db, id)
    if (!person || !isBelow(visitor, person)) throw forbidden(text('api.emailAsHigh'))
  }

  async function show(id: number, visitor: Visitor | null, only?: ReadonlySet<string>, db: Db = app.db) {
    const row = await findUserRow(db, id)
    if (!row || !canSee(visitor, row)) throw notFound('person')
    return answerOf(row, visitor, only)
  }

  function answerOf(row: UserRow, visitor: Visitor | null, only?: ReadonlySet<string>) {
    const shown = shownUser(row, visitor, origin)
    const level = levelOf(row, visitor)
    return { body: User.show(shown, level, only), etag: tagOf(User.show(shown, level)) }
  }

  async function update(
    call: Pick<Call<never, never, never>, 'request' | 'someone' | 'write' | 'requireMatch' | 'actor'>,
    id: number,
    given: UserChange,
  ) {
    const visitor = call.someone()
    const clean = cleanOf(given)
    return await call.write(async (db) => {
      const row = await findUserRow(db, id, true)
      if (!row || !canSee(visitor, row)) throw notFound('person')
      const isSelf = id === visitor.id && holds(visitor, 'user.edit.own')
      const isOther = !isSelf || clean.slug !== undefined || clean.email !== undefined
      if (isOther && !(canLookAfterPeople(visitor) && holds(visitor, 'user.edit.any'))) throw forbidden()
      if (isOther) await holdPerson(db, id, visitor)
      // A token is less than its person: it must not become their account. The command line has none.
      const isMoved = clean.email !== undefined && clean.email !== row.email?.toLowerCase()
      const isByToken = call.request.scopes !== null
      if (isMoved && isByToken && id === visitor.id) throw forbidden(text('api.ownEmail'))
      if (isMoved && isByToken) await requireBelow(db, visitor, id)
      call.requireMatch(answerOf(row, visitor).etag)
      const { name = row.name, slug, email, about, links } = clean
      if (slug !== undefined || email !== undefined) {
        const wish = { name, slug: slug ?? row.slug, ...(email !== undefined && { email }) }
        await changePerson(db, id, wish, visitor, call.actor().ip)
      }
      if (clean.name !== undefined || about !== undefined || links !== undefined) {
        const profile = { name, ...(about !== undefined && { about }), ...(links && { links }) }
        await changeProfile(db, id, profile, call.actor())
      }
      return await show(id, visitor, undefined, db)
    })
  }
}

/** As the pages clean it; throws where they would come back. */
function cleanOf({ name, slug, email, about, links }: UserChange) {
  const clean = {
    ...(name !== undefined && { name: cleanName(name) }),
    ...(slug !== undefined && { slug: slugOf(slug, '') }),
    ...(email !== undefined && { email: normaliseEmail(email) }),
    ...(about !== undefined && { about: cleanAbout(about) }),
    ...(links && { links: linksOf(links.join('\n')) }),
  }
  const wrong = links && linksError(links.join('\n'))
  const errors = {
    ...(clean.name !== undefined && nameError(clean.name) && { name: nameError(clean.name) ?? '' }),
    ...(clean.slug === '' && { slug: text('errors.fillIn') }),
    ...(clean.email !== undefined && !isEmail(clean.email) && { email: text('people.wrongEmail') }),
    ...(wrong && { links: wrong }),
  }
  const count = Object.keys(errors).length
  if (count > 0) throw invalid(text('api.invalid', { count }), errors)
  return clean
}

async function requireRole(db: Db, name: string): Promise<void> {
  const known = await listRoleNames(db)
  if (known.some((one) => one.toLowerCase() === name.toLowerCase())) return
  const detail = text('api.noRoleNamed', { name, known: known.join(', ') })
  throw new Problem('invalid', detail, [{ parameter: 'role', code: 'unknown', detail }])
}
