// Signing in with the password from the older Bloggy.
import assert from 'node:assert/strict'
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { beforeEach, describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { type Person, newcomer } from '../../test/cast.ts'
import { cookieOf, signIn } from '../../test/people.ts'
import { hashPassword } from '../passwords/password.ts'
import { paths } from '../paths.ts'

const blog = await testApp()
const { app, db } = blog
const keyed = await testApp({ LEGACY_AUTH_KEY: 'another key' })

// Six characters were enough there.
const password = 'delor1'
const salt = 'a616e5f7f7c1fdd6'
const hmac = (key: string) => createHmac('sha512', key).update(password).digest('hex')
const stretched = `pbkdf2(2000,20,sha512)$${salt}$${pbkdf2Sync(password, salt, 2000, 20, 'sha512').toString('hex')}`

beforeEach(() => sql`delete from attempts`.execute(db))

describe('a password from the older Bloggy', () => {
  const forms = {
    PBKDF2: stretched,
    'PBKDF2 in Python’s bytes': `pbkdf2(2,20,sha1)$${salt}$b'${pbkdf2Sync(password, salt, 2, 20, 'sha1').toString('hex')}'`,
    HMAC: `sha512$${salt}$${hmac(`november.5.1955${salt}`)}`,
    'HMAC without salt': hmac('november.5.1955'),
    'a digest with salt': `md5$${salt}$${createHash('md5').update(`${password}${salt}`).digest('hex')}`,
    'a bare digest': createHash('sha256').update(password).digest('hex'),
  }
  for (const [name, password_hash] of Object.entries(forms)) {
    test(`kept as ${name} signs in, and is kept as argon2id from then on`, async () => {
      const person = await fromOlderBloggy(name.replace(/\W/g, ''), password_hash)
      assert.equal((await signIn(blog, person.email, { password: `${password} ` })).statusCode, 422)
      assert.equal(await hashOf(person), password_hash)

      const first = await signIn(blog, person.email, { password }, '203.0.113.7')
      assert.equal(first.statusCode, 303)
      assert.equal(await isSignedIn(cookieOf(first)), true)
      const upgraded = await hashOf(person)
      assert.match(upgraded ?? '', /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
      assert.deepEqual(await upgradesOf(person), ['203.0.113.7'])

      assert.equal((await signIn(blog, person.email, { password })).statusCode, 303)
      assert.equal((await signIn(blog, person.email, { password: `${password} ` })).statusCode, 422)
      assert.equal(await hashOf(person), upgraded)
      assert.equal((await upgradesOf(person)).length, 1)
    })
  }

  test('keeps the sessions that are open when it is upgraded', async () => {
    const person = await fromOlderBloggy('Kept', stretched)
    await signIn(blog, person.email, { password })
    assert.equal(await isSignedIn(person.cookie), true)
  })

  test('is upgraded once when many sign in at the same moment, and all get in', async () => {
    const person = await fromOlderBloggy('Crowd', stretched)
    const answers = await Promise.all(Array.from({ length: 6 }, () => signIn(blog, person.email, { password })))

    for (const answer of answers) {
      assert.equal(answer.statusCode, 303)
      assert.equal(await isSignedIn(cookieOf(answer)), true)
    }
    assert.equal((await upgradesOf(person)).length, 1)
  })

  test('that was upgraded while it was verified signs in', async () => {
    const person = await fromOlderBloggy('Second', stretched)
    const password_hash = await hashPassword(password)
    const answer = await signInWhile(person, { password_hash })

    assert.equal(answer.statusCode, 303)
    assert.equal(await hashOf(person), password_hash)
    assert.deepEqual(await upgradesOf(person), [])
  })

  test('that was changed while it was verified does not', async () => {
    const person = await fromOlderBloggy('Changed', stretched)
    const password_hash = await hashPassword('a better password')
    const answer = await signInWhile(person, { password_hash })

    assert.equal(answer.statusCode, 422)
    assert.equal(answer.headers['set-cookie'], undefined)
    assert.equal(await hashOf(person), password_hash)
    assert.deepEqual(await upgradesOf(person), [])
  })

  test('of an account that was blocked meanwhile does not', async () => {
    const person = await fromOlderBloggy('Blocked', stretched)
    const answer = await signInWhile(person, { state: 'blocked' })

    assert.equal(answer.statusCode, 422)
    assert.equal(answer.headers['set-cookie'], undefined)
    assert.equal(await hashOf(person), stretched)
  })

  test('is the old one when a new one is chosen', async () => {
    const person = await fromOlderBloggy('Chooser', stretched)
    const change = (old_password: string) =>
      person.post(paths.password(), { old_password, password: 'a better password' })

    assert.equal((await change('delor2')).statusCode, 422)
    assert.equal((await change(password)).statusCode, 303)
    assert.match((await hashOf(person)) ?? '', /^\$argon2id\$/)
    assert.equal((await signIn(blog, person.email, { password })).statusCode, 422)
    assert.equal((await signIn(blog, person.email, { password: 'a better password' })).statusCode, 303)
  })

  test('is compared with the key of the settings', async () => {
    const password_hash = `sha512$${salt}$${hmac(`another key${salt}`)}`
    const here = await fromOlderBloggy('Keyed', password_hash)
    assert.equal((await signIn(blog, here.email, { password })).statusCode, 422)

    const there = await newcomer(keyed.app, keyed.db, 'Keyed', 'viewer')
    await keyed.db.updateTable('users').set({ password_hash }).where('id', '=', there.id).execute()
    assert.equal((await signIn(keyed, there.email, { password })).statusCode, 303)
  })

  test('signs nobody in where there is none, or no hash', async () => {
    const person = await fromOlderBloggy('Without', null)
    const unknown = await signIn(blog, 'nobody@example.com', { password })
    for (const password_hash of [
      null,
      '',
      password,
      `${stretched}00`,
      stretched.slice(0, -2),
      stretched.replace('2000', '999999999'),
      `pbkdf2(0,20,sha512)$${salt}$${'00'.repeat(20)}`,
    ]) {
      await db.updateTable('users').set({ password_hash }).where('id', '=', person.id).execute()
      for (const given of [password, password_hash || ' ']) {
        const answer = await signIn(blog, person.email, { password: given })
        assert.equal(answer.statusCode, 422, `${password_hash}`)
        assert.equal(answer.body.replaceAll(person.email, 'nobody@example.com'), unknown.body)
      }
    }
  })

  test('is in no line of the log, and neither is its hash', () => {
    for (const secret of [password, 'pbkdf2(', stretched.slice(-40), forms['a bare digest']])
      assert.ok(!blog.logged().includes(secret))
  })
})

async function fromOlderBloggy(name: string, password_hash: string | null): Promise<Person> {
  const person = await newcomer(app, db, name, 'viewer')
  await db.updateTable('users').set({ password_hash }).where('id', '=', person.id).execute()
  return person
}

/** Signs in while a transaction changes the account, which is committed when the sign-in waits for it. */
async function signInWhile({ id, email }: Person, change: { password_hash: string } | { state: string }) {
  const answer = await db.transaction().execute(async (db) => {
    await db.updateTable('users').set(change).where('id', '=', id).execute()
    const answer = signIn(blog, email, { password })
    while (!(await somebodyWaits())) await new Promise((resolve) => setTimeout(resolve, 10))
    return { answer }
  })
  return await answer.answer
}

async function somebodyWaits(): Promise<boolean> {
  const { rows } = await sql`
    select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
  return rows.length > 0
}

async function hashOf({ id }: Person): Promise<string | null> {
  const user = await db.selectFrom('users').select('password_hash').where('id', '=', id).executeTakeFirstOrThrow()
  return user.password_hash
}

async function upgradesOf({ id }: Person): Promise<(string | null)[]> {
  const query = db.selectFrom('audit_events').select('client_ip').where('actor_id', '=', id)
  const events = await query.where('action', '=', 'password.upgraded').execute()
  return events.map(({ client_ip }) => client_ip)
}

async function isSignedIn(cookie: string): Promise<boolean> {
  return (await app.inject({ url: paths.profile(), headers: { cookie } })).statusCode === 200
}
