// Whatever is limited is limited by account and by network, however either is spelt; and nobody is kept out by others.
import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { sql } from 'kysely'
import { newBlog, testApp } from '../../test/app.ts'
import { newcomer, password } from '../../test/cast.ts'
import { testLimits } from '../../test/database.ts'
import {
  ask,
  countsBehindProxy,
  countsInSpiteOfHeaders,
  countsNetworks,
  countsSpellings,
  doors,
  takesTexts,
} from '../../test/limited-doors.ts'
import { linkIn, signIn } from '../../test/people.ts'
import { paths } from '../paths.ts'
import { countCode } from '../second-factor/queries.ts'

const blog = await testApp()
const { app, db, deliverMail } = blog
const behindProxy = await newBlog({ TRUSTED_PROXIES: '127.0.0.1' }, { ...blog, limits: testLimits })

const blogs = { blog, behindProxy }

beforeEach(() => sql`delete from attempts`.execute(db))

describe('a forgotten password', () => {
  const door = doors['a forgotten password']
  test('is limited for one network, however its address is spelt', () => countsSpellings(blogs, door))
  test('is limited for a whole /64, and for no more', () => countsNetworks(blogs, door))
  test('is not forgotten for a header that nobody trusted sends', () => countsInSpiteOfHeaders(blogs, door))
  test('behind a proxy counts the address that the proxy adds, and nothing before it', () =>
    countsBehindProxy(blogs, door))
  test('takes one text for each field, and nothing that is a list or an object', () => takesTexts(blogs, door))
})

// The rest of theirs is in limits.slow.test.ts.
for (const name of ['signing in', 'registering'] as const)
  describe(name, () => {
    test('is limited for one network, however its address is spelt', () => countsSpellings(blogs, doors[name]))
    test('takes one text for each field, and nothing that is a list or an object', () => takesTexts(blogs, doors[name]))
  })

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
