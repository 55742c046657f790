// Setting up a second factor, signing in with it, and what stays shut without it.
import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { sql } from 'kysely'
import { Secret, TOTP } from 'otpauth'
import { program } from '../../test/api-client.ts'
import { newBlog, testApp } from '../../test/app.ts'
import { type Person, newcomer, password } from '../../test/cast.ts'
import { testLimits } from '../../test/database.ts'
import { read } from '../../test/documents.ts'
import { errorAt, fieldOf, unescaped } from '../../test/pages.ts'
import { cookieOf, linkIn, send, signIn } from '../../test/people.ts'
import { paths } from '../paths.ts'

const key = { OAUTH_TOKEN_KEY: Buffer.alloc(32, 7).toString('base64') }
const blog = await testApp(key)
const { app, cast, db, deliverMail } = blog
const place = { ...blog, limits: testLimits }
const other = await newBlog(key, place)

beforeEach(() => sql`delete from attempts`.execute(db))

describe('setting up', () => {
  test('asks the password, shows secret and picture, and counts after the first code', async () => {
    const person = await newcomer(app, db, 'Setter', 'author')
    const elsewhere = cookieOf(await signIn(blog, person.email))
    assert.match((await person.get(paths.profile())).body, new RegExp(`href="${paths.secondFactor()}"`))
    const wrong = await person.post(paths.secondFactor(), { password: 'not it' })
    assert.equal(wrong.statusCode, 422)
    assert.equal(errorAt(wrong.body, 'password'), 'This is not your password.')

    const begun = await person.post(paths.secondFactor(), { password, next: '/tags' })
    assert.equal(begun.statusCode, 303)
    const page = await person.get(String(begun.headers.location))
    const secret = secretIn(page.body)
    assert.equal(secret.length, 32)
    assert.equal(fieldOf(page.body, 'next'), '/tags')
    const picture = await person.get(paths.secondFactorPicture())
    assert.equal(picture.headers['content-type'], 'image/svg+xml')
    assert.equal(picture.headers['cache-control'], 'no-store')
    assert.match(picture.body, /^<svg/)
    assert.equal((await signIn(blog, person.email)).headers.location, '/')

    const bad = await person.post(paths.secondFactorConfirmation(), { code: '000000', next: '/tags' })
    assert.equal(bad.statusCode, 422)
    assert.match(errorAt(bad.body, 'code') ?? '', /not right/)
    assert.equal(secretIn(bad.body), secret)
    const done = await person.post(paths.secondFactorConfirmation(), { code: codeOf(secret), next: '/tags' })
    assert.equal(done.statusCode, 200)
    assert.equal(codesIn(done.body).length, 10)
    assert.match(done.body, /href="\/tags"/)
    assert.equal(done.headers['cache-control'], 'no-store')

    assert.equal(await isIn(person.cookie), true)
    assert.equal(await isIn(elsewhere), false)
    const after = await person.get(paths.secondFactor())
    assert.match(after.body, /is on since.*10 recovery codes are left/s)
    assert.ok(!after.body.includes(secret.slice(0, 4)))
    assert.equal((await person.get(paths.secondFactorPicture())).statusCode, 404)
    assert.match((await deliverMail()).find(({ to }) => to === person.email)?.subject ?? '', /is on/)
  })

  test('shows the secret to no other session, and to nobody after a quarter of an hour', async () => {
    const person = await newcomer(app, db, 'Hider', 'viewer')
    const elsewhere = cookieOf(await signIn(blog, person.email))
    await person.post(paths.secondFactor(), { password })
    assert.ok(secretIn((await person.get(paths.secondFactor())).body))
    const theirs = await app.inject({ url: paths.secondFactor(), headers: { cookie: elsewhere } })
    assert.doesNotMatch(theirs.body, /class="secret"/)
    const picture = await app.inject({ url: paths.secondFactorPicture(), headers: { cookie: elsewhere } })
    assert.equal(picture.statusCode, 404)
    await sql`update second_factors set begun_at = now() - interval '16 minutes' where user_id = ${person.id}`.execute(
      db,
    )
    assert.doesNotMatch((await person.get(paths.secondFactor())).body, /class="secret"/)
  })

  test('keeps neither the secret nor a recovery code in the database', async () => {
    const { secret, codes, person } = await withFactor('Dumped')
    const { rows } = await sql<{ text: string }>`
      select second_factors::text as text from second_factors where user_id = ${person.id}
      union all select recovery_codes::text from recovery_codes where user_id = ${person.id}`.execute(db)
    assert.equal(rows.length, 11)
    for (const { text } of rows)
      for (const hidden of [secret, ...codes, ...codes.map(plain)]) assert.ok(!text.includes(hidden))
    for (const hidden of [secret, codes[0] ?? '']) assert.ok(!blog.logged().includes(hidden))
  })

  test('without the operator’s key is not offered where the database is elsewhere', async () => {
    const keyless = await newBlog({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }, place)
    const person = await newcomer(app, db, 'Keyless', 'viewer')
    const page = await keyless.app.inject({ url: paths.secondFactor(), headers: { cookie: person.cookie } })
    assert.match(page.body, /OAUTH_TOKEN_KEY/)
    const begun = await send(keyless, paths.secondFactor(), { password }, { cookie: person.cookie })
    assert.equal(begun.statusCode, 409)
  })

  test('makes a key of its own where the database is in the data folder', async () => {
    const own = await testApp()
    const { codes, secret } = await withFactor('Homely', 'viewer', own)
    const { readFileSync, statSync } = await import('node:fs')
    const path = `${own.config.dataFolder}/second-factor.key`
    assert.equal(Buffer.from(readFileSync(path, 'utf8'), 'base64').length, 32)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.ok(codes.length === 10 && secret)
  })
})

