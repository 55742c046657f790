// How often signing in may be tried, and where it may lead.
import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { newcomer } from '../../test/cast.ts'
import { fieldOf } from '../../test/pages.ts'
import { cookieOf, linkIn, send, signIn } from '../../test/people.ts'
import { networkOf } from '../limits/queries.ts'
import { paths } from '../paths.ts'

const blog = await testApp()
const { app, cast, db } = blog
const { rosa } = cast
const here = '192.0.2.77'

beforeEach(() => sql`delete from attempts`.execute(db))

describe('wrong passwords', () => {
  test('for one account are ten in a quarter of an hour from one place, however it is spelt', async () => {
    const person = await newcomer(app, db, 'Guessed', 'viewer')
    const spellings = [
      person.email,
      person.email.toUpperCase(),
      ` ${person.email}`,
      person.email.replace('@', '＠'),
      `${person.email}.`,
    ]
    for (let count = 0; count < 10; count++) {
      assert.equal(
        (await signIn(blog, spellings[count % 5] ?? '', { password: `guess ${count}` }, here)).statusCode,
        422,
      )
    }

    const eleventh = await signIn(blog, person.email, {}, here)
    assert.equal(eleventh.statusCode, 429)
    assert.ok(Number(eleventh.headers['retry-after']) > 800 && Number(eleventh.headers['retry-after']) <= 900)
    assert.equal(eleventh.headers['set-cookie'], undefined)
    assert.equal((await signIn(blog, rosa.email, {}, here)).statusCode, 303)
    // Strangers who guess do not keep the owner out.
    assert.equal((await signIn(blog, person.email)).statusCode, 303)
    // Who is signed in already stays so.
    assert.equal((await person.get(paths.profile())).statusCode, 200)

    await sql`update attempts set window_ends_at = now() - interval '1 second'`.execute(db)
    assert.equal((await signIn(blog, person.email, {}, here)).statusCode, 303)
  })

  test('for one account are a hundred from everywhere together', async () => {
    const person = await newcomer(app, db, 'Besieged', 'viewer')
    const answers = []
    for (let count = 0; count < 101; count++) answers.push(await signIn(blog, person.email, { password: 'guess' }))
    assert.equal(answers.filter(({ statusCode }) => statusCode === 422).length, 100)
    assert.equal(answers.at(-1)?.statusCode, 429)
  })

  test('no longer count after a new password by mail', async () => {
    const person = await newcomer(app, db, 'Locked', 'viewer')
    for (let count = 0; count < 11; count++) await signIn(blog, person.email, { password: 'guess' }, here)
    await send(blog, paths.forgottenPassword(), { email: person.email }, { ip: here })
    const [mail] = await blog.deliverMail()
    await send(blog, linkIn(mail?.text ?? ''), { password: 'a new sentence' }, { ip: here })
    assert.equal((await signIn(blog, person.email, { password: 'a new sentence' }, here)).statusCode, 303)
  })

  test('from one network are fifty, whatever the accounts', async () => {
    for (let count = 0; count < 50; count++) {
      const ip = `2001:db8:1:2::${count.toString(16)}`
      assert.equal((await signIn(blog, `guess${count}@example.com`, { password: 'guess' }, ip)).statusCode, 422)
    }

    assert.equal((await signIn(blog, 'another@example.com', {}, '2001:db8:1:2:ffff::1')).statusCode, 429)
    assert.equal((await signIn(blog, rosa.email, {}, '2001:db8:1:3::1')).statusCode, 303)
  })

  test('are not forgotten by naming another address in a header', async () => {
    const person = await newcomer(app, db, 'Forged', 'viewer')
    for (let count = 0; count < 51; count++) {
      const headers = {
        'x-forwarded-for': `198.51.100.${count}`,
        forwarded: `for=198.51.100.${count}`,
        'x-real-ip': `198.51.100.${count}`,
      }
      await send(
        blog,
        paths.signIn(),
        { email: `f${count}@example.com`, password: 'guess' },
        { ip: '192.0.2.55', headers },
      )
    }

    assert.equal((await signIn(blog, person.email, {}, '192.0.2.55')).statusCode, 429)
  })

  test('cannot be tried at once to get past the limit', async () => {
    const person = await newcomer(app, db, 'Rushed', 'viewer')
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => signIn(blog, person.email, { password: 'guess' }, here)),
    )

    assert.equal(answers.filter(({ statusCode }) => statusCode === 422).length, 10)
    assert.equal(answers.filter(({ statusCode }) => statusCode === 429).length, 20)
  })
})

test('one network is a whole /64, or one address of the older kind', () => {
  const networks = {
    '192.0.2.1': '192.0.2.1',
    '::ffff:192.0.2.1': '192.0.2.1',
    '2001:db8:1:2:3:4:5:6': '2001:db8:1:2',
    '2001:db8:1:2::': '2001:db8:1:2',
    '2001:db8::1': '2001:db8:0:0',
    '::1': '0:0:0:0',
    'fe80::1%eth0': 'fe80:0:0:0',
  }
  for (const [ip, network] of Object.entries(networks)) assert.equal(networkOf(ip), network, ip)
})

describe('after signing in', () => {
  const here = {
    '/admin/posts': '/admin/posts',
    '/posts/a?before=1#comments': '/posts/a?before=1#comments',
    '/posts/%E5%AD%97': '/posts/%E5%AD%97',
    '/a/../b': '/b',
  }
  for (const [next, location] of Object.entries(here)) {
    test(`${next} is a way on`, async () => {
      assert.equal((await signIn(blog, rosa.email, { next })).headers.location, location)
    })
  }

  const elsewhere = [
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '/\r\n/evil.example',
    '\t//evil.example',
    'https:evil.example',
    'https:/evil.example',
    'https://evil.example',
    'http://localhost:8081/',
    '@evil.example',
    'evil.example',
    '.evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    '/..//evil.example',
    '/.//evil.example',
    '/a/..//evil.example',
    '/%2e%2e//evil.example',
    '/%2e//evil.example',
    '/..\\/evil.example',
    '',
    ' ',
    '?',
    '#',
    'x'.repeat(2000),
  ]
  for (const next of elsewhere) {
    test(`${JSON.stringify(next.slice(0, 40))} is none`, async () => {
      const response = await signIn(blog, rosa.email, { next })
      assert.equal(response.statusCode, 303)
      assert.equal(response.headers.location, '/')
      const page = await app.inject(`${paths.signIn()}?next=${encodeURIComponent(next)}`)
      assert.equal(fieldOf(page.body, 'next'), '/')
      const known = await app.inject({
        url: `${paths.signIn()}?next=${encodeURIComponent(next)}`,
        headers: { cookie: cookieOf(response) },
      })
      assert.equal(known.headers.location, '/')
    })
  }

  test('an address that stays with us also when it is encoded oddly is no way out', async () => {
    for (const next of [
      '/%09/evil.example',
      '/%5cevil.example',
      '/%2fevil.example',
      '/@evil.example',
      '/https://evil.example',
      '/;//evil.example',
    ]) {
      const { location } = (await signIn(blog, rosa.email, { next })).headers
      assert.equal(new URL(String(location), 'http://localhost:8081/sign-in').origin, 'http://localhost:8081', next)
      assert.match(String(location), /^\/(?!\/)/)
    }
  })
})
