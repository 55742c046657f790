// Signing in and out, and what a session is worth.
import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { newcomer, password } from '../../test/cast.ts'
import { fieldOf, unescaped } from '../../test/pages.ts'
import { cookieOf, send, signIn } from '../../test/people.ts'
import { paths } from '../paths.ts'

const blog = await testApp()
const { app, cast, db } = blog
const { dev, rosa, ben } = cast
const encrypted = await testApp({ SITE_URL: 'https://blog.example' })

// One account signs in more often here than a person may.
beforeEach(() => sql`delete from attempts`.execute(db))

describe('signing in', () => {
  test('with the right password leads to the front page and is remembered', async () => {
    const response = await signIn(blog, 'rosa@example.com')

    assert.equal(response.statusCode, 303)
    assert.equal(response.headers.location, '/')
    const profile = await app.inject({ url: paths.profile(), headers: { cookie: cookieOf(response) } })
    assert.equal(profile.statusCode, 200)
    assert.match(profile.body, /rosa@example\.com/)
  })

  test('takes the address in any of its spellings', async () => {
    for (const email of [
      'ROSA@Example.COM',
      '  rosa@example.com ',
      'rosa＠example.com',
      'rosa@example.com.',
      'ｒｏｓａ@example.com',
    ]) {
      assert.equal((await signIn(blog, email)).statusCode, 303, email)
    }
  })

  test('with a wrong password and with an unknown address is refused by the same page', async () => {
    const wrong = await signIn(blog, 'rosa@example.com', { password: 'not her password' })
    const unknown = await signIn(blog, 'ross@example.com', { password: 'not his password' })

    assert.equal(wrong.statusCode, 422)
    assert.equal(unknown.statusCode, 422)
    assert.equal(wrong.body.replaceAll('rosa@', 'ross@'), unknown.body)
    assert.deepEqual(withoutChance(wrong.headers), withoutChance(unknown.headers))
    assert.equal(wrong.headers['set-cookie'], undefined)
    assert.match(wrong.body, /E-mail or password is not right/)
    assert.equal(fieldOf(wrong.body, 'email'), 'rosa@example.com')
    assert.doesNotMatch(wrong.body, /not her password/)
  })

  test('is refused alike for an account without a password, disabled, blocked or pending', async () => {
    const unknown = await signIn(blog, 'nobody@example.com')
    for (const change of [
      { password_hash: null },
      { password_hash: '' },
      { password_hash: 'pbkdf2$old' },
      { state: 'disabled' },
      { state: 'blocked' },
      { state: 'pending' },
    ]) {
      const person = await newcomer(app, db, `Closed${Object.values(change)[0]}`.replace(/\W/g, ''), 'viewer')
      await db.updateTable('users').set(change).where('id', '=', person.id).execute()

      const response = await signIn(blog, person.email)
      assert.equal(response.statusCode, 422, JSON.stringify(change))
      assert.equal(response.body.replaceAll(person.email, 'nobody@example.com'), unknown.body)
      assert.equal(response.headers['set-cookie'], undefined)
    }
  })

  test('is not one character of the password short', async () => {
    for (const given of [password.slice(0, -1), `${password} `, password.toUpperCase(), ` ${password}`]) {
      assert.equal((await signIn(blog, 'rosa@example.com', { password: given })).statusCode, 422, given)
    }
  })

  test('leaves a trace with the address it came from', async () => {
    const person = await newcomer(app, db, 'Traced', 'viewer')
    await signIn(blog, person.email, {}, '203.0.113.7')

    const query = db
      .selectFrom('audit_events')
      .select(['action', 'client_ip'])
      .where('actor_id', '=', person.id)
      .where('client_ip', '=', '203.0.113.7')
    assert.deepEqual(await query.execute(), [{ action: 'session.created', client_ip: '203.0.113.7' }])
  })

  test('works from a link-local address', async () => {
    assert.equal((await signIn(blog, 'rosa@example.com', {}, 'fe80::1%eth0')).statusCode, 303)
    assert.equal((await signIn(blog, 'rosa@example.com', {}, '::ffff:192.0.2.9')).statusCode, 303)
  })

  test('gives a new token, whatever cookie came along', async () => {
    const planted = 'planted-by-somebody-else-0123456789abcdefghi'
    const [first, second] = [
      await send(blog, paths.signIn(), { email: rosa.email, password }, { cookie: `bloggy=${planted}` }),
      await signIn(blog, rosa.email),
    ]

    assert.notEqual(cookieOf(first), `bloggy=${planted}`)
    assert.notEqual(cookieOf(first), cookieOf(second))
    assert.match(cookieOf(first), /^bloggy=[\w-]{43}$/)
    assert.equal((await app.inject({ url: paths.profile(), headers: { cookie: `bloggy=${planted}` } })).statusCode, 303)
  })

  test('keeps nothing in the table that would sign anybody in', async () => {
    const token = cookieOf(await signIn(blog, rosa.email)).split('=')[1] ?? ''
    const { rows } = await sql<{
      text: string
    }>`select sessions::text || encode(token_hash, 'escape') as text from sessions`.execute(db)

    assert.ok(token.length > 20 && rows.length > 0)
    for (const { text } of rows)
      assert.ok(!text.includes(token) && !text.includes(Buffer.from(token, 'base64url').toString('hex')))
  })
})

