// What is done about people by the interface for programs: sessions, personal data, merging and deleting.
import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { sql } from 'kysely'
import { program } from '../../test/api-client.ts'
import { testApp } from '../../test/app.ts'
import { newcomer, steward } from '../../test/cast.ts'
import { publishPost, writePost } from '../../test/pages.ts'
import { cookieOf, signIn } from '../../test/people.ts'
import { paths } from '../paths.ts'

const { app, cast, db, deliverMail } = await testApp()
const { ada, ben, cleo, rosa } = cast
const [adas, bens, cleos, rosas] = await Promise.all([ada, ben, cleo, rosa].map((one) => program(app, db, one)))
assert.ok(adas && bens && cleos && rosas)
const nobody = await program(app, db)

beforeEach(() => sql`delete from attempts`.execute(db))

describe('sessions', () => {
  test('are listed by device and network, and ended, by their person and by who manages people', async () => {
    const person = await newcomer(app, db, 'Sam', 'viewer')
    const theirs = await program(app, db, person)
    const cookie = cookieOf(await signIn({ app }, person.email))
    const path = paths.api.userSessions(person.id)
    for (const [who, status] of [
      [nobody, 401],
      [bens, 404],
      [cleos, 403],
    ] as const) {
      assert.equal((await who.get(path)).statusCode, status)
      assert.equal((await who.send('DELETE', path)).statusCode, status)
    }
    const { data } = await theirs.get(path)
    assert.equal(data.next, null)
    assert.deepEqual((await adas.get(path)).data, data)
    const fields = ['id', 'browser', 'system', 'place', 'created_at', 'last_seen_at']
    for (const row of data.data) assert.deepEqual(Object.keys(row), fields)
    assert.doesNotMatch(JSON.stringify(data), /127\.0\.0\.1|token/)
    const last = data.data.at(-1).id
    assert.equal((await adas.send('DELETE', paths.api.userSession(ada.id, last))).statusCode, 404)
    assert.equal((await adas.send('DELETE', paths.api.userSession(person.id, 'x'))).statusCode, 404)
    assert.equal((await theirs.send('DELETE', paths.api.userSession(person.id, last))).statusCode, 204)
    assert.equal((await theirs.get(path)).data.data.length, data.data.length - 1)
    assert.equal((await adas.send('DELETE', path)).statusCode, 204)
    assert.deepEqual((await adas.get(path)).data.data, [])
    // Tokens end with them.
    assert.equal((await theirs.get(path)).statusCode, 401)
    const profile = await app.inject({ url: paths.profile(), headers: { cookie } })
    assert.equal(profile.statusCode, 303)
    const ended = db.selectFrom('audit_events').select(['actor_id', 'details']).where('action', '=', 'session.ended')
    assert.deepEqual(
      (await ended.where('subject_id', '=', person.id).orderBy('id').execute()).map(({ actor_id }) => actor_id),
      [person.id, ada.id],
    )
  })

  test('of somebody above are not ended', async () => {
    const mia = await program(app, db, await steward(app, db, 'Mia', ['user.manage']))
    assert.equal((await mia.send('DELETE', paths.api.userSessions(ada.id))).statusCode, 403)
  })
})

describe('the data of somebody', () => {
  test('is had by themselves and by who manages people, five times an hour, and each time is written down', async () => {
    const person = await newcomer(app, db, 'Fay', 'author')
    await writePost(person, { title: 'Not out yet' })
    const theirs = await program(app, db, person)
    const path = paths.api.userData(person.id)
    assert.equal((await nobody.get(path)).statusCode, 401)
    assert.equal((await bens.get(path)).statusCode, 404)
    assert.equal((await cleos.get(path)).statusCode, 403)
    const { data, headers, body } = await theirs.get(path)
    assert.equal(data.posts[0].title, 'Not out yet')
    assert.equal(headers['content-disposition'], `attachment; filename="data-${person.id}.json"`)
    assert.equal(headers['cache-control'], 'no-store')
    assert.doesNotMatch(body, /argon2|token_hash|password_hash/)
    for (const who of [adas, theirs, adas, theirs]) assert.equal((await who.get(path)).statusCode, 200)
    assert.equal((await adas.get(path)).statusCode, 429)
    const { rows } =
      await sql`select from audit_events where action = 'user.data-exported' and subject_id = ${person.id}`.execute(db)
    assert.equal(rows.length, 5)
  })
})

