// What strangers, and services that were taken over, may try at the end of a sign-in.
import assert from 'node:assert/strict'
import { type KeyObject, createHmac, createPublicKey, generateKeyPairSync, sign as signBytes } from 'node:crypto'
import http, { type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, beforeEach, describe, test } from 'node:test'
import type { LightMyRequestResponse } from 'fastify'
import { newBlog, testApp } from '../../test/app.ts'
import { testLimits } from '../../test/database.ts'
import { client, startIdentityProvider } from '../../test/identity-provider.ts'
import { addressIn, goAndComeBack, saidIn, visitor, whoIs } from '../../test/signing-in.ts'
import { paths } from '../paths.ts'

const redirects = ['club', 'other', 'gone'].map((id) => `http://localhost:8081${paths.providerAnswer(id)}`)
const idp = await startIdentityProvider(redirects)
const other = await startIdentityProvider(redirects)
const gone = await startIdentityProvider(redirects)
const odd = await serve((_, response) => void response.writeHead(500).end())
const asOther = (name: string, issuer: string) => ({
  [`OIDC_${name}_ISSUER`]: issuer,
  [`OIDC_${name}_CLIENT_ID`]: client.client_id,
  [`OIDC_${name}_CLIENT_SECRET`]: client.client_secret,
})
const environment = {
  OUTBOUND_ALLOW: '127.0.0.1',
  ...asOther('CLUB', idp.issuer),
  ...asOther('OTHER', other.issuer),
  ...asOther('GONE', gone.issuer),
  ...asOther('ODD', odd.address),
  // Not in OUTBOUND_ALLOW.
  ...asOther('INSIDE', 'http://127.0.0.2'),
}
const blog = await testApp(environment)
const { db } = blog

