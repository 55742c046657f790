// Signing in by an OpenID Connect provider that runs here.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { newcomer, password } from '../../test/cast.ts'
import { type TestPerson, client, startIdentityProvider } from '../../test/identity-provider.ts'
import { linkIn, send, signIn } from '../../test/people.ts'
import { addressIn, goAndComeBack, saidIn, signInBy, visitor, whoIs } from '../../test/signing-in.ts'
import { paths } from '../paths.ts'
import { cookieName } from '../sessions/cookie.ts'

const answerPath = paths.providerAnswer('club')
const idp = await startIdentityProvider([`http://localhost:8081${answerPath}`])
const blog = await testApp({
  OUTBOUND_ALLOW: '127.0.0.1',
  OIDC_CLUB_ISSUER: idp.issuer,
  OIDC_CLUB_CLIENT_ID: client.client_id,
  OIDC_CLUB_CLIENT_SECRET: client.client_secret,
  OIDC_CLUB_LABEL: 'The Club',
})
const { app, db, cast } = blog

let people = 0
/** Somebody whom nobody knows yet. */
function somebody(more: Partial<TestPerson> = {}): TestPerson {
  people++
  return { sub: `s${people}`, email: `s${people}@club.example`, email_verified: true, name: `Sam ${people}`, ...more }
}

async function comeIn(person: TestPerson | undefined, form: Record<string, string> = {}, who = visitor(blog)) {
  idp.person = person
  return { who, response: await signInBy(who, idp.walk, 'club', form) }
}

async function eventsOf(action: string, email: string) {
  return await db
    .selectFrom('audit_events')
    .innerJoin('users', 'users.id', 'audit_events.actor_id')
    .select(['audit_events.details', 'audit_events.client_ip'])
    .where('action', '=', action)
    .where('users.email', '=', email)
    .execute()
}

async function reasons(): Promise<unknown[]> {
  const rows = await db
    .selectFrom('audit_events')
    .select('details')
    .where('action', '=', 'oauth.refused')
    .orderBy('id')
    .execute()
  return rows.map(({ details }) => (details as { reason?: string }).reason)
}

async function account(email: string) {
  return await db.selectFrom('users').selectAll().where('email', '=', email).executeTakeFirstOrThrow()
}

async function setRegistration(isOpen: boolean): Promise<void> {
  await db
    .updateTable('settings')
    .set((set) => ({ registration_is_open: isOpen, version: set('version', '+', 1) }))
    .execute()
  await blog.settings.refresh()
}

