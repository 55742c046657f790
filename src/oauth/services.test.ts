// GitHub, Facebook and Microsoft, by servers of ours that answer as theirs are documented to.
import assert from 'node:assert/strict'
import { createHash, createHmac, generateKeyPairSync, sign as signBytes } from 'node:crypto'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, beforeEach, describe, test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { addressIn, saidIn, visitor, whoIs } from '../../test/signing-in.ts'
import { loadConfig } from '../config.ts'
import { type Fetcher, newFetcher } from '../outbound/fetcher.ts'
import { paths } from '../paths.ts'
import type { Provider } from '../provider-settings.ts'

const secret = 'the secret'
const tenant = '11111111-2222-4333-8444-555555555555'
const object = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee'
const personal = '9188040d-6c67-4c5b-b112-36a304b66dad'

type Asked = { path: string; search: URLSearchParams; headers: http.IncomingHttpHeaders; form: URLSearchParams }
type Answer = { status?: number; json?: unknown; text?: string }

const asked: Asked[] = []
let answers: Record<string, (asked: Asked) => Answer> = {}
const server = http.createServer((request, response) => {
  let text = ''
  request.on('data', (chunk: Buffer) => (text += chunk.toString()))
  request.on('end', () => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const one = {
      path: url.pathname,
      search: url.searchParams,
      headers: request.headers,
      form: new URLSearchParams(text),
    }
    asked.push(one)
    const {
      status = 200,
      json,
      text: words = JSON.stringify(json),
    } = answers[url.pathname]?.(one) ?? { status: 404, json: {} }
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(words)
  })
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
after(() => server.close())
const here = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

const environment = {
  OUTBOUND_ALLOW: '127.0.0.1',
  GITHUB_CLIENT_ID: 'gh',
  GITHUB_CLIENT_SECRET: secret,
  FACEBOOK_APP_ID: 'fb',
  FACEBOOK_APP_SECRET: secret,
  MICROSOFT_CLIENT_ID: 'ms',
  MICROSOFT_CLIENT_SECRET: secret,
}
const known = loadConfig(environment).providers
const providers: Provider[] = known.map((provider) =>
  provider.protocol === 'oidc'
    ? provider
    : { ...provider, authorize: `${here}/authorize`, token: `${here}/token`, api: here },
)
// Microsoft's own address is part of what is proved, so it is asked there, and answered here.
const real = newFetcher({ allow: ['127.0.0.1'], origin: 'http://localhost:8081' })
const fetcher: Fetcher = async (address, wanted) => {
  const url = new URL(address)
  if (url.host !== 'login.microsoftonline.com') return await real(address, wanted)
  return await real(`${here}/microsoft${url.pathname}`, wanted)
}
const blog = await testApp(environment, { config: { providers }, fetcher })
const { db } = blog

beforeEach(() => {
  asked.length = 0
  answers = {}
})

/** Presses the button and comes back with a code, as the service would send people back. */
async function come(id: string, more: Record<string, string> = {}, who = visitor(blog)) {
  const address = new URL(addressIn(await who.post(paths.providerStart(id))))
  nonce = address.searchParams.get('nonce') ?? ''
  const query = new URLSearchParams({ code: 'c0de', state: address.searchParams.get('state') ?? '', ...more })
  const response = await who.get(`${paths.providerAnswer(id)}?${query.toString()}`)
  return { who, address, response }
}
let nonce = ''

async function accountOf(email: string) {
  return await db.selectFrom('users').selectAll().where('email', '=', email).executeTakeFirst()
}

describe('GitHub', () => {
  const speak = (user: object, emails: unknown, more: typeof answers = {}) => {
    answers = {
      '/token': () => ({ json: { access_token: 'gho_x', token_type: 'bearer', scope: 'read:user,user:email' } }),
      '/user': () => ({ json: user }),
      '/user/emails': () => ({ json: emails }),
      ...more,
    }
  }
  const email = (email: string, primary: boolean, verified: boolean) => ({ email, primary, verified, visibility: null })

  test('is asked with a challenge, and signs in by the address that it calls primary and verified', async () => {
    speak({ id: 7, login: 'octo', name: null, email: 'public@elsewhere.example' }, [
      email('old@hub.example', false, true),
      email('octo@hub.example', true, true),
    ])
    const { who, address, response } = await come('github', { iss: 'https://github.com/login/oauth' })
    assert.equal(response.statusCode, 303, saidIn(response))
    assert.equal(await whoIs(who), 'octo@hub.example')
    assert.equal((await accountOf('octo@hub.example'))?.name, 'octo')
    const token = asked.find(({ path }) => path === '/token')
    const challenge = createHash('sha256')
      .update(token?.form.get('code_verifier') ?? '')
      .digest('base64url')
    assert.equal(challenge, address.searchParams.get('code_challenge'))
    assert.equal(token?.form.get('client_secret'), secret)
    assert.equal(token?.form.get('code'), 'c0de')
    assert.equal(token?.headers.accept, 'application/json')
    const user = asked.find(({ path }) => path === '/user')
    assert.equal(user?.headers.authorization, 'Bearer gho_x')
    assert.match(user?.headers['user-agent'] ?? '', /^Bloggy /)
    const kept = await db.selectFrom('oauth_accounts').selectAll().where('email', '=', 'octo@hub.example').execute()
    assert.deepEqual(
      kept.map(({ provider, provider_user_id }) => [provider, provider_user_id]),
      [['github', '7']],
    )
  })

  test('has no address where none is both', async () => {
    for (const emails of [
      [],
      [email('a@hub.example', true, false), email('b@hub.example', false, true)],
      { message: 'no' },
      null,
      [null, 'x', { email: 7, primary: true, verified: true }],
    ]) {
      speak({ id: 8, login: 'nobody', email: 'public@hub.example' }, emails)
      const { response } = await come('github')
      assert.equal(response.statusCode, 422)
      assert.match(saidIn(response), /gave no address/)
    }
    assert.equal(await accountOf('public@hub.example'), undefined)
  })

  test('of another issuer is refused', async () => {
    speak({ id: 9, login: 'x' }, [])
    const { response } = await come('github', { iss: 'https://github.com' })
    assert.equal(response.statusCode, 403)
    assert.deepEqual(asked, [])
  })

  const broken: Record<string, [Record<string, (asked: Asked) => Answer>, number]> = {
    'a code that it does not know, said with 200': [
      { '/token': () => ({ json: { error: 'bad_verification_code', error_description: 'c0de' } }) },
      403,
    ],
    'a code that it does not know': [{ '/token': () => ({ status: 400, json: { error: 'invalid_grant' } }) }, 403],
    'a failure': [{ '/token': () => ({ status: 502, text: '<html>' }) }, 422],
    'half an answer': [{ '/token': () => ({ text: '{"access_token": ' }) }, 403],
    'a token of another kind': [{ '/token': () => ({ json: { access_token: 'x', token_type: 'mac' } }) }, 403],
    'a token that is refused': [{ '/user': () => ({ status: 401, json: { message: 'Bad credentials' } }) }, 403],
    'a limit that is reached': [{ '/user': () => ({ status: 403, json: { message: 'rate limit' } }) }, 403],
    'a failing API': [{ '/user': () => ({ status: 500, text: 'no' }) }, 422],
    'somebody without an id': [{ '/user': () => ({ json: { login: 'x' } }) }, 403],
    'an id that is no number': [{ '/user': () => ({ json: { id: 1.5 } }) }, 403],
    'an id with a zero byte': [{ '/user': () => ({ json: { id: 'a\0b' } }) }, 403],
    'a list for a person': [{ '/user': () => ({ json: [] }) }, 403],
    'very much': [{ '/user': () => ({ json: { id: 1, bio: 'x'.repeat(300_000) } }) }, 422],
  }
  for (const [kind, [more, status]] of Object.entries(broken)) {
    test(`answering with ${kind} signs nobody in`, async () => {
      speak({ id: 10, login: 'x' }, [email('x@hub.example', true, true)], more)
      const { who, response } = await come('github')
      assert.equal(response.statusCode, status, saidIn(response))
      assert.equal(await whoIs(who), undefined)
      for (const hidden of ['c0de', 'gho_x', secret]) assert.ok(!blog.logged().includes(hidden), hidden)
    })
  }
})

describe('Facebook', () => {
  const speak = (me: object) => {
    answers = {
      '/token': () => ({ json: { access_token: 'fb_x', token_type: 'bearer', expires_in: 5_000_000 } }),
      '/me': () => ({ json: me }),
    }
  }

  test('is never believed about an address', async () => {
    speak({ id: '77', name: 'Fay', email: 'fay@book.example', verified: true, email_verified: true })
    const { who, response } = await come('facebook')
    assert.equal(response.headers.location, paths.registered())
    assert.equal(await whoIs(who), undefined)
    assert.equal((await accountOf('fay@book.example'))?.email_confirmed_at, null)
    const me = asked.find(({ path }) => path === '/me')
    const proof = createHmac('sha256', secret).update('fb_x').digest('hex')
    assert.equal(me?.search.get('appsecret_proof'), proof)
    assert.equal(me?.search.has('access_token'), false)
  })

  test('may know no address', async () => {
    speak({ id: '78', name: 'Fred' })
    assert.equal((await come('facebook')).response.statusCode, 422)
  })
})

describe('Microsoft', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid: 'one', use: 'sig' }
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const base = 'https://login.microsoftonline.com'

  const speak = (claims: Record<string, unknown>) => {
    const about = {
      issuer: `${base}/{tenantid}/v2.0`,
      authorization_endpoint: `${base}/common/oauth2/v2.0/authorize`,
      token_endpoint: `${base}/common/oauth2/v2.0/token`,
      jwks_uri: `${base}/common/discovery/v2.0/keys`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
      id_token_signing_alg_values_supported: ['RS256'],
    }
    answers = {
      '/microsoft/common/v2.0/.well-known/openid-configuration': () => ({ json: about }),
      '/microsoft/common/discovery/v2.0/keys': () => ({
        json: { keys: [{ kty: jwk.kty, n: jwk.n, e: jwk.e, kid: 'one', use: 'sig' }] },
      }),
      '/microsoft/common/oauth2/v2.0/token': () => {
        const now = Math.floor(Date.now() / 1000)
        const all = { aud: 'ms', iat: now, nbf: now, exp: now + 3600, nonce, sub: 'pairwise', ver: '2.0', ...claims }
        const text = `${encoded({ alg: 'RS256', kid: 'one' })}.${encoded(all)}`
        const id_token = `${text}.${signBytes('sha256', Buffer.from(text), privateKey).toString('base64url')}`
        return { json: { access_token: 'ms_x', token_type: 'Bearer', expires_in: 3600, id_token } }
      },
    }
  }
  const work = { iss: `${base}/${tenant}/v2.0`, tid: tenant, oid: object, name: 'Max', email: 'max@work.example' }

  test('of any tenant is proved by the issuer of that tenant, and never believed about an address', async () => {
    speak({ ...work, email_verified: true, xms_edov: true })
    const { response } = await come('microsoft')
    assert.equal(response.headers.location, paths.registered(), saidIn(response))
    const kept = await db.selectFrom('oauth_accounts').selectAll().where('email', '=', 'max@work.example').execute()
    assert.deepEqual(
      kept.map(({ provider_user_id }) => provider_user_id),
      [`${tenant}:${object}`],
    )
    assert.equal((await accountOf('max@work.example'))?.email_confirmed_at, null)
    const token = asked.find(({ path }) => path.endsWith('/token'))
    assert.equal(token?.form.get('client_secret'), secret)
  })

  const forged: Record<string, Record<string, unknown>> = {
    'whose issuer is of another tenant': { ...work, iss: `${base}/${personal}/v2.0` },
    'whose issuer is the template itself': { ...work, iss: `${base}/{tenantid}/v2.0` },
    'whose tenant makes the issuer lead elsewhere': { ...work, tid: '../evil', iss: `${base}/../evil/v2.0` },
    'without a tenant': { ...work, tid: undefined, iss: `${base}/undefined/v2.0` },
    'without an object': { ...work, oid: undefined },
    'whose object is not one': { ...work, oid: `${object}:x` },
    'of another host': { ...work, iss: `https://evil.example/${tenant}/v2.0` },
  }
  for (const [kind, claims] of Object.entries(forged)) {
    test(`${kind} is refused`, async () => {
      speak(claims)
      const { response } = await come('microsoft')
      assert.equal(response.statusCode, 403, saidIn(response))
    })
  }

  test('that the older Bloggy knew is known, and from then on with its tenant', async () => {
    for (const [former, claims, now] of [
      [
        object,
        { ...work, oid: object, tid: '22222222-2222-4333-8444-555555555555' },
        `22222222-2222-4333-8444-555555555555:${object}`,
      ],
      [
        '0123456789abcdef',
        { ...work, tid: personal, oid: '00000000-0000-0000-0123-456789abcdef' },
        `${personal}:00000000-0000-0000-0123-456789abcdef`,
      ],
    ] as const) {
      const user = await db
        .insertInto('users')
        .values({ name: 'Old', slug: `old-${former}`, email: `${former}@old.example`, email_confirmed_at: new Date() })
        .returning('id')
        .executeTakeFirstOrThrow()
      await db
        .insertInto('oauth_accounts')
        .values({ user_id: user.id, provider: 'microsoft', provider_user_id: former })
        .execute()
      speak({ ...claims, iss: `${base}/${claims.tid}/v2.0` })
      const { who } = await come('microsoft')
      assert.equal(await whoIs(who), `${former}@old.example`)
      const kept = await db
        .selectFrom('oauth_accounts')
        .select('provider_user_id')
        .where('user_id', '=', user.id)
        .execute()
      assert.deepEqual(kept, [{ provider_user_id: now }])
    }
  })

  test('with the same object in another tenant is somebody else', async () => {
    const there = '33333333-2222-4333-8444-555555555555'
    speak({ ...work, tid: there, iss: `${base}/${there}/v2.0`, email: 'other@work.example' })
    const { response } = await come('microsoft')
    assert.equal(response.headers.location, paths.registered())
    const account = await accountOf('other@work.example')
    const kept = await db
      .selectFrom('oauth_accounts')
      .select('provider_user_id')
      .where('user_id', '=', account?.id ?? 0)
      .execute()
    assert.deepEqual(kept, [{ provider_user_id: `${there}:${object}` }])
  })
})