describe('signing in with a second factor', () => {
  test('asks for a code after the password, and goes on where it was asked to', async () => {
    const { person, secret } = await withFactor('Enterer')
    const half = await signIn(blog, person.email, { next: '/admin/posts', keep: 'yes' })
    assert.equal(half.statusCode, 303)
    assert.equal(half.headers.location, paths.signInCode())
    assert.match(
      String(half.headers['set-cookie']),
      /^bloggy-half=[\w-]{43}; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/,
    )
    const cookie = cookieOf(half)
    const page = await app.inject({ url: paths.signInCode(), headers: { cookie } })
    assert.match(page.body, /autocomplete="one-time-code"/)

    const answer = await send(blog, paths.signInCode(), { code: ` ${inHalves(nextCode(secret))} ` }, { cookie })
    assert.equal(answer.headers.location, '/admin/posts')
    const session = sessionIn(answer)
    assert.equal(await isIn(session), true)
    assert.match(setCookies(answer).find((line) => line.startsWith('bloggy=')) ?? '', /Max-Age=2592000/)
    assert.match(setCookies(answer).find((line) => line.startsWith('bloggy-half=')) ?? '', /Max-Age=0/)
    assert.equal((await app.inject({ url: paths.signInCode(), headers: { cookie } })).headers.location, paths.signIn())
  })

  test('is a stranger everywhere else before the code', async () => {
    const { person } = await withFactor('Halfway', 'admin')
    const half = cookieOf(await signIn(blog, person.email))
    const token = half.split('=')[1]
    for (const cookie of [half, `bloggy=${token}`, `${half}; bloggy=${token}`]) {
      for (const path of readablePaths()) {
        const [mine, strangers] = [
          await app.inject({ url: path, headers: { cookie } }),
          await app.inject({ url: path, headers: { cookie: '' } }),
        ]
        if (path === paths.signInCode()) continue
        assert.equal(mine.statusCode, strangers.statusCode, path)
        assert.equal(mine.headers.location, strangers.headers.location, path)
      }
      for (const path of [
        paths.admin.posts(),
        paths.admin.settings(),
        paths.password(),
        paths.sessionsEnd(),
        paths.secondFactorEnd(),
      ]) {
        const form = { title: 'T', body: 'B', old_password: password, password, which: 'all', code: '1' }
        assert.equal((await send(blog, path, form, { cookie })).statusCode, 401, path)
      }
    }
    assert.equal(await isIn(person.cookie), true)
  })

  test('lets each code in once, also with another browser that waits for it', async () => {
    const { person, secret } = await withFactor('Once')
    const halves = [cookieOf(await signIn(blog, person.email)), cookieOf(await signIn(blog, person.email))]
    const code = nextCode(secret)
    assert.equal((await give(halves[0] ?? '', code)).statusCode, 303)
    assert.equal((await give(halves[1] ?? '', code)).statusCode, 422)
    // Nor one that is older than the last.
    assert.equal((await give(halves[1] ?? '', codeOf(secret))).statusCode, 422)
  })

  test('of twenty at once with one code lets exactly one in, on two servers', async () => {
    const { person, secret } = await withFactor('Crowded')
    const halves = []
    for (let count = 0; count < 20; count++) halves.push(cookieOf(await signIn(blog, person.email)))
    await sql`delete from attempts`.execute(db)
    const code = nextCode(secret)
    const answers = await Promise.all(halves.map((cookie, at) => give(cookie, code, at % 2 ? other : blog)))
    assert.equal(answers.filter((answer) => sessionIn(answer) !== '').length, 1)
  })

  test('of twenty at once from one browser lets exactly one in', async () => {
    const { person, secret } = await withFactor('Doubled')
    const cookie = cookieOf(await signIn(blog, person.email))
    const code = nextCode(secret)
    const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => give(cookie, code, at % 2 ? other : blog)))
    assert.equal(answers.filter((answer) => sessionIn(answer) !== '').length, 1)
    const sessions = db.selectFrom('sessions').select('id').where('user_id', '=', person.id)
    // The one that set it up, and the new one.
    assert.equal((await sessions.execute()).length, 2)
  })

  test('takes no code of another account, nor of another browser’s state', async () => {
    const [one, two] = [await withFactor('Oneself'), await withFactor('Another')]
    const cookie = cookieOf(await signIn(blog, one.person.email))
    const theirs = cookieOf(await signIn(blog, two.person.email))
    assert.equal((await give(cookie, nextCode(two.secret))).statusCode, 422)
    assert.equal((await give(cookie, two.codes[0] ?? '')).statusCode, 422)
    assert.equal((await give('bloggy-half=', nextCode(one.secret))).headers.location, `${paths.signIn()}?done=over`)
    // It was not used up by being refused there.
    assert.equal(sessionIn(await give(theirs, nextCode(two.secret))) !== '', true)
  })

  test('is over after five wrong codes, which its owner is told; the sixth is not looked at', async () => {
    const { person, secret } = await withFactor('Guessed')
    await deliverMail()
    const cookie = cookieOf(await signIn(blog, person.email))
    for (let count = 0; count < 4; count++) assert.equal((await give(cookie, '000000')).statusCode, 422)
    const fifth = await give(cookie, '000000')
    assert.equal(fifth.headers.location, `${paths.signIn()}?done=over`)
    assert.match((await app.inject(String(fifth.headers.location))).body, /too many codes were wrong/)
    const sixth = await give(cookie, nextCode(secret))
    assert.equal(sixth.headers.location, `${paths.signIn()}?done=over`)
    assert.equal(sessionIn(sixth), '')
    const [mail] = await deliverMail()
    assert.match(mail?.subject ?? '', /knows your password/)
    assert.equal(mail?.to, person.email)
  })

  test('counts guesses by account, however often it is begun anew', async () => {
    const { person } = await withFactor('Stubborn')
    const answers = []
    for (let count = 0; count < 31; count++) {
      await sql`delete from attempts where key like 'sign-in%'`.execute(db)
      const cookie = cookieOf(await signIn(blog, person.email))
      answers.push((await give(cookie, '000000')).statusCode)
    }
    assert.deepEqual(answers.slice(0, 30), Array(30).fill(422))
    assert.equal(answers.at(-1), 429)
    // Whoever is signed in stays so.
    assert.equal(await isIn(person.cookie), true)
  })

  test('is over after ten minutes', async () => {
    const { person, secret } = await withFactor('Late')
    const cookie = cookieOf(await signIn(blog, person.email))
    await sql`update half_sign_ins set expires_at = now() where user_id = ${person.id}`.execute(db)
    assert.equal((await app.inject({ url: paths.signInCode(), headers: { cookie } })).statusCode, 303)
    assert.equal(sessionIn(await give(cookie, nextCode(secret))), '')
    const { deleteEndedHalfSignIns } = await import('../half-sign-ins/queries.ts')
    assert.ok((await deleteEndedHalfSignIns(db)) >= 1)
  })

  test('ends with a new password, and with the account', async () => {
    for (const end of ['password', 'closing'] as const) {
      const { person, secret } = await withFactor(`Ended${end}`)
      const cookie = cookieOf(await signIn(blog, person.email))
      if (end === 'password')
        await person.post(paths.password(), { old_password: password, password: 'another long sentence' })
      else await db.updateTable('users').set({ state: 'disabled' }).where('id', '=', person.id).execute()
      assert.equal(sessionIn(await give(cookie, nextCode(secret))), '', end)
    }
  })

  test('takes each recovery code once, however it is typed, and says how many are left', async () => {
    const { person, codes } = await withFactor('Paper')
    await deliverMail()
    const [first = '', second = ''] = codes
    const enter = async (code: string) => give(cookieOf(await signIn(blog, person.email)), code)
    assert.notEqual(sessionIn(await enter(plain(first).toLowerCase())), '')
    assert.equal((await enter(first)).statusCode, 422)
    assert.notEqual(sessionIn(await enter(second.replaceAll('-', ' '))), '')
    assert.match((await deliverMail())[0]?.text ?? '', /9 are left/)
    const at = cookieOf(await signIn(blog, person.email))
    const parallel = await Promise.all(Array.from({ length: 5 }, () => give(at, codes[2] ?? '')))
    assert.equal(parallel.filter((answer) => sessionIn(answer) !== '').length, 1)
  })

  test('goes on with paper where the key is gone, and says so', async () => {
    const { person, secret, codes } = await withFactor('Rotated')
    const changed = await newBlog({ OAUTH_TOKEN_KEY: Buffer.alloc(32, 9).toString('base64') }, place)
    const cookie = cookieOf(await signIn(changed, person.email))
    const page = await changed.app.inject({ url: paths.signInCode(), headers: { cookie } })
    assert.match(page.body, /OAUTH_TOKEN_KEY/)
    assert.equal((await give(cookie, nextCode(secret), changed)).statusCode, 422)
    assert.notEqual(sessionIn(await give(cookie, codes[0] ?? '', changed)), '')
    const both = `${Buffer.alloc(32, 9).toString('base64')},${key.OAUTH_TOKEN_KEY}`
    const turned = await newBlog({ OAUTH_TOKEN_KEY: both }, place)
    assert.notEqual(sessionIn(await give(cookieOf(await signIn(turned, person.email)), nextCode(secret), turned)), '')
  })

  test('answers anything that is no code with the form again', async () => {
    const { person } = await withFactor('Odd')
    for (const code of ['', 'x', '１２３', "' or 1=1", '\u0000', 'A'.repeat(41), '𝟙'.repeat(9)]) {
      await sql`delete from attempts`.execute(db)
      const cookie = cookieOf(await signIn(blog, person.email))
      assert.ok([400, 422].includes((await give(cookie, code)).statusCode), JSON.stringify(code))
    }
  })
})

