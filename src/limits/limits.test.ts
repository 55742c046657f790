// Whatever is limited is limited by account and by network, however either is spelt; and nobody is kept out by others.
import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { sql } from 'kysely'
import { newBlog, testApp } from '../../test/app.ts'
import { newcomer, password } from '../../test/cast.ts'
import { testLimits } from '../../test/database.ts'
import { linkIn, send, signIn } from '../../test/people.ts'
import { paths } from '../paths.ts'
import { countCode } from '../second-factor/queries.ts'

const blog = await testApp()
const { app, db, deliverMail } = blog
const behindProxy = await newBlog({ TRUSTED_PROXIES: '127.0.0.1' }, { ...blog, limits: testLimits })

beforeEach(() => sql`delete from attempts`.execute(db))

type Door = { most: number; path: string; form: (count: number) => Record<string, string> }
const doors: Record<string, Door> = {
  'signing in': {
    most: 50,
    path: paths.signIn(),
    form: (count) => ({ email: `s${count}@example.com`, password: 'guess' }),
  },
  'a forgotten password': {
    most: 20,
    path: paths.forgottenPassword(),
    form: (count) => ({ email: `f${count}@example.com` }),
  },
  registering: {
    most: 20,
    path: paths.register(),
    form: (count) => ({ name: 'Many', email: `r${count}@example.com`, password: 'correct horse battery' }),
  },
}

for (const [name, { most, path, form }] of Object.entries(doors)) {
  describe(name, () => {
    test('is limited for one network, however its address is spelt', async () => {
      const spellings = [
        '192.0.2.9',
        '::ffff:192.0.2.9',
        '::ffff:c000:209',
        '::FFFF:192.0.2.9',
        '0:0:0:0:0:ffff:192.0.2.9',
      ]
      for (let count = 0; count < most; count++)
        assert.notEqual((await ask(blog, path, form(count), spellings[count % 5])).statusCode, 429, `${count}`)
      for (const ip of spellings) assert.equal((await ask(blog, path, form(99), ip)).statusCode, 429, ip)
      assert.notEqual((await ask(blog, path, form(98), '192.0.2.10')).statusCode, 429)
    })

    test('is limited for a whole /64, and for no more', async () => {
      for (let count = 0; count < most; count++)
        await ask(blog, path, form(count), `2001:db8:7:8:${count.toString(16)}::${count.toString(16)}`)
      assert.equal((await ask(blog, path, form(99), '2001:0DB8:0007:0008:ffff:ffff:ffff:ffff')).statusCode, 429)
      assert.notEqual((await ask(blog, path, form(99), '2001:db8:7:9::1')).statusCode, 429)
    })

    test('is not forgotten for a header that nobody trusted sends', async () => {
      for (let count = 0; count < most; count++)
        await ask(blog, path, form(count), '192.0.2.55', { 'x-forwarded-for': `198.51.100.${count}` })
      const late = await ask(blog, path, form(99), '192.0.2.55', { 'x-forwarded-for': '203.0.113.1' })
      assert.equal(late.statusCode, 429)
    })

    test('behind a proxy counts the address that the proxy adds, and nothing before it', async () => {
      const from = (forged: string, real: string) => ({ 'x-forwarded-for': `${forged}, ${real}` })
      for (let count = 0; count < most; count++)
        await ask(behindProxy, path, form(count), '127.0.0.1', from(`198.51.100.${count}`, '192.0.2.77'))
      const asked = (headers: Record<string, string>) => ask(behindProxy, path, form(99), '127.0.0.1', headers)
      assert.equal((await asked(from('203.0.113.1', '192.0.2.77'))).statusCode, 429)
      assert.equal((await asked(from('203.0.113.1, 127.0.0.1', '::ffff:192.0.2.77'))).statusCode, 429)
      assert.notEqual((await asked(from('192.0.2.77', '203.0.113.2'))).statusCode, 429)
    })

    test('takes one text for each field, and nothing that is a list or an object', async () => {
      const [[key = '', value = '']] = Object.entries(form(1)) as [[string, string]]
      const rest = new URLSearchParams(form(1))
      rest.delete(key)
      for (const odd of [
        `${key}=${value}&${key}=${value}`,
        `${key}[]=${value}`,
        `${key}[$ne]=x`,
        `${key}[0]=${value}`,
        `${key}.a=${value}`,
        `__proto__[${key}]=${value}`,
        `constructor.prototype.${key}=${value}`,
      ]) {
        const answer = await app.inject({
          method: 'POST',
          url: path,
          remoteAddress: '192.0.2.200',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          payload: `${odd}&${rest}`,
        })
        assert.equal(answer.statusCode, 422, odd)
        assert.equal(answer.headers['set-cookie'], undefined)
      }
      assert.equal(({} as Record<string, unknown>)[key], undefined)
    })
  })
}

