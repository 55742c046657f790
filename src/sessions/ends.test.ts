// What opens an account, and what ends it: each end kills all of them at once, on every server.
import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { sql } from 'kysely'
import { program } from '../../test/api-client.ts'
import { type Blog, newBlog, testApp } from '../../test/app.ts'
import { type Person, newcomer, password } from '../../test/cast.ts'
import { testLimits } from '../../test/database.ts'
import { cookieOf, linkIn, send, signIn } from '../../test/people.ts'
import { paths } from '../paths.ts'
import { createHalfSignIn } from '../half-sign-ins/queries.ts'
import { assignRole, removeRole } from '../permissions/queries.ts'

const blog = await testApp()
const { app, db, cast, deliverMail } = blog
const other = await newBlog({}, { ...blog, limits: testLimits })

beforeEach(() => sql`delete from attempts`.execute(db))

/** What somebody may hold, and whether it still opens something. */
type Held = { person: Person; elsewhere: string; half: string; link: string; confirmation: string; token: string }
const openers: Record<string, (held: Held, on: Blog) => Promise<boolean>> = {
  token: async ({ token }, on) => {
    const headers = { authorization: `Bearer ${token}` }
    return (await on.app.inject({ url: paths.api.me(), headers })).statusCode === 200
  },
  session: async ({ elsewhere }, on) => await isIn(on, elsewhere),
  'half sign-in': async ({ half }, on) =>
    (await on.app.inject({ url: paths.signInCode(), headers: { cookie: `bloggy-half=${half}` } })).statusCode === 200,
  'reset link': async ({ link }, on) => /name="password"/.test((await on.app.inject(link)).body),
  'confirmation link': async ({ confirmation }, on) => /<button>Confirm/.test((await on.app.inject(confirmation)).body),
}

type End = { deed: (held: Held) => Promise<unknown>; dead: (keyof typeof openers)[] }
const ends: Record<string, End> = {
  'signing out': {
    deed: ({ elsewhere }) => send(blog, paths.signOut(), {}, { cookie: elsewhere }),
    dead: ['session'],
  },
  '“end all others”': {
    deed: ({ person }) => person.post(paths.sessionsEnd(), { which: 'others' }),
    dead: ['session', 'half sign-in'],
  },
  '“end all”': {
    deed: ({ person }) => person.post(paths.sessionsEnd(), { which: 'all' }),
    dead: ['session', 'half sign-in', 'token'],
  },
  '“end all” by who manages accounts': {
    deed: ({ person }) => cast.ada.post(paths.admin.personSessionsEnd(person.id)),
    dead: ['session', 'half sign-in', 'token'],
  },
  'a new password': {
    deed: ({ person }) => person.post(paths.password(), { old_password: password, password: 'a new sentence' }),
    dead: ['session', 'half sign-in', 'reset link', 'token'],
  },
  'a new password by mail': {
    deed: async ({ person }) => {
      await send(blog, paths.forgottenPassword(), { email: person.email })
      const mail = (await deliverMail()).find(({ to }) => to === person.email)
      return await send(blog, linkIn(mail?.text ?? ''), { password: 'a new sentence' })
    },
    dead: ['session', 'half sign-in', 'reset link', 'confirmation link', 'token'],
  },
  'closing the account': {
    deed: ({ person }) => db.updateTable('users').set({ state: 'disabled' }).where('id', '=', person.id).execute(),
    dead: ['session', 'half sign-in', 'reset link', 'confirmation link', 'token'],
  },
  'deleting the account': {
    deed: ({ person }) => db.deleteFrom('users').where('id', '=', person.id).execute(),
    dead: ['session', 'half sign-in', 'reset link', 'confirmation link', 'token'],
  },
}

for (const [name, { deed, dead }] of Object.entries(ends)) {
  test(`${name} ends ${dead.join(', ')} at once, on every server`, async () => {
    const held = await everything(name)
    for (const [what, opens] of Object.entries(openers)) assert.equal(await opens(held, other), true, what)
    await deed(held)
    for (const server of [other, blog])
      for (const what of dead) assert.equal(await openers[what]?.(held, server), false, `${what} after ${name}`)
  })
}

describe('a role', () => {
  test('that is taken away counts for no request after, in no session, on no server', async () => {
    const person = await newcomer(app, db, 'Demoted', 'author')
    const elsewhere = cookieOf(await signIn(blog, person.email))
    const pages = (cookie: string) =>
      Promise.all([blog, other].map((on) => on.app.inject({ url: paths.admin.newPost(), headers: { cookie } })))
    for (const cookie of [person.cookie, elsewhere])
      for (const page of await pages(cookie)) assert.equal(page.statusCode, 200)
    await removeRole(db, person.email, 'author')
    for (const cookie of [person.cookie, elsewhere])
      for (const page of await pages(cookie)) assert.equal(page.statusCode, 403)
    await assignRole(db, person.email, 'author')
    for (const page of await pages(elsewhere)) assert.equal(page.statusCode, 200)
  })
})

test('a link to a new password that comes for a closed account later opens nothing', async () => {
  const held = await everything('Reopened')
  await db.updateTable('users').set({ state: 'disabled' }).where('id', '=', held.person.id).execute()
  assert.equal((await send(blog, held.link, { password: 'a new sentence' })).statusCode, 404)
  await db.updateTable('users').set({ state: 'active' }).where('id', '=', held.person.id).execute()
  assert.equal((await signIn(blog, held.person.email, { password: 'a new sentence' })).statusCode, 422)
})

async function everything(name: string): Promise<Held> {
  const person = await newcomer(app, db, `End${name.replace(/\W/g, '')}`, 'author')
  const elsewhere = cookieOf(await signIn(blog, person.email))
  const half = await createHalfSignIn(db, person.id, false, '/')
  await send(blog, paths.forgottenPassword(), { email: person.email })
  const mail = (await deliverMail()).find(({ to }) => to === person.email)
  const { newToken } = await import('./session.ts')
  const { token, token_hash } = newToken()
  const expires_at = sql<Date>`now() + interval '1 day'`
  const purpose = 'confirm-email'
  await db.insertInto('mail_tokens').values({ token_hash, user_id: person.id, purpose, expires_at }).execute()
  const link = linkIn(mail?.text ?? '')
  const { token: ofProgram } = await program(app, db, person)
  return { person, elsewhere, half, link, confirmation: paths.confirmation(token), token: ofProgram }
}

async function isIn(on: Blog, cookie: string): Promise<boolean> {
  return (await on.app.inject({ url: paths.profile(), headers: { cookie } })).statusCode === 200
}
