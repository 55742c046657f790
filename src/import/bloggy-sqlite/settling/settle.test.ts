// The transaction at the end of an import, and people who are at work in the blog meanwhile.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { newBlog, testApp } from '../../../../test/app.ts'
import { describeShape, editFile } from '../../../../test/dumps.ts'
import { bringIn, newPath, withBlog, withBulk } from '../../../../test/imported.ts'
import { buildFamily } from '../../../../test/legacy/families.ts'
import { send } from '../../../../test/people.ts'
import type { BulkConnection } from '../../../db/copy.ts'
import { paths } from '../../../paths.ts'
import { insertUser } from '../../../users/queries.ts'

const path = newPath()
buildFamily(path, 'F12')
editFile(
  path,
  `insert into role_permissions (id, role, permission, granted_at) values (200, 4, 5, '2025-10-13 09:15:02')`,
)

type Target = Parameters<typeof withBulk>[0]

/** Imports, and works at the moment when the import waits for what this statement holds on to. */
async function whileHeld(target: Target, statement: string, work: (holder: BulkConnection) => Promise<void>) {
  return await withBulk(target, async (holder) => {
    await holder.query('begin')
    await holder.query(statement)
    const importing = bringIn(target, path)
    importing.catch(() => {})
    await withBulk(target, async (db) => {
      for (;;) {
        const [waits] = await db.query(
          `select from pg_locks join pg_database on pg_database.oid = database
            where datname = current_database() and not granted and relation = 'comments'::regclass`,
        )
        if (waits) break
        await Promise.race([sleep(10), importing])
      }
    })
    await work(holder)
    await holder.query('rollback')
    return await importing
  })
}

test('an import into an empty blog puts the staged tables in the place of its own, and the schema is the same', async () => {
  const { target } = await newBlog()
  const tables = () =>
    withBulk(target, (db) =>
      db.one<{ posts: number; comments: number }>(
        `select 'public.posts'::regclass::oid::int as posts, 'public.comments'::regclass::oid::int as comments`,
      ),
    )
  const shape = await withBulk(target, describeShape)
  const before = await tables()
  const options = async () =>
    await withBulk(target, (db) =>
      db.query(
        `select relname, reloptions, attname, attoptions from pg_class join pg_attribute on attrelid = pg_class.oid
          where relname in ('posts', 'comments') and (attoptions is not null or attname = 'id') order by relname, attname`,
      ),
    )
  const optionsBefore = await options()
  await bringIn(target, path)
  const after = await tables()
  // Written a second time, two million comments take a minute more.
  assert.notEqual(after.posts, before.posts)
  assert.notEqual(after.comments, before.comments)
  assert.equal(await withBulk(target, describeShape), shape)
  assert.deepEqual(await options(), optionsBefore)
})

test('what came is counted, measured and compared by jobs when the import is there', async () => {
  const blog = await testApp()
  await bringIn(blog.target, path)
  await blog.deliverMail()
  const { posts, digests, counted } = await withBulk(blog.target, (db) =>
    db.one<{ posts: number; digests: number; counted: number }>(
      `select count(*)::int as posts, count(post_digests.post_id)::int as digests,
          (select coalesce(sum(posts), 0)::int from archive_months) as counted
        from posts left join post_digests on post_id = id where published_at is not null and published_at > 'epoch'`,
    ),
  )
  assert.ok(posts > 0)
  assert.deepEqual({ digests, counted }, { digests: posts, counted: posts })
})

describe('while an import settles', () => {
  test('people register, and the schema is the same to the letter afterwards', async () => {
    const blog = await testApp()
    const shape = await withBulk(blog.target, describeShape)
    // A long look at the comments keeps the tables from being exchanged, after all that takes time is done.
    const report = await whileHeld(blog.target, 'select from comments', async () => {
      const form = { name: 'Iris', email: 'iris@example.com', password: 'a short sentence is good' }
      const { statusCode } = await send(blog, paths.register(), form)
      assert.equal(statusCode, 303)
    })
    assert.ok(report.proof.is_equal)
    assert.equal(await withBulk(blog.target, describeShape), shape)
  })

  test('a page that waits for what the import holds, and holds what it waits for, is answered, and the import goes on', async () => {
    const { target } = await newBlog()
    const report = await whileHeld(target, 'select from comments', async (holder) => {
      const { name } = await holder.one<{ name: string }>(
        `select relation::regclass::text as name from pg_locks join pg_constraint on conrelid = relation
          where granted and mode = 'AccessExclusiveLock' and contype = 'f' and confrelid = 'comments'::regclass
            and database = (select oid from pg_database where datname = current_database())`,
      )
      await holder.query(`select from ${name}`)
    })
    assert.ok(report.proof.is_equal)
  })

  test('somebody who came since it began makes the blog one in use, whose roles keep their rights', async () => {
    const { target, db } = await newBlog()
    const report = await whileHeld(target, 'lock table comments', async () => {
      for (const name of ['Iris', 'Una']) {
        const person = { name, email: `${name}@example.com`, password_hash: 'none', isConfirmed: true, role: 'viewer' }
        await db.transaction().execute((db) => insertUser(db, person))
      }
    })
    const rights = report.tables.find(({ name }) => name === 'role_permissions')
    assert.equal(rights?.kept_aside['not-ours-to-change'], 1)
  })
})

describe('tables that cannot be exchanged', () => {
  test('because a view shows them are filled row by row, and the view stays', async () => {
    await withBlog(async (target) => {
      await withBulk(target, (db) => db.query('create view titles as select title from posts'))
      assert.ok((await bringIn(target, path)).proof.is_equal)
      const titles = await withBulk(target, (db) => db.query('select from titles'))
      assert.equal(titles.length, 6)
    })
  })

  test('for a reason nobody thought of stop the import, which says why', async () => {
    await withBlog(async (target) => {
      // A trigger that is there, and that nobody may make again.
      await withBulk(target, (db) =>
        db.query(
          `create function touched() returns trigger language plpgsql as $$ begin return new; end $$;
          create trigger touch before update on posts for each row execute function touched();
          revoke execute on function touched() from public, current_user`,
        ),
      )
      await assert.rejects(bringIn(target, path), /permission denied for function touched/)
      const found = await withBulk(target, (db) => db.one<{ error: string }>('select error from imports'))
      assert.equal(found.error, 'permission denied for function touched')
    })
  })
})