describe('merging', () => {
  test('says what there is, moves it, and tells how far it is', async () => {
    const [old, kept] = [await newcomer(app, db, 'Oldname', 'author'), await newcomer(app, db, 'Newname', 'viewer')]
    const post = await publishPost(old)
    const { data: counts } = await adas.get(paths.api.userBelongings(old.id))
    assert.deepEqual([counts.id, counts.posts, counts.drafts, counts.comments], [old.id, 1, 0, 0])
    assert.equal((await adas.get(paths.api.userDeparture(old.id))).statusCode, 404)
    const again = { 'idempotency-key': 'merge' }
    const begun = await adas.send('POST', paths.api.userMerge(old.id), { into: kept.id }, again)
    assert.deepEqual([begun.statusCode, begun.data.kind, begun.data.into_id], [202, 'merged', kept.id])
    assert.deepEqual((await adas.get(paths.api.userDeparture(old.id))).data, begun.data)
    assert.equal((await adas.send('POST', paths.api.userMerge(old.id), { into: kept.id }, again)).statusCode, 202)
    assert.equal((await adas.send('POST', paths.api.userMerge(old.id), { into: ben.id })).statusCode, 409)
    assert.equal((await adas.get(paths.api.user(old.id))).data.state, 'disabled')
    await deliverMail()
    assert.equal((await adas.get(paths.api.user(old.id))).statusCode, 404)
    const row = db.selectFrom('posts').select('author_id').where('id', '=', post.id)
    assert.deepEqual(await row.executeTakeFirst(), { author_id: kept.id })
  })

  test('and deleting are refused for oneself, for somebody above, and without the right', async () => {
    const person = await newcomer(app, db, 'Target', 'viewer')
    const mia = await program(app, db, await steward(app, db, 'Mona', ['user.manage', 'user.delete.any']))
    const merge = (from: number) => paths.api.userMerge(from)
    for (const [who, from, into, status] of [
      [nobody, person.id, ben.id, 401],
      [bens, person.id, ben.id, 404],
      [cleos, person.id, ben.id, 403],
      [mia, ada.id, person.id, 403],
      [mia, person.id, ada.id, 403],
      [adas, ada.id, person.id, 409],
      [adas, person.id, person.id, 409],
      [adas, person.id, 999_999, 404],
    ] as const)
      assert.equal((await who.send('POST', merge(from), { into })).statusCode, status, `${from} into ${into}`)
    for (const [who, id, status] of [
      [nobody, person.id, 401],
      [bens, person.id, 404],
      [cleos, person.id, 403],
      [mia, ada.id, 403],
      [adas, ada.id, 409],
      [adas, 999_999, 404],
    ] as const)
      assert.equal((await who.send('DELETE', paths.api.user(id))).statusCode, status, `${id}`)
    for (const who of [bens, cleos]) assert.notEqual((await who.get(paths.api.userBelongings(ada.id))).statusCode, 200)
    assert.equal((await rosas.get(paths.api.userBelongings(rosa.id))).statusCode, 200)
    assert.equal((await adas.get(paths.api.user(person.id))).data.state, 'active')
  })
})

describe('deleting', () => {
  test('hands posts to whom is named, or puts them into the bin, and keeps comments unless it is said', async () => {
    const leaving = await newcomer(app, db, 'Leaver', 'author')
    const post = await publishPost(leaving)
    const gone = await adas.send('DELETE', `${paths.api.user(leaving.id)}?posts=give&to=${ben.id}`)
    assert.deepEqual(
      [gone.statusCode, gone.data.posts, gone.data.comments, gone.data.into_id],
      [202, 'give', 'keep', ben.id],
    )
    const binner = await newcomer(app, db, 'Binner', 'author')
    const binned = await publishPost(binner)
    assert.equal((await adas.send('DELETE', `${paths.api.user(binner.id)}?posts=bin&comments=empty`)).statusCode, 202)
    await deliverMail()
    const author = db.selectFrom('posts').select('author_id').where('id', '=', post.id)
    assert.deepEqual(await author.executeTakeFirst(), { author_id: ben.id })
    assert.equal((await nobody.get(paths.api.post(binned.id))).statusCode, 404)
    const events = db.selectFrom('audit_events').select('action').where('subject_id', '=', leaving.id)
    assert.deepEqual(
      (await events.where('subject_type', '=', 'user').orderBy('id').execute()).map(({ action }) => action),
      ['user.deletion-begun', 'user.deleted'],
    )
  })

  test('says what cannot be taken, and does nothing', async () => {
    const person = await newcomer(app, db, 'Stays', 'author')
    for (const [query, parameter] of [
      ['posts=give', 'to'],
      [`posts=keep&to=${ben.id}`, 'to'],
      [`posts=give&to=${person.id}`, 'to'],
      ['posts=burn', 'posts'],
      ['comments=give', 'comments'],
      ['posts=give&to=ben', 'to'],
    ]) {
      const { statusCode, data } = await adas.send('DELETE', `${paths.api.user(person.id)}?${query}`)
      assert.deepEqual([statusCode, data.errors?.[0]?.parameter], [422, parameter], query)
    }
    assert.equal((await adas.get(paths.api.user(person.id))).data.state, 'active')
  })
})
