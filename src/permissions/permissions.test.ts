import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { newcomer } from '../../test/cast.ts'
import { publishPost, writePost } from '../../test/pages.ts'
import type { Visitor } from '../http/app.ts'
import { paths } from '../paths.ts'
import { holds, mayHandle } from './permission.ts'

const { app, cast, db } = await testApp()
const { ben } = cast

const words = (text: string) => text.trim().split(/\s+/)
const grants = {
  admin: words(`
    comment.create comment.delete.any comment.delete.own comment.edit.any comment.edit.own comment.moderate comment.read
    permission.assign permission.create permission.delete permission.edit permission.read
    post.create post.delete.any post.delete.own post.edit.any post.edit.own post.publish post.read
    role.assign role.create role.delete role.edit role.read
    user.create user.delete.any user.delete.own user.edit.any user.edit.own user.manage user.read`),
  moderator: words(`
    comment.create comment.delete.any comment.edit.any comment.moderate comment.read permission.read
    post.create post.delete.any post.edit.any post.publish post.read role.read user.read`),
  author: words(`
    comment.create comment.delete.own comment.edit.own comment.read
    post.create post.delete.own post.edit.own post.publish post.read user.edit.own user.read`),
  viewer: words('comment.read post.read user.read'),
}

describe('a new blog', () => {
  test('has the four roles, 31 permissions and 58 grants that every Bloggy has had', async () => {
    const rows = await db
      .selectFrom('role_permissions')
      .innerJoin('roles', 'roles.id', 'role_permissions.role_id')
      .innerJoin('permissions', 'permissions.id', 'role_permissions.permission_id')
      .select(['roles.name as role', 'permissions.name as permission'])
      .orderBy(sql`permissions.name collate "C"`)
      .execute()

    assert.equal(rows.length, 58)
    assert.deepEqual(
      Object.values(grants).map(({ length }) => length),
      [31, 13, 11, 3],
    )
    for (const [role, permissions] of Object.entries(grants)) {
      assert.deepEqual(
        rows.filter((row) => row.role === role).map(({ permission }) => permission),
        permissions,
      )
    }
    const { rows: names } = await sql<{ name: string }>`select name from permissions`.execute(db)
    assert.deepEqual(names.map(({ name }) => name).toSorted(), grants.admin)
    const { rows: roles } = await sql<{ name: string }>`select name from roles order by name`.execute(db)
    assert.deepEqual(
      roles.map(({ name }) => name),
      ['admin', 'author', 'moderator', 'viewer'],
    )
  })

  test('takes no second role or permission of one name, and no odd one', async () => {
    const refused = [
      sql`insert into roles (name) values ('ADMIN')`,
      sql`insert into permissions (resource, action, scope) values ('post', 'edit', 'any')`,
      sql`insert into permissions (resource, action) values ('Post', 'edit')`,
      sql`insert into permissions (resource, action) values ('post', 'edit all')`,
      sql`insert into permissions (resource, action, scope) values ('post', 'edit', 'some')`,
      sql`insert into groups (name) values ('one'), ('One')`,
    ]
    for (const statement of refused) await assert.rejects(() => statement.execute(db), { code: /^23(505|514)$/ })
  })
})

describe('a right', () => {
  const visitor = (id: number, ...permissions: string[]): Visitor => ({
    id,
    name: 'x',
    slug: 'x',
    email: null,
    roles: new Set(),
    permissions: new Set(permissions),
  })

  test('to any covers every thing, a right to own only the own', () => {
    assert.equal(mayHandle(visitor(1, 'post.edit.any'), 'post', 'edit', 2), true)
    assert.equal(mayHandle(visitor(1, 'post.edit.any'), 'post', 'edit', null), true)
    assert.equal(mayHandle(visitor(1, 'post.edit.own'), 'post', 'edit', 1), true)
    assert.equal(mayHandle(visitor(1, 'post.edit.own'), 'post', 'edit', 2), false)
    assert.equal(mayHandle(visitor(1, 'post.edit.own'), 'post', 'edit', null), false)
    assert.equal(mayHandle(visitor(1, 'post.edit.own'), 'post', 'delete', 1), false)
    assert.equal(mayHandle(null, 'post', 'edit', null), false)
  })

  test('is held by name, with everything for the admin and commenting for everyone', () => {
    const admin = { ...visitor(1), roles: new Set(['admin']) }

    assert.equal(holds(admin, 'what.has.no.name.yet'), true)
    assert.equal(holds(visitor(1, 'post.create'), 'post.create'), true)
    assert.equal(holds(visitor(1, 'post.create'), 'post.publish'), false)
    assert.equal(holds(visitor(1), 'comment.create'), true)
    assert.equal(holds(visitor(1), 'comment.edit.any'), false)
    assert.equal(holds(null, 'comment.create'), false)
  })
})

