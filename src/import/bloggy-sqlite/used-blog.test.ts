// Into a blog that has people and posts of its own: none of them changes.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type TestApp, testApp } from '../../../test/app.ts'
import { newcomer } from '../../../test/cast.ts'
import { compare, describeShape, dump, editFile, readCounters } from '../../../test/dumps.ts'
import { bringIn, newPath, rehearse, withBulk } from '../../../test/imported.ts'
import { buildFamily } from '../../../test/legacy/families.ts'
import { paths } from '../../paths.ts'
import { insertUser } from '../../users/queries.ts'

const blog = await testApp()
const path = newPath()
buildFamily(path, 'F12')
editFile(
  path,
  `update roles set name = 'Moderator' where id = 2;
  insert into roles (id, name, description, created_at) values (9, 'Archivist', '', '2025-10-13 09:15:02');
  insert into users (id, email, password, registration_key, first_name, last_name, created_at, updated_at) values
    (50, 'jen@example.com', 'clear', '', 'Ada', '', '2025-10-12 14:03:22', '2025-10-12 14:03:22'),
    (51, ' Marty@Example.com', 'clear', '', 'Marty', 'Again', '2025-10-12 14:03:22', '2025-10-12 14:03:22');
  insert into posts (id, title, text, date, user) values
    (20, 'Great Scott', 'Again.', '2025-10-14 10:00:00', 3), (21, 'By the other Marty', 'x', '2025-10-14 10:00:00', 51);
  insert into comments (id, text, date, user, post) values (30, 'On the second one', '2025-10-14 11:00:00', 51, 2);
  insert into user_roles (id, user, role, assigned_at) values
    (10, 3, 1, '2025-10-13 09:15:02'), (11, 50, 2, '2025-10-13 09:15:02'), (12, 3, 4, '2025-10-13 09:15:02');
  insert into role_permissions (id, role, permission, granted_at) values
    (200, 4, 5, '2025-10-13 09:15:02'), (201, 9, 5, '2025-10-13 09:15:02');
  insert into auth_memberships (id, user, auth_group, created_at, updated_at) values
    (5, 3, 1, '2025-10-13 09:15:02', '2025-10-13 09:15:02')`,
)
const here = await fill(blog)
const read = <T>(work: Parameters<typeof withBulk<T>>[1]) => withBulk(blog.target, work)

const before = await read(dump)
const facts = [await read(describeShape), await read(readCounters)] as const
const rehearsal = await rehearse(blog.target, path)
const shapes = [facts[0], await read(describeShape)] as const
const counters = [facts[1], await read(readCounters)] as const
const afterRehearsal = await read(dump)

const report = await bringIn(blog.target, path)
const after = await read(dump)
const { came, went } = compare(before, after)
const imported = await read(async (db) => await db.query<Mapped>('select * from import_rows'))
const targetOf = (table: string, key: number) => find(table, key)?.target_id ?? null
const find = (table: string, key: number) =>
  imported.find(({ source_table, source_key }) => source_table === table && source_key === key)
const rowOf = (table: string, id: number | null) => came[table]?.find((row) => row.id === id)

describe('a rehearsal in a used blog', () => {
  test('leaves every row and every table as it was', () => {
    assert.deepEqual(compare(before, afterRehearsal), { came: {}, went: {} })
    assert.equal(shapes[1], shapes[0])
  })

  test('moves no counter but those of the books', () => {
    const moved = Object.entries(counters[1]).filter(([name, last]) => counters[0][name] !== last)
    assert.deepEqual(
      moved.map(([name]) => name),
      ['import_leftovers_id_seq', 'imports_id_seq'],
    )
  })
})

