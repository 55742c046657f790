// Changing a password, and the way back to a forgotten one.
import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { type Person, newcomer, password } from '../../test/cast.ts'
import { errorAt } from '../../test/pages.ts'
import { cookieOf, linkIn, send, signIn } from '../../test/people.ts'
import { paths } from '../paths.ts'

const blog = await testApp()
const { app, db, deliverMail } = blog

beforeEach(() => sql`delete from attempts`.execute(db))

describe('changing the password', () => {
  test('ends every other session and keeps this one, with a new token', async () => {
    const person = await newPerson('Ann')
    const elsewhere = cookieOf(await signIn(blog, person.email))
    const response = await person.post(paths.password(), { old_password: password, password: 'a better password' })

    assert.equal(response.statusCode, 303)
    const cookie = cookieOf(response)
    assert.notEqual(cookie, person.cookie)
    assert.equal(await isSignedIn(cookie), true)
    assert.equal(await isSignedIn(person.cookie), false)
    assert.equal(await isSignedIn(elsewhere), false)
    assert.equal((await signIn(blog, person.email)).statusCode, 422)
    assert.equal((await signIn(blog, person.email, { password: 'a better password' })).statusCode, 303)
  })

  test('leaves no session that was opened meanwhile with the old one', async () => {
    const person = await newPerson('Race')
    const signIns = Array.from({ length: 6 }, () => signIn(blog, person.email))
    const changed = await person.post(paths.password(), { old_password: password, password: 'a better password' })
    assert.equal(changed.statusCode, 303)
    for (const response of await Promise.all(signIns)) {
      if (response.statusCode === 303) assert.equal(await isSignedIn(cookieOf(response)), false)
    }
  })

  test('three times at once with one old password happens once', async () => {
    const person = await newPerson('Thrice')
    const answers = await Promise.all(
      ['first', 'second', 'third'].map((word) =>
        person.post(paths.password(), { old_password: password, password: `the ${word} password` }),
      ),
    )
    assert.equal(answers.filter(({ statusCode }) => statusCode === 303).length, 1)
  })

  test('needs the old one', async () => {
    const person = await newPerson('Bob')
    const response = await person.post(paths.password(), {
      old_password: 'not it at all',
      password: 'a better password',
    })

    assert.equal(response.statusCode, 422)
    assert.equal(errorAt(response.body, 'old_password'), 'This is not your password.')
    assert.doesNotMatch(response.body, /not it at all|a better password/)
    assert.equal(await isSignedIn(person.cookie), true)
    assert.equal((await signIn(blog, person.email)).statusCode, 303)
  })

  test('to a weak one is refused', async () => {
    const person = await newPerson('Cas')
    for (const weak of ['', 'seven77', '😀'.repeat(7), 'x'.repeat(1025)]) {
      const response = await person.post(paths.password(), { old_password: password, password: weak })
      assert.equal(response.statusCode, 422)
      assert.ok(errorAt(response.body, 'password'), weak)
    }
    assert.equal((await signIn(blog, person.email)).statusCode, 303)
  })

  test('is for who is signed in', async () => {
    assert.equal((await app.inject(paths.password())).statusCode, 303)
    assert.equal(
      (await send(blog, paths.password(), { old_password: password, password: 'a better password' })).statusCode,
      401,
    )
  })

  test('can be tried ten times in a quarter of an hour', async () => {
    const person = await newPerson('Dan')
    const guess = (count: number) =>
      person.post(paths.password(), { old_password: `guess ${count}`, password: 'a better password' })
    for (let count = 0; count < 10; count++) assert.equal((await guess(count)).statusCode, 422)

    const late = await person.post(paths.password(), { old_password: password, password: 'a better password' })
    assert.equal(late.statusCode, 429)
    assert.ok(Number(late.headers['retry-after']) > 800)
  })

  test('ends the links that were sent to reset it', async () => {
    const person = await newPerson('Eli')
    const link = await resetLink(person)
    await person.post(paths.password(), { old_password: password, password: 'a better password' })

    assert.equal((await send(blog, link, { password: 'by an old link' })).statusCode, 404)
    assert.equal((await signIn(blog, person.email, { password: 'a better password' })).statusCode, 303)
  })
})

