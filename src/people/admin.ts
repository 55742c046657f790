import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { passwordLinks } from '../accounts/account.ts'
import { sendPasswordLink } from '../accounts/queries.ts'
import { conflict, fieldsOf, forbidden, notFound } from '../errors.ts'
import type { FormState } from '../html/form.tsx'
import type { App, Visitor } from '../http/app.ts'
import { IdParams } from '../http/params.ts'
import { type Fields, fieldErrors, postedValues } from '../http/validation.ts'
import { countAttempt } from '../limits/queries.ts'
import { verifyPassword } from '../passwords/password.ts'
import { paths } from '../paths.ts'
import { isWithin, rightsOfRole } from '../permissions/ceiling.ts'
import { requireSection, seesAddresses, ticksOf } from '../permissions/team.ts'
import { listRoles } from '../roles/queries.ts'
import { findRights } from '../sessions/queries.ts'
import { slugOf } from '../slug.ts'
import { text } from '../texts/texts.ts'
import { findPasswordHash } from '../users/queries.ts'
import { cleanName, nameError, isEmail, normaliseEmail } from '../users/user.ts'
import { PersonPage } from './person-views.tsx'
import { PeopleQuery, PersonForm, type PersonRights, filtersOf, rightsOverPerson } from './person.ts'
import {
  changeGroups,
  changePerson,
  changeRoles,
  closePerson,
  findHeld,
  findPerson,
  listGroups,
  listPeople,
  openPerson,
} from './queries.ts'
import { PeoplePage } from './views.tsx'

const DoneQuery = Type.Object({ done: Type.Optional(Type.Unknown()) })
const TicksForm = Type.Object({ seen: Type.Optional(Type.Unknown()), ticked: Type.Optional(Type.Unknown()) })
const ownPassword = { most: 10, windowSeconds: 900 }