async function serve(first: RequestListener) {
  const self = { address: '', listener: first }
  const server = http.createServer((request, response) => self.listener(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  self.address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return self
}

let people = 0
beforeEach(() => {
  for (const provider of [idp, other, gone]) {
    people++
    const email = `p${people}@club.example`
    provider.person = { sub: `p${people}`, email, email_verified: true, name: 'Pat' }
    provider.tamper = undefined
  }
})

async function assertRefused(response: LightMyRequestResponse, reason: string, status = 403): Promise<void> {
  assert.equal(response.statusCode, status, saidIn(response))
  assert.equal(
    response.cookies.find(({ name }) => name === 'bloggy'),
    undefined,
  )
  const [last] = await db
    .selectFrom('audit_events')
    .select('details')
    .where('action', '=', 'oauth.refused')
    .orderBy('id', 'desc')
    .limit(1)
    .execute()
  assert.equal((last?.details as { reason?: string } | undefined)?.reason, reason)
}

const sessions = async () => (await db.selectFrom('sessions').select('user_id').execute()).length

describe('an answer', () => {
  test('opens in the browser that began it, once', async () => {
    const [who, stranger] = [visitor(blog), visitor(blog)]
    const answer = await goAndComeBack(who, idp.walk, 'club')
    await assertRefused(await stranger.get(answer), 'unasked')
    // Also in one that began another.
    await stranger.post(paths.providerStart('club'))
    await assertRefused(await stranger.get(answer), 'unasked')
    assert.equal((await who.get(answer)).statusCode, 303)
    const again = await who.get(answer)
    await assertRefused(again, 'unasked')
    assert.equal(again.headers['referrer-policy'], 'same-origin')
    assert.equal(again.headers['cache-control'], 'no-store')
    assert.equal(await whoIs(stranger), undefined)
  })

  test('may come to another process than the beginning', async () => {
    const { database, target } = blog
    const second = await newBlog(environment, { database, db, target, limits: testLimits })
    const [here, there] = [visitor(blog), visitor(second)]
    const answer = await goAndComeBack(here, idp.walk, 'club')
    for (const [name, value] of here.cookies) there.cookies.set(name, value)
    assert.equal((await there.get(answer)).statusCode, 303)
    assert.equal(await whoIs(there), idp.person?.email)
    await assertRefused(await here.get(answer), 'unasked')
  })

  test('over TLS is bound to a cookie that no other host can set', async () => {
    const { database, target } = blog
    const place = { database, db, target, limits: testLimits }
    const encrypted = await newBlog({ ...environment, SITE_URL: 'https://blog.example' }, place)
    const response = await visitor(encrypted).post(paths.providerStart('club'))
    const cookie = response.cookies.find(({ name }) => name === '__Host-bloggy-start')
    assert.deepEqual([cookie?.secure, cookie?.httpOnly, cookie?.sameSite, cookie?.path], [true, true, 'Lax', '/'])
    assert.equal(cookie?.domain, undefined)
    const address = new URL(addressIn(response))
    assert.equal(address.searchParams.get('redirect_uri'), 'https://blog.example/sign-in/club/callback')
  })

  test('that is opened twenty times at once opens one session', async () => {
    const who = visitor(blog)
    const answer = await goAndComeBack(who, idp.walk, 'club')
    const before = await sessions()
    const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await who.get(answer)).statusCode))
    assert.deepEqual(
      statuses.filter((status) => status === 303),
      [303],
    )
    assert.equal(await sessions(), before + 1)
  })

  test('without a state, with two, or with an invented one is refused', async () => {
    const who = visitor(blog)
    const answer = new URL(await goAndComeBack(who, idp.walk, 'club'), 'http://localhost')
    const code = answer.searchParams.get('code') ?? ''
    const state = answer.searchParams.get('state') ?? ''
    for (const query of [
      '',
      `?code=${code}`,
      `?code=${code}&state=`,
      `?code=${code}&state=${'x'.repeat(43)}`,
      `?code=${code}&state=${state}&state=${state}`,
      `?code=${code}&state[]=${state}`,
    ])
      await assertRefused(await who.get(paths.providerAnswer('club') + query), 'unasked')
    assert.equal((await who.get(answer.pathname + answer.search)).statusCode, 303)
  })

  test('that comes after ten minutes is too late', async () => {
    const who = visitor(blog)
    const answer = await goAndComeBack(who, idp.walk, 'club')
    await db
      .updateTable('oauth_starts')
      .set({ expires_at: new Date(Date.now() - 60_000) })
      .execute()
    const response = await who.get(answer)
    await assertRefused(response, 'expired')
    assert.match(saidIn(response), /More than ten minutes/)
  })

  test('with the code of somebody else’s sign-in proves nothing', async () => {
    const [victim, attacker] = [visitor(blog), visitor(blog)]
    const theirs = new URL(await goAndComeBack(attacker, idp.walk, 'club'), 'http://localhost')
    const mine = new URL(await goAndComeBack(victim, idp.walk, 'club'), 'http://localhost')
    mine.searchParams.set('code', theirs.searchParams.get('code') ?? '')
    await assertRefused(await victim.get(mine.pathname + mine.search), 'untrue')
  })

  test('with a code that was used proves nothing', async () => {
    const who = visitor(blog)
    const first = new URL(await goAndComeBack(who, idp.walk, 'club'), 'http://localhost')
    assert.equal((await who.get(first.pathname + first.search)).statusCode, 303)
    const again = visitor(blog)
    const second = new URL(await goAndComeBack(again, idp.walk, 'club'), 'http://localhost')
    second.searchParams.set('code', first.searchParams.get('code') ?? '')
    await assertRefused(await again.get(second.pathname + second.search), 'untrue')
  })

  test('comes to nobody who leaves the challenge out', async () => {
    const who = visitor(blog)
    const address = new URL(addressIn(await who.post(paths.providerStart('club'))))
    address.searchParams.delete('code_challenge')
    address.searchParams.delete('code_challenge_method')
    const answer = await idp.walk(address.href)
    assert.equal(answer.searchParams.get('error'), 'invalid_request')
    await assertRefused(await who.get(answer.pathname + answer.search), 'denied')
  })

  test('of no is taken as no', async () => {
    idp.person = undefined
    const who = visitor(blog)
    const response = await who.get(await goAndComeBack(who, idp.walk, 'club'))
    await assertRefused(response, 'denied')
    assert.match(saidIn(response), /the answer was no/)
  })

  test('of another issuer is not shown to the one that was asked', async () => {
    const who = visitor(blog)
    const { searchParams } = new URL(addressIn(await who.post(paths.providerStart('club'))))
    // What a service in the middle would do: the person signs in at the other one, for the state of this one.
    const elsewhere = new URL(addressIn(await visitor(blog).post(paths.providerStart('other'))))
    for (const name of ['state', 'nonce', 'code_challenge', 'redirect_uri'])
      elsewhere.searchParams.set(name, searchParams.get(name) ?? '')
    const answer = await other.walk(elsewhere.href)
    assert.equal(answer.searchParams.get('iss'), other.issuer)
    const asked = idp.asked.length
    await assertRefused(await who.get(answer.pathname + answer.search), 'other-issuer')
    assert.ok(!idp.asked.slice(asked).includes('POST /token'))
  })

  test('that lacks the issuer, or comes to the address of another service, is refused', async () => {
    const who = visitor(blog)
    const answer = new URL(await goAndComeBack(who, idp.walk, 'club'), 'http://localhost')
    answer.searchParams.delete('iss')
    await assertRefused(await who.get(answer.pathname + answer.search), 'other-issuer')
    const next = new URL(await goAndComeBack(who, idp.walk, 'club'), 'http://localhost')
    await assertRefused(await who.get(paths.providerAnswer('other') + next.search), 'other-issuer')
    await assertRefused(await who.get(next.pathname + next.search), 'unasked')
  })
})