describe('the page to sign in', () => {
  test('has a button for each service, and nothing of theirs', async () => {
    const { body } = await visitor(blog).get(paths.signIn())
    assert.match(body, /<button [^>]*formaction="\/sign-in\/club"[^>]*>Continue with The Club<\/button>/)
    assert.ok(!body.includes(idp.issuer))
    assert.ok(!/<script|<img/.test(body))
  })

  test('leads on with state, nonce and a challenge, all new each time', async () => {
    const who = visitor(blog)
    const first = new URL(addressIn(await who.post(paths.providerStart('club'))))
    const second = new URL(addressIn(await who.post(paths.providerStart('club'))))
    for (const { searchParams: asked } of [first, second]) {
      assert.equal(asked.get('code_challenge_method'), 'S256')
      assert.equal(asked.get('response_type'), 'code')
      assert.equal(asked.get('redirect_uri'), `http://localhost:8081${answerPath}`)
      assert.equal(asked.get('scope'), 'openid email profile')
      for (const name of ['state', 'nonce', 'code_challenge']) assert.match(asked.get(name) ?? '', /^[\w-]{43}$/)
    }
    for (const name of ['state', 'nonce', 'code_challenge'])
      assert.notEqual(first.searchParams.get(name), second.searchParams.get(name))
  })

  test('goes nowhere with a service that is not offered', async () => {
    assert.equal((await visitor(blog).post(paths.providerStart('google'))).statusCode, 404)
    assert.equal((await visitor(blog).get(paths.providerAnswer('google'))).statusCode, 404)
    assert.equal((await visitor(blog).get(`${paths.providerStart('club')}`)).statusCode, 405)
  })

  test('is not led there by another site', async () => {
    const form = { next: '/' }
    const foreign: Record<string, string>[] = [
      { 'sec-fetch-site': 'cross-site' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
    ]
    for (const headers of foreign) {
      for (const path of [paths.providerStart('club'), paths.connectionStart('club'), paths.connectionEnd(1)])
        assert.equal((await send(blog, path, form, { headers, cookie: cast.rosa.cookie })).statusCode, 403)
    }
  })
})

describe('somebody new', () => {
  test('gets an account with a confirmed address and no password, and is signed in', async () => {
    const person = somebody({ name: 'Sam\u202e  Ny\u00e5' })
    const { who, response } = await comeIn(person)
    assert.equal(response.statusCode, 303)
    assert.equal(response.headers.location, '/')
    assert.equal(await whoIs(who), person.email)
    const made = await account(String(person.email))
    assert.ok(made.email_confirmed_at)
    assert.equal(made.password_hash, null)
    assert.equal(made.name, 'Sam Ny\u00e5')
    for (const action of ['user.registered', 'oauth.connected', 'oauth.signed-in', 'session.created'])
      assert.equal((await eventsOf(action, String(person.email))).length, 1, action)
    const [event] = await eventsOf('oauth.signed-in', String(person.email))
    assert.deepEqual(event?.details, { provider: idp.issuer })
  })

  test('with a name that nobody sees, or of letters that look alike, is called by another', async () => {
    for (const name of ['\ufe0f', 'S\u0430m']) {
      const person = somebody({ name })
      await comeIn(person)
      assert.equal((await account(String(person.email))).name, 'Newcomer')
    }
  })

  test('comes back to the same account, also with another address and name there', async () => {
    const person = somebody()
    await comeIn(person)
    const { who } = await comeIn({ ...person, email: 'moved@club.example', name: 'Samantha' })
    assert.equal(await whoIs(who), person.email)
    const { id } = await account(String(person.email))
    const kept = await db.selectFrom('oauth_accounts').selectAll().where('user_id', '=', id).execute()
    assert.deepEqual(
      kept.map(({ email, name }) => [email, name]),
      [['moved@club.example', 'Samantha']],
    )
    assert.equal(
      (await db.selectFrom('users').select('id').where('email', '=', 'moved@club.example').execute()).length,
      0,
    )
  })

  test('leaves no token behind, in no table and no log line', async () => {
    const tokens: string[] = []
    idp.tamper = (answer) => {
      tokens.push(String(answer.access_token), String(answer.id_token))
      return answer
    }
    idp.person = somebody()
    const who = visitor(blog)
    const answer = await goAndComeBack(who, idp.walk, 'club')
    await who.get(answer)
    idp.tamper = undefined
    assert.equal(tokens.length, 2)
    const { rows } = await db
      .selectFrom('oauth_accounts')
      .selectAll()
      .execute()
      .then((rows) => ({ rows }))
    const kept = JSON.stringify([rows, await db.selectFrom('oauth_tokens').selectAll().execute(), blog.logged()])
    const query = new URL(answer, 'http://localhost').searchParams
    for (const secret of [...tokens, query.get('code'), query.get('state')]) assert.ok(secret && !kept.includes(secret))
    assert.match(blog.logged(), /"path":"\/sign-in\/club\/callback"/)
  })

  test('has the wish to stay signed in carried along', async () => {
    for (const [form, isKept] of [
      [{}, false],
      [{ keep: 'yes' }, true],
    ] as const) {
      const { response } = await comeIn(somebody(), form)
      const cookie = response.cookies.find(({ name }) => name === cookieName(app))
      assert.equal(cookie?.maxAge !== undefined, isKept)
      assert.ok(cookie?.httpOnly)
      assert.equal(cookie?.sameSite, 'Lax')
    }
  })

  test('is refused while the blog takes no new accounts, whoever has the address', async () => {
    await setRegistration(false)
    try {
      const stranger = await comeIn(somebody())
      assert.equal(stranger.response.statusCode, 403)
      assert.match(saidIn(stranger.response), /the blog takes no new accounts/)
      const unvouched = await comeIn(somebody({ email: cast.rosa.email, email_verified: false }))
      assert.equal(saidIn(unvouched.response), saidIn(stranger.response))
      assert.equal(unvouched.response.statusCode, stranger.response.statusCode)
      assert.equal(await whoIs(stranger.who), undefined)
      assert.equal((await reasons()).at(-1), 'no-new-accounts')
    } finally {
      await setRegistration(true)
    }
  })

  test('without an address is sent to the registration', async () => {
    const { response } = await comeIn({ sub: 'no-address', name: 'Nobody' })
    assert.equal(response.statusCode, 422)
    assert.match(response.body, /href="\/register"/)
    const half = await comeIn({ sub: 'half-address', email: 'not an address', email_verified: true })
    assert.equal(half.response.statusCode, 422)
  })

  test('twice at the same moment becomes one account', async () => {
    const person = somebody()
    idp.person = person
    const browsers = Array.from({ length: 5 }, () => visitor(blog))
    const answers: string[] = []
    for (const who of browsers) answers.push(await goAndComeBack(who, idp.walk, 'club'))
    const statuses = await Promise.all(
      browsers.map(async (who, index) => (await who.get(answers[index] ?? '')).statusCode),
    )
    assert.ok(statuses.includes(303), String(statuses))
    assert.ok(
      statuses.every((status) => status === 303 || status === 409),
      String(statuses),
    )
    const made = await db.selectFrom('users').select('id').where('email', '=', String(person.email)).execute()
    assert.equal(made.length, 1)
  })
})

describe('an address that has an account', () => {
  test('is not connected by itself, though the service vouches for it', async () => {
    const { who, response } = await comeIn(somebody({ email: cast.rosa.email }))
    assert.equal(response.statusCode, 409)
    assert.match(saidIn(response), /There is an account with your address here.*Sign in with its password/)
    assert.equal(await whoIs(who), undefined)
    assert.equal((await reasons()).at(-1), 'has-account')
    assert.deepEqual(
      await db.selectFrom('oauth_accounts').selectAll().where('user_id', '=', cast.rosa.id).execute(),
      [],
    )
  })

  test('however it is spelt', async () => {
    for (const email of ['ROSA@Example.COM', 'rosa＠example.com', 'rosa@example.com.', 'ｒｏｓａ@example.com']) {
      const { response } = await comeIn(somebody({ email }))
      assert.equal(response.statusCode, 409, email)
    }
    assert.equal((await db.selectFrom('users').select('id').where('email', 'ilike', 'rosa@%').execute()).length, 1)
  })

  test('is told to nobody for whom the service does not vouch: with and without an account it is a mail', async () => {
    const known = await comeIn(somebody({ email: cast.rosa.email, email_verified: false }))
    const unknown = await comeIn(somebody({ email: 'unproved@club.example', email_verified: false }))
    for (const { who, response } of [known, unknown]) {
      assert.equal(response.statusCode, 303)
      assert.equal(response.headers.location, paths.registered())
      assert.equal(response.cookies.length, 0)
      assert.equal(await whoIs(who), undefined)
    }
    const mails = await blog.deliverMail()
    assert.match(mails.find(({ to }) => to === cast.rosa.email)?.text ?? '', /There is an account with it already/)
    assert.match(
      mails.find(({ to }) => to === 'unproved@club.example')?.text ?? '',
      /with a The Club account that gives this address/,
    )
  })

  test('that is closed stays closed', async () => {
    const person = somebody()
    await comeIn(person)
    for (const state of ['disabled', 'blocked', 'pending']) {
      await db.updateTable('users').set({ state }).where('email', '=', String(person.email)).execute()
      const { who, response } = await comeIn(person)
      assert.equal(response.statusCode, 403)
      assert.match(saidIn(response), /is closed/)
      assert.equal(await whoIs(who), undefined)
      const other = await comeIn(somebody({ email: String(person.email) }))
      assert.equal(other.response.statusCode, 409)
    }
  })
})

describe('an address that nobody has proved', () => {
  test('opens nothing before the mail was read, and the service then, in the browser that read it', async () => {
    const person = somebody({ email_verified: false })
    await comeIn(person)
    const early = await comeIn(person)
    assert.equal(early.response.headers.location, paths.registered())
    const mails = (await blog.deliverMail()).filter(({ to }) => to === person.email)
    const owner = visitor(blog)
    assert.match((await owner.get(linkIn(mails[0]?.text ?? ''))).body, /sign in with the service/)
    const pressed = await owner.post(linkIn(mails[0]?.text ?? ''))
    assert.match(
      (await owner.get(String(pressed.headers.location))).body,
      /sign in with the service that the mail names/,
    )
    assert.equal((await account(String(person.email))).email_confirmed_at, null)

    const elsewhere = await comeIn(person)
    assert.equal(await whoIs(elsewhere.who), undefined)
    await comeIn(person, {}, owner)
    assert.equal(await whoIs(owner), person.email)
    await blog.deliverMail()
  })

  test('that a stranger brought by their service is not theirs when its owner opens the mail', async () => {
    const mallory = somebody({ email_verified: false })
    const email = String(mallory.email)
    await comeIn(mallory)
    const link = linkIn((await blog.deliverMail()).find(({ to }) => to === email)?.text ?? '')
    const owner = visitor(blog)
    await owner.post(link)
    // The owner has an account of the same service, and goes on as the page says.
    await comeIn(somebody({ email, email_verified: false }), {}, owner)
    assert.equal(await whoIs(owner), undefined)
    const { who } = await comeIn(mallory)
    assert.equal(await whoIs(who), undefined)
    await blog.deliverMail()
  })

  test('that its owner registered stays theirs when a stranger comes with it by a service', async () => {
    const mallory = somebody({ email_verified: false })
    const email = String(mallory.email)
    await send(blog, paths.register(), { name: 'Vera', email, password })
    const link = linkIn((await blog.deliverMail())[0]?.text ?? '')
    await comeIn(mallory)
    assert.equal((await send(blog, link, { password })).statusCode, 303)
    assert.equal((await signIn(blog, email)).statusCode, 303)
    const { who } = await comeIn(mallory)
    assert.equal(await whoIs(who), undefined)
    await blog.deliverMail()
  })

  test('that somebody registered before with a password: who proves it later shares nothing with them', async () => {
    const person = somebody()
    const email = String(person.email)
    await send(blog, paths.register(), { name: 'Mallory', email, password })
    const mallory = await account(email)
    assert.equal(mallory.email_confirmed_at, null)
    const [mail] = await blog.deliverMail()
    assert.equal(mail?.to, email)

    const { who } = await comeIn(person)
    assert.equal(await whoIs(who), email)
    const now = await account(email)
    assert.equal(now.password_hash, null)
    assert.equal(now.name, person.name)
    assert.equal((await signIn(blog, email)).statusCode, 422)
    assert.equal((await send(blog, linkIn(mail?.text ?? ''), {})).statusCode, 404)
  })

  test('that somebody took before by a service: who registers or resets later shares nothing with them', async () => {
    for (const way of ['register', 'reset', 'service'] as const) {
      const mallory = somebody({ email_verified: false })
      const email = String(mallory.email)
      await comeIn(mallory)
      await blog.deliverMail()
      if (way === 'service') {
        await comeIn(somebody({ email }))
      } else {
        const path = way === 'register' ? paths.register() : paths.forgottenPassword()
        await send(blog, path, { name: 'Vera', email, password })
        const [mail] = await blog.deliverMail()
        await send(blog, linkIn(mail?.text ?? ''), { password })
        assert.equal((await signIn(blog, email)).statusCode, 303)
      }
      const back = await comeIn(mallory)
      assert.equal(await whoIs(back.who), undefined, way)
      assert.equal(back.response.headers.location, paths.registered())
      assert.match((await blog.deliverMail()).at(-1)?.text ?? '', /There is an account with it already/)
    }
  })
})

describe('the session', () => {
  test('from before is gone, and nobody who planted its cookie has the new one', async () => {
    const planted = await newcomer(app, db, 'Planted', 'viewer')
    const who = visitor(blog)
    idp.person = somebody()
    const answer = await goAndComeBack(who, idp.walk, 'club')
    const [name = '', value = ''] = planted.cookie.split('=')
    who.cookies.set(name, value)
    await who.get(answer)
    assert.notEqual(who.cookies.get(name), value)
    assert.equal(await whoIs(who), idp.person.email)
    assert.equal((await planted.get(paths.profile())).statusCode, 303)
  })

  test('leads on within this site only', async () => {
    const evil = [
      '//evil.example',
      '/\\evil.example',
      'https:evil.example',
      '/%09/evil.example',
      '@evil.example',
      'https://evil.example/',
      '/\t/evil.example',
      '/..//evil.example',
      'javascript:alert(1)',
    ]
    for (const next of evil) {
      const { response } = await comeIn(somebody(), { next })
      const there = new URL(String(response.headers.location), 'http://localhost:8081')
      assert.equal(there.origin, 'http://localhost:8081', next)
    }
    const { response } = await comeIn(somebody(), { next: '/posts/one?x=1#y' })
    assert.equal(response.headers.location, '/posts/one?x=1#y')
  })
})

test('tries from one network have an end', async () => {
  const who = visitor(blog)
  const statuses: number[] = []
  for (let count = 0; count < 31; count++) statuses.push((await who.post(paths.providerStart('club'))).statusCode)
  assert.deepEqual([statuses.slice(0, 30).every((status) => status === 200), statuses.at(-1)], [true, 429])
  const answers: number[] = []
  for (let count = 0; count < 61; count++) answers.push((await who.get(`${answerPath}?state=x`)).statusCode)
  assert.deepEqual([answers.slice(0, 60).every((status) => status === 403), answers.at(-1)], [true, 429])
})
