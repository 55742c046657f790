// Connecting accounts of other services with one's own, and taking them away.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { beforeEach, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { type Blog, testApp } from '../../test/app.ts'
import { type Person, newcomer, password } from '../../test/cast.ts'
import { type TestPerson, client, startIdentityProvider } from '../../test/identity-provider.ts'
import { errorAt } from '../../test/pages.ts'
import { linkIn } from '../../test/people.ts'
import { addressIn, goAndComeBack, saidIn, signInBy, visitor, whoIs } from '../../test/signing-in.ts'
import { encryptAgain } from '../oauth/encrypt-again.ts'
import { decryptToken, encryptToken, purposeOfTokens } from '../oauth/token-encryption.ts'
import { paths } from '../paths.ts'

const key = randomBytes(32)
const idp = await startIdentityProvider(
  ['club', 'other'].map((id) => `http://localhost:8081${paths.providerAnswer(id)}`),
)
const blog = await testApp({
  OUTBOUND_ALLOW: '127.0.0.1',
  OAUTH_TOKEN_KEY: key.toString('base64'),
  OIDC_CLUB_ISSUER: idp.issuer,
  OIDC_CLUB_CLIENT_ID: client.client_id,
  OIDC_CLUB_CLIENT_SECRET: client.client_secret,
})
const { app, db, cast } = blog
const bare = await testApp()

let people = 0
function somebody(): TestPerson {
  people++
  return { sub: `c${people}`, email: `c${people}@club.example`, email_verified: true, name: `Con ${people}` }
}
const member = (name: string) => newcomer(app, db, name, 'viewer')

beforeEach(() => (idp.person = somebody()))

/** Presses "Connect" and comes back. */
async function connect(person: Person, who = visitor(blog, person)) {
  const answer = await idp.walk(addressIn(await who.post(paths.connectionStart('club'), { password })))
  return await who.get(answer.pathname + answer.search)
}