describe('a forgotten password', () => {
  test('is replaced with a link by mail, which ends every session', async () => {
    const person = await newPerson('Fio')
    const link = await resetLink(person)
    assert.match((await app.inject(link)).body, /Use this password/)
    assert.equal(await isSignedIn(person.cookie), true)
    const response = await send(blog, link, { password: 'remembered again' })

    assert.equal(response.statusCode, 303)
    assert.equal(response.headers['set-cookie'], undefined)
    assert.match((await app.inject(String(response.headers.location))).body, /password is changed/)
    assert.equal(await isSignedIn(person.cookie), false)
    assert.equal((await signIn(blog, person.email)).statusCode, 422)
    assert.equal((await signIn(blog, person.email, { password: 'remembered again' })).statusCode, 303)
  })

  test('is answered alike for an address without an account, which gets no mail', async () => {
    const person = await newPerson('Gil')
    const known = await send(blog, paths.forgottenPassword(), { email: person.email })
    const unknown = await send(blog, paths.forgottenPassword(), { email: 'nobody@example.com' })

    assert.equal(known.statusCode, 200)
    assert.equal(unknown.statusCode, 200)
    assert.equal(known.body, unknown.body)
    assert.deepEqual(withoutChance(known.headers), withoutChance(unknown.headers))
    assert.deepEqual(
      (await deliverMail()).map(({ to }) => to),
      [person.email],
    )
  })

  test('confirms the address of who never did', async () => {
    const person = await newPerson('Hal')
    await db.updateTable('users').set({ email_confirmed_at: null }).where('id', '=', person.id).execute()
    await send(blog, await resetLink(person), { password: 'remembered again' })

    assert.equal((await signIn(blog, person.email, { password: 'remembered again' })).statusCode, 303)
  })

  test('opens no closed account: no mail is sent, and a link from before changes nothing about it', async () => {
    for (const state of ['disabled', 'blocked', 'pending']) {
      const person = await newPerson(`Ivo${state}`)
      const link = await resetLink(person)
      await db.updateTable('users').set({ state }).where('id', '=', person.id).execute()
      await send(blog, link, { password: 'remembered again' })

      assert.equal((await signIn(blog, person.email, { password: 'remembered again' })).statusCode, 422)
      const user = await db.selectFrom('users').select('state').where('id', '=', person.id).executeTakeFirstOrThrow()
      assert.equal(user.state, state)
      await send(blog, paths.forgottenPassword(), { email: person.email })
      assert.deepEqual(await deliverMail(), [])
    }
  })

  test('has a link to the address of the settings, whatever host was asked', async () => {
    const person = await newPerson('Jan')
    const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'ftp' }
    await send(blog, paths.forgottenPassword(), { email: person.email, redirect: 'https://evil.example' }, { headers })

    const [mail] = await deliverMail()
    assert.match(mail?.text ?? '', /http:\/\/localhost:8081\/password\/reset\//)
    assert.doesNotMatch(mail?.text ?? '', /evil/)
  })

  test('is asked for five times in half an hour for one address, twenty times an hour from one network', async () => {
    const ask = (email: string, ip?: string) => send(blog, paths.forgottenPassword(), { email }, ip ? { ip } : {})
    for (let count = 0; count < 5; count++) assert.equal((await ask('kay@example.com')).statusCode, 200)
    assert.equal((await ask('KAY@example.com')).statusCode, 429)
    for (let count = 0; count < 20; count++)
      assert.equal((await ask(`kay${count}@example.com`, '192.0.2.5')).statusCode, 200)
    assert.equal((await ask('another@example.com', '192.0.2.5')).statusCode, 429)
    await deliverMail()
  })

  test('with what is no address is refused', async () => {
    for (const email of ['', 'x', 'a@b', 'a@b.example, c@d.example']) {
      const response = await send(blog, paths.forgottenPassword(), { email })
      assert.equal(response.statusCode, 422, email)
      assert.ok(errorAt(response.body, 'email'))
    }
  })
})

describe('the link', () => {
  test('works once, and takes the others of the account with it', async () => {
    const person = await newPerson('Lou')
    const [first, second] = [await resetLink(person), await resetLink(person)]
    const answers = await Promise.all(
      ['one password', 'two password'].map((password) => send(blog, second, { password })),
    )

    assert.deepEqual(answers.map(({ statusCode }) => statusCode).toSorted(), [303, 404])
    assert.equal((await send(blog, first, { password: 'three password' })).statusCode, 404)
    assert.match((await app.inject(first)).body, /used already or is too old/)
  })

  test('is over after thirty minutes', async () => {
    const person = await newPerson('Max')
    const link = await resetLink(person)
    const token = db
      .selectFrom('mail_tokens')
      .select(sql<number>`extract(epoch from expires_at - now())::float`.as('seconds'))
    const { seconds } = await token.where('user_id', '=', person.id).executeTakeFirstOrThrow()
    assert.ok(seconds > 1700 && seconds <= 1800)
    await db
      .updateTable('mail_tokens')
      .set({ expires_at: sql<Date>`now()` })
      .where('user_id', '=', person.id)
      .execute()

    assert.equal((await send(blog, link, { password: 'remembered again' })).statusCode, 404)
    assert.equal((await signIn(blog, person.email)).statusCode, 303)
  })

  test('changes nothing when it is only opened, or with a weak password', async () => {
    const person = await newPerson('Nat')
    const link = await resetLink(person)
    await app.inject(link)
    const weak = await send(blog, link, { password: 'short' })

    assert.equal(weak.statusCode, 422)
    assert.ok(errorAt(weak.body, 'password'))
    assert.equal(await isSignedIn(person.cookie), true)
    assert.equal((await send(blog, link, { password: 'remembered again' })).statusCode, 303)
  })

  test('is never told to other sites', async () => {
    assert.equal((await app.inject(await resetLink(await newPerson('Oda')))).headers['referrer-policy'], 'same-origin')
  })

  test('that is none is not found', async () => {
    for (const token of ['x', 'a'.repeat(43), 'a'.repeat(101), '%00'.repeat(20)]) {
      assert.equal(
        (await send(blog, `/password/reset/${token}`, { password: 'remembered again' })).statusCode,
        404,
        token,
      )
      assert.equal((await send(blog, `/password/reset/${token}`, {})).statusCode, 404, token)
    }
  })
})

async function newPerson(name: string): Promise<Person> {
  return await newcomer(app, db, name, 'viewer')
}

async function resetLink({ email }: Person): Promise<string> {
  await send(blog, paths.forgottenPassword(), { email })
  const mail = (await deliverMail()).find(({ to }) => to === email)
  return linkIn(mail?.text ?? '')
}

async function isSignedIn(cookie: string): Promise<boolean> {
  return (await app.inject({ url: paths.profile(), headers: { cookie } })).statusCode === 200
}

function withoutChance({ 'x-request-id': _, date: __, ...headers }: Record<string, unknown>) {
  return headers
}