describe('an import into a used blog', () => {
  test('reports what the rehearsal did', () => {
    const told = ({ tables, proof, result }: typeof report) => ({ tables, result, proof })
    assert.deepEqual(told(report), told(rehearsal))
    assert.equal(report.result, 'complete with leftovers')
    assert.equal(report.proof.is_equal, true)
  })

  test('changes no row that was here', () => assert.deepEqual(went, {}))

  test('adds to no table but those of the file and of the books', () => {
    assert.deepEqual(Object.keys(came).toSorted(), [
      'audit_events',
      'comments',
      'group_memberships',
      'groups',
      'import_blocks',
      'import_leftovers',
      'import_rows',
      'imports',
      'oauth_accounts',
      'oauth_tokens',
      'posts',
      'role_permissions',
      'roles',
      'user_roles',
      'users',
    ])
  })

  test('keeps the ids that are free and gives new ones for those that are taken', () => {
    assert.deepEqual(
      [5, 6, 9, 10, 20, 21].map((key) => rowOf('posts', key)?.id),
      [5, 6, 9, 10, 20, 21],
    )
    for (const [table, key] of [
      ['posts', 1],
      ['posts', 2],
      ['users', 1],
      ['users', 4],
      ['comments', 1],
    ] as const) {
      const row = find(table, key)
      assert.match(row?.changes ?? '', /\bnew-id\b/, `${table} ${key}`)
      assert.ok(rowOf(table, row?.target_id ?? null), `${table} ${key}`)
      assert.notEqual(row?.target_id, key)
    }
    assert.equal(targetOf('users', 50), 50)
    assert.equal(find('users', 50)?.changes, 'password-hashed')
  })

  test('gives comments to the posts they belong to', () => {
    const comment = rowOf('comments', targetOf('comments', 1))
    assert.equal(comment?.body, 'First!')
    assert.equal(comment?.post_id, targetOf('posts', 1))
    assert.equal(rowOf('comments', 30)?.post_id, targetOf('posts', 2))
  })

  test('takes whoever has proved the address here for the same person, whose account stays', () => {
    assert.deepEqual([find('users', 3)?.fate, targetOf('users', 3)], ['already there', here.marty])
    assert.equal(rowOf('posts', 6)?.author_id, here.marty)
    assert.equal(rowOf('comments', targetOf('comments', 1))?.author_id, here.marty)
    assert.deepEqual(
      came.user_roles?.filter(({ user_id }) => user_id === here.marty),
      [],
    )
    assert.deepEqual(
      came.group_memberships?.filter(({ user_id }) => user_id === here.marty),
      [],
    )
    for (const [table, key] of [
      ['user_roles', 10],
      ['auth_memberships', 5],
    ] as const) {
      assert.deepEqual([find(table, key)?.fate, reasonsOf(table, key)], ['set aside', ['not-ours-to-change']])
    }
  })

  test('takes one row of the file for that person, not two', () => {
    assert.deepEqual([find('users', 51)?.fate, find('users', 51)?.changes?.includes('email-taken')], ['changed', true])
    const again = rowOf('users', targetOf('users', 51))
    assert.deepEqual([again?.name, again?.email, again?.email_confirmed_at], ['Marty Again', null, null])
    assert.equal(rowOf('posts', 21)?.author_id, again?.id)
  })

  test('brings whoever has an address that nobody proved here without it', () => {
    assert.ok(find('users', 6)?.changes?.includes('email-taken'))
    const li = rowOf('users', targetOf('users', 6))
    assert.deepEqual([li?.name, li?.email, li?.email_confirmed_at], ['明 李', null, null])
    assert.equal(rowOf('posts', 5)?.author_id, li?.id)
  })

  test('gives every post and everybody an address of their own', () => {
    const slugs = after.get('posts')?.map((row) => (JSON.parse(row) as { slug: string }).slug) ?? []
    assert.equal(new Set(slugs).size, slugs.length)
    assert.deepEqual(slugs.filter((slug) => slug.startsWith('great-scott')).toSorted(), [
      'great-scott',
      'great-scott-20',
      `great-scott-${targetOf('posts', 1)}`,
    ])
    assert.equal(rowOf('users', 50)?.slug, 'ada-50')
  })

  test('finds roles by their name, in whatever letters', () => {
    for (const [key, name] of [
      [1, 'admin'],
      [2, 'moderator'],
      [3, 'author'],
      [4, 'viewer'],
    ] as const) {
      assert.deepEqual([find('roles', key)?.fate, targetOf('roles', key)], ['already there', here.roles[name]], name)
    }
    assert.equal(find('roles', 2)?.changes, 'role-folded')
    assert.deepEqual(
      came.roles?.map(({ name }) => name),
      ['Archivist'],
    )
    const role = came.user_roles?.find(({ user_id }) => user_id === 50)
    assert.equal(role?.role_id, here.roles.moderator)
  })

  test('gives no right to a role that was here, and says so', () => {
    assert.deepEqual(
      came.role_permissions?.map(({ role_id }) => role_id),
      [targetOf('roles', 9)],
    )
    assert.deepEqual(
      [find('role_permissions', 200)?.fate, reasonsOf('role_permissions', 200)],
      ['set aside', ['not-ours-to-change']],
    )
  })

  test('has nothing to say of rights that are the same here', () => {
    assert.equal(find('role_permissions', 1)?.fate, 'already there')
    assert.equal(find('user_roles', 12)?.fate, 'already there')
    const said = came.import_leftovers?.filter(({ reason }) => reason === 'not-ours-to-change') ?? []
    assert.deepEqual(said.map(({ source_table, source_key }) => `${source_table} ${source_key}`).toSorted(), [
      'auth_memberships 2',
      'auth_memberships 5',
      'oauth_accounts 1',
      'role_permissions 200',
      'user_roles 10',
      'user_roles 2',
    ])
  })

  test('leads the old address to the post that has its id now, and people write on', async () => {
    const { headers } = await blog.cast.dev.get(paths.legacy.post(9))
    assert.equal(headers.location, paths.post(String(rowOf('posts', 9)?.slug)))
    const written = await blog.cast.ben.post(paths.admin.posts(), { title: 'After it', body: 'x', publish: 'yes' })
    assert.equal(written.statusCode, 303)
    const { id } = await blog.db
      .selectFrom('posts')
      .select('id')
      .where('slug', '=', 'after-it')
      .executeTakeFirstOrThrow()
    assert.ok(id > Math.max(...(came.posts ?? []).map((post) => Number(post.id))))
  })
})