async function isSomebodyWaiting(): Promise<boolean> {
  const { rows } = await sql`
    select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
  return rows.length > 0
}

async function connectionsOf({ id }: Pick<Person, 'id'>) {
  return await db.selectFrom('oauth_accounts').selectAll().where('user_id', '=', id).orderBy('id').execute()
}

async function actionsOf({ id }: Pick<Person, 'id'>, { db }: Pick<Blog, 'db'> = blog) {
  const rows = await db.selectFrom('audit_events').select('action').where('actor_id', '=', id).orderBy('id').execute()
  return rows.map(({ action }) => action).filter((action) => action.startsWith('oauth.'))
}

/** Without a password, as somebody is who came by a service. */
async function newcomerByService() {
  const who = visitor(blog)
  await signInBy(who, idp.walk, 'club')
  const user = await db
    .selectFrom('users')
    .select('id')
    .where('email', '=', String(idp.person?.email))
    .executeTakeFirstOrThrow()
  return { who, id: user.id }
}

describe('connecting', () => {
  test('takes the account of a service in, with its dates, and says so by mail', async () => {
    const mia = await member('Mia')
    const response = await connect(mia)
    assert.equal(response.headers.location, `${paths.connections()}?done=connected`)
    const page = await mia.get(`${paths.connections()}?done=connected`)
    assert.match(page.body, /Connected\./)
    assert.ok(page.body.includes(`<bdi>${idp.person?.name}</bdi>`))
    assert.match(page.body, /connected <time/)
    assert.match(page.body, /last used <time/)
    assert.deepEqual(await actionsOf(mia), ['oauth.connected'])
    const mail = (await blog.deliverMail()).find(({ to }) => to === mia.email)
    assert.match(mail?.text ?? '', /can be opened with a Club account/)

    const who = visitor(blog)
    await signInBy(who, idp.walk, 'club')
    assert.equal(await whoIs(who), mia.email)
  })

  test('asks for the password, so that whoever finds an open browser does not get a way in', async () => {
    const leo = await member('Leo')
    assert.match((await leo.get(paths.connections())).body, /name="password"/)
    for (const form of [{}, { password: 'not that one' }, { password: 'x'.repeat(1025) }] as Record<string, string>[]) {
      const refused = await leo.post(paths.connectionStart('club'), form)
      assert.equal(refused.statusCode, 422)
      assert.ok(errorAt(refused.body, 'password'))
      assert.doesNotMatch(refused.body, /http-equiv="refresh"/)
    }
    for (let count = 0; count < 8; count++) await leo.post(paths.connectionStart('club'), { password: 'a guess' })
    assert.equal((await leo.post(paths.connectionStart('club'), { password })).statusCode, 429)
    // Who has none came by a service, and connects another.
    const { who } = await newcomerByService()
    assert.doesNotMatch((await who.get(paths.connections())).body, /name="password"/)
    assert.equal((await who.post(paths.connectionStart('club'))).statusCode, 200)
  })

  test('twice changes nothing', async () => {
    const nia = await member('Nia')
    await connect(nia)
    await connect(nia)
    assert.equal((await connectionsOf(nia)).length, 1)
    assert.deepEqual(await actionsOf(nia), ['oauth.connected'])
  })

  test('needs somebody who is signed in, from the beginning to the end', async () => {
    const stranger = await visitor(blog).post(paths.connectionStart('club'))
    assert.equal(stranger.statusCode, 401)
    assert.equal((await visitor(blog).get(paths.connections())).statusCode, 303)

    const oda = await member('Oda')
    const who = visitor(blog, oda)
    const answer = await idp.walk(addressIn(await who.post(paths.connectionStart('club'), { password })))
    await who.post(paths.signOut())
    const late = await who.get(answer.pathname + answer.search)
    assert.equal(late.statusCode, 403)
    assert.match(saidIn(late), /You were signed out/)
    assert.deepEqual(await connectionsOf(oda), [])
    assert.equal(await whoIs(who), undefined)
  })

  test('does not take in what somebody else began in the same browser', async () => {
    const [pia, quin] = [await member('Pia'), await member('Quin')]
    const who = visitor(blog, pia)
    const answer = await idp.walk(addressIn(await who.post(paths.connectionStart('club'), { password })))
    const [name = '', value = ''] = quin.cookie.split('=')
    who.cookies.set(name, value)
    assert.equal((await who.get(answer.pathname + answer.search)).statusCode, 403)
    assert.deepEqual([await connectionsOf(pia), await connectionsOf(quin)], [[], []])
  })

  test('of somebody whose account is deleted meanwhile is refused', async () => {
    const rio = await member('Rio')
    const who = visitor(blog, rio)
    const answer = await idp.walk(addressIn(await who.post(paths.connectionStart('club'), { password })))
    await db.deleteFrom('users').where('id', '=', rio.id).execute()
    assert.equal((await who.get(answer.pathname + answer.search)).statusCode, 403)
  })

  test('does not take what is connected with somebody else', async () => {
    const [sol, tia] = [await member('Sol'), await member('Tia')]
    await connect(sol)
    const response = await connect(tia)
    assert.equal(response.statusCode, 409)
    assert.match(saidIn(response), /connected with somebody else’s account/)
    assert.deepEqual(await connectionsOf(tia), [])
    assert.equal((await connectionsOf(sol)).length, 1)
    assert.deepEqual(await actionsOf(tia), ['oauth.refused'])
  })

  test('has an end', async () => {
    const uma = await member('Uma')
    for (let count = 0; count < 20; count++)
      await db
        .insertInto('oauth_accounts')
        .values({ user_id: uma.id, provider: 'google', provider_user_id: `uma ${count}` })
        .execute()
    const response = await connect(uma)
    assert.equal(response.statusCode, 409)
    assert.match(saidIn(response), /Twenty accounts/)
  })
})

describe('disconnecting', () => {
  test('takes it away, and it signs nobody in any more', async () => {
    const vic = await member('Vic')
    await connect(vic)
    const [connection] = await connectionsOf(vic)
    const response = await vic.post(paths.connectionEnd(connection?.id ?? 0))
    assert.equal(response.headers.location, `${paths.connections()}?done=disconnected`)
    assert.deepEqual(await connectionsOf(vic), [])
    assert.deepEqual(await actionsOf(vic), ['oauth.connected', 'oauth.disconnected'])
    const who = visitor(blog)
    const back = await signInBy(who, idp.walk, 'club')
    assert.notEqual(await whoIs(who), vic.email)
    assert.equal(back.statusCode, 303)
  })

  test('of somebody else’s, or of none, finds nothing', async () => {
    const wes = await member('Wes')
    await connect(wes)
    const [connection] = await connectionsOf(wes)
    assert.equal((await cast.dev.post(paths.connectionEnd(connection?.id ?? 0))).statusCode, 401)
    assert.equal((await cast.ada.post(paths.connectionEnd(connection?.id ?? 0))).statusCode, 404)
    for (const id of ['999999', '9999999999999999', '0', '-1', 'x', '1e3'])
      assert.equal((await wes.post(paths.connectionEnd(id))).statusCode, 404, id)
    assert.equal((await connectionsOf(wes)).length, 1)
  })

  test('never takes the only way in, and says how to get another', async () => {
    const { who, id } = await newcomerByService()
    const [connection] = await connectionsOf({ id })
    const end = paths.connectionEnd(connection?.id ?? 0)
    const refused = await who.post(end)
    assert.equal(refused.statusCode, 409)
    assert.match(
      refused.body,
      /This is the only way into your account\. Set a password first: <a href="\/password\/forgotten">/,
    )
    // One of a service that is not offered opens nothing.
    await db
      .insertInto('oauth_accounts')
      .values({ user_id: id, provider: 'facebook', provider_user_id: `x${id}` })
      .execute()
    assert.equal((await who.post(end)).statusCode, 409)
    await db.updateTable('users').set({ email: null }).where('id', '=', id).execute()
    assert.match((await who.post(end)).body, /Connect another account first/)
    // A second one of the same service is a way.
    await db
      .insertInto('oauth_accounts')
      .values({ user_id: id, provider: idp.issuer, provider_user_id: `y${id}` })
      .execute()
    assert.equal((await who.post(end)).statusCode, 303)
  })

  test('is possible with a password, which comes by mail to who has none', async () => {
    const { who, id } = await newcomerByService()
    const asked = await who.get(paths.password())
    assert.equal(asked.headers.location, paths.forgottenPassword())
    await who.post(paths.forgottenPassword(), { email: String(idp.person?.email) })
    const mail = (await blog.deliverMail()).find(({ text }) => text.includes('/password/reset/'))
    assert.equal((await who.post(linkIn(mail?.text ?? ''), { password })).statusCode, 303)
    // A confirmed address keeps its connections; the sessions are ended.
    const back = visitor(blog)
    await signInBy(back, idp.walk, 'club')
    const [connection] = await connectionsOf({ id })
    assert.equal((await back.post(paths.connectionEnd(connection?.id ?? 0))).statusCode, 303)
  })

  test('is offered with a new password by mail, for what a thief may have left', async () => {
    const { who, id } = await newcomerByService()
    const thief = { user_id: id, provider: idp.issuer, provider_user_id: `thief${id}`, name: 'Not <me>' }
    await db.insertInto('oauth_accounts').values(thief).execute()
    const other = await newcomer(blog.app, db, 'Othmar', 'viewer')
    await db
      .insertInto('oauth_accounts')
      .values({ ...thief, user_id: other.id, provider_user_id: 'o' })
      .execute()
    const theirs = (await connectionsOf(other)).map((connection) => connection.id)
    await who.post(paths.forgottenPassword(), { email: String(idp.person?.email) })
    const mail = (await blog.deliverMail()).find(({ text }) => text.includes('/password/reset/'))
    const link = linkIn(mail?.text ?? '')
    assert.match((await who.get(link)).body, /Not &lt;me&gt;/)
    const [own, left] = (await connectionsOf({ id })).map((connection) => connection.id)
    // Another account's connection is nobody's to end here.
    const form = new URLSearchParams([
      ['password', password],
      ...[left, theirs[0]].map((id) => ['disconnect', `${id}`]),
    ])
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await blog.app.inject({ method: 'POST', url: link, headers, payload: form.toString() })
    assert.equal(answer.statusCode, 303, answer.body)
    assert.deepEqual(
      (await connectionsOf({ id })).map((connection) => connection.id),
      [own],
    )
    assert.equal((await connectionsOf(other)).length, 1)
  })

  test('of the last two at once leaves one', async () => {
    const { who, id } = await newcomerByService()
    await db
      .insertInto('oauth_accounts')
      .values({ user_id: id, provider: idp.issuer, provider_user_id: `z${id}` })
      .execute()
    const ids = (await connectionsOf({ id })).map((connection) => connection.id)
    const statuses = await Promise.all(ids.map(async (one) => (await who.post(paths.connectionEnd(one))).statusCode))
    assert.deepEqual(statuses.toSorted(), [303, 409])
    assert.equal((await connectionsOf({ id })).length, 1)
  })

  test('ends tokens that an import brought, here at once and at the service by a job', async () => {
    const xia = await member('Xia')
    await connect(xia)
    const [connection] = await connectionsOf(xia)
    const id = connection?.id ?? 0
    const sealed = (token: string) => encryptToken(token, purposeOfTokens(id), [key])
    await db
      .insertInto('oauth_tokens')
      .values({
        oauth_account_id: id,
        access_token_encrypted: sealed('the access token'),
        refresh_token_encrypted: sealed('the refresh token'),
      })
      .execute()
    const before = idp.asked.length
    await xia.post(paths.connectionEnd(id))
    assert.equal((await db.selectFrom('oauth_tokens').select('id').execute()).length, 0)
    assert.ok(!idp.asked.slice(before).includes('POST /token/revocation'))
    await blog.deliverMail()
    assert.ok(idp.asked.slice(before).includes('POST /token/revocation'))
    assert.ok(!/the (access|refresh) token/.test(blog.logged()))
  })

  test('at the moment when it signs somebody in wins', async () => {
    const zoe = await member('Zoe')
    await connect(zoe)
    const who = visitor(blog)
    const answer = await goAndComeBack(who, idp.walk, 'club')
    const late = await db.transaction().execute(async (db) => {
      await db.selectFrom('users').select('id').where('id', '=', zoe.id).forUpdate().execute()
      const late = who.get(answer)
      while (!(await isSomebodyWaiting())) await sleep(20)
      await db.deleteFrom('oauth_accounts').where('user_id', '=', zoe.id).execute()
      // Not the response itself, which waits for the end of this transaction.
      return { late }
    })
    assert.equal((await late.late).statusCode, 409)
    assert.equal(await whoIs(who), undefined)
  })

  test('goes on when the token cannot be read, or the service is not offered', async () => {
    const yan = await member('Yan')
    for (const provider of [idp.issuer, 'google']) {
      const { id } = await db
        .insertInto('oauth_accounts')
        .values({ user_id: yan.id, provider, provider_user_id: 'yan' })
        .returning('id')
        .executeTakeFirstOrThrow()
      const access_token_encrypted = encryptToken('x', purposeOfTokens(id), [randomBytes(32)])
      await db.insertInto('oauth_tokens').values({ oauth_account_id: id, access_token_encrypted }).execute()
      assert.equal((await yan.post(paths.connectionEnd(id))).statusCode, 303)
    }
    await blog.deliverMail()
    assert.match(blog.logged(), /a token cannot be read to revoke it/)
  })
})

describe('without any service', () => {
  test('the pages to sign in and of the profile say nothing of them', async () => {
    const signIn = await bare.cast.dev.get(paths.signIn())
    assert.ok(!signIn.body.includes('services'))
    assert.ok(!(await bare.cast.rosa.get(paths.profile())).body.includes(paths.connections()))
    assert.equal((await bare.cast.rosa.get(paths.connections())).statusCode, 404)
  })

  test('what an import brought can be seen and taken away', async () => {
    const { id } = bare.cast.bea
    await bare.db
      .insertInto('oauth_accounts')
      .values({ user_id: id, provider: 'github', provider_user_id: '1' })
      .execute()
    const page = await bare.cast.bea.get(paths.connections())
    assert.match(page.body, /github[^]*not offered at the moment/)
    const [connection] = await bare.db.selectFrom('oauth_accounts').select('id').execute()
    assert.equal((await bare.cast.bea.post(paths.connectionEnd(connection?.id ?? 0))).statusCode, 303)
    assert.deepEqual(await actionsOf(bare.cast.bea, bare), ['oauth.disconnected'])
  })
})

describe('a new key', () => {
  test('encrypts what the older ones encrypted, once, and leaves what none of them opens', async () => {
    const [newer, older, lost] = [randomBytes(32), randomBytes(32), randomBytes(32)] as const
    const rows: number[] = []
    for (const [index, one] of [older, newer, lost].entries()) {
      const { id } = await bare.db
        .insertInto('oauth_accounts')
        .values({ user_id: bare.cast.ada.id, provider: 'google', provider_user_id: `k${index}` })
        .returning('id')
        .executeTakeFirstOrThrow()
      rows.push(id)
      const sealed = (text: string) => encryptToken(text, purposeOfTokens(id), [one])
      const refresh_token_encrypted = index === 0 ? sealed('renews') : null
      await bare.db
        .insertInto('oauth_tokens')
        .values({ oauth_account_id: id, access_token_encrypted: sealed(`token ${index}`), refresh_token_encrypted })
        .execute()
    }
    assert.deepEqual(await encryptAgain(bare.db, [newer, older]), { again: 1, before: 1, unreadable: 1 })
    assert.deepEqual(await encryptAgain(bare.db, [newer]), { again: 0, before: 2, unreadable: 1 })
    const tokens = await bare.db.selectFrom('oauth_tokens').selectAll().orderBy('id').execute()
    const opened = tokens
      .slice(0, 2)
      .map(({ access_token_encrypted, oauth_account_id }) =>
        decryptToken(access_token_encrypted, purposeOfTokens(oauth_account_id), [newer]),
      )
    assert.deepEqual(opened, ['token 0', 'token 1'])
    const renews = tokens[0]?.refresh_token_encrypted ?? ''
    assert.equal(decryptToken(renews, purposeOfTokens(rows[0] ?? 0), [newer]), 'renews')
  })
})
