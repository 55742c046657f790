// Groups of the older Bloggy, made and deleted under the rights of the roles they stand for.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { program } from '../../test/api-client.ts'
import { testApp } from '../../test/app.ts'
import { newcomer } from '../../test/cast.ts'
import { errorAt, fieldOf } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const { app, cast, db } = await testApp()
const { ada, ben, cleo, dev, rosa } = cast
const { admin, api } = paths
const adas = await program(app, db, ada)
// Makes and deletes roles, and holds few other rights.
const hal = await newcomer(app, db, 'Hal', 'viewer')
const keeper = await db.insertInto('roles').values({ name: 'keeper' }).returning('id').executeTakeFirstOrThrow()
const rights = await db
  .selectFrom('permissions')
  .select('id')
  .where('name', 'in', ['role.read', 'role.create', 'role.edit', 'role.delete'])
  .execute()
for (const { id } of rights)
  await db.insertInto('role_permissions').values({ role_id: keeper.id, permission_id: id }).execute()
await db.insertInto('user_roles').values({ user_id: hal.id, role_id: keeper.id }).execute()
const hals = await program(app, db, hal)

const groupNamed = async (name: string) =>
  await db.selectFrom('groups').select(['id', 'description']).where('name', '=', name).executeTakeFirst()
const requireGroup = async (name: string) => (await groupNamed(name)) ?? assert.fail(`There is no group ${name}.`)
const lastEvent = async () =>
  await db
    .selectFrom('audit_events')
    .select(['action', 'actor_id', 'description', 'details'])
    .where('subject_type', '=', 'group')
    .orderBy('id', 'desc')
    .executeTakeFirst()

