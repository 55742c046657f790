// Accounts that somebody makes for somebody else, by the interface for programs.
import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { sql } from 'kysely'
import { program } from '../../test/api-client.ts'
import { testApp } from '../../test/app.ts'
import { newcomer, steward } from '../../test/cast.ts'
import { linkIn, send, signIn } from '../../test/people.ts'
import { paths } from '../paths.ts'

const blog = await testApp()
const { app, cast, db, deliverMail } = blog
const { ada, ben, cleo, rosa } = cast
const [adas, bens, cleos, rosas] = await Promise.all([ada, ben, cleo, rosa].map((one) => program(app, db, one)))
assert.ok(adas && bens && cleos && rosas)
const nobody = await program(app, db)
const users = paths.api.users()

beforeEach(() => sql`delete from attempts`.execute(db))

describe('an account that somebody makes', () => {
  test('has its roles, and gets a link for a week to choose a password', async () => {
    const form = { name: ' Nina\u200b  New ', email: 'Nina@Example.com', roles: ['Author', 'moderator'] }
    const { statusCode, data, headers } = await adas.send('POST', users, form)
    assert.equal(statusCode, 201)
    assert.deepEqual(
      [data.name, data.slug, data.email, data.roles, data.is_mailed, data.link],
      ['Nina New', 'nina-new', 'nina@example.com', ['author', 'moderator'], true, undefined],
    )
    assert.equal(headers.location, paths.api.user(data.id))
    const [mail] = await deliverMail()
    assert.equal(mail?.to, 'nina@example.com')
    assert.match(mail?.text ?? '', /Ada made an account for you/)
    const link = linkIn(mail?.text ?? '')
    const open = await sql<{ days: number }>`
      select extract(day from expires_at - now())::int as days from mail_tokens where user_id = ${data.id}`.execute(db)
    assert.deepEqual(open.rows, [{ days: 6 }])
    assert.equal((await signIn(blog, 'nina@example.com')).statusCode, 422)
    assert.equal((await send(blog, link, { password: 'a new sentence' })).statusCode, 303)
    assert.equal((await signIn(blog, 'nina@example.com', { password: 'a new sentence' })).statusCode, 303)
    const event = db.selectFrom('audit_events').select(['actor_id', 'details']).where('subject_id', '=', data.id)
    assert.deepEqual(await event.where('action', '=', 'user.created').executeTakeFirst(), {
      actor_id: ada.id,
      details: { roles: ['moderator', 'author'] },
    })
  })

  test('is a reader unless it is said, and is made once however often it is sent', async () => {
    const form = { name: 'Otto', email: 'otto@example.com' }
    const twice = { 'idempotency-key': 'otto' }
    const first = await adas.send('POST', users, form, twice)
    const again = await adas.send('POST', users, form, twice)
    assert.deepEqual([first.statusCode, first.data.roles], [201, ['viewer']])
    assert.deepEqual([again.statusCode, again.data.id], [201, first.data.id])
    assert.equal((await deliverMail()).length, 1)
    const taken = await adas.send('POST', users, form)
    assert.deepEqual([taken.statusCode, taken.data.errors[0].pointer], [422, '/email'])
  })

  test('is nobody’s who registers with its address meanwhile', async () => {
    await adas.send('POST', users, { name: 'Pia', email: 'pia@example.com', roles: ['author'] })
    await deliverMail()
    await send(blog, paths.register(), { name: 'Thief', email: 'pia@example.com', password: 'a stolen sentence' })
    const [mail] = await deliverMail()
    assert.doesNotMatch(mail?.text ?? '', /confirm/i)
    assert.equal((await signIn(blog, 'pia@example.com', { password: 'a stolen sentence' })).statusCode, 422)
    const registered = { name: 'Squatter', email: 'quinn@example.com', password: 'a squatting sentence' }
    await send(blog, paths.register(), registered)
    const squatted = linkIn((await deliverMail())[0]?.text ?? '')
    // Who typed the address first and never proved it is out, with the link that was sent then.
    const made = await adas.send('POST', users, { name: 'Quinn', email: 'quinn@example.com', roles: ['author'] })
    assert.deepEqual([made.statusCode, made.data.name], [201, 'Quinn'])
    await send(blog, squatted, {})
    assert.equal((await signIn(blog, registered.email, { password: registered.password })).statusCode, 422)
    await deliverMail()
  })

  test('is for those who may, and has no more rights than they have', async () => {
    const form = { name: 'Xenia', email: 'xenia@example.com' }
    assert.equal((await nobody.send('POST', users, form)).statusCode, 401)
    for (const who of [bens, cleos, rosas]) assert.equal((await who.send('POST', users, form)).statusCode, 403)
    const mia = await program(app, db, await steward(app, db, 'Mia', ['user.read', 'user.create', 'user.manage']))
    const ivy = await program(app, db, await steward(app, db, 'Ivy', ['user.read', 'user.create']))
    // Whether an address has an account is not for everybody who may invite.
    assert.equal((await ivy.send('POST', users, form)).statusCode, 403)
    for (const roles of [['admin'], ['author']])
      assert.equal((await mia.send('POST', users, { ...form, roles })).statusCode, 403, roles[0])
    assert.equal((await mia.send('POST', users, { ...form, roles: [] })).statusCode, 201)
    const above = await newcomer(app, db, 'Above', 'author')
    await sql`update users set email_confirmed_at = null where id = ${above.id}`.execute(db)
    const over = { name: 'Under', email: above.email, roles: [] }
    assert.equal((await mia.send('POST', users, over)).statusCode, 403)
    assert.equal((await adas.get(paths.api.user(above.id))).data.name, 'Above')
    const reading = await program(app, db, ada, ['users:read'])
    assert.equal((await reading.send('POST', users, form)).data.code, 'insufficient_scope')
    await deliverMail()
  })

  test('says what cannot be taken', async () => {
    const cases: [unknown, string][] = [
      [{ email: 'a@example.com' }, '/name'],
      [{ name: '\u200b', email: 'a@example.com' }, '/name'],
      [{ name: '\u2800', email: 'a@example.com' }, '/name'],
      // Letters of Cyrillic among those of Latin.
      [{ name: '\u0410d\u0430', email: 'a@example.com' }, '/name'],
      [{ name: 'A', email: 'nowhere' }, '/email'],
      [{ name: 'A', email: 'a@example.com', roles: ['nothing'] }, '/roles'],
      [{ name: 'A', email: 'a@example.com', state: 'active' }, '/state'],
    ]
    for (const [body, pointer] of cases) {
      const { statusCode, data } = await adas.send('POST', users, body)
      assert.deepEqual([statusCode, data.errors?.[0]?.pointer], [422, pointer], JSON.stringify(body))
    }
    // No program chooses a password for somebody, or sees a link to do so.
    const form = { name: 'A', email: 'a@example.com' }
    assert.equal((await adas.send('POST', users, { ...form, password: 'a new sentence' })).statusCode, 403)
    assert.equal((await adas.send('POST', `${users}?link=true`, form)).statusCode, 403)
    assert.deepEqual(await deliverMail(), [])
  })

  test('comes with as many mails as invitations, and no more', async () => {
    for (let count = 0; count < 5; count++)
      await adas.send('POST', paths.api.invitations(), { email: 'again@example.com', role: 'viewer' })
    const made = await adas.send('POST', users, { name: 'Again', email: 'again@example.com' })
    assert.equal(made.statusCode, 429)
  })
})