describe('a new password by mail', () => {
  test('does not get past the second factor, which stays', async () => {
    const { person, secret } = await withFactor('Resetter')
    await deliverMail()
    for (let count = 0; count < 12; count++) {
      await sql`delete from attempts where key like 'sign-in%'`.execute(db)
      await give(cookieOf(await signIn(blog, person.email)), '000000')
    }
    await deliverMail()
    await send(blog, paths.forgottenPassword(), { email: person.email })
    const link = linkIn((await deliverMail()).find(({ subject }) => /new password/.test(subject))?.text ?? '')
    const reset = await send(blog, link, { password: 'a sentence from mail' })
    assert.equal(sessionIn(reset), '')
    assert.equal(await isIn(person.cookie), false)
    const half = await signIn(blog, person.email, { password: 'a sentence from mail' })
    assert.equal(half.headers.location, paths.signInCode())
    assert.notEqual(sessionIn(await give(cookieOf(half), nextCode(secret))), '')
  })
})

describe('turning it off, and new codes', () => {
  test('need the password and a code', async () => {
    const { person, secret, codes } = await withFactor('Off')
    for (const path of [paths.recoveryCodes(), paths.secondFactorEnd()]) {
      const code = codes[0] ?? ''
      assert.equal((await person.post(path, { password: 'wrong one', code })).statusCode, 422)
      assert.equal((await person.post(path, { password, code: '000000' })).statusCode, 422)
      assert.equal((await person.post(path, { code })).statusCode, 422)
      assert.equal((await person.post(path, { password })).statusCode, 422)
    }
    const made = await person.post(paths.recoveryCodes(), { password, code: codes[0] ?? '' })
    const fresh = codesIn(made.body)
    assert.equal(fresh.length, 10)
    assert.equal(new Set([...fresh, ...codes]).size, 20)
    assert.equal((await person.post(paths.secondFactorEnd(), { password, code: codes[1] ?? '' })).statusCode, 422)
    assert.equal((await person.post(paths.secondFactorEnd(), { password, code: nextCode(secret) })).statusCode, 303)
    assert.notEqual(sessionIn(await signIn(blog, person.email)), '')
    const events = db.selectFrom('audit_events').select('action').where('subject_id', '=', person.id)
    assert.deepEqual(
      (await events.where('action', 'like', 'second-factor.%').orderBy('id').execute()).map(({ action }) => action),
      ['second-factor.set-up', 'second-factor.codes-made', 'second-factor.removed'],
    )
  })
})