describe('a group', () => {
  test('is made, described, given and deleted in the admin', async () => {
    assert.match((await ada.get(admin.groups())).body, /There is no group/)
    const made = await ada.post(admin.groups(), { name: 'moderator', description: ' Looks  after comments ' })
    assert.deepEqual([made.statusCode, made.headers.location], [303, admin.groups({ done: 'roles' })])
    const { id, description } = await requireGroup('moderator')
    assert.equal(description, 'Looks after comments')
    assert.equal((await ada.post(admin.group(id), { description: 'Anew' })).statusCode, 303)
    assert.equal((await requireGroup('moderator')).description, 'Anew')
    // Being in it is having the role.
    assert.equal((await rosa.get(admin.comments())).statusCode, 403)
    await ada.post(admin.personGroups(rosa.id), { seen: '', ticked: String(id) })
    assert.equal((await rosa.get(admin.comments())).statusCode, 200)
    assert.match((await ada.get(admin.groupDeletion(id))).body, /One person is in it/)
    assert.equal((await ada.post(admin.groupDeletion(id))).statusCode, 303)
    assert.equal((await rosa.get(admin.comments())).statusCode, 403)
    assert.deepEqual(await lastEvent(), {
      action: 'group.deleted',
      actor_id: ada.id,
      description: 'moderator',
      details: { people: 1 },
    })
    assert.equal((await ada.post(admin.groupDeletion(id))).statusCode, 404)
  })

  test('takes people in and lets them go by a program, under the rights of the page', async () => {
    await ada.post(admin.groups(), { name: 'Moderator' })
    const { id } = await requireGroup('Moderator')
    const place = api.groupMember(id, rosa.id)
    const cleos = await program(app, db, cleo)
    assert.equal((await cleos.send('PUT', place)).statusCode, 403)
    // He sees nobody who published nothing.
    assert.equal((await hals.send('PUT', place)).statusCode, 404)
    for (let count = 0; count < 2; count++) assert.equal((await adas.send('PUT', place)).statusCode, 204)
    assert.equal((await rosa.get(admin.comments())).statusCode, 200)
    const listed = await adas.get(api.groupMembers(id))
    assert.deepEqual(listed.data, { data: [{ id: rosa.id, name: rosa.name, slug: 'rosa' }], next: null })
    assert.equal((await (await program(app, db, ben)).get(api.groupMembers(id))).statusCode, 403)
    for (const gone of [api.groupMember(999_999, rosa.id), api.groupMember(id, 999_999)])
      assert.equal((await adas.send('PUT', gone)).statusCode, 404)
    assert.equal((await adas.get(api.groupMembers(999_999))).statusCode, 404)
    for (let count = 0; count < 2; count++) assert.equal((await adas.send('DELETE', place)).statusCode, 204)
    assert.equal((await rosa.get(admin.comments())).statusCode, 403)
    const noted = db.selectFrom('audit_events').select(['action', 'actor_id']).where('action', 'like', 'group.%')
    assert.deepEqual(await noted.where('subject_id', '=', rosa.id).orderBy('id', 'desc').limit(2).execute(), [
      { action: 'group.left', actor_id: ada.id },
      { action: 'group.joined', actor_id: ada.id },
    ])
    await ada.post(admin.groupDeletion(id))
  })

  test('is shown again where it cannot be taken', async () => {
    await ada.post(admin.groups(), { name: 'taken' })
    for (const name of ['TAKEN', 'with space', ' ', 'x'.repeat(80)]) {
      const refused = await ada.post(admin.groups(), { name })
      assert.equal(refused.statusCode, 422, name)
      assert.ok(errorAt(refused.body, 'name'))
      assert.equal(fieldOf(refused.body, 'name'), name)
    }
  })

  test('is for who may read roles, and changed by who may do that to the role of its name', async () => {
    await ada.post(admin.groups(), { name: 'author' })
    const { id } = await requireGroup('author')
    assert.equal((await dev.get(admin.groups())).statusCode, 303)
    assert.equal((await ben.get(admin.groups())).statusCode, 403)
    assert.equal((await cleo.get(admin.groups())).statusCode, 200)
    assert.equal((await cleo.post(admin.groups(), { name: 'other' })).statusCode, 403)
    for (const path of [admin.group(id), admin.groupDeletion(id)]) {
      assert.equal((await cleo.post(path, {})).statusCode, 403)
      assert.equal((await hal.post(path, { description: 'x' })).statusCode, 403)
    }
    // Above who makes it: the role of its name has rights that he lacks, in whatever case.
    for (const name of ['admin', 'Moderator']) {
      assert.equal((await hal.post(admin.groups(), { name })).statusCode, 403)
      assert.equal((await hals.send('POST', api.groups(), { name })).statusCode, 403)
    }
    assert.equal((await hals.send('DELETE', api.group(id))).statusCode, 403)
    assert.equal((await hal.post(admin.groups(), { name: 'gardeners' })).statusCode, 303)
    assert.equal((await hal.post(admin.groupDeletion((await requireGroup('gardeners')).id))).statusCode, 303)
  })

  test('that makes the only owner stays', async () => {
    await ada.post(admin.groups(), { name: 'admin' })
    const { id } = await requireGroup('admin')
    await ada.post(admin.personGroups(ada.id), { seen: '', ticked: String(id) })
    const role = await db.selectFrom('roles').select('id').where('name', '=', 'admin').executeTakeFirstOrThrow()
    assert.equal((await ada.post(admin.personRoles(ada.id), { seen: String(role.id) })).statusCode, 303)
    const refused = await ada.post(admin.groupDeletion(id))
    assert.equal(refused.statusCode, 409)
    assert.match(refused.body, /without an owner/)
    await ada.post(admin.personRoles(ada.id), { seen: '', ticked: String(role.id) })
    assert.equal((await ada.post(admin.groupDeletion(id))).statusCode, 303)
  })

  test('is made, read, described and deleted by programs', async () => {
    const made = await adas.send('POST', api.groups(), { name: 'bakers', description: 'Bread' })
    assert.equal(made.statusCode, 201)
    const path = api.group(made.data.id)
    assert.equal(made.headers.location, path)
    assert.deepEqual(
      { ...made.data, id: 0, created_at: '' },
      { id: 0, name: 'bakers', description: 'Bread', people: 0, created_at: '' },
    )
    assert.equal((await adas.send('POST', api.groups(), { name: 'Bakers' })).statusCode, 422)
    const list = await adas.get(`${api.groups()}?sort=-name&fields=name`)
    assert.ok(list.data.data.some(({ name }: { name: string }) => name === 'bakers'))
    const etag = String((await adas.get(path)).headers.etag)
    const changed = await adas.send('PATCH', path, { description: 'Rye' }, { 'if-match': etag })
    assert.deepEqual([changed.statusCode, changed.data.description], [200, 'Rye'])
    assert.equal((await adas.send('DELETE', path, undefined, { 'if-match': etag })).statusCode, 412)
    assert.equal((await adas.send('DELETE', path)).statusCode, 204)
    assert.equal((await adas.get(path)).statusCode, 404)
    assert.equal((await adas.send('PATCH', path, { description: 'x' })).statusCode, 404)
    const bens = await program(app, db, ben)
    assert.equal((await bens.get(api.groups())).statusCode, 403)
  })
})