describe('one address', () => {
  const spellings = (email: string) => [
    email,
    email.toUpperCase(),
    ` ${email} `,
    email.replace('@', '＠'),
    `${email}.`,
    email.replace('e', 'ｅ'),
  ]

  test('is asked for a new password five times in half an hour, in all its spellings together', async () => {
    const ways = spellings('someone.else@example.com')
    for (let count = 0; count < 5; count++)
      assert.equal((await ask(blog, paths.forgottenPassword(), { email: ways[count] ?? '' })).statusCode, 200)
    for (const email of ways)
      assert.equal((await ask(blog, paths.forgottenPassword(), { email })).statusCode, 429, email)
  })

  test('is registered five times an hour, in all its spellings together', async () => {
    const ways = spellings('someone.new@example.com')
    const form = (email: string) => ({ name: 'Many', email, password: 'correct horse battery' })
    for (let count = 0; count < 5; count++)
      assert.equal((await ask(blog, paths.register(), form(ways[count] ?? ''))).statusCode, 303)
    for (const email of ways) assert.equal((await ask(blog, paths.register(), form(email))).statusCode, 429, email)
    await deliverMail()
  })

  test('that waits for its confirmation gets four links an hour at most', async () => {
    await ask(blog, paths.register(), { name: 'Waits', email: 'waits@example.com', password })
    for (let count = 0; count < 6; count++) await signIn(blog, 'waits@example.com')
    assert.equal((await deliverMail()).filter(({ to }) => to === 'waits@example.com').length, 4)
  })
})

describe('somebody whom others try to keep out', () => {
  test('stays signed in, and comes in by a link from mail', async () => {
    const person = await newcomer(app, db, 'Victim', 'viewer')
    for (let count = 0; count < 101; count++) await signIn(blog, person.email, { password: 'guess' })
    assert.equal((await signIn(blog, person.email)).statusCode, 429)
    assert.equal((await person.get(paths.profile())).statusCode, 200)

    await ask(blog, paths.forgottenPassword(), { email: person.email })
    const link = linkIn((await deliverMail())[0]?.text ?? '')
    assert.equal((await ask(blog, link, { password: 'a new sentence' })).statusCode, 303)
    assert.equal((await signIn(blog, person.email, { password: 'a new sentence' })).statusCode, 303)
  })

  test('has a link that works as long as nobody may ask for another one', async () => {
    const person = await newcomer(app, db, 'Flooded', 'viewer')
    for (let count = 0; count < 5; count++) await ask(blog, paths.forgottenPassword(), { email: person.email })
    assert.equal((await ask(blog, paths.forgottenPassword(), { email: person.email })).statusCode, 429)
    const mails = (await deliverMail()).filter(({ to }) => to === person.email)
    assert.equal(mails.length, 5)
    const { rows } = await sql<{ is_covered: boolean }>`
      select (select max(expires_at) from mail_tokens where user_id = ${person.id}) >= max(window_ends_at) as is_covered
      from attempts where key like 'forgotten as:%'`.execute(db)
    assert.deepEqual(rows, [{ is_covered: true }])
    assert.equal((await ask(blog, linkIn(mails[0]?.text ?? ''), { password: 'a new sentence' })).statusCode, 303)
  })
})

test('codes are limited by network and by account', async () => {
  const isRefused = async (user_id: number, ip: string) =>
    await countCode(db, user_id, ip).then(
      () => false,
      () => true,
    )
  for (let count = 0; count < 10; count++) assert.equal(await isRefused(7, '2001:db8::1'), false)
  assert.equal(await isRefused(7, '2001:db8::ffff'), true)
  assert.equal(await isRefused(8, '2001:db8::1'), false)
  await sql`delete from attempts`.execute(db)
  for (let count = 0; count < 30; count++) assert.equal(await isRefused(7, `192.0.2.${count}`), false)
  assert.equal(await isRefused(7, '192.0.2.99'), true)
})

function ask(
  on: Pick<typeof blog, 'app'>,
  path: string,
  form: Record<string, string>,
  ip?: string,
  headers: Record<string, string> = {},
) {
  return send(on, path, form, { ...(ip && { ip }), headers })
}