describe('an ID token', () => {
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  type Claims = Record<string, unknown>
  const now = () => Math.floor(Date.now() / 1000)
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const rs256 = (text: string, key: KeyObject = idp.key) =>
    signBytes('sha256', Buffer.from(text), key).toString('base64url')

  function claimsOf(token: unknown): Claims {
    return JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString())
  }

  function signed(claims: Claims, header: Claims = {}, key?: KeyObject): string {
    const text = `${encoded({ alg: 'RS256', kid: 'one', ...header })}.${encoded(claims)}`
    return `${text}.${rs256(text, key)}`
  }

  async function answerWith(change: (claims: Claims) => string | undefined): Promise<LightMyRequestResponse> {
    idp.tamper = (answer) => ({ ...answer, id_token: change(claimsOf(answer.id_token)) })
    const who = visitor(blog)
    return await who.get(await goAndComeBack(who, idp.walk, 'club'))
  }

  test('that is signed as it should be is taken', async () => {
    assert.equal((await answerWith((claims) => signed(claims))).statusCode, 303)
  })

  const forged: Record<string, (claims: Claims) => string | undefined> = {
    'without a signature': (claims) => `${encoded({ alg: 'none' })}.${encoded(claims)}.`,
    'that names no algorithm and keeps a signature': (claims) => signed(claims, { alg: 'none' }),
    'signed with the secret of the client': (claims) => {
      const text = `${encoded({ alg: 'HS256' })}.${encoded(claims)}`
      return `${text}.${createHmac('sha256', client.client_secret).update(text).digest('base64url')}`
    },
    'signed with the public key as a secret': (claims) => {
      const text = `${encoded({ alg: 'HS256', kid: 'one' })}.${encoded(claims)}`
      const pem = createPublicKey(idp.key).export({ type: 'spki', format: 'pem' })
      return `${text}.${createHmac('sha256', pem).update(text).digest('base64url')}`
    },
    'of somebody else’s key': (claims) => signed(claims, {}, stranger),
    'of an unknown key': (claims) => signed(claims, { kid: 'two' }, stranger),
    'with the signature of another text': (claims) => {
      const [head, , signature] = signed(claims).split('.')
      return `${head}.${encoded({ ...claims, sub: 'somebody' })}.${signature}`
    },
    'for another audience': (claims) => signed({ ...claims, aud: 'another' }),
    'for two audiences, made for the other one': (claims) =>
      signed({ ...claims, aud: [client.client_id, 'another'], azp: 'another' }),
    'of another issuer': (claims) => signed({ ...claims, iss: other.issuer }),
    'with another nonce': (claims) => signed({ ...claims, nonce: 'x'.repeat(43) }),
    'without a nonce': ({ nonce: _, ...claims }) => signed(claims),
    'that is over': (claims) => signed({ ...claims, iat: now() - 7200, exp: now() - 3600 }),
    'without an end': ({ exp: _, ...claims }) => signed(claims),
    'from the future': (claims) => signed({ ...claims, nbf: now() + 3600 }),
    'about nobody': ({ sub: _, ...claims }) => signed(claims),
    'that is none': () => 'not.a.token',
    'that is missing': () => undefined,
  }
  for (const [kind, change] of Object.entries(forged)) {
    test(`${kind} is refused`, async () => {
      const before = await sessions()
      await assertRefused(await answerWith(change), 'untrue')
      assert.equal(await sessions(), before)
    })
  }

  test('of an earlier sign-in is refused', async () => {
    let earlier = ''
    const first = await answerWith((claims) => (earlier = signed(claims)))
    assert.equal(first.statusCode, 303)
    await assertRefused(await answerWith(() => earlier), 'untrue')
  })

  test('that says little is completed by the service, about the same person only', async () => {
    const short = await answerWith(({ email: _, ...claims }) => signed(claims))
    assert.equal(short.statusCode, 303)
    await assertRefused(await answerWith(({ email: _, ...claims }) => signed({ ...claims, sub: 'somebody' })), 'untrue')
  })
})

