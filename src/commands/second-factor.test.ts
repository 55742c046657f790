import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { bloggy } from '../../test/bloggy.ts'
import { newcomer } from '../../test/cast.ts'
import { formatConnectionString } from '../db/connection-string.ts'
import { paths } from '../paths.ts'
import { signIn } from '../../test/people.ts'
import { sql } from 'kysely'

const blog = await testApp()
const { app, db, target, deliverMail } = blog

test('a lost second factor is removed from the command line, which its owner is told', async () => {
  const person = await newcomer(app, db, 'Stranded', 'author')
  await sql`insert into second_factors (user_id, secret_encrypted, confirmed_at) values (${person.id}, 'v1.x.y', now())`.execute(
    db,
  )
  assert.equal((await signIn(blog, person.email)).headers.location, paths.signInCode())

  const settings = { DATABASE_URL: formatConnectionString(target) }
  const run = bloggy(['second-factor', 'remove', person.email.toUpperCase()], settings)
  assert.equal(await run.ended, 0, run.stderr())
  assert.match(run.stdout(), /stranded@example\.com signs in without a second factor now/)
  assert.equal((await signIn(blog, person.email)).headers.location, paths.home())
  assert.match((await deliverMail())[0]?.text ?? '', /removed/)
  const events = db
    .selectFrom('audit_events')
    .select(['details', 'origin', 'client_ip'])
    .where('action', '=', 'second-factor.removed')
  assert.deepEqual(await events.execute(), [{ details: { by: 'command' }, origin: 'command', client_ip: null }])

  const again = bloggy(['second-factor', 'remove', person.email], settings)
  assert.equal(await again.ended, 3)
  assert.match(again.stderr(), /has no second factor/)
  const nobody = bloggy(['second-factor', 'remove', 'nobody@example.com'], settings)
  assert.equal(await nobody.ended, 3)
  assert.match(nobody.stderr(), /no such account as nobody@example\.com/)
})