export function peopleAdmin(app: App) {
  app.get(paths.admin.people(), { schema: { querystring: PeopleQuery } }, async (request, reply) => {
    const visitor = requireSection(request, 'people')
    const filters = filtersOf(request.query)
    const after = request.query.after === undefined ? undefined : Number(request.query.after)
    const [list, roles] = await Promise.all([
      listPeople(app.db, filters, seesAddresses(visitor), after),
      listRoles(app.db),
    ])
    const view = { page: request.page, list, filters, roles, isFirst: after === undefined }
    return reply.html(
      PeoplePage({ ...view, seesAddresses: seesAddresses(visitor), isGone: request.query.done === 'gone' }),
    )
  })

  app.get(
    paths.admin.person(':id'),
    { schema: { params: IdParams, querystring: DoneQuery } },
    async (request, reply) => {
      return await show(request, reply, {}, request.query.done)
    },
  )

  app.post(
    paths.admin.person(':id'),
    { schema: { params: IdParams, body: PersonForm }, attachValidation: true },
    async (request, reply) => {
      const { visitor, id } = await about(request, 'edits')
      const { password = '', ...values } = postedValues(request.body)
      const wish = {
        name: cleanName(values.name ?? ''),
        slug: slugOf(values.slug ?? '', ''),
        email: values.email?.trim() ? normaliseEmail(values.email) : undefined,
      }
      const errors: Fields = {
        ...(nameError(wish.name) && { name: nameError(wish.name) ?? '' }),
        ...(!wish.slug && { slug: text('errors.fillIn') }),
        ...(wish.email !== undefined && !isEmail(wish.email) && { email: text('people.wrongEmail') }),
        ...fieldErrors(request),
      }
      const isMoved = wish.email !== undefined && wish.email !== visitor.email?.toLowerCase()
      const wrong = id === visitor.id && isMoved && (await wrongPassword(id, password))
      if (wrong) errors.password ??= wrong
      if (Object.keys(errors).length > 0) return await show(request, reply.code(422), { values, errors })
      const refused = await changePerson(app.db, id, wish, visitor, request.ip).catch(fieldsOf)
      if (refused) return await show(request, reply.code(422), { values, errors: refused.errors })
      return reply.redirect(paths.admin.person(id, { done: 'saved' }), 303)
    },
  )

  app.post(
    paths.admin.personRoles(':id'),
    { schema: { params: IdParams, body: TicksForm } },
    async (request, reply) => {
      const { visitor, id } = await about(request, 'assigns')
      const { seen, ticked } = request.body
      await changeRoles(app.db, id, ticksOf(seen, ticked), visitor, request.ip)
      return reply.redirect(paths.admin.person(id, { done: 'roles' }), 303)
    },
  )

  app.post(
    paths.admin.personGroups(':id'),
    { schema: { params: IdParams, body: TicksForm } },
    async (request, reply) => {
      const { visitor, id } = await about(request, 'assigns')
      const { seen, ticked } = request.body
      await changeGroups(app.db, id, ticksOf(seen, ticked), visitor, request.ip)
      return reply.redirect(paths.admin.person(id, { done: 'roles' }), 303)
    },
  )

  app.post(paths.admin.personClosing(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { visitor, id, rights } = await about(request, 'manages')
    if (rights.isSelf) throw conflict(text('team.notYourself'))
    await closePerson(app.db, id, visitor, request.ip)
    return reply.redirect(paths.admin.person(id, { done: 'closed' }), 303)
  })

  app.post(paths.admin.personOpening(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { visitor, id } = await about(request, 'manages')
    await openPerson(app.db, id, visitor, request.ip)
    return reply.redirect(paths.admin.person(id, { done: 'opened' }), 303)
  })

  app.post(paths.admin.personPasswordLink(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { visitor, id } = await about(request, 'manages')
    await countAttempt(app.db, 'password link for', String(id), passwordLinks)
    await sendPasswordLink(app.db, id, visitor, request.ip, true)
    return reply.redirect(paths.admin.person(id, { done: 'link' }), 303)
  })

  /** A new mailbox opens the account by a forgotten password: an open browser must not be enough for it. */
  async function wrongPassword(id: number, password: string): Promise<string | undefined> {
    const hash = await findPasswordHash(app.db, id)
    if (!hash) return undefined
    await countAttempt(app.db, 'address of', String(id), ownPassword)
    const isRight = await verifyPassword(password, hash, app.config.legacyAuthKey)
    return isRight ? undefined : text('passwords.notYours')
  }

  /** Who asks, about whom; throws unless they may do this deed to this person. */
  async function about(request: FastifyRequest<{ Params: { id: string } }>, deed: keyof PersonRights) {
    const visitor = requireSection(request, 'people')
    const id = Number(request.params.id)
    const rights = await rightsAbout(visitor, id)
    if (rights.isAbove) throw forbidden(text('team.above'))
    if (!rights[deed]) throw forbidden()
    return { visitor, id, rights }
  }

  async function rightsAbout(visitor: Visitor, id: number): Promise<PersonRights> {
    const held = await findRights(app.db, id)
    if (!held) throw notFound('person')
    return rightsOverPerson(visitor, held)
  }

  async function show(
    request: FastifyRequest<{ Params: { id: string } }>,
    reply: FastifyReply,
    form: FormState,
    done?: unknown,
  ) {
    const visitor = requireSection(request, 'people')
    const id = Number(request.params.id)
    const [person, rights, held, roles, groups] = await Promise.all([
      findPerson(app.db, id),
      rightsAbout(visitor, id),
      findHeld(app.db, id),
      listRoles(app.db),
      listGroups(app.db),
    ])
    if (!person) throw notFound('person')
    const tooHigh = new Set(
      roles.filter((role) => !isWithin(visitor, rightsOfRole(role))).map(({ name }) => name.toLowerCase()),
    )
    return reply.html(PersonPage({ page: request.page, person, rights, held, roles, groups, tooHigh, form, done }))
  }
}
