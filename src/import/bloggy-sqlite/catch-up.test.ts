// The old blog went on after the first import: a newer state of its file brings what is new and what changed.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testApp } from '../../../test/app.ts'
import { type Difference, compare, dump, editFile, readCounters } from '../../../test/dumps.ts'
import { bothKeys, bringIn, newPath, withBlog, withBulk } from '../../../test/imported.ts'
import { finish } from '../../../test/bloggy.ts'
import { settingsOf } from '../../../test/kills.ts'
import { buildFamily } from '../../../test/legacy/families.ts'
import { signIn } from '../../../test/people.ts'
import { paths } from '../../paths.ts'
import { verifyLater } from './settling/verify-later.ts'

type Report = Awaited<ReturnType<typeof bringIn>>

const blog = await testApp()
const { ada } = blog.cast
const path = newPath()
buildFamily(path, 'F12')
// Two orphans whose post comes later, and three people of whom two are here: one proved the address.
editFile(
  path,
  `insert into comments (id, text, date, user, post) values (40, 'Early', '2025-10-14 11:00:00', 60, 300),
    (41, 'Earlier', '2025-10-14 11:00:00', 60, 300);
  insert into users (id, email, password, registration_key, first_name, last_name, created_at, updated_at) values
    (60, 'jen@example.com', 'great scott and all', '', 'Jen', '', '2025-10-12 14:03:22', '2025-10-12 14:03:22'),
    (61, 'ada@example.com', 'x', '', 'Ada', 'of old', '2025-10-12 14:03:22', '2025-10-12 14:03:22')`,
)
const read = <T>(work: Parameters<typeof withBulk<T>>[1]) => withBulk(blog.target, work)
const verify = (id: number, file = path) =>
  read((db) => verifyLater(db, id, file, { keys: bothKeys, onStep: () => {} }))