describe('a role that needs a second factor', () => {
  test('gives its rights to who has one, and leads others to set it up', async () => {
    const { person: owner } = await withFactor('Chief', 'admin')
    const writer = await newcomer(app, db, 'Needy', 'author')
    const bystander = await newcomer(app, db, 'Bystander', 'moderator')
    assert.equal((await require(owner, ['author'])).statusCode, 303)
    try {
      const entered = await signIn(blog, writer.email, { next: '/admin/posts' })
      assert.equal(entered.headers.location, paths.secondFactor({ next: '/admin/posts' }))
      for (const path of [
        paths.admin.dashboard(),
        paths.admin.posts(),
        paths.admin.media(),
        `${paths.admin.posts()}?q=x`,
      ]) {
        assert.equal((await writer.get(path)).headers.location, paths.secondFactor({ next: path }))
      }
      assert.equal((await writer.post(paths.admin.posts(), { title: 'T', body: 'B' })).statusCode, 403)
      assert.match((await writer.get(paths.secondFactor())).body, /Your role needs a second factor/)
      assert.equal((await bystander.get(paths.admin.posts())).statusCode, 200)
      assert.equal((await writer.get(paths.profile())).statusCode, 200)

      await setUp(writer)
      assert.equal((await writer.get(paths.admin.posts())).statusCode, 200)
      assert.equal((await writer.post(paths.admin.posts(), { title: 'T', body: 'B' })).statusCode, 303)
    } finally {
      await require(owner, [])
    }
  })

  test('keeps who has not set one up yet above those who are below', async () => {
    const { person: owner } = await withFactor('Regent', 'admin')
    const waiting = await newcomer(app, db, 'Waiting', 'admin')
    await sql`insert into roles (name) values ('office')`.execute(db)
    await sql`insert into role_permissions (role_id, permission_id) select roles.id, permissions.id from roles, permissions
      where roles.name = 'office' and permissions.name in
        ('user.read', 'user.manage', 'user.edit.any', 'user.delete.any', 'role.assign')`.execute(db)
    const clerk = await newcomer(app, db, 'Clerk', 'office')
    const clerks = await program(app, db, clerk)
    const { id } = waiting
    assert.equal((await require(owner, ['admin'])).statusCode, 303)
    try {
      const mine = { name: 'Waiting', slug: 'waiting', email: 'clerk.too@example.com' }
      const tries: [string, Record<string, string>][] = [
        [paths.admin.person(id), mine],
        [paths.admin.personMerge(id), { into: String(clerk.id) }],
        [paths.admin.personDeletion(id), { posts: 'keep', comments: 'keep' }],
        [paths.admin.personClosing(id), {}],
        [paths.admin.personData(id), {}],
        [paths.admin.personSessionsEnd(id), {}],
        [paths.admin.personSecondFactorEnd(id), {}],
      ]
      const answers = await Promise.all(
        tries.map(async ([path, form]) => [path, (await clerk.post(path, form)).statusCode]),
      )
      assert.deepEqual(
        answers,
        tries.map(([path]) => [path, 403]),
      )
      assert.equal((await clerks.send('PATCH', paths.api.user(id), { email: mine.email })).statusCode, 403)
      assert.equal((await clerks.send('POST', paths.api.userClosing(id))).statusCode, 403)
      assert.equal(await isIn(waiting.cookie), true)
      // About oneself nothing is asked that was not asked before.
      assert.equal((await waiting.get(paths.profile())).statusCode, 200)
      const leaving = await waiting.post(paths.ownErasure(), { password, comments: 'keep' })
      assert.equal(leaving.statusCode, 303, leaving.body)
    } finally {
      await require(owner, [])
    }
  })

  test('is asked for by owners alone, and not of themselves before they have one', async () => {
    assert.equal((await cast.ben.get(paths.admin.safetySettings())).statusCode, 403)
    assert.equal((await cast.ben.post(paths.admin.safetySettings(), { roles: '1' })).statusCode, 403)
    assert.match((await cast.ada.get(paths.admin.settings())).body, new RegExp(paths.admin.safetySettings()))
    const refused = await require(cast.ada, ['admin'])
    assert.equal(refused.statusCode, 422)
    assert.match(refused.body, /Set up your own/)
    assert.match(refused.body, /value="1"[^>]* checked/)
    assert.equal((await cast.ada.get(paths.admin.settings())).statusCode, 200)
  })
})

