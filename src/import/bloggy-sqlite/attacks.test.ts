// Files made to do harm, and accidents that look like them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DatabaseSync } from 'node:sqlite'
import { bringIn, newPath, withBlog, withBulk } from '../../../test/imported.ts'
import { buildFamily } from '../../../test/legacy/families.ts'
import { undoImport } from './settling/undo.ts'

function built(edits = '', path = newPath()): string {
  buildFamily(path, 'F12')
  return edited(path, edits)
}

function edited(path: string, edits: string): string {
  const file = new DatabaseSync(path)
  file.exec(edits)
  file.close()
  return path
}

const dump = (target: Parameters<typeof bringIn>[0], query: string) =>
  withBulk(target, async (db) => JSON.stringify(await db.query(query)))

test('a copied post does not make a file the newer state of a blog', async () => {
  await withBlog(async (target) => {
    await bringIn(target, built())
    const before = await dump(target, 'select id, email, password_hash from users order by id')
    const thief = built(
      `update users set password = 'thief', created_at = '2020-01-01 00:00:00'; delete from posts where id > 2; delete from comments`,
    )
    const report = await bringIn(target, thief)
    assert.equal(report.continues, null)
    const after = await dump(
      target,
      `select id, email, password_hash from users where id in (select id from users order by id limit 5) order by id`,
    )
    assert.equal(after, before)
  })
})

test('passwords in clear stay in the file, whatever table or column they are in', async () => {
  await withBlog(async (target) => {
    const path = built(
      `create table users_backup (id integer primary key, name text, Password text, passwd text, note text);
      insert into users_backup values (1, 'x', 'hunter-two-1', 'hunter-two-2', 'kept');
      alter table users add column pwd text;
      update users set pwd = 'hunter-two-3'`,
    )
    await bringIn(target, path)
    const leftovers = await dump(target, 'select * from import_leftovers')
    assert.doesNotMatch(leftovers, /hunter-two/)
    assert.match(leftovers, /kept/)
    assert.match(leftovers, /it stays in the file/)
  })
})

test('wide tables, columns called __proto__ and tables called constructor are kept aside whole', async () => {
  await withBlog(async (target) => {
    const wide = Array.from({ length: 1500 }, (_, index) => `c${index} text`).join(', ')
    const path = built(
      `create table wide (${wide}); insert into wide (c7) values ('seven');
      create table constructor (a text, "__proto__" text); insert into constructor values ('one', 'two')`,
    )
    await bringIn(target, path)
    const leftovers = await dump(
      target,
      `select data from import_leftovers where source_table in ('wide', 'constructor')`,
    )
    assert.match(leftovers, /seven/)
    assert.match(leftovers, /two/)
  })
})

test('a role or group whose name only reads admin after mending gives no rights', async () => {
  await withBlog(async (target) => {
    const path = built(
      `insert into roles (id, name) values (90, 'admin' || char(0));
      insert into user_roles (id, "user", role) select 90, max(id), 90 from users;
      insert into auth_groups (id, role) values (90, 'Admin' || char(0))`,
    )
    await bringIn(target, path)
    const kept = await dump(
      target,
      `select source_table, reason from import_leftovers where source_key = 90 order by 1`,
    )
    assert.match(kept, /"roles","reason":"refused"/)
    assert.match(kept, /"auth_groups","reason":"refused"/)
    assert.match(kept, /"user_roles","reason":"role-missing"/)
  })
})

test('names too long for an index are kept aside, and an address too long is left out', async () => {
  await withBlog(async (target) => {
    const path = built(
      `insert into roles (id, name) values (91, hex(randomblob(5000)));
      update users set email = hex(randomblob(5000)) || '@example.com' where id = (select max(id) from users)`,
    )
    const report = await bringIn(target, path)
    const named = Object.fromEntries(report.tables.map(({ name, kept_aside }) => [name, kept_aside]))
    assert.equal(named.roles?.refused, 1)
    assert.equal(named.users?.['too-long'], 1)
  })
})

test('a comment may move to a post that came after it', async () => {
  await withBlog(async (target) => {
    const path = built()
    await bringIn(target, path)
    edited(
      path,
      `insert into posts (id, title, text, date, "user") values (700, 'New', 'x', '2025-11-01 00:00:00', null);
      update comments set post = 700 where id = (select min(id) from comments)`,
    )
    const report = await bringIn(target, path)
    assert.equal(report.proof.is_equal, true)
  })
})

test('an older copy of the file is refused, and imports are taken back newest first', async () => {
  await withBlog(async (target) => {
    const older = built()
    await bringIn(target, older)
    const newer = built(
      `insert into posts (title, text, date, "user") values ('New', 'x', '2025-11-01 00:00:00', null)`,
    )
    const { import_id: second } = await bringIn(target, newer)
    await assert.rejects(bringIn(target, older), /older than what was imported/)
    const first = Number(
      await withBulk(target, async (db) => (await db.one<{ id: number }>('select min(id) as id from imports')).id),
    )
    await withBulk(target, (db) => assert.rejects(undoImport(db, first), /newest first/))
    await withBulk(target, (db) => undoImport(db, Number(second)))
    await withBulk(target, (db) => undoImport(db, first))
  })
})

test('a stray id near the end of all numbers does not take the ids of posts to come', async () => {
  await withBlog(async (target) => {
    const path = built(
      `insert into posts (id, title, text, date, "user") values (4503599627370496, 'Stray', 'x', '2025-11-01 00:00:00', null);
      insert into users (id, email, first_name, last_name) values (4503599627370000, 'stray@example.com', 'Stray', '')`,
    )
    await bringIn(target, path)
    const { ids, next, stray } = await withBulk(target, (db) =>
      db.one<{ ids: number[]; next: number; stray: string }>(
        `select array(select id from posts order by id) as ids, nextval('posts_id_seq') as next,
          (select changes from import_rows where source_table = 'posts' and source_key = 4503599627370496) as stray`,
      ),
    )
    assert.match(stray, /new-id/)
    assert.ok(next < 1000 && Math.max(...ids.map(Number)) < next, `${next} of ${ids}`)
    // Another blog's file keeps its ids beside it.
    const other = built(
      `delete from comments; delete from posts; update users set password = 'x', created_at = '2020-01-01 00:00:00', email = id || '@example.org';
      insert into posts (id, title, text, date, "user") values (700, 'Kept', 'x', '2025-11-01 00:00:00', null)`,
    )
    const report = await bringIn(target, other)
    assert.equal(report.tables.find(({ name }) => name === 'posts')?.copied, 1)
  })
})

for (const id of ['-9223372036854775808', '9223372036854775807', '9007199254740993']) {
  test(`a table whose only row has the id ${id} is set aside once, however often the file comes`, async () => {
    await withBlog(async (target) => {
      const path = built(`delete from comments;
        insert into comments (id, text, date, "user", post) values (${id}, 'Far out', '2025-11-01 00:00:00', 1, 1)`)
      for (const set_aside of [1, 0]) {
        const { tables } = await bringIn(target, path)
        assert.equal(tables.find(({ name }) => name === 'comments')?.set_aside, set_aside)
      }
    })
  })
}
