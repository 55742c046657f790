import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { program } from '../../test/api-client.ts'
import { testApp } from '../../test/app.ts'
import { newcomer } from '../../test/cast.ts'
import { paths } from '../paths.ts'

const { app, cast, db } = await testApp()
const { ada, ben, cleo, rosa } = cast
const adas = await program(app, db, ada)
const cleos = await program(app, db, cleo)
const others = [await program(app, db, ben), await program(app, db, rosa)]
const nobody = await program(app, db)
const [roles, permissions] = [paths.api.roles(), paths.api.permissions()]

async function lastEvent() {
  const events = db.selectFrom('audit_events').select(['action', 'actor_id', 'subject_type', 'subject_id'])
  return await events.orderBy('id', 'desc').executeTakeFirstOrThrow()
}

describe('roles', () => {
  test('are read by who may, with what each may do and how many hold it', async () => {
    for (const who of [adas, cleos]) {
      const { data } = await who.get(roles)
      assert.deepEqual(
        data.data.map(({ name, people, permissions }: { name: string; people: number; permissions: string[] }) => [
          name,
          people,
          permissions.length,
        ]),
        [
          ['admin', 1, 31],
          ['author', 2, 11],
          ['moderator', 1, 13],
          ['viewer', 1, 3],
        ],
      )
      const [first] = data.data
      assert.deepEqual((await who.get(paths.api.role(first.id))).data, first)
      const page = await who.get(`${roles}?limit=3`)
      assert.equal((await who.get(`${roles}?limit=3&cursor=${page.data.next}`)).data.data[0].name, 'viewer')
    }
    for (const who of others) {
      assert.equal((await who.get(roles)).statusCode, 403)
      assert.equal((await who.get(permissions)).statusCode, 403)
    }
    assert.equal((await nobody.get(roles)).statusCode, 401)
    assert.equal((await nobody.get(permissions)).statusCode, 401)
    for (const id of ['999999', '0', '9'.repeat(25)]) {
      assert.equal((await adas.get(paths.api.role(id))).statusCode, 404)
      assert.equal((await adas.get(paths.api.permission(id))).statusCode, 404)
    }
  })

  test('are made, changed and deleted, each with its line in the audit log', async () => {
    const given = { name: 'editor', description: 'Edits.', permissions: ['post.edit.any', 'post.read'] }
    for (const who of [cleos, ...others]) assert.equal((await who.send('POST', roles, given)).statusCode, 403)
    const made = await adas.send('POST', roles, given)
    assert.equal(made.statusCode, 201, made.body)
    const path = paths.api.role(made.data.id)
    assert.equal(made.headers.location, path)
    assert.deepEqual(made.data.permissions, ['post.edit.any', 'post.read'])

    const etag = String(made.headers.etag)
    const change = { name: 'editors', permissions: ['post.read', 'post.publish'] }
    const changed = await adas.send('PATCH', path, change, { 'if-match': etag })
    assert.deepEqual(
      [changed.data.name, changed.data.description, changed.data.permissions],
      ['editors', 'Edits.', ['post.publish', 'post.read']],
    )
    assert.equal((await adas.send('PATCH', path, { name: 'x' }, { 'if-match': etag })).statusCode, 412)
    assert.equal((await adas.send('DELETE', path, undefined, { 'if-match': etag })).statusCode, 412)
    // The same again is no change.
    assert.equal((await adas.send('PATCH', path, { name: 'editors' })).statusCode, 200)
    assert.deepEqual((await lastEvent()).action, 'role.grants-changed')
    assert.equal((await adas.send('DELETE', path)).statusCode, 204)
    assert.deepEqual(await lastEvent(), {
      action: 'role.deleted',
      actor_id: ada.id,
      subject_type: 'role',
      subject_id: made.data.id,
    })
    assert.equal((await adas.get(path)).statusCode, 404)
  })

  test('say what cannot be, and keep the one that owns the blog', async () => {
    const cases: [unknown, string][] = [
      [{}, '/name'],
      [{ name: '' }, '/name'],
      [{ name: '1st' }, '/name'],
      [{ name: 'x'.repeat(80) }, '/name'],
      [{ name: 'ADMIN' }, '/name'],
      [{ name: 'odd', permissions: ['post.fly'] }, '/permissions'],
      [{ name: 'odd', permissions: 'post.read' }, '/permissions'],
      [{ name: 'odd', permissions: ['post.read', 'post.read'] }, '/permissions'],
      [{ name: 'odd', people: 7 }, '/people'],
      [{ name: 'odd', description: 'x'.repeat(301) }, '/description'],
    ]
    for (const [body, pointer] of cases) {
      const { statusCode, data } = await adas.send('POST', roles, body)
      assert.deepEqual([statusCode, data.errors?.[0]?.pointer], [422, pointer], JSON.stringify(body))
    }
    const { id } = await db.selectFrom('roles').select('id').where('name', '=', 'admin').executeTakeFirstOrThrow()
    for (const [method, body] of [
      ['PATCH', { name: 'boss' }],
      ['PATCH', { permissions: [] }],
      ['DELETE', undefined],
    ] as const)
      assert.equal((await adas.send(method, paths.api.role(id), body)).statusCode, 409, method)
    const names = await db.selectFrom('roles').select('name').orderBy('name').execute()
    assert.deepEqual(
      names.map(({ name }) => name),
      ['admin', 'author', 'moderator', 'viewer'],
    )
  })

  test('are given no right that their maker lacks', async () => {
    const rights = ['role.read', 'role.create', 'role.edit', 'role.delete', 'permission.assign', 'post.read']
    const made = await adas.send('POST', roles, { name: 'role_maker', permissions: rights })
    const maker = await program(app, db, await newcomer(app, db, 'Maker', 'role_maker'))
    const above = { name: 'ladder', permissions: ['post.read', 'user.manage'] }
    assert.equal((await maker.send('POST', roles, above)).statusCode, 403)
    assert.equal((await db.selectFrom('roles').select('id').where('name', '=', 'ladder').execute()).length, 0)
    assert.equal((await maker.send('POST', roles, { ...above, permissions: ['post.read'] })).statusCode, 201)
    const own = [...rights, 'user.manage']
    assert.equal((await maker.send('PATCH', paths.api.role(made.data.id), { permissions: own })).statusCode, 403)
    const { id } = await db.selectFrom('roles').select('id').where('name', '=', 'moderator').executeTakeFirstOrThrow()
    assert.equal((await maker.send('PATCH', paths.api.role(id), { description: 'Mine' })).statusCode, 403)
    assert.equal((await maker.send('DELETE', paths.api.role(id))).statusCode, 403)
  })
})