const post = (id: number) => blog.db.selectFrom('posts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const leftovers = (import_id: number) =>
  blog.db
    .selectFrom('import_leftovers')
    .select(['source_table', 'source_key', 'reason', 'data'])
    .where('import_id', '=', import_id)
    .orderBy('id')
    .execute()

async function catchUp(file = path): Promise<Difference & { report: Report; id: number }> {
  const before = await read(dump)
  const report = await bringIn(blog.target, file)
  return { ...compare(before, await read(dump)), report, id: Number(report.import_id) }
}

const first = Number((await bringIn(blog.target, path)).import_id)
const counts = ({ tables }: Report, name: string) => {
  const found = tables.find((table) => table.name === name)
  assert.ok(found)
  const { copied, changed, set_aside, already_there, rows } = found
  assert.equal(copied + changed + set_aside + already_there, rows, name)
  assert.ok(Math.min(copied, changed, set_aside, already_there) >= 0, name)
  return { copied, changed, set_aside, already_there }
}
const none = { copied: 0, changed: 0, set_aside: 0 }

describe('a second import of the same file', () => {
  test('brings nothing, and says that all of it is there', async () => {
    const { came, went, report } = await catchUp()
    assert.deepEqual({ came, went }, { came: {}, went: {} })
    assert.equal(report.import_id, first)
    assert.deepEqual([report.continues, report.result, report.proof.is_equal], [first, 'complete', true])
    for (const { name, rows } of report.tables) assert.deepEqual(counts(report, name), { ...none, already_there: rows })
  })
})

describe('a newer state of the file', () => {
  test('brings what is new and what changed, and nothing else', async () => {
    editFile(
      path,
      `insert into posts (id, title, text, date, user) values
        (300, 'Great Scott', 'New.', '2025-11-01 10:00:00', 60), (301, 'By Ada', 'New.', '2025-11-01 10:00:00', 61);
      insert into comments (id, text, date, user, post) values (50, 'New', '2025-11-01 11:00:00', 3, 1);
      update posts set title = 'Edited there', text = 'Edited there.' where id = 5;
      update comments set text = 'Edited there' where id = 4;
      update users set first_name = 'Martin' where id = 7;
      delete from comments where id = 2;
      delete from posts where id = 9;
      insert into auth_memberships (id, user, auth_group, created_at, updated_at) values
        (9, 60, 3, '2025-11-01 10:00:00', '2025-11-01 10:00:00');
      update roles set description = 'Changed there', name = 'Boss' where id = 1`,
    )
    // A decision about readers is no change of the text.
    await blog.db.updateTable('posts').set({ visibility: 'members', excerpt: '' }).where('id', '=', 5).execute()
    const old = await post(5)
    const { came, went, report } = await catchUp()
    const idsOf = (table: string) => came[table]?.map(({ id }) => id) ?? []
    assert.deepEqual(idsOf('posts'), [300, 301, 5])
    assert.deepEqual(
      went.posts?.map(({ id }) => id),
      [5],
    )
    assert.deepEqual(
      new Set(came.comments?.map(({ body }) => body)),
      new Set(['Early', 'Earlier', 'New', 'Edited there']),
    )
    assert.deepEqual(
      went.comments?.map(({ id }) => id),
      [4],
    )
    const edited = await post(5)
    assert.deepEqual([edited.title, edited.slug, edited.version], ['Edited there', old.slug, old.version])
    assert.match(edited.body_html, /Edited there\./)
    assert.deepEqual([edited.visibility, edited.excerpt], ['members', ''])
    assert.deepEqual(
      came.users?.map(({ name }) => name),
      ['Martin \\Back/slash'],
    )
    assert.deepEqual(came.group_memberships?.length, 1)
    // The role of this blog stays; the one of the file is another now.
    assert.deepEqual([came.roles?.map(({ name }) => name), went.roles], [['Boss'], undefined])
    assert.deepEqual(counts(report, 'posts'), { copied: 3, changed: 0, set_aside: 0, already_there: 4 })
    assert.deepEqual(counts(report, 'comments').set_aside, 0)
    assert.equal((await post(301)).author_id, ada.id)
  })

  test('leaves what the file deleted, and a later look names it', async () => {
    const { differences, unexplained } = await verify(first)
    const named = differences.map(({ table, key, what }) => `${table} ${key} ${what}`)
    assert.deepEqual(named, ['posts 9 not in the file', 'comments 2 not in the file'])
    assert.deepEqual(unexplained, [])
  })
})

describe('what people did here since', () => {
  test('stays, and the state of the file is kept beside it', async () => {
    const edit = { title: 'Edited here', body: 'Ours.', version: '1' }
    assert.equal((await ada.post(paths.admin.post(6), edit)).statusCode, 303)
    assert.equal((await ada.post(paths.admin.post(10), edit)).statusCode, 303)
    const comment = await blog.db
      .selectFrom('comments')
      .select('id')
      .where('body', '=', 'New')
      .executeTakeFirstOrThrow()
    assert.equal((await ada.post(paths.commentDeletion(comment.id))).statusCode, 303)
    editFile(
      path,
      `update posts set title = 'Edited there, too' where id = 6;
      update comments set text = 'Newer' where id = 50;
      update users set last_name = 'changed there' where id = 61`,
    )
    const { came, went, report, id } = await catchUp()
    assert.deepEqual(Object.keys({ ...came, ...went }), ['audit_events', 'import_leftovers', 'imports'])
    assert.equal((await post(6)).title, 'Edited here')
    const kept = await leftovers(id)
    assert.deepEqual(
      kept.map(({ source_table, source_key, reason }) => `${source_table} ${source_key} ${reason}`),
      ['users 61 changed-here', 'posts 6 changed-here', 'comments 50 changed-here'],
    )
    assert.match(JSON.stringify(kept[1]?.data), /"title":"Edited there, too"/)
    assert.deepEqual(counts(report, 'posts'), { copied: 0, changed: 0, set_aside: 1, already_there: 6 })
    assert.deepEqual(counts(report, 'comments').set_aside, 1)
    assert.equal(report.result, 'complete with leftovers')
  })

  test('is not kept beside it a second time', async () => {
    const { came, report } = await catchUp()
    assert.deepEqual(came, {})
    assert.equal(report.result, 'complete')
    assert.deepEqual(counts(report, 'posts'), { ...none, already_there: 7 })
  })

  test('holds for a password that a sign-in made better', async () => {
    const hashOf = () =>
      blog.db.selectFrom('users').select('password_hash').where('email', '=', 'doc@emmettbrown.com').executeTakeFirst()
    const response = await signIn(blog, 'doc@emmettbrown.com', { password: 'fluxcapacitor' })
    assert.equal(response.statusCode, 303)
    const better = await hashOf()
    assert.match(better?.password_hash ?? '', /^\$argon2id/)
    const { came } = await catchUp()
    assert.equal(came.users, undefined)
    assert.deepEqual(await hashOf(), better)
  })
})

describe('a later look at it', () => {
  test('names what people changed on either side, and finds no damage', async () => {
    const { differences, unexplained } = await verify(first)
    const named = differences.map(({ table, key, what }) => `${table} ${key} ${what}`)
    assert.deepEqual(named.toSorted(), [
      'comments 2 not in the file',
      'comments 50 gone here',
      'posts 10 changed here',
      'posts 6 changed in the file',
      'posts 9 not in the file',
      'users 1 changed here',
    ])
    assert.deepEqual(unexplained, [])
  })

  test('names a row that was changed past the program', async () => {
    await blog.db.updateTable('comments').set({ body: 'Damaged' }).where('body', '=', 'Edited there').execute()
    const { unexplained } = await verify(first)
    assert.deepEqual(
      unexplained.map(({ table, key }) => `${table} ${key}`),
      ['comments 4'],
    )
  })
})

describe('the file of another blog', () => {
  test('with the same ids is not taken for the same blog', async () => {
    const other = newPath()
    buildFamily(other, 'F12')
    editFile(
      other,
      `update users set email = 'other-' || email, created_at = '2024-01-01 00:00:00';
      update posts set text = text || '!'; update comments set text = text || '!'`,
    )
    const { came, went, report } = await catchUp(other)
    assert.equal(report.continues, null)
    assert.equal(report.proof.is_equal, true)
    assert.deepEqual(went, {})
    assert.deepEqual([came.posts?.length, came.comments?.length, came.users?.length], [6, 5, 5])
    assert.deepEqual((await verify(first)).differences.length, 7)
  })
})

describe('somebody who came without an address because another one has it', () => {
  test('follows the file until changed here, and then is kept beside it once', async () => {
    await withBlog(async (target) => {
      const file = newPath()
      buildFamily(file, 'F12')
      const add = (id: number, email: string) => `insert into users (id, email, password, registration_key, first_name,
        last_name) values (${id}, '${email}', '', '', 'Jen', '${id}')`
      editFile(file, [add(70, 'jen@example.com'), add(71, ' JEN@example.com'), add(72, 'jen@example.com')].join(';'))
      await bringIn(target, file)
      const people = async () =>
        await withBulk(target, (db) =>
          db.query<{ email: string | null; last_name: string }>(
            'select email, last_name from users where id in (70, 71, 72) order by id',
          ),
        )
      assert.deepEqual(
        (await people()).map(({ email }) => email),
        ['jen@example.com', null, null],
      )
      // 71 gets an address here, as the guide says; then all three are others in the file.
      await withBulk(target, (db) => db.query(`update users set email = 'jennifer@example.com' where id = 71`))
      editFile(
        file,
        `update users set email = 'j' || id || '@example.com', last_name = 'Parker' where id between 70 and 72`,
      )
      const report = await bringIn(target, file)
      assert.deepEqual(await people(), [
        { email: 'j70@example.com', last_name: 'Parker' },
        { email: 'jennifer@example.com', last_name: '71' },
        { email: 'j72@example.com', last_name: 'Parker' },
      ])
      assert.equal(report.tables.find(({ name }) => name === 'users')?.kept_aside['changed-here'], 1)

      // An address that somebody else has since: the state of the file is kept, and kept once.
      editFile(file, `update users set email = 'jennifer@example.com' where id = 72`)
      const kept = async () => {
        const { tables } = await bringIn(target, file)
        return tables.find(({ name }) => name === 'users')?.kept_aside
      }
      assert.deepEqual([await kept(), await kept()], [{ 'changed-here': 1 }, {}])
    })
  })
})

describe('the command, run again on a file that came whole', () => {
  test('leaves no import more in the list, and takes no ids', async () => {
    await withBlog(async (target) => {
      const file = newPath()
      buildFamily(file, 'F12')
      const settings = settingsOf({ target, folder: `${file}-data` })
      const run = async () => {
        const { code, stdout, stderr } = await finish(['import', file, '--json'], settings)
        return { code, stderr, report: JSON.parse(stdout) as Report, counters: await withBulk(target, readCounters) }
      }
      const one = await run()
      const two = await run()
      assert.deepEqual([one.code, two.code], [2, 0], two.stderr)
      assert.equal(two.report.import_id, one.report.import_id)
      // The numbers of imports alone have moved on.
      assert.deepEqual(two.counters, { ...one.counters, imports_id_seq: two.counters.imports_id_seq })
      const { stdout } = await finish(['import', 'list'], settings)
      assert.equal(stdout.match(/complete/g)?.length, 1)
    })
  })
})