describe('somebody who lost phone and paper', () => {
  test('is let in by who manages accounts, told by mail, and written down', async () => {
    const { person } = await withFactor('Lost')
    await deliverMail()
    const half = cookieOf(await signIn(blog, person.email))
    assert.equal((await cast.ben.post(paths.admin.personSecondFactorEnd(person.id))).statusCode, 403)
    assert.equal((await cast.ada.post(paths.admin.personSecondFactorEnd(person.id))).statusCode, 303)
    assert.equal((await app.inject({ url: paths.signInCode(), headers: { cookie: half } })).statusCode, 303)
    assert.notEqual(sessionIn(await signIn(blog, person.email)), '')
    assert.match((await deliverMail())[0]?.text ?? '', /removed .* by somebody who runs the blog/)
    const events = db.selectFrom('audit_events').select('actor_id').where('action', '=', 'second-factor.removed')
    assert.deepEqual(await events.where('subject_id', '=', person.id).execute(), [{ actor_id: cast.ada.id }])
    assert.equal((await cast.ada.post(paths.admin.personSecondFactorEnd(999_999))).statusCode, 404)
  })

  test('who owns the blog is let in by nobody below', async () => {
    const { person: owner } = await withFactor('Boss', 'admin')
    const keeper = await newcomer(app, db, 'Keeper', 'moderator')
    await sql`insert into role_permissions (role_id, permission_id) select roles.id, permissions.id from roles, permissions
      where roles.name = 'moderator' and permissions.name = 'user.manage'`.execute(db)
    assert.equal((await keeper.post(paths.admin.personSecondFactorEnd(owner.id))).statusCode, 403)
    assert.equal((await keeper.post(paths.admin.personSessionsEnd(owner.id))).statusCode, 403)
    const reader = await newcomer(app, db, 'Kept', 'viewer')
    assert.equal((await keeper.post(paths.admin.personSessionsEnd(reader.id))).statusCode, 303)
    assert.equal(await isIn(reader.cookie), false)
    assert.equal(await isIn(owner.cookie), true)
  })
})

