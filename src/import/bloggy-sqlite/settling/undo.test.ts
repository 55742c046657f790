// An import can be taken back: exactly what it brought, but nothing that people have built on since.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newBlog, testApp } from '../../../../test/app.ts'
import { type Difference, type Dump, compare, dump, editFile } from '../../../../test/dumps.ts'
import { bringIn, newPath, withBulk } from '../../../../test/imported.ts'
import { buildFamily } from '../../../../test/legacy/families.ts'
import { send, signIn } from '../../../../test/people.ts'
import { paths } from '../../../paths.ts'
import { assignRole } from '../../../permissions/queries.ts'
import { createSetupLink } from '../../../setup/queries.ts'
import { insertUser } from '../../../users/queries.ts'
import { plan } from '../plan.ts'
import { references } from './references.ts'
import { type Undone, undoImport } from './undo.ts'

type Target = Parameters<typeof withBulk>[0]

const blog = await testApp()
const empty = await newBlog()
const path = newPath()
buildFamily(path, 'F12')
editFile(
  path,
  `insert into roles (id, name, description, created_at) values (9, 'Archivist', '', '2025-10-13 09:15:02');
  insert into role_permissions (id, role, permission, granted_at) values (200, 9, 5, '2025-10-13 09:15:02');
  insert into user_roles (id, user, role, assigned_at) values (10, 4, 9, '2025-10-13 09:15:02')`,
)
const { ada, ben } = blog.cast
const posted = await ben.post(paths.admin.posts(), { title: 'Ours', body: 'Ours.', tags: 'here', publish: 'yes' })

const see = (target: Target) => withBulk(target, dump)
const undo = (target: Target, id: number): Promise<Undone> => withBulk(target, (db) => undoImport(db, id))
const nothing = { came: {}, went: {} }

/** But for the books, and the lines in which the import and its end are told. */
function apart(before: Dump, after: Dump): Difference {
  const { came, went } = compare(before, after)
  const told = came.audit_events?.filter(({ action }) => !String(action).startsWith('import.')) ?? []
  delete came.imports
  if (told.length === 0) delete came.audit_events
  return { came, went }
}

describe('taking an import back', () => {
  test('leaves what was there before, to the last row', async () => {
    assert.equal(posted.statusCode, 303)
    const before = await see(blog.target)
    const { import_id } = await bringIn(blog.target, path)
    const { removed, kept } = await undo(blog.target, Number(import_id))
    assert.deepEqual(apart(before, await see(blog.target)), nothing)
    assert.deepEqual(kept, [])
    const { comments, posts, users, roles, groups } = removed
    assert.deepEqual([comments, posts, users, roles, groups], [5, 6, 5, 1, 2])
  })

  test('is done once', async () => {
    const before = await see(blog.target)
    const { id } = await blog.db.selectFrom('imports').select('id').executeTakeFirstOrThrow()
    await assert.rejects(undo(blog.target, id), /was taken back already/)
    await assert.rejects(undo(blog.target, 99), /There is no import 99/)
    assert.deepEqual(compare(before, await see(blog.target)), nothing)
  })

  test('lets the same file come again, as if it never had', async () => {
    const before = await see(blog.target)
    const report = await bringIn(blog.target, path)
    for (const { name, already_there, rows } of report.tables) {
      if (['posts', 'comments', 'users', 'auth_events'].includes(name))
        assert.equal(already_there, 0, `${name} ${rows}`)
    }
    await undo(blog.target, Number(report.import_id))
    assert.deepEqual(apart(before, await see(blog.target)), nothing)
  })

  test('of a newer state leaves the first one, which can go after it', async () => {
    const start = await see(blog.target)
    const first = Number((await bringIn(blog.target, path)).import_id)
    const before = await see(blog.target)
    const newer = newPath()
    buildFamily(newer, 'F12')
    editFile(
      newer,
      `insert into roles (id, name, description, created_at) values (9, 'Archivist', '', '2025-10-13 09:15:02');
      insert into role_permissions (id, role, permission, granted_at) values (200, 9, 5, '2025-10-13 09:15:02');
      insert into user_roles (id, user, role, assigned_at) values (10, 4, 9, '2025-10-13 09:15:02'),
        (11, 7, 9, '2025-11-01 10:00:00');
      insert into posts (id, title, text, date, user) values (300, 'Newer', 'x', '2025-11-01 10:00:00', 3);
      insert into comments (id, text, date, user, post) values (300, 'Newer', '2025-11-01 10:00:00', 60, 1);
      insert into users (id, email, registration_key, first_name, last_name) values (60, 'jen@example.com', '', 'J', '');
      insert into auth_memberships (id, user, auth_group) values (9, 4, 3)`,
    )
    const second = await bringIn(blog.target, newer)
    assert.equal(second.continues, first)
    assert.deepEqual((await undo(blog.target, Number(second.import_id))).kept, [])
    assert.deepEqual(apart(before, await see(blog.target)), nothing)
    assert.deepEqual((await undo(blog.target, first)).kept, [])
    assert.deepEqual(apart(start, await see(blog.target)), nothing)
  })
})