describe('a service', () => {
  test('that is gone, at the beginning or at the end, is said to be', async () => {
    const who = visitor(blog)
    const answer = await goAndComeBack(who, gone.walk, 'gone')
    await gone.close()
    const late = await who.get(answer)
    await assertRefused(late, 'unreachable', 422)
    assert.match(saidIn(late), /does not answer as it should/)
  })

  const well = (more: Record<string, unknown> = {}): RequestListener => {
    return (_, response) => {
      const { address } = odd
      const about = {
        issuer: address,
        authorization_endpoint: `${address}/auth`,
        token_endpoint: `${address}/token`,
        jwks_uri: `${address}/jwks`,
        ...more,
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(about))
    }
  }
  const oddities: Record<string, RequestListener> = {
    fails: (_, response) => void response.writeHead(500).end('no'),
    'is not found': (_, response) => void response.writeHead(404).end('no'),
    'speaks HTML': (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Hello'),
    'speaks of itself as another': well({ issuer: 'https://accounts.example' }),
    'sends people to a script': well({ authorization_endpoint: 'javascript:alert(1)' }),
    'names no address to sign in at': well({ authorization_endpoint: undefined }),
    'leads elsewhere': (_, response) => void response.writeHead(302, { location: idp.issuer }).end(),
    'talks without end': (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const timer = setInterval(() => response.write(' '.repeat(65_536)), 1)
      response.on('close', () => clearInterval(timer))
    },
    'hangs up': (_, response) => void response.destroy(),
    'says nothing': () => {},
  }
  for (const [kind, listener] of Object.entries(oddities)) {
    test(`that ${kind} is no way in, and no failure of the blog`, async () => {
      odd.listener = listener
      const response = await visitor(blog).post(paths.providerStart('odd'))
      assert.ok([403, 422].includes(response.statusCode), String(response.statusCode))
      assert.ok(!response.body.includes('http-equiv="refresh"'))
    })
  }

  test('is asked again after it failed', async () => {
    odd.listener = well()
    assert.ok(addressIn(await visitor(blog).post(paths.providerStart('odd'))).startsWith(`${odd.address}/auth?`))
  })

  test('inside the network is asked only when OUTBOUND_ALLOW lists it', async () => {
    const response = await visitor(blog).post(paths.providerStart('inside'))
    await assertRefused(response, 'unreachable', 422)
    assert.match(blog.logged(), /127\.0\.0\.2 is no address of the public internet/)
  })
})

test('nothing that a stranger sends is a failure of the blog', async () => {
  const odds = [
    '%00',
    '%ff',
    '%',
    '[]',
    '__proto__',
    'a'.repeat(7000),
    "'",
    '%F0%9F%98%80',
    '\u0000',
    '{}',
    '1e9',
    '-1',
  ]
  const who = visitor(blog)
  const answer = new URL(addressIn(await who.post(paths.providerStart('club')))).searchParams
  const state = answer.get('state') ?? ''
  for (const one of odds) {
    for (const query of [
      `state=${one}`,
      `state=${state}&iss=${one}`,
      `code=${one}&state=${state}`,
      `error=${one}&state=${state}`,
      one,
    ]) {
      const response = await visitor(blog).get(`${paths.providerAnswer('club')}?${query}`)
      assert.ok(response.statusCode < 500, `${query}: ${response.statusCode}`)
    }
    for (const path of [paths.providerStart(one), paths.providerAnswer(one), paths.connectionStart(one)]) {
      assert.ok((await visitor(blog).get(path)).statusCode < 500, path)
      assert.ok((await visitor(blog).post(path, { next: one, keep: one })).statusCode < 500, path)
    }
  }
  // In the browser that began it each takes the state along.
  for (const one of odds) {
    const fresh = visitor(blog)
    const { searchParams } = new URL(addressIn(await fresh.post(paths.providerStart('club'))))
    const query = `code=${one}&state=${searchParams.get('state')}&iss=${encodeURIComponent(idp.issuer)}`
    const response = await fresh.get(`${paths.providerAnswer('club')}?${query}`)
    assert.ok(response.statusCode < 500, `${one}: ${response.statusCode}`)
    const next = new URL(addressIn(await fresh.post(paths.providerStart('club')))).searchParams.get('state')
    const denied = await fresh.get(
      `${paths.providerAnswer('club')}?error=${one}&error_description=${one}&state=${next}`,
    )
    assert.ok(denied.statusCode < 500, `${one}: ${denied.statusCode}`)
  }
})