async function withFactor(name: string, role = 'author', on: typeof blog = blog) {
  const person = await newcomer(on.app, on.db, name, role)
  return { person, ...(await setUp(person)) }
}

async function setUp(person: Person): Promise<{ secret: string; codes: string[] }> {
  await person.post(paths.secondFactor(), { password })
  const secret = secretIn((await person.get(paths.secondFactor())).body)
  const done = await person.post(paths.secondFactorConfirmation(), { code: codeOf(secret) })
  assert.equal(done.statusCode, 200, done.body)
  return { secret, codes: codesIn(done.body) }
}

async function require(owner: Person, names: string[]) {
  const roles = await db.selectFrom('roles').select(['id', 'name']).execute()
  const ids = roles.filter(({ name }) => names.includes(name)).map(({ id }) => ['roles', String(id)])
  return await owner.post(paths.admin.safetySettings(), new URLSearchParams(ids).toString())
}

function give(cookie: string, code: string, on: Pick<typeof blog, 'app'> = blog) {
  return send(on, paths.signInCode(), { code }, { cookie })
}

/** The code of this half minute, and that of the next one, which is taken already. */
function codeOf(secret: string, steps = 0): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + steps * 30_000 })
}
const nextCode = (secret: string) => codeOf(secret, 1)
const inHalves = (code: string) => `${code.slice(0, 3)} ${code.slice(3)}`

