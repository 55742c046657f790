import type { FastifyReply, FastifyRequest } from 'fastify'
import { conflict, forbidden, notFound } from '../errors.ts'
import type { FormState } from '../html/form.tsx'
import type { App, Visitor } from '../http/app.ts'
import { IdParams } from '../http/params.ts'
import { fieldErrors, postedValues } from '../http/validation.ts'
import { paths } from '../paths.ts'
import { rightsOverPerson } from '../people/person.ts'
import { findPerson } from '../people/queries.ts'
import { requireSection, seesAddresses } from '../permissions/team.ts'
import { findAuthorNamed } from '../post-list/queries.ts'
import { findRights } from '../sessions/queries.ts'
import { text } from '../texts/texts.ts'
import { findUserRow } from '../users-api/queries.ts'
import { findAccountByEmail } from '../users/queries.ts'
import { normaliseEmail } from '../users/user.ts'
import { DeletionForm, type Departure, MergeForm, MergeQuery } from './departure.ts'
import { beginDeparture, countBelongings } from './queries.ts'
import { DeletionPage, MergePage } from './views.tsx'

type IdRequest = FastifyRequest<{ Params: { id: string } }>

export function departureAdmin(app: App) {
  app.get(
    paths.admin.personMerge(':id'),
    { schema: { params: IdParams, querystring: MergeQuery } },
    async (request, reply) => {
      const { visitor, person } = await about(request, 'manages')
      const word = typeof request.query.into === 'string' ? request.query.into.trim().slice(0, 254) : ''
      const found = word ? await findNamed(visitor, word) : undefined
      const other = found && (await findPerson(app.db, found.id))
      const isSame = found?.id === person.id
      const wrong = isSame ? text('team.sameAccount') : text('team.nobodyCalled', { name: word })
      const form = { values: { into: word }, ...(word && (!other || isSame) && { errors: { into: wrong } }) }
      const belongings = await countBelongings(app.db, person.id)
      const writers = await Promise.all([person, ...(other ? [other] : [])].map(({ id }) => findUserRow(app.db, id)))
      // Who never published has no page that an old address could lead to.
      const hasPage = writers.some((row) => row?.is_writer)
      const view = { page: request.page, person, belongings, seesAddresses: seesAddresses(visitor), form }
      return reply.html(MergePage({ ...view, hasPage, into: isSame ? undefined : other }))
    },
  )

  app.post(
    paths.admin.personMerge(':id'),
    { schema: { params: IdParams, body: MergeForm } },
    async (request, reply) => {
      const { visitor, person } = await about(request, 'manages')
      const into = Number(request.body.into)
      if (into === person.id) throw conflict(text('team.sameAccount'))
      const choice = { kind: 'merged', into_id: into, posts: 'give', comments: 'give' } as const
      await begin({ user_id: person.id, ...choice }, visitor, request.ip)
      return reply.redirect(paths.admin.person(into, { done: 'leaving' }), 303)
    },
  )

  app.get(paths.admin.personDeletion(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    return await showDeletion(request, reply, {})
  })

  app.post(
    paths.admin.personDeletion(':id'),
    { schema: { params: IdParams, body: DeletionForm }, attachValidation: true },
    async (request, reply) => {
      const { visitor, person } = await about(request, 'deletes')
      const values = postedValues(request.body)
      const errors = { ...fieldErrors(request) }
      const isGiven = values.posts === 'give'
      const to = isGiven ? (values.to?.trim() ?? '') : ''
      const named = to ? await findNamed(visitor, to) : undefined
      const heir = named && (await findPerson(app.db, named.id))
      if (isGiven && !to) errors.to ??= text('team.toWhom')
      else if (isGiven && (!heir || heir.id === person.id)) errors.to ??= text('team.nobodyCalled', { name: to })
      else if (heir && heir.state !== 'active') errors.to ??= text('team.heirIsClosed')
      if (Object.keys(errors).length > 0) return await showDeletion(request, reply.code(422), { values, errors })
      const { posts, comments } = request.body
      const choice = { kind: 'deleted', into_id: heir?.id ?? null, posts, comments } as const
      await begin({ user_id: person.id, ...choice }, visitor, request.ip)
      return reply.redirect(paths.admin.people({ done: 'gone' }), 303)
    },
  )

  async function begin(departure: Departure, visitor: Visitor, ip: string): Promise<void> {
    if (departure.user_id === visitor.id) throw conflict(text('team.notYourself'))
    await beginDeparture(app.db, departure, visitor, ip)
  }

  async function about(request: IdRequest, deed: 'manages' | 'deletes') {
    const visitor = requireSection(request, 'people')
    const id = Number(request.params.id)
    const [person, held] = await Promise.all([findPerson(app.db, id), findRights(app.db, id)])
    if (!person || !held) throw notFound('person')
    const rights = rightsOverPerson(visitor, held)
    if (rights.isAbove) throw forbidden(text('team.above'))
    if (!rights[deed]) throw forbidden()
    return { visitor, person }
  }

  /** By name, by the address of the page, or by the mailbox for those who see mailboxes. */
  async function findNamed(visitor: Visitor, word: string): Promise<{ id: number } | undefined> {
    const byMail = word.includes('@') && seesAddresses(visitor)
    return byMail ? await findAccountByEmail(app.db, normaliseEmail(word)) : await findAuthorNamed(app.db, word)
  }

  async function showDeletion(request: IdRequest, reply: FastifyReply, form: FormState) {
    const { person } = await about(request, 'deletes')
    const belongings = await countBelongings(app.db, person.id)
    return reply.html(DeletionPage({ page: request.page, person, belongings, form }))
  }
}