describe('a token that may not change roles', () => {
  test('gives nobody as many rights as its person has, by no account, invitation or merge', async () => {
    const narrow = await program(app, db, ada, ['users:write'])
    const wide = await program(app, db, ada, ['users:write', 'roles:write'])
    const equal = await newcomer(app, db, 'Equal', 'admin')
    const heir = await newcomer(app, db, 'Heir', 'viewer')
    const deeds = [
      [users, { name: 'Walter', email: 'walter@example.com', roles: ['viewer', 'Admin'] }],
      [paths.api.invitations(), { email: 'wilma@example.com', role: 'ADMIN' }],
      [paths.api.userMerge(equal.id), { into: heir.id }],
    ] as const
    await deliverMail()
    for (const [path, body] of deeds) {
      const { statusCode, data } = await narrow.send('POST', path, body)
      assert.deepEqual([statusCode, data.code], [403, 'insufficient_scope'], path)
    }
    assert.deepEqual(await deliverMail(), [])
    const lower = { name: 'Wanda', email: 'wanda@example.com', roles: ['moderator'] }
    assert.equal((await narrow.send('POST', users, lower)).statusCode, 201)
    for (const [path, body] of deeds) assert.ok((await wide.send('POST', path, body)).statusCode < 300, path)
    const mia = await steward(app, db, 'Mina', ['user.read', 'user.create', 'user.manage'])
    const minas = await program(app, db, mia, ['users:write'])
    const name = (await adas.get(paths.api.user(mia.id))).data.roles[0]
    const twin = { name: 'Twin', email: 'twin@example.com', roles: [name] }
    assert.equal((await minas.send('POST', users, twin)).data.code, 'insufficient_scope')
    assert.equal((await minas.send('POST', users, { ...twin, roles: [] })).statusCode, 201)
    await deliverMail()
  })
})

describe('a link to choose a password', () => {
  test('goes to the mailbox, for those who manage people, five times an hour', async () => {
    const person = await newcomer(app, db, 'Lena', 'viewer')
    await deliverMail()
    const path = paths.api.userPasswordLink(person.id)
    for (const [who, status] of [
      [nobody, 401],
      [bens, 404],
      [cleos, 403],
    ] as const)
      assert.equal((await who.send('POST', path)).statusCode, status)
    assert.equal((await adas.send('POST', `${path}?link=true`)).statusCode, 403)
    const sent = await adas.send('POST', path)
    assert.deepEqual([sent.statusCode, sent.data], [200, { id: person.id, is_mailed: true }])
    assert.match((await deliverMail())[0]?.text ?? '', /asked for a new password/)
    for (let count = 0; count < 4; count++) assert.equal((await adas.send('POST', path)).statusCode, 200)
    assert.equal((await adas.send('POST', path)).statusCode, 429)
    await sql`delete from attempts`.execute(db)
    await adas.send('POST', paths.api.userClosing(person.id))
    assert.equal((await adas.send('POST', path)).statusCode, 409)
    await deliverMail()
  })
})
