// Bans by the interface for programs.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { program } from '../../test/api-client.ts'
import { testApp } from '../../test/app.ts'
import { publishPost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const { app, cast, db } = await testApp()
const { ada, ben, cleo, rosa } = cast
const [adas, bens, cleos, rosas] = await Promise.all([ada, ben, cleo, rosa].map((one) => program(app, db, one)))
assert.ok(adas && bens && cleos && rosas)
const nobody = await program(app, db)
const all = paths.api.bans()

test('a ban is made, listed, made anew and ended, by those who moderate', async () => {
  const comments = paths.api.postComments((await publishPost(ben)).id)
  assert.equal((await nobody.get(all)).statusCode, 401)
  for (const who of [bens, rosas]) {
    assert.equal((await who.get(all)).statusCode, 403)
    assert.equal((await who.send('POST', all, { who: 'bea', reason: 'x' })).statusCode, 403)
  }
  const made = await cleos.send('POST', all, { who: 'rosa', reason: ' Rude ', days: 2 })
  assert.equal(made.statusCode, 201)
  const { id, user_id, reason, is_in_force, created_by } = made.data
  assert.deepEqual([user_id, reason, is_in_force, created_by], [rosa.id, 'Rude', true, 'Cleo'])
  assert.equal((await rosas.send('POST', comments, { body: 'Hello' })).statusCode, 403)
  const anew = await cleos.send('POST', all, { who: 'rosa', reason: 'For good' })
  assert.deepEqual([anew.data.id, anew.data.expires_at], [id, null])
  assert.deepEqual((await cleos.get(all)).data.data, [anew.data])
  assert.equal((await bens.send('DELETE', paths.api.ban(id))).statusCode, 403)
  assert.equal((await adas.send('DELETE', paths.api.ban(id))).statusCode, 204)
  assert.equal((await adas.send('DELETE', paths.api.ban(id))).statusCode, 404)
  assert.equal((await cleos.get(paths.api.ban(id))).statusCode, 404)
  assert.equal((await rosas.send('POST', comments, { body: 'Hello' })).statusCode, 201)
})

test('guests and ranges are banned too, and what cannot be taken is said', async () => {
  const guest = await cleos.send('POST', all, { who: 'Guest@Example.com', reason: 'Spam' })
  assert.deepEqual([guest.data.email, guest.data.user_id], ['guest@example.com', null])
  const range = await cleos.send('POST', all, { who: '192.0.2.7/24', reason: 'Spam' })
  assert.equal(range.data.network, '192.0.2.0/24')
  for (const [body, pointer] of [
    [{ who: 'nobody at all', reason: 'x' }, '/who'],
    [{ who: 'cleo', reason: 'x' }, '/who'],
    [{ who: 'ada', reason: 'x' }, '/who'],
    [{ who: '10.0.0.0/8', reason: 'x' }, '/who'],
    [{ who: 'rosa', reason: ' ' }, '/reason'],
    [{ who: 'rosa', reason: 'x', days: 3651 }, '/days'],
    [{ who: 'rosa', reason: 'x', days: -1 }, '/days'],
  ] as const) {
    const { statusCode, data } = await cleos.send('POST', all, body)
    assert.deepEqual([statusCode, data.errors?.[0]?.pointer], [422, pointer], JSON.stringify(body))
  }
})
