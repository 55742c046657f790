// From the form to the first sign-in.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { password } from '../../test/cast.ts'
import { errorAt, fieldOf, unescaped } from '../../test/pages.ts'
import { linkIn, send, signIn } from '../../test/people.ts'
import { paths } from '../paths.ts'
import { deleteEndedMailTokens } from '../mail-tokens/queries.ts'
import { deleteEndedRegistrations } from './queries.ts'

const blog = await testApp()
const { app, cast, db, deliverMail, settings } = blog

describe('who registers', () => {
  test('gets a link by mail, confirms with a press, and signs in', async () => {
    const response = await register({ name: 'Iris', email: 'iris@example.com' })
    assert.equal(response.statusCode, 303)
    assert.equal(response.headers.location, paths.registered())
    assert.match((await app.inject(paths.registered())).body, /Look into your mail/)

    const [mail, ...others] = await deliverMail()
    assert.deepEqual(others, [])
    assert.equal(mail?.to, 'iris@example.com')
    assert.match(mail?.subject ?? '', /Confirm your address for Test Notes/)
    assert.match(mail?.text ?? '', /http:\/\/localhost:8081\/confirm\//)
    const link = linkIn(mail?.text ?? '')
    assert.equal((await signIn(blog, 'iris@example.com')).statusCode, 422)

    assert.match((await app.inject(link)).body, /<button>Confirm my address/)
    assert.equal((await send(blog, link, { password: 'not what I chose' })).statusCode, 422)
    const confirmed = await send(blog, link, { password })
    assert.equal(confirmed.statusCode, 303)
    assert.match((await app.inject(String(confirmed.headers.location))).body, /address is confirmed/)
    assert.equal((await signIn(blog, 'iris@example.com')).statusCode, 303)
  })

  test('comes back to the page that they came from, also through the mail', async () => {
    const place = '/posts/a-post?comment=12#comments'
    const { body } = await app.inject(paths.register(place))
    assert.equal(fieldOf(body, 'next'), place)
    await register({ name: 'Ida', email: 'ida@example.com', next: place })
    const [mail] = await deliverMail()
    const { pathname, search } = new URL(/http\S+/.exec(mail?.text ?? '')?.[0] ?? '')
    const link = pathname + search
    const action = /action="(\/confirm[^"]+)"/.exec((await app.inject(link)).body)?.[1] ?? ''
    const confirmed = await send(blog, unescaped(action), { password })
    const signInPage = await app.inject(String(confirmed.headers.location))
    assert.match(signInPage.body, /address is confirmed/)
    assert.equal(fieldOf(signInPage.body, 'next'), place)

    for (const elsewhere of ['//evil.example', 'https://evil.example/', '/\\\\evil.example']) {
      await register({ name: 'Ivo', email: 'ivo@example.com', next: elsewhere })
      assert.doesNotMatch((await deliverMail())[0]?.text ?? '', /evil/)
      assert.doesNotMatch((await app.inject(paths.register(elsewhere))).body, /evil/)
    }
  })

  test('beside a stranger who types the same address has the link and the password of their own, in either order', async () => {
    for (const [order, email] of [
      [['stranger', 'owner'], 'una@example.com'],
      [['owner', 'stranger'], 'ute@example.com'],
    ] as const) {
      const links = new Map<string, string>()
      for (const who of order) {
        await register({ name: who, email, password: `the word of the ${who}` })
        links.set(who, linkIn((await deliverMail())[0]?.text ?? ''))
      }
      // The owner of the mailbox opens the wrong mail first.
      const own = { password: 'the word of the owner' }
      const wrong = await send(blog, links.get('stranger') ?? '', own)
      assert.equal(wrong.statusCode, 422)
      assert.match(errorAt(wrong.body, 'password') ?? '', /not the password of the registration/)
      assert.equal((await find(email))?.email_confirmed_at, null)

      assert.equal((await send(blog, links.get('owner') ?? '', own)).statusCode, 303)
      assert.equal((await find(email))?.name, 'owner')
      const theirs = { password: 'the word of the stranger' }
      assert.equal((await send(blog, links.get('stranger') ?? '', theirs)).statusCode, 404)
      assert.equal((await signIn(blog, email, theirs)).statusCode, 422)
      assert.equal((await signIn(blog, email, own)).statusCode, 303)
      const { rows } = await sql`select from registrations join users on users.id = user_id
        where lower(email) = ${email}`.execute(db)
      assert.equal(rows.length, 0)
    }
  })

  test('who never did confirms nothing by opening the mail of a stranger', async () => {
    await register({ name: 'Stranger', email: 'uwe@example.com', password: 'the word of the stranger' })
    const [mail] = await deliverMail()
    for (const form of [{}, { password: '' }, { password: 'what I use everywhere' }] as Record<string, string>[])
      assert.equal((await send(blog, linkIn(mail?.text ?? ''), form)).statusCode, 422)
    assert.equal((await find('uwe@example.com'))?.email_confirmed_at, null)
  })

  test('is a reader: no right comes with it, whatever the form says', async () => {
    await register({
      name: 'Jo',
      email: 'jo@example.com',
      role: 'admin',
      roles: 'admin',
      state: 'active',
      email_confirmed_at: 'now',
      id: '1',
    })

    const user = await find('jo@example.com')
    assert.equal(user?.email_confirmed_at, null)
    const roles = db.selectFrom('user_roles').innerJoin('roles', 'roles.id', 'user_roles.role_id').select('roles.name')
    assert.deepEqual(await roles.where('user_id', '=', user?.id ?? 0).execute(), [{ name: 'viewer' }])
  })

  test('has the password in no table, log or mail', async () => {
    const secret = 'my very secret password'
    await register({ name: 'Kim', email: 'kim@example.com', password: secret })
    const mails = await deliverMail()

    assert.match((await find('kim@example.com'))?.password_hash ?? '', /^\$argon2id\$/)
    assert.ok(!blog.logged().includes(secret))
    assert.ok(!JSON.stringify(mails).includes(secret))
    const { rows } = await sql<{
      text: string
    }>`select coalesce(string_agg(audit_events::text, ''), '') as text from audit_events`.execute(db)
    assert.ok(!rows[0]?.text.includes(secret))
  })

  test('signs in before confirming is told so, and gets the link again', async () => {
    await register({ name: 'Lea', email: 'lea@example.com' })
    await deliverMail()
    const response = await signIn(blog, 'lea@example.com')

    assert.equal(response.statusCode, 422)
    assert.match(response.body, /confirm your e-mail address first/)
    assert.equal(response.headers['set-cookie'], undefined)
    const [mail] = await deliverMail()
    assert.equal((await send(blog, linkIn(mail?.text ?? ''), { password })).statusCode, 303)
    assert.equal((await signIn(blog, 'lea@example.com')).statusCode, 303)
  })

  test('with a wrong password learns nothing about confirming, and causes no mail', async () => {
    await register({ name: 'Mia', email: 'mia@example.com' })
    await deliverMail()
    const response = await signIn(blog, 'mia@example.com', { password: 'guessed wrongly' })

    assert.doesNotMatch(response.body, /confirm/i)
    assert.deepEqual(await deliverMail(), [])
  })

  test('with an address that is taken gets the same answer, and its owner another mail', async () => {
    const fresh = await register({ name: 'Nele', email: 'nele@example.com' })
    const [first] = await deliverMail()
    const before = await find('rosa@example.com')
    const taken = await register({ name: 'Nele', email: 'ROSA@example.com' })
    const [second, ...others] = await deliverMail()

    assert.equal(taken.statusCode, fresh.statusCode)
    assert.equal(taken.body, fresh.body)
    assert.deepEqual(withoutChance(taken.headers), withoutChance(fresh.headers))
    assert.deepEqual(others, [])
    assert.match(first?.subject ?? '', /Confirm/)
    assert.match(second?.subject ?? '', /already have an account/)
    assert.equal(second?.to, 'rosa@example.com')
    assert.doesNotMatch(second?.text ?? '', /\/confirm\//)
    assert.deepEqual(await find('rosa@example.com'), before)
    assert.equal((await signIn(blog, 'rosa@example.com')).statusCode, 303)
  })

  test('with one address twice at once has one account', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, index) => register({ name: `Olga ${index}`, email: 'olga@example.com' })),
    )

    for (const { statusCode } of answers) assert.equal(statusCode, 303)
    const { rows } = await sql<{
      count: number
    }>`select count(*) from users where lower(email) = 'olga@example.com'`.execute(db)
    assert.equal(rows[0]?.count, 1)
    await deliverMail()
  })

  test('with one name at once has different pages', async () => {
    await Promise.all(
      Array.from({ length: 12 }, (_, index) => register({ name: 'Pia Pohl', email: `pia${index}@example.com` })),
    )

    const users = await db.selectFrom('users').select('slug').where('name', '=', 'Pia Pohl').execute()
    assert.equal(new Set(users.map(({ slug }) => slug)).size, 12)
    await deliverMail()
  })
})

