// Roles and permissions as pages: what each may do, and who may change it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { type Person, newcomer } from '../../test/cast.ts'
import { errorAt, fieldOf } from '../../test/pages.ts'
import { paths } from '../paths.ts'
import { mostPermissions } from '../permissions/permission-groups.ts'

const { app, cast, db } = await testApp()
const { ada, ben, cleo, rosa, dev } = cast
/** Edits roles, and holds little else. */
const rex = await holderOf('Rex', [
  'role.read',
  'role.create',
  'role.edit',
  'role.delete',
  'permission.assign',
  'post.read',
  'post.create',
])

describe('the pages of roles', () => {
  test('are for those who may read roles, with their people and permissions counted', async () => {
    for (const path of [paths.admin.roles(), paths.admin.roleMatrix(), paths.admin.role(await roleId('author'))]) {
      assert.equal((await dev.get(path)).statusCode, 303)
      for (const person of [rosa, ben]) assert.equal((await person.get(path)).statusCode, 403)
      for (const person of [ada, cleo, rex]) assert.equal((await person.get(path)).statusCode, 200)
    }
    const { body } = await ada.get(paths.admin.roles())
    assert.match(body, /author<\/bdi><\/a><span class="quiet"> Writes[^]*?role=author">2 people<\/a> · 11 permissions/)
    assert.match(body, /role=admin">1 person<\/a> · everything/)
    assert.equal((await ada.get(paths.admin.role(99_999))).statusCode, 404)
  })

  test('have a table of who may do what, each cell leading to the role', async () => {
    const { body } = await ada.get(paths.admin.roleMatrix())
    const author = await roleId('author')
    const right = await rightId('post.publish')
    const cell = new RegExp(`<a href="/admin/roles/${author}#right-${right}" aria-label="author holds post.publish">✓`)
    assert.match(body, cell)
    assert.match(body, /aria-label="viewer does not hold post.publish">–/)
    assert.match(body, /aria-label="admin holds user.manage">✓/)
    assert.match((await ada.get(paths.admin.role(author))).body, new RegExp(`id="right-${right}"`))
  })
})

describe('a role', () => {
  test('is created, described, renamed with who holds it, and deleted after a question with counts', async () => {
    const made = await ada.post(paths.admin.roles(), { name: 'editor', description: ' Looks after texts. ' })
    assert.equal(made.statusCode, 303)
    const id = await roleId('editor')
    const person = await newcomer(app, db, 'Edda', 'editor')
    await ada.post(paths.admin.roleGrants(id), { seen: '', ticked: String(await rightId('post.create')) })
    assert.equal((await person.get(paths.admin.newPost())).statusCode, 200)
    await ada.post(paths.admin.role(id), { name: 'sub_editor', description: '' })
    assert.equal(await roleId('sub_editor'), id)
    assert.equal((await person.get(paths.admin.newPost())).statusCode, 200)
    const question = await ada.get(paths.admin.roleDeletion(id))
    assert.match(question.body, /1 person has/)
    assert.equal((await ada.post(paths.admin.roleDeletion(id))).statusCode, 303)
    assert.equal((await person.get(paths.admin.newPost())).statusCode, 403)
    assert.equal((await ada.get(paths.admin.role(id))).statusCode, 404)
    const { rows } = await sql<{ action: string; details: unknown; description: string }>`
      select action, description, details from audit_events where subject_type = 'role' and subject_id = ${id} order by id`.execute(
      db,
    )
    assert.deepEqual(rows, [
      { action: 'role.created', description: 'editor', details: {} },
      { action: 'role.grants-changed', description: 'editor', details: { given: ['post.create'], taken: [] } },
      {
        action: 'role.changed',
        description: 'sub_editor',
        details: { name: { from: 'editor', to: 'sub_editor' }, description: { from: 'Looks after texts.', to: '' } },
      },
      { action: 'role.deleted', description: 'sub_editor', details: { people: 1, permissions: ['post.create'] } },
    ])
  })

  test('called admin is neither renamed, deleted nor taken anything from', async () => {
    const id = await roleId('admin')
    assert.equal((await ada.post(paths.admin.role(id), { name: 'king', description: '' })).statusCode, 409)
    for (const path of [paths.admin.roleDeletion(id), paths.admin.roleGrants(id)])
      assert.equal((await ada.post(path, { seen: '1,2,3' })).statusCode, 403, path)
    assert.equal((await ada.get(paths.admin.settings())).statusCode, 200)
  })

  test('has a name of its own, also when two make it at once', async () => {
    for (const name of ['Author', '', 'two words', '1st', 'ä', 'x'.repeat(80)]) {
      const response = await ada.post(paths.admin.roles(), { name, description: 'D' })
      assert.equal(response.statusCode, 422, name)
      assert.ok(errorAt(response.body, 'name'), name)
      assert.equal(fieldOf(response.body, 'description'), 'D')
    }
    const answers = await Promise.all(['twin', 'Twin', 'TWIN'].map((name) => ada.post(paths.admin.roles(), { name })))
    assert.deepEqual(answers.map(({ statusCode }) => statusCode).toSorted(), [303, 422, 422])
    const other = await ada.post(paths.admin.role(await roleId('moderator')), { name: 'AUTHOR' })
    assert.equal(other.statusCode, 422)
    assert.ok(errorAt(other.body, 'name'))
    // One that came with an import by an odd name keeps it while something else is changed.
    await sql`insert into roles (name) values ('guest writer')`.execute(db)
    const odd = await ada.post(paths.admin.role(await roleId('guest writer')), {
      name: 'guest writer',
      description: 'Now',
    })
    assert.equal(odd.statusCode, 303)
  })
})

describe('the permissions of a role', () => {
  test('are all of one thing with one box, without a script', async () => {
    await ada.post(paths.admin.roles(), { name: 'poster' })
    const id = await roleId('poster')
    await ada.post(paths.admin.roleGrants(id), { seen: '', all: 'post' })
    const rights = await rightsOf(id)
    assert.equal(rights.length, 7)
    assert.ok(rights.every((right) => right.startsWith('post.')))
    const { body } = await ada.get(paths.admin.role(id))
    assert.equal(fieldOf(body, 'seen')?.split(',').length, 7)
    assert.doesNotMatch(body, /name="all" value="post"/)
    assert.match(body, /name="all" value="comment"/)
    const seen = fieldOf(body, 'seen') ?? ''
    await ada.post(paths.admin.roleGrants(id), { seen, ticked: String(await rightId('post.read')) })
    assert.deepEqual(await rightsOf(id), ['post.read'])
  })

  test('that somebody lacks are neither given nor taken by them, nor is a role above them touched', async () => {
    await rex.post(paths.admin.roles(), { name: 'small' })
    const id = await roleId('small')
    const give = async (right: string) =>
      (await rex.post(paths.admin.roleGrants(id), { seen: '', ticked: String(await rightId(right)) })).statusCode
    assert.equal(await give('post.create'), 303)
    for (const right of ['user.manage', 'post.edit.any', 'comment.create']) assert.equal(await give(right), 403, right)
    assert.equal((await rex.post(paths.admin.roleGrants(id), { seen: '', all: 'post' })).statusCode, 403)
    assert.deepEqual(await rightsOf(id), ['post.create'])
    for (const name of ['author', 'moderator', 'admin']) {
      const role = await roleId(name)
      assert.equal((await rex.post(paths.admin.role(role), { name: 'taken_over' })).statusCode, 403, name)
      assert.equal((await rex.post(paths.admin.roleDeletion(role))).statusCode, 403, name)
      assert.equal((await rex.post(paths.admin.roleGrants(role), { seen: '1' })).statusCode, 403, name)
      assert.match((await rex.get(paths.admin.role(role))).body, /permissions that you do not have/)
    }
    // Their own role: not more than they hold.
    assert.equal(
      (
        await rex.post(paths.admin.roleGrants(await roleId('does_rex')), {
          seen: '',
          ticked: String(await rightId('user.manage')),
        })
      ).statusCode,
      403,
    )
    for (const person of [cleo, ben, rosa])
      assert.equal((await person.post(paths.admin.roleGrants(id), { seen: '' })).statusCode, 403)
  })
})

describe('a permission', () => {
  test('of one’s own is created, described and deleted while no role holds it', async () => {
    const form = { resource: 'shop', action: 'sell', scope: 'own', description: 'Sells things.' }
    assert.equal((await ada.post(paths.admin.permissions(), form)).statusCode, 303)
    const again = await ada.post(paths.admin.permissions(), form)
    assert.equal(again.statusCode, 422)
    assert.match(errorAt(again.body, 'action') ?? '', /already/)
    const id = await rightId('shop.sell.own')
    await ada.post(paths.admin.permission(id), { description: 'Sells all.' })
    assert.match(
      (await ada.get(paths.admin.permissions())).body,
      /shop\.sell\.own<\/b><span class="quiet"> Sells all\./,
    )
    const viewer = await roleId('viewer')
    await ada.post(paths.admin.roleGrants(viewer), { seen: '', ticked: String(id) })
    assert.equal((await ada.post(paths.admin.permissionDeletion(id))).statusCode, 409)
    await ada.post(paths.admin.roleGrants(viewer), { seen: String(id) })
    assert.equal((await ada.post(paths.admin.permissionDeletion(id))).statusCode, 303)
    assert.equal((await ada.post(paths.admin.permissionDeletion(id))).statusCode, 404)
  })

  test('of the program says what it allows, until somebody says it otherwise', async () => {
    const sentence = 'Put everybody’s posts into the bin and bring them back.'
    const moderator = await roleId('moderator')
    const pages = [paths.admin.permissions(), paths.admin.roleMatrix(), paths.admin.role(moderator)]
    for (const page of pages) assert.ok((await ada.get(page)).body.includes(sentence), page)
    const id = await rightId('post.delete.any')
    await ada.post(paths.admin.permission(id), { description: 'For editors.' })
    for (const page of pages) {
      const { body } = await ada.get(page)
      assert.ok(body.includes('For editors.'), page)
      assert.ok(!body.includes(`${sentence}</span>`), page)
    }
    await ada.post(paths.admin.permission(id), { description: ' ' })
    assert.ok((await ada.get(paths.admin.roleMatrix())).body.includes(sentence))
  })

  test('of the program stays', async () => {
    const response = await ada.post(paths.admin.permissionDeletion(await rightId('user.delete.own')))
    assert.equal(response.statusCode, 409)
    assert.match(response.body, /Bloggy itself asks/)
  })

  test('has a name in its form, in words for what is wrong, and there is an end to their number', async () => {
    for (const [field, change] of [
      ['resource', { resource: 'Shop' }],
      ['resource', { resource: '' }],
      ['action', { action: 'sell all' }],
      ['action', { action: 'x'.repeat(40) }],
      ['scope', { scope: 'all' }],
    ] as const) {
      const form = { resource: 'shop', action: 'sell', scope: '', ...change }
      const response = await ada.post(paths.admin.permissions(), form)
      assert.equal(response.statusCode, 422, field)
      assert.ok(errorAt(response.body, field), field)
    }
    await sql`insert into permissions (resource, action) select 'many', 'a' || n
      from generate_series(1, ${mostPermissions} - (select count(*)::int from permissions)) n`.execute(db)
    const full = await ada.post(paths.admin.permissions(), { resource: 'one', action: 'more' })
    assert.match(errorAt(full.body, 'action') ?? '', /as many as there can be/)
    // With all of them ticked the form still is one that the server takes.
    const ids = (await db.selectFrom('permissions').select('id').execute()).map(({ id }) => `ticked=${id}`)
    await ada.post(paths.admin.roles(), { name: 'whole' })
    const whole = await ada.post(paths.admin.roleGrants(await roleId('whole')), `seen=&${ids.join('&')}`)
    assert.equal(whole.statusCode, 303)
    assert.equal((await rightsOf(await roleId('whole'))).length, mostPermissions)
  })

  test('is changed by those alone who may', async () => {
    const id = await rightId('user.manage')
    for (const person of [cleo, rex, ben, rosa]) {
      assert.equal((await person.post(paths.admin.permissions(), { resource: 'a', action: 'b' })).statusCode, 403)
      assert.equal((await person.post(paths.admin.permission(id), { description: 'x' })).statusCode, 403)
      assert.equal((await person.post(paths.admin.permissionDeletion(id))).statusCode, 403)
    }
    assert.equal((await cleo.get(paths.admin.permissions())).statusCode, 200)
    assert.equal((await rosa.get(paths.admin.permissions())).statusCode, 403)
  })
})

async function holderOf(name: string, permissions: string[]): Promise<Person> {
  const role = `does_${name.toLowerCase()}`
  await sql`insert into roles (name) values (${role})`.execute(db)
  await sql`insert into role_permissions (role_id, permission_id) select roles.id, permissions.id from roles, permissions
    where roles.name = ${role} and permissions.name in (${sql.join(permissions)})`.execute(db)
  return await newcomer(app, db, name, role)
}

async function roleId(name: string): Promise<number> {
  return (await db.selectFrom('roles').select('id').where('name', '=', name).executeTakeFirstOrThrow()).id
}

async function rightId(name: string): Promise<number> {
  return (await db.selectFrom('permissions').select('id').where('name', '=', name).executeTakeFirstOrThrow()).id
}

async function rightsOf(role_id: number): Promise<string[]> {
  const rows = await db
    .selectFrom('role_permissions')
    .innerJoin('permissions', 'permissions.id', 'permission_id')
    .select('permissions.name')
    .where('role_id', '=', role_id)
    .execute()
  return rows.map(({ name }) => name).toSorted()
}

test('a new role says that it has no rights yet', async () => {
  const made = await ada.post(paths.admin.roles(), { name: 'fresh_one', description: '' })
  assert.match((await ada.get(String(made.headers.location))).body, /The role is made\. Nobody holds it yet/)
})