describe('the cookie', () => {
  test('is out of reach for scripts and other sites, and goes with the browser', async () => {
    assert.match(
      String((await signIn(blog, rosa.email)).headers['set-cookie']),
      /^bloggy=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/,
    )
  })

  test('stays a month when asked to', async () => {
    const kept = await signIn(blog, rosa.email, { keep: 'yes' })

    assert.match(String(kept.headers['set-cookie']), /; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/)
    const { rows } = await sql<{
      days: number
    }>`select max(extract(epoch from expires_at - now()) / 86400)::float as days from sessions`.execute(db)
    assert.ok(Math.abs((rows[0]?.days ?? 0) - 30) < 0.1)
  })

  test('over TLS is bound to the host and never sent without it', async () => {
    const response = await signIn(encrypted, 'rosa@example.com')

    assert.match(
      String(response.headers['set-cookie']),
      /^__Host-bloggy=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
    const [name, token] = cookieOf(response).split('=')
    assert.equal(
      (await encrypted.app.inject({ url: paths.profile(), headers: { cookie: `${name}=${token}` } })).statusCode,
      200,
    )
    assert.equal(
      (await encrypted.app.inject({ url: paths.profile(), headers: { cookie: `bloggy=${token}` } })).statusCode,
      303,
    )
  })

  test('of any form that is not ours is nobody’s', async () => {
    for (const cookie of [
      'bloggy=',
      'bloggy=x',
      'bloggy',
      `bloggy=${'a'.repeat(43)}`,
      `bloggy=${'a'.repeat(9999)}`,
      'bloggy=%00',
      'bloggy="x',
      'bloggy=%',
      '=;;=',
    ]) {
      assert.equal((await app.inject({ url: paths.home(), headers: { cookie } })).statusCode, 200, cookie)
      assert.equal((await app.inject({ url: paths.profile(), headers: { cookie } })).statusCode, 303, cookie)
    }
  })
})

describe('a session', () => {
  test('ends on the server when its owner signs out, and no other does', async () => {
    const [one, other] = [cookieOf(await signIn(blog, rosa.email)), cookieOf(await signIn(blog, rosa.email))]
    const response = await send(blog, paths.signOut(), {}, { cookie: one })

    assert.equal(response.statusCode, 303)
    assert.match(String(response.headers['set-cookie']), /^bloggy=; .*Path=\/.*Expires=Thu, 01 Jan 1970/)
    assert.equal((await app.inject({ url: paths.profile(), headers: { cookie: one } })).statusCode, 303)
    assert.equal((await app.inject({ url: paths.profile(), headers: { cookie: other } })).statusCode, 200)
    assert.equal((await send(blog, paths.signOut(), {}, { cookie: one })).statusCode, 303)
    assert.equal((await send(blog, paths.signOut(), {})).statusCode, 303)
  })

  test('is worth nothing after its time, and is removed', async () => {
    const person = await newcomer(app, db, 'Expired', 'viewer')
    assert.equal((await person.get(paths.profile())).statusCode, 200)
    await db
      .updateTable('sessions')
      .set({ expires_at: sql<Date>`now() - interval '1 second'` })
      .where('user_id', '=', person.id)
      .execute()

    assert.equal((await person.get(paths.profile())).statusCode, 303)
    const { deleteEndedSessions } = await import('./queries.ts')
    await deleteEndedSessions(db)
    assert.deepEqual(await db.selectFrom('sessions').select('user_id').where('user_id', '=', person.id).execute(), [])
    assert.equal((await ben.get(paths.profile())).statusCode, 200)
  })

  test('is worth nothing from the moment the account is closed', async () => {
    for (const state of ['disabled', 'blocked', 'pending']) {
      const person = await newcomer(app, db, `Closing${state}`, 'author')
      assert.equal((await person.get(paths.admin.posts())).statusCode, 200)
      await db.updateTable('users').set({ state }).where('id', '=', person.id).execute()

      assert.equal((await person.get(paths.admin.posts())).statusCode, 303, state)
      assert.equal((await person.post(paths.admin.posts(), { title: 'T', body: 'B' })).statusCode, 401, state)
    }
  })

  test('makes the sign-in page lead on', async () => {
    const response = await rosa.get(`${paths.signIn()}?next=${encodeURIComponent('/admin/posts?before=1-1')}`)

    assert.equal(response.statusCode, 303)
    assert.equal(response.headers.location, '/admin/posts?before=1-1')
  })
})

test('the way in leads back to the page that it was on, and not to a form or itself', async () => {
  const wayIn = async (path: string) => {
    const { body } = await dev.get(path)
    return [...body.matchAll(/href="(\/(?:sign-in|register)[^"]*)"/g)].map(([, href]) => unescaped(href ?? ''))
  }
  for (const path of ['/tags', '/search?q=bread&order=newest', '/nowhere?x=1']) {
    const found = await wayIn(path)
    assert.deepEqual([...new Set(found)], [paths.signIn(path), paths.register(path)], path)
    const page = await dev.get(paths.signIn(path))
    assert.equal(fieldOf(page.body, 'next'), path)
  }
  for (const path of [paths.home(), paths.signIn(), paths.registered(), `/tags?x=${'y'.repeat(2000)}`])
    for (const href of await wayIn(path)) assert.doesNotMatch(href, /\?/, path)
  for (const href of await wayIn(paths.signIn('/tags'))) assert.match(href, /\?next=%2Ftags$/)
  const refused = await dev.post(paths.signIn(), { email: 'nobody@example.com', password: 'wrong', next: '/tags' })
  assert.equal(fieldOf(refused.body, 'next'), '/tags')
})

function withoutChance({ 'x-request-id': _, date: __, 'content-length': ___, ...headers }: Record<string, unknown>) {
  return headers
}

test('a note in the address of the sign-in page that is none of ours is not shown', async () => {
  for (const done of ['constructor', '__proto__', 'toString', '<b>']) {
    const response = await dev.get(`${paths.signIn()}?done=${encodeURIComponent(done)}`)
    assert.equal(response.statusCode, 200)
    assert.doesNotMatch(response.body, /role="status"/)
  }
})