describe('what people did since', () => {
  test('stays and is named; the rest goes', async () => {
    const start = await see(blog.target)
    const { import_id } = await bringIn(blog.target, path)
    const idOf = async (title: string) =>
      await blog.db.selectFrom('posts').select(['id', 'slug']).where('title', '=', title).executeTakeFirstOrThrow()
    const ok = async (answer: Promise<{ statusCode: number }>) => assert.equal((await answer).statusCode, 303)

    // Ada edits one post, answers another, tags a third and edits a comment; Zoë signs in, Li gets a role here.
    const great = await idOf('Great Scott')
    await ok(ada.post(paths.admin.post(great.id), { title: 'Great Scott', body: 'Edited here.', version: '1' }))
    const chinese = await idOf('测试文章 日本語 한국어')
    await ok(ada.post(paths.postComments(chinese.slug), { body: 'Answered here.' }))
    const tagged = await idOf('Without an author')
    await ok(
      ada.post(paths.admin.post(tagged.id), {
        title: 'Without an author',
        body: 'Nobody wrote this.',
        tags: 'a',
        version: '1',
      }),
    )
    const comment = await blog.db
      .selectFrom('comments')
      .select('id')
      .where('body', '=', 'First!')
      .executeTakeFirstOrThrow()
    await ok(ada.post(paths.editComment(comment.id), { body: 'First, edited.', version: '1' }))
    await ok(signIn(blog, 'doc@emmettbrown.com', { password: 'fluxcapacitor' }))
    await assignRole(blog.db, 'li@example.cn', 'author')

    const { removed, kept } = await undo(blog.target, Number(import_id))
    const said = kept.map(({ table, rows, why }) => `${rows} ${table}: ${why}`)
    assert.deepEqual(said.toSorted(), [
      '1 comments: changed here since',
      '1 posts: changed here since',
      '1 posts: somebody commented here since',
      '1 posts: worked on here',
      '1 users: wrote something that stays',
      '2 groups: in use',
      '2 users: signed in or changed here since',
    ])
    const { came, went } = apart(start, await see(blog.target))
    assert.deepEqual(went, {})
    assert.deepEqual(came.posts?.map(({ title }) => title).toSorted(), [
      'Great Scott',
      'Without an author',
      '测试文章 日本語 한국어',
    ])
    assert.deepEqual(came.comments?.map(({ body }) => body).toSorted(), ['Answered here.', 'First, edited.'])
    assert.deepEqual([removed.posts, removed.comments], [3, 4])
  })

  test('is not brought a second time by the same file', async () => {
    const count = async () => (await blog.db.selectFrom('posts').select('id').execute()).length
    const before = await count()
    const report = await bringIn(blog.target, path)
    assert.equal(await count(), before + 3)
    assert.equal(report.tables.find(({ name }) => name === 'users')?.already_there, 3)
    assert.equal(report.proof.is_equal, false)
  })
})

describe('the import that opened a blog', () => {
  test('closes the set-up link; taken back, the blog can be set up again', async () => {
    const link = await createSetupLink(empty.db)
    const before = await see(empty.target)
    const { import_id } = await bringIn(empty.target, path)
    assert.equal((await empty.app.inject(paths.setup(link ?? ''))).statusCode, 404)
    assert.equal((await signIn(empty, 'doc@emmettbrown.com', { password: 'wrong' })).statusCode, 422)
    await undo(empty.target, Number(import_id))
    const { came, went } = apart(before, await see(empty.target))
    assert.deepEqual(Object.keys({ ...came, ...went }).toSorted(), ['attempts', 'settings', 'setup_links'])
    assert.equal(came.settings?.[0]?.set_up_at, null)
    const again = await createSetupLink(empty.db)
    const form = { title: 'T', name: 'Eve', email: 'eve@example.com', password: 'a short sentence is good' }
    assert.equal((await send(empty, paths.setup(again ?? ''), form)).statusCode, 303)
  })

  test('closes it also when the only admin left has no password to sign in with', async () => {
    const { target, db } = await newBlog()
    const { import_id } = await bringIn(target, path)
    const ghost = { name: 'Ghost', email: 'ghost@example.com', password_hash: 'none', isConfirmed: true, role: 'admin' }
    await db.transaction().execute((db) => insertUser(db, ghost))
    await db.updateTable('users').set({ password_hash: null }).where('name', '=', 'Ghost').execute()
    await undo(target, Number(import_id))
    const { set_up_at } = await db.selectFrom('settings').select('set_up_at').executeTakeFirstOrThrow()
    assert.equal(set_up_at, null)
  })
})

test('every foreign key to what an import may bring is thought of', async () => {
  const found = await withBulk(blog.target, (db) =>
    db.query<{ from: string; to: string }>(
      `select format('%s.%s', conrelid::regclass, attname) as "from", confrelid::regclass::text as "to"
        from pg_constraint join pg_attribute on attrelid = conrelid and attnum = any(conkey)
        where contype = 'f' and connamespace = 'public'::regnamespace and confrelid::regclass::text = any($1)`,
      [plan.map(({ target }) => target)],
    ),
  )
  const known = Object.entries(references).flatMap(([to, columns]) =>
    Object.keys(columns).map((from) => `${from} to ${to}`),
  )
  assert.deepEqual(known.toSorted(), found.map(({ from, to }) => `${from} to ${to}`).toSorted())
})