describe('what somebody may do', () => {
  test('is the sum of all roles', async () => {
    const person = await newcomer(app, db, 'Sum', 'viewer')
    assert.equal(await mayWrite(person), false)
    await give(person.id, 'author')

    assert.equal(await mayWrite(person), true)
    assert.equal((await person.get(paths.profile())).body.includes('author, viewer'), true)
  })

  test('ends with the next request when the role is taken away', async () => {
    const person = await newcomer(app, db, 'Fired', 'author')
    const { id } = await writePost(person, { body: 'Last words' })
    await sql`delete from user_roles where user_id = ${person.id}`.execute(db)

    assert.equal(await mayWrite(person), false)
    assert.equal((await person.post(paths.admin.posts(), { title: 'T', body: 'B' })).statusCode, 403)
    assert.equal((await person.get(paths.admin.post(id))).statusCode, 404)
    assert.equal((await person.post(paths.admin.publication(id))).statusCode, 404)
  })

  test('ends with the next request when the role loses the right', async () => {
    await sql`insert into roles (name) values ('guest writer')`.execute(db)
    await sql`insert into role_permissions (role_id, permission_id) select roles.id, permissions.id from roles, permissions
      where roles.name = 'guest writer' and permissions.name in ('post.create', 'post.edit.own')`.execute(db)
    const person = await newcomer(app, db, 'Guestwriter', 'guest writer')
    const { id } = await writePost(person)

    assert.equal((await person.post(paths.admin.publication(id))).statusCode, 403)
    assert.doesNotMatch((await person.get(paths.admin.newPost())).body, /name="publish"/)
    const response = await person.post(paths.admin.posts(), { title: 'Sneaked out', body: 'B', publish: 'yes' })
    assert.match(String(response.headers.location), /^\/admin\/posts\//)
    assert.equal((await app.inject(paths.post('sneaked-out'))).statusCode, 404)

    await sql`delete from role_permissions using roles where roles.id = role_id and roles.name = 'guest writer'`.execute(
      db,
    )
    assert.equal(await mayWrite(person), false)
  })

  test('comes from a group of the older system as from the role of that name, whatever its case', async () => {
    for (const [group, writes] of [
      ['AUTHOR', true],
      ['Moderator', true],
      ['Admin', true],
      ['viewer', false],
      ['authors', false],
    ] as const) {
      const person = await newcomer(app, db, `Member of ${group}`.replaceAll(' ', ''), 'viewer')
      assert.equal(await mayWrite(person), false)
      await sql`insert into groups (name) values (${group})`.execute(db)
      await sql`insert into group_memberships (user_id, group_id) select ${person.id}, id from groups where name = ${group}`.execute(
        db,
      )

      assert.equal(await mayWrite(person), writes, group)
      assert.equal((await person.get(paths.admin.settings())).statusCode, group === 'Admin' ? 200 : 403, group)
      await sql`delete from group_memberships where user_id = ${person.id}`.execute(db)
      assert.equal(await mayWrite(person), false)
    }
  })

  test('does not grow by renaming oneself', async () => {
    const { path } = await publishPost(ben)
    const person = await newcomer(app, db, 'Renamer', 'viewer')
    await person.post(paths.profile(), {
      name: 'Ben',
      role: 'admin',
      slug: 'ben',
      email: 'ada@example.com',
      id: String(cast.ada.id),
    })

    assert.equal((await person.get(paths.admin.settings())).statusCode, 403)
    assert.match((await app.inject(path)).body, /href="\/authors\/ben"/)
    const user = await db
      .selectFrom('users')
      .select(['name', 'slug', 'email'])
      .where('id', '=', person.id)
      .executeTakeFirst()
    assert.deepEqual(user, { name: 'Ben', slug: 'renamer', email: 'renamer@example.com' })
  })
})

async function mayWrite(person: { get: (path: string) => Promise<{ statusCode: number }> }): Promise<boolean> {
  const { statusCode } = await person.get(paths.admin.newPost())
  assert.ok([200, 403].includes(statusCode))
  return statusCode === 200
}

async function give(user_id: number, role: string): Promise<void> {
  await sql`insert into user_roles (user_id, role_id) select ${user_id}, id from roles where name = ${role}`.execute(db)
}
