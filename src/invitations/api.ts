import { Type } from 'typebox'
import type { Call, Register } from '../api/endpoint.ts'
import { requireScopeFor } from '../api/hand-on.ts'
import { fieldsOf, listQuery, listSchema, oneQuery, showList } from '../api/list.ts'
import { Id, tagOf } from '../api/resource.ts'
import type { Db } from '../db/pool.ts'
import { forbidden, invalid, notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { paths } from '../paths.ts'
import { rightsOfRole } from '../permissions/ceiling.ts'
import { holds } from '../permissions/permission.ts'
import { findRoleNamed, holdRoles } from '../roles/queries.ts'
import { text } from '../texts/texts.ts'
import { isEmail, normaliseEmail } from '../users/user.ts'
import { Invitation, NewInvitation } from './invitation-resource.ts'
import { invitationStates } from './invitation.ts'
import { countInvitation } from './limits.ts'
import { findInvitationRow, invite, inviteAgain, listInvitationRows, revokeInvitation } from './queries.ts'

const noun = 'invitations'
const params = Type.Object({ id: Id })
const needs = '`user.create`; those of others with `user.manage` or `user.edit.any`'

export function invitationApi(app: App, register: Register) {
  register(
    {
      id: 'listInvitations',
      method: 'GET',
      path: paths.api.invitations(),
      noun,
      summary: 'Invitations',
      description: 'Ended ones stay for 90 days.',
      scope: 'users:read',
      needs,
      query: listQuery(['id'], '-id', { state: Type.Optional(Type.Enum([...invitationStates])) }),
      answer: { status: 200, schema: listSchema(Invitation) },
    },
    async ({ query, someone }) => {
      const page = await listInvitationRows(app.db, inviter(someone()), query, query.state)
      return { body: showList(Invitation, page, () => 'own', fieldsOf(Invitation, query)) }
    },
  )

  register(
    {
      id: 'getInvitation',
      method: 'GET',
      path: paths.api.invitation(':id'),
      noun,
      summary: 'One invitation',
      scope: 'users:read',
      needs,
      params,
      query: oneQuery(),
      answer: { status: 200, schema: Invitation.schema },
    },
    async ({ params, query, someone }) =>
      await show(app.db, inviter(someone()), params.id, fieldsOf(Invitation, query)),
  )

  register(
    {
      id: 'createInvitation',
      method: 'POST',
      path: paths.api.invitations(),
      noun,
      summary: 'Invite somebody by mail',
      description:
        'The link is good for seven days, once, and makes a confirmed account with the role. Whether the address has an account is not told. A role with as many rights as one’s own needs the scope `roles:write` too.',
      scope: 'users:write',
      needs: '`user.create`, for roles whose permissions one has',
      body: NewInvitation,
      answer: { status: 201, schema: Invitation.schema },
    },
    async (call) => {
      const visitor = inviter(call.someone())
      const email = normaliseEmail(call.body.email)
      if (!isEmail(email)) throw invalid(text('people.wrongEmail'), { email: text('people.wrongEmail') })
      await countInvitation(app.db, visitor, email)
      return await call.write(async (db) => {
        const role = await findRoleNamed(db, call.body.role)
        if (!role) throw invalid(text('errors.unknownValue'), { role: text('errors.unknownValue') })
        for (const held of await holdRoles(db, [role.id])) requireScopeFor(call, rightsOfRole(held))
        const id = await invite(db, { email, role_id: role.id }, visitor, call.request.ip)
        return { ...(await show(db, visitor, id)), location: paths.api.invitation(id) }
      })
    },
  )

  register(
    {
      id: 'sendInvitationAgain',
      method: 'POST',
      path: paths.api.invitationSending(':id'),
      noun,
      summary: 'Send an invitation again',
      description: 'With a new link for seven days; the one before is dead. Also one whose days are over.',
      scope: 'users:write',
      needs,
      params,
      answer: { status: 200, schema: Invitation.schema },
    },
    async (call) => {
      const visitor = inviter(call.someone())
      await countInvitation(app.db, visitor, `invitation ${call.params.id}`)
      return await deed(call, async (db) => await inviteAgain(db, call.params.id, visitor, call.request.ip))
    },
  )

  register(
    {
      id: 'revokeInvitation',
      method: 'DELETE',
      path: paths.api.invitation(':id'),
      noun,
      summary: 'Take an invitation back',
      description: 'Its link is dead; it stays in the list as `revoked`.',
      scope: 'users:write',
      needs,
      params,
      answer: { status: 200, schema: Invitation.schema },
    },
    async (call) =>
      await deed(
        call,
        async (db) => await revokeInvitation(db, call.params.id, inviter(call.someone()), call.request.ip),
      ),
  )

  async function deed(call: Call<typeof params, never, never>, work: (db: Db) => Promise<void>) {
    return await call.write(async (db) => {
      await work(db)
      return await show(db, call.someone(), call.params.id)
    })
  }

  async function show(db: Db, visitor: Visitor, id: number, only?: ReadonlySet<string>) {
    const row = await findInvitationRow(db, visitor, id)
    if (!row) throw notFound('invitation')
    return { body: Invitation.show(row, 'own', only), etag: tagOf(Invitation.show(row, 'own')) }
  }
}

function inviter(visitor: Visitor): Visitor {
  if (!holds(visitor, 'user.create')) throw forbidden()
  return visitor
}