test('permissions are read, made, described and deleted, as far as the program does not ask for them', async () => {
  const { data } = await cleos.get(`${permissions}?limit=100`)
  assert.equal(data.data.length, 31)
  // Each in words of its own, and a sentence.
  const described = new Set(data.data.map(({ description }: { description: string }) => description))
  assert.equal(described.size, 31)
  for (const description of described) assert.match(String(description), /^[A-Z].{10,120}\.$/)
  const posts = await adas.get(`${permissions}?resource=post`)
  assert.ok(posts.data.data.every(({ name }: { name: string }) => name.startsWith('post.')))
  const given = { resource: 'newsletter', action: 'send', scope: 'own', description: 'Send it.' }
  for (const who of [cleos, ...others]) assert.equal((await who.send('POST', permissions, given)).statusCode, 403)
  const made = await adas.send('POST', permissions, given)
  assert.deepEqual([made.statusCode, made.data.name], [201, 'newsletter.send.own'])
  assert.equal((await adas.send('POST', permissions, given)).statusCode, 422)
  for (const body of [
    { resource: 'Post', action: 'x' },
    { resource: 'post' },
    { ...given, scope: 'all' },
    { ...given, name: 'x' },
  ])
    assert.equal((await adas.send('POST', permissions, body)).statusCode, 422, JSON.stringify(body))
  const path = paths.api.permission(made.data.id)
  const etag = String(made.headers.etag)
  const changed = await adas.send('PATCH', path, { description: 'Send the newsletter.' }, { 'if-match': etag })
  assert.equal(changed.data.description, 'Send the newsletter.')
  assert.equal((await adas.send('PATCH', path, { description: 'x' }, { 'if-match': etag })).statusCode, 412)
  assert.equal((await adas.send('PATCH', path, { action: 'stop' })).statusCode, 422)
  assert.equal((await cleos.send('DELETE', path)).statusCode, 403)
  assert.equal((await adas.send('DELETE', path)).statusCode, 204)
  assert.equal((await adas.send('DELETE', path)).statusCode, 404)
  assert.equal((await adas.send('DELETE', paths.api.permission(posts.data.data[0].id))).statusCode, 409)
  const publish = posts.data.data.find(({ name }: { name: string }) => name === 'post.publish')
  const own = { description: 'Put it on the front page.' }
  assert.equal((await adas.send('PATCH', paths.api.permission(publish.id), own)).data.description, own.description)
  const again = await adas.send('PATCH', paths.api.permission(publish.id), { description: '' })
  assert.equal(again.data.description, publish.description)
  assert.equal((await adas.get(paths.api.permission(publish.id))).data.description, publish.description)
})