describe('the link', () => {
  test('changes nothing when it is only opened', async () => {
    const link = await linkFor('quin@example.com')
    for (const method of ['GET', 'HEAD', 'GET'] as const)
      assert.equal((await app.inject({ method, url: link })).statusCode, 200)

    assert.equal((await find('quin@example.com'))?.email_confirmed_at, null)
    assert.equal((await send(blog, link, { password })).statusCode, 303)
  })

  test('works once', async () => {
    const link = await linkFor('ria@example.com')
    const answers = await Promise.all([1, 2, 3].map(() => send(blog, link, { password })))

    assert.deepEqual(answers.map(({ statusCode }) => statusCode).toSorted(), [303, 404, 404])
    assert.match((await app.inject(link)).body, /used already or is too old/)
  })

  test('is over after two days, and removed', async () => {
    const link = await linkFor('sam@example.com')
    const { rows } = await sql<{
      hours: number
    }>`select max(extract(epoch from expires_at - now()) / 3600)::float as hours from mail_tokens`.execute(db)
    assert.ok(Math.abs((rows[0]?.hours ?? 0) - 48) < 0.1)
    await sql`update mail_tokens set expires_at = now() - interval '1 second'`.execute(db)

    assert.equal((await send(blog, link, { password })).statusCode, 404)
    assert.equal((await find('sam@example.com'))?.email_confirmed_at, null)
    await deleteEndedMailTokens(db)
    await sql`update registrations set created_at = now() - interval '73 hours'`.execute(db)
    await deleteEndedRegistrations(db)
    for (const table of ['mail_tokens', 'registrations'] as const)
      assert.deepEqual(await db.selectFrom(table).select('user_id').execute(), [])
  })

  test('opens no other door', async () => {
    const link = await linkFor('tom@example.com')
    const token = link.slice(paths.confirmation('').length)

    assert.equal((await send(blog, paths.passwordReset(token), { password: 'taken over now' })).statusCode, 404)
    assert.equal((await app.inject(paths.setup(token))).statusCode, 404)
    assert.equal((await find('tom@example.com'))?.email_confirmed_at, null)
  })

  test('is never told to other sites', async () => {
    assert.equal((await app.inject(await linkFor('uli@example.com'))).headers['referrer-policy'], 'same-origin')
  })

  test('that is none is not found', async () => {
    for (const token of ['x', 'a'.repeat(43), '%00'.repeat(20), 'a'.repeat(101), "'".repeat(30)]) {
      const url = `/confirm/${token}`
      assert.ok([200, 404].includes((await app.inject(url)).statusCode), url)
      assert.equal((await send(blog, url, {})).statusCode, 404, url)
    }
  })
})