type Mapped = {
  source_table: string
  source_key: number
  fate: string
  target_id: number | null
  changes: string | null
}

function reasonsOf(table: string, key: number) {
  const rows = came.import_leftovers?.filter((row) => row.source_table === table && row.source_key === key) ?? []
  return rows.map(({ reason }) => reason)
}

/** Posts, a draft, comments, tags, somebody with a proven address of the file and somebody who only said so. */
async function fill({ app, db, cast }: TestApp) {
  const marty = await newcomer(app, db, 'Marty', 'viewer')
  const said = { name: 'Somebody', email: 'li@example.cn', password_hash: 'none', isConfirmed: false, role: 'viewer' }
  await db.transaction().execute((db) => insertUser(db, said))
  for (const [title, more] of [
    ['Great Scott', { publish: 'yes' }],
    ['A draft', {}],
    ['Plans', { publish: 'yes' }],
  ] as const) {
    const { statusCode } = await cast.ben.post(paths.admin.posts(), { title, body: 'Ours.', tags: 'a, b', ...more })
    assert.equal(statusCode, 303)
  }
  for (const person of [cast.rosa, marty]) {
    const { statusCode } = await person.post(paths.postComments('great-scott'), { body: `${person.name} was here.` })
    assert.equal(statusCode, 303)
  }
  const roles = await db.selectFrom('roles').select(['id', 'name']).execute()
  return { marty: marty.id, roles: Object.fromEntries(roles.map(({ id, name }) => [name, id])) }
}
