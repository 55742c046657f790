import { Type } from 'typebox'
import type { Register } from '../api/endpoint.ts'
import { requireScopeFor } from '../api/hand-on.ts'
import { idOf } from '../api/resource.ts'
import { enqueue } from '../db/enqueue.ts'
import { forbidden, invalid } from '../errors.ts'
import type { App } from '../http/app.ts'
import { countInvitation } from '../invitations/limits.ts'
import { countAttempt } from '../limits/queries.ts'
import { hashPassword } from '../passwords/password.ts'
import { createPasswordReset } from '../passwords/queries.ts'
import { weaknessOf } from '../passwords/weakness.ts'
import { paths } from '../paths.ts'
import { holds } from '../permissions/permission.ts'
import { seesAddresses } from '../permissions/team.ts'
import { findRights } from '../sessions/queries.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { text } from '../texts/texts.ts'
import { findUserRow } from '../users-api/queries.ts'
import { requireRight } from '../users-api/require-right.ts'
import { shownUser } from '../users-api/user-resource.ts'
import { cleanName, isEmail, nameError, normaliseEmail } from '../users/user.ts'
import { NewUser, PasswordLink, UserMade, passwordLinks } from './account.ts'
import { makeAccount, sendPasswordLink } from './queries.ts'

const noun = 'users'
const params = Type.Object({ id: idOf('users') })
const LinkQuery = Type.Object(
  {
    link: Type.Optional(
      Type.Boolean({ description: 'Answer the link instead of sending it. On the command line alone.' }),
    ),
  },
  { additionalProperties: false },
)

/** Accounts that somebody makes for somebody else, and the way into them. */
export function accountApi(app: App, settings: CurrentSettings, register: Register) {
  const origin = app.config.siteUrl.origin
  const linkOf = (token: string) => origin + paths.passwordReset(token)

  register(
    {
      id: 'createUser',
      method: 'POST',
      path: paths.api.users(),
      noun,
      summary: 'Make an account',
      description:
        'A link to choose a password goes to the mailbox, good for seven days. Whoever makes it vouches for the address. Without `roles` it is a `viewer`. Rights as many as one’s own need the scope `roles:write` too.',
      scope: 'users:write',
      needs: '`user.create` with `user.manage` or `user.edit.any`, for roles whose permissions one has',
      query: LinkQuery,
      body: NewUser,
      answer: { status: 201, schema: UserMade.schema },
    },
    async (call) => {
      const visitor = call.someone()
      // It tells whether an address has an account, which an invitation does not.
      if (!holds(visitor, 'user.create') || !seesAddresses(visitor)) throw forbidden()
      const { password, roles } = call.body
      const showsLink = call.query.link === true
      // A program chooses no password for somebody else, and sees no link; whoever runs the machine may.
      if (call.request.scopes && (showsLink || password !== undefined)) throw forbidden(text('api.commandOnly'))
      const email = normaliseEmail(call.body.email)
      const name = cleanName(call.body.name)
      const wrongName = nameError(name)
      const own = { name, email, site: settings.get().title }
      const weakness =
        password !== undefined && (showsLink ? text('api.passwordOrLink') : weaknessOf(app.config, password, own))
      const errors = {
        ...(wrongName && { name: wrongName }),
        ...(!isEmail(email) && { email: text('people.wrongEmail') }),
        ...(weakness && { password: weakness }),
      }
      const count = Object.keys(errors).length
      if (count > 0) throw invalid(text('api.invalid', { count }), errors)
      const isMailed = !showsLink && password === undefined
      if (isMailed) await countInvitation(app.db, visitor, email)
      const password_hash = password === undefined ? null : await hashPassword(password)
      return await call.write(async (db) => {
        const id = await makeAccount(db, { name, email, password_hash, roles }, visitor, call.request.ip)
        const rights = await findRights(db, id)
        if (rights) requireScopeFor(call, rights)
        if (isMailed) await enqueue(db, 'send-password-reset', { email, by: visitor.name })
        const token = showsLink ? await createPasswordReset(db, email, true) : undefined
        const row = await findUserRow(db, id)
        const shown = row && shownUser(row, visitor, origin)
        const made = { ...shown, is_mailed: isMailed, ...(token && { link: linkOf(token) }) }
        return { body: UserMade.show(made, 'owner'), location: paths.api.user(id) }
      })
    },
  )

  register(
    {
      id: 'sendUserPasswordLink',
      method: 'POST',
      path: paths.api.userPasswordLink(':id'),
      noun,
      summary: 'Send a link to choose a new password',
      description: 'To the mailbox of the account, five times an hour at most.',
      scope: 'users:write',
      needs: '`user.manage`',
      params,
      query: LinkQuery,
      answer: { status: 200, schema: PasswordLink.schema },
    },
    async (call) => {
      const visitor = call.someone()
      const { id } = call.params
      const showsLink = call.query.link === true
      if (call.request.scopes && showsLink) throw forbidden(text('api.commandOnly'))
      await requireRight(app.db, visitor, id, 'manages')
      if (!showsLink) await countAttempt(app.db, 'password link for', String(id), passwordLinks)
      return await call.write(async (db) => {
        await requireRight(db, visitor, id, 'manages')
        const token = await sendPasswordLink(db, id, visitor, call.request.ip, !showsLink)
        const shown = { id, is_mailed: !showsLink, ...(token && { link: linkOf(token) }) }
        return { body: PasswordLink.show(shown, 'owner') }
      })
    },
  )
}