describe('the form', () => {
  test('takes an address in any spelling as one', async () => {
    for (const email of ['  VERA@Example.COM ', 'vera＠example.com', 'vera@example.com.', 'ｖｅｒａ@example.com'])
      await register({ name: 'Vera', email })

    const { rows } = await sql<{ email: string }>`select email from users where name = 'Vera'`.execute(db)
    assert.deepEqual(rows, [{ email: 'vera@example.com' }])
    assert.deepEqual(
      (await deliverMail()).map(({ to }) => to),
      Array(4).fill('vera@example.com'),
    )
  })

  test('refuses what is no address, and shows what was typed', async () => {
    const wrong = [
      '',
      'x',
      'a@b',
      '@example.com',
      'a@',
      'a@@example.com',
      'a b@example.com',
      'a@exa mple.com',
      'a@example',
      'a@example.',
      'a@.example.com',
      'a@-example.com',
      '.a@example.com',
      'a.@example.com',
      'a..b@example.com',
      'a@example..com',
      '"a b"@example.com',
      'Ada <a@example.com>',
      'a@example.com, b@example.com',
      'a@example.com;b@example.com',
      'a@example.com\r\nBcc: b@example.com',
      'a@[127.0.0.1]',
      'a(x)@example.com',
      `${'a'.repeat(65)}@example.com`,
      `a@${'b'.repeat(250)}.com`,
      'javascript:alert(1)',
      '"a@evil x"@example.com',
      'a\u0000@example.com',
    ]
    for (const email of wrong) {
      const response = await register({ name: 'Will', email })
      assert.equal(response.statusCode, 422, email)
      if (!email.includes('\0')) {
        assert.ok(errorAt(response.body, 'email'), email)
        assert.equal(fieldOf(response.body, 'name'), 'Will')
      }
      assert.doesNotMatch(response.body, new RegExp(password))
    }
    assert.deepEqual(await deliverMail(), [])
  })

  test('refuses a weak password and a missing name, all said at once', async () => {
    const response = await register({ name: '\u200b \u202e', email: 'xena@example.com', password: 'seven77' })

    assert.equal(response.statusCode, 422)
    assert.match(errorAt(response.body, 'password') ?? '', /at least 8/)
    assert.ok(errorAt(response.body, 'name'))
    assert.equal(await find('xena@example.com'), undefined)
  })

  test('keeps a name in one line and without hidden characters', async () => {
    await register({ name: ' Yve\u202e\u200b\r\nBcc:\tall ', email: 'yve@example.com' })

    assert.equal((await find('yve@example.com'))?.name, 'Yve Bcc: all')
    await deliverMail()
  })

  test('refuses a name that nobody sees, and one that mixes letters that look alike', async () => {
    const refused = [
      '\u2800',
      '\u3164\u115f',
      '\u00ad\u034f',
      '\u{e0041}',
      '\u0301',
      'P\u0430ul',
      '\u0391da',
      'Ada Iv\u0430nova',
    ]
    for (const [index, name] of refused.entries()) {
      const response = await register({ name, email: `look${index}@example.com` })
      assert.equal(response.statusCode, 422, JSON.stringify(name))
      assert.ok(errorAt(response.body, 'name'), JSON.stringify(name))
    }
    const taken = [
      'Павел',
      'Ada Павлова',
      '山田Taro',
      'Ωmega'.normalize('NFKC').slice(1),
      'محمد',
      '1337',
      '🦊',
      "O'Neil",
    ]
    for (const [index, name] of taken.entries())
      assert.equal((await register({ name, email: `fine${index}@example.com` })).statusCode, 303, name)
    await deliverMail()
  })

  test('asks to wait after five for one address or twenty from one network', async () => {
    for (let count = 0; count < 5; count++) await register({ name: 'Zoe', email: 'zoe@example.com' })
    assert.equal((await register({ name: 'Zoe', email: 'ZOE@example.com' })).statusCode, 429)

    const from = (index: number) => register({ name: 'Many', email: `many${index}@example.com` }, '192.0.2.77')
    for (let count = 0; count < 20; count++) assert.equal((await from(count)).statusCode, 303)
    const late = await from(21)
    assert.equal(late.statusCode, 429)
    assert.ok(Number(late.headers['retry-after']) > 3000)
    assert.equal(await find('many21@example.com'), undefined)
    await deliverMail()
  })

  test('is not there when registration is closed', async () => {
    await sql`update settings set registration_is_open = false, version = version + 1`.execute(db)
    await settings.refresh()
    try {
      assert.equal((await app.inject(paths.register())).statusCode, 404)
      assert.equal((await register({ name: 'Late', email: 'late@example.com' })).statusCode, 404)
      assert.equal(await find('late@example.com'), undefined)
      assert.doesNotMatch((await app.inject(paths.home())).body, new RegExp(`href="${paths.register()}"`))
    } finally {
      await sql`update settings set registration_is_open = true, version = version + 1`.execute(db)
      await settings.refresh()
    }
    assert.equal((await app.inject(paths.register())).statusCode, 200)
    assert.equal((await cast.rosa.get(paths.register())).statusCode, 303)
  })
})

function register(form: Record<string, string>, ip?: string) {
  return send(blog, paths.register(), { password, ...form }, ip ? { ip } : {})
}

async function linkFor(email: string): Promise<string> {
  await register({ name: 'Linked', email })
  const mail = (await deliverMail()).find(({ to }) => to === email)
  return linkIn(mail?.text ?? '')
}

async function find(email: string) {
  return await db
    .selectFrom('users')
    .selectAll()
    .where(sql<string>`lower(email)`, '=', email)
    .executeTakeFirst()
}

function withoutChance({ 'x-request-id': _, date: __, ...headers }: Record<string, unknown>) {
  return headers
}