function secretIn(html: string): string {
  return (/<code class="secret">([^<]+)</.exec(html)?.[1] ?? '').replaceAll(' ', '')
}

function codesIn(html: string): string[] {
  return [...html.matchAll(/<li>\s*<code>([^<]+)<\/code>/g)].map(([, code]) => unescaped(code ?? ''))
}

const plain = (code: string) => code.replaceAll('-', '')

function setCookies(response: { headers: Record<string, unknown> }): string[] {
  return [response.headers['set-cookie'] ?? []].flat() as string[]
}

/** `bloggy=token` of a session that an answer opens; empty where it opens none. */
function sessionIn(response: { headers: Record<string, unknown> }): string {
  const line = setCookies(response).find((text) => /^bloggy=[\w-]{43};/.test(text))
  return line?.split(';')[0] ?? ''
}

async function isIn(cookie: string): Promise<boolean> {
  return (await app.inject({ url: paths.profile(), headers: { cookie } })).statusCode === 200
}

/** Every address without a parameter that can be read: documents.test.ts compares the list with the server's. */
function readablePaths(): string[] {
  const found = [...read('docs/api.md').matchAll(/^\| GET \| `(\/[^`:*]*)`/gm)].map(([, path = '']) => path)
  assert.ok(found.length > 40, `${found.length}`)
  return found
}
