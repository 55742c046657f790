import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { newcomer } from '../../test/cast.ts'
import { paths } from '../paths.ts'

const { app, db } = await testApp()
await db.insertInto('roles').values({ name: 'keeper' }).execute()
await sql`insert into role_permissions (role_id, permission_id) select roles.id, permissions.id from roles, permissions
  where roles.name = 'keeper' and permissions.name in ('user.read', 'user.manage')`.execute(db)

test('nobody ends the sessions of somebody who becomes an owner at that moment', async () => {
  const keeper = await newcomer(app, db, 'Keeper', 'keeper')
  const person = await newcomer(app, db, 'Riser', 'keeper')
  const end = () => keeper.post(paths.admin.personSessionsEnd(person.id))
  const answer = await db.transaction().execute(async (db) => {
    await sql`select from users where id = ${person.id} for update`.execute(db)
    const asked = end()
    await wait(300)
    await sql`insert into user_roles (user_id, role_id) select ${person.id}, id from roles where name = 'admin'`.execute(
      db,
    )
    // The request goes on when this ends.
    return { asked }
  })
  assert.equal((await answer.asked).statusCode, 403)
  assert.equal((await person.get(paths.profile())).statusCode, 200)
  assert.equal((await end()).statusCode, 403)
  const reader = await newcomer(app, db, 'Reader Of Keeper', 'viewer')
  await sql`delete from role_permissions where role_id = (select id from roles where name = 'viewer')`.execute(db)
  assert.equal((await keeper.post(paths.admin.personSessionsEnd(reader.id))).statusCode, 303)
  assert.equal((await reader.get(paths.profile())).statusCode, 303)
})
