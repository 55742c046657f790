// A blog that has been set up keeps an owner, whatever is done to its tables.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type RawBuilder, sql } from 'kysely'
import { type TestApp, newBlog, testApp } from '../../test/app.ts'
import { newcomer } from '../../test/cast.ts'
import type { Db } from '../db/pool.ts'
import { assignRole } from './queries.ts'

const isRefused = { constraint_name: 'blog_has_owner' }

describe('the last owner', async () => {
  const { db, cast } = await testApp()
  const ada = cast.ada.id
  const statements: [string, RawBuilder<unknown>][] = [
    ['losing the role', sql`delete from user_roles where user_id = ${ada}`],
    [
      'passing the role on to somebody closed',
      sql`update user_roles set user_id = ${cast.rosa.id} where user_id = ${ada}`,
    ],
    [
      'getting another role instead',
      sql`update user_roles set role_id = (select id from roles where name = 'viewer') where user_id = ${ada}`,
    ],
    ['being deleted', sql`delete from users where id = ${ada}`],
    ['being disabled', sql`update users set state = 'disabled' where id = ${ada}`],
    ['being blocked', sql`update users set state = 'blocked' where id = ${ada}`],
    ['being made to wait', sql`update users set state = 'pending' where id = ${ada}`],
    ['losing the address', sql`update users set email = null where id = ${ada}`],
    ['the role being renamed', sql`update roles set name = 'king' where name = 'admin'`],
    ['the role being deleted', sql`delete from roles where name = 'admin'`],
    ['all roles being cleared', sql`truncate roles cascade`],
    ['who has which role being cleared', sql`truncate user_roles`],
    ['everybody being closed', sql`update users set state = 'disabled'`],
  ]
  await sql`update users set state = 'disabled' where id = ${cast.rosa.id}`.execute(db)
  test('is kept, whatever the statement', async () => {
    for (const [what, statement] of statements) {
      await assert.rejects(() => statement.execute(db), isRefused, what)
      assert.deepEqual(await ownersOf(db), [ada], what)
    }
  })

  test('may hand over within one transaction, in either order', async () => {
    await db.transaction().execute(async (db) => {
      await sql`delete from user_roles where user_id = ${ada}`.execute(db)
      await sql`insert into user_roles (user_id, role_id) select ${cast.ben.id}, id from roles where name = 'admin'`.execute(
        db,
      )
    })
    assert.deepEqual(await ownersOf(db), [cast.ben.id])
    await db.transaction().execute(async (db) => {
      await sql`update users set state = 'disabled' where id = ${cast.ben.id}`.execute(db)
      await sql`update users set state = 'active' where id = ${cast.ben.id}`.execute(db)
    })
    assert.deepEqual(await ownersOf(db), [cast.ben.id])
  })
})

describe('an owner by a group of the older system', async () => {
  const { db, cast } = await testApp()
  await sql`insert into groups (name) values ('Admin')`.execute(db)
  await sql`insert into group_memberships (user_id, group_id) select ${cast.bea.id}, id from groups`.execute(db)

  test('counts as one, and is kept as one', async () => {
    await sql`delete from user_roles where user_id = ${cast.ada.id}`.execute(db)
    for (const statement of [
      sql`delete from group_memberships`,
      sql`update groups set name = 'guests'`,
      sql`delete from groups`,
      sql`truncate groups cascade`,
      sql`update roles set name = 'king' where name = 'admin'`,
    ]) {
      await assert.rejects(() => statement.execute(db), isRefused)
    }
  })
})

describe('the last two owners', () => {
  const lose = (id: number) => sql`delete from user_roles where user_id = ${id}`
  const close = (id: number) => sql`update users set state = 'disabled' where id = ${id}`
  const leave: [string, (id: number) => RawBuilder<unknown>][] = [
    ['lose the role', lose],
    ['are closed', close],
    ['are deleted', (id) => sql`delete from users where id = ${id}`],
  ]
  for (const level of ['read committed', 'repeatable read', 'serializable'] as const) {
    for (const [what, statement] of leave) {
      test(`who ${what} at the same moment (${level}) leave one`, async () => {
        const { db, cast } = await testApp()
        await assignRole(db, cast.cleo.email, 'admin')
        await bothAtOnce(
          db,
          level,
          [cast.ada.id, cast.cleo.id].map((id) => statement(id)),
        )
        assert.equal((await ownersOf(db)).length, 1)
      })
    }
  }

  test('leave in different ways, and one stays', async () => {
    const { db, cast } = await testApp()
    await assignRole(db, cast.cleo.email, 'admin')
    await bothAtOnce(db, 'read committed', [close(cast.ada.id), lose(cast.cleo.id)])
    assert.equal((await ownersOf(db)).length, 1)
  })
})

describe('a blog', () => {
  test('that nobody has set up needs no owner, and is not opened without one', async () => {
    const { db } = await newBlog()
    await sql`delete from user_roles`.execute(db)
    await assert.rejects(() => sql`update settings set set_up_at = now()`.execute(db), isRefused)
  })

  test('lets everybody else go as they like', async () => {
    const blog: TestApp = await testApp()
    const person = await newcomer(blog.app, blog.db, 'Passing', 'moderator')
    await sql`delete from user_roles where user_id = ${person.id}`.execute(blog.db)
    await sql`update users set state = 'blocked' where id = ${person.id}`.execute(blog.db)
    await sql`delete from users where id = ${person.id}`.execute(blog.db)
    await sql`delete from roles where name = 'moderator'`.execute(blog.db)
  })
})

/** Each has done its deed before either ends. Exactly one is refused, by the guard or as PostgreSQL refuses what cannot be put in an order. */
async function bothAtOnce(
  db: Db,
  level: 'read committed' | 'repeatable read' | 'serializable',
  statements: RawBuilder<unknown>[],
): Promise<void> {
  let done = 0
  let release = () => {}
  const both = new Promise<void>((resolve) => (release = resolve))
  const results = await Promise.allSettled(
    statements.map((statement) =>
      db
        .transaction()
        .setIsolationLevel(level)
        .execute(async (db) => {
          await statement.execute(db)
          if (++done === statements.length) release()
          await both
        }),
    ),
  )
  assert.deepEqual(results.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
  const refused = results.find((result) => result.status === 'rejected')
  const { constraint_name, code }: { constraint_name?: string; code?: string } = refused?.reason ?? {}
  assert.ok(constraint_name === 'blog_has_owner' || (level !== 'read committed' && code === '40001'), String(code))
}

async function ownersOf(db: Db): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select users.id from users join user_roles on user_id = users.id join roles on roles.id = role_id
      where roles.name = 'admin' and users.state = 'active' order by 1`.execute(db)
  return rows.map(({ id }) => id)
}
