// Invitations by the interface for programs.
import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { sql } from 'kysely'
import { program } from '../../test/api-client.ts'
import { testApp } from '../../test/app.ts'
import { steward } from '../../test/cast.ts'
import { linkIn } from '../../test/people.ts'
import { paths } from '../paths.ts'

const { app, cast, db, deliverMail } = await testApp()
const [adas, bens, cleos] = await Promise.all([cast.ada, cast.ben, cast.cleo].map((one) => program(app, db, one)))
assert.ok(adas && bens && cleos)
const nobody = await program(app, db)
const inga = await program(app, db, await steward(app, db, 'Inga', ['user.create']))
const all = paths.api.invitations()

beforeEach(() => sql`delete from attempts`.execute(db))

test('an invitation is sent, found, sent again and taken back, and its link dies with it', async () => {
  const made = await adas.send('POST', all, { email: 'New@Example.com', role: 'Author' })
  assert.equal(made.statusCode, 201)
  const { id, email, role, state, invited_by } = made.data
  assert.deepEqual([email, role, state, invited_by], ['new@example.com', 'author', 'waiting', 'Ada'])
  const first = linkIn((await deliverMail())[0]?.text ?? '')
  assert.equal((await app.inject(first)).statusCode, 200)
  const twice = await adas.send('POST', all, { email: 'new@example.com', role: 'author' })
  assert.deepEqual([twice.statusCode, twice.data.errors[0].pointer], [422, '/email'])
  assert.equal((await adas.send('POST', paths.api.invitationSending(id))).data.state, 'waiting')
  const second = linkIn((await deliverMail())[0]?.text ?? '')
  assert.equal((await app.inject(first)).statusCode, 404)
  assert.equal((await app.inject(second)).statusCode, 200)
  assert.equal((await adas.send('DELETE', paths.api.invitation(id))).data.state, 'revoked')
  assert.equal((await app.inject(second)).statusCode, 404)
  assert.equal((await adas.send('DELETE', paths.api.invitation(id))).statusCode, 409)
  const states = async (query: string) =>
    (await adas.get(`${all}?${query}`)).data.data.map((row: { state: string }) => row.state)
  assert.deepEqual([await states('state=revoked'), await states('state=waiting')], [['revoked'], []])
  assert.equal((await adas.get(`${all}?state=lost`)).statusCode, 422)
  const events = db.selectFrom('audit_events').select('action').where('subject_type', '=', 'invitation')
  assert.deepEqual(
    (await events.where('subject_id', '=', id).orderBy('id').execute()).map(({ action }) => action),
    ['invitation.sent', 'invitation.sent-again', 'invitation.revoked'],
  )
})

test('invitations of others, and roles above, are for who has more rights', async () => {
  const body = { email: 'other@example.com', role: 'viewer' }
  assert.equal((await nobody.get(all)).statusCode, 401)
  for (const who of [bens, cleos]) {
    assert.equal((await who.get(all)).statusCode, 403)
    assert.equal((await who.send('POST', all, body)).statusCode, 403)
  }
  const { id } = (await adas.send('POST', all, body)).data
  assert.deepEqual((await inga.get(all)).data.data, [])
  for (const method of ['GET', 'DELETE'])
    assert.equal((await inga.send(method, paths.api.invitation(id))).statusCode, 404, method)
  assert.equal((await inga.send('POST', paths.api.invitationSending(id))).statusCode, 404)
  for (const role of ['admin', 'author'])
    assert.equal((await inga.send('POST', all, { ...body, email: 'x@example.com', role })).statusCode, 403, role)
  const own = await inga.send('POST', all, { email: 'own@example.com', role: 'does_inga' })
  assert.equal(own.statusCode, 201)
  assert.equal((await inga.get(all)).data.data.length, 1)
  assert.equal((await inga.send('DELETE', paths.api.invitation(own.data.id))).statusCode, 200)
  await deliverMail()
})

test('what cannot be taken is said, and five a day go to one address', async () => {
  for (const [body, pointer] of [
    [{ email: 'nowhere', role: 'viewer' }, '/email'],
    [{ email: 'a@example.com', role: 'nothing' }, '/role'],
    [{ email: 'a@example.com' }, '/role'],
  ] as const) {
    const { statusCode, data } = await adas.send('POST', all, body)
    assert.deepEqual([statusCode, data.errors?.[0]?.pointer], [422, pointer], JSON.stringify(body))
  }
  const { id } = (await adas.send('POST', all, { email: 'often@example.com', role: 'viewer' })).data
  for (let count = 0; count < 5; count++)
    assert.equal((await adas.send('POST', paths.api.invitationSending(id))).statusCode, 200)
  assert.equal((await adas.send('POST', paths.api.invitationSending(id))).statusCode, 429)
})
