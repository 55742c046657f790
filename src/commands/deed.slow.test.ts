// The deeds of the API as commands, in a terminal.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { blogFolder, finish } from '../../test/bloggy.ts'
import { publishPost } from '../../test/pages.ts'
import { signIn } from '../../test/people.ts'
import { formatConnectionString } from '../db/connection-string.ts'

const { app, cast, db, deliverMail, target } = await testApp()
const folder = await blogFolder()
const run = async (words: string[], input = '') =>
  await finish(words, { DATABASE_URL: formatConnectionString(target) }, input)
const json = async (words: string[]) => JSON.parse((await run([...words, '--json'])).stdout) as Record<string, unknown>

// Each command makes the whole application; beside other tests that takes some seconds.
const patient = { timeout: 400_000 }

describe('a post by commands', () => {
  test('is written, listed, changed, shown and deleted, and the log says who and how', patient, async () => {
    const file = join(folder, 'text.md')
    writeFileSync(file, 'From a *file*.')
    const made = await json([
      'post',
      'create',
      '--title',
      'By hand',
      '--body-file',
      file,
      '--tags',
      'one',
      'two',
      '--as',
      cast.ben.email,
    ])
    assert.equal(made.body, 'From a *file*.')
    const id = String(made.id)
    const listed = await run(['post', 'list', '--state', 'draft'])
    assert.match(listed.stdout, new RegExp(`^${id} +By hand`, 'm'))
    const changed = await run(['post', 'change', id, '--title', 'By command', '--comments-open', 'no'])
    assert.match(changed.stdout, /^title +By command$/m)
    assert.match((await run(['post', 'show', id])).stdout, /^tags +one, two$/m)
    assert.equal((await run(['post', 'delete', id])).code, 0)
    assert.equal((await run(['post', 'show', id])).code, 3)
    const events = await db
      .selectFrom('audit_events')
      .select(['action', 'actor_id', 'origin'])
      .where('subject_type', '=', 'post')
      .where('subject_id', '=', Number(id))
      .orderBy('id')
      .execute()
    assert.deepEqual(
      events.map(({ action, actor_id, origin }) => [action, actor_id, origin]),
      [
        ['post.drafted', cast.ben.id, 'command'],
        ['post.changed', cast.ada.id, 'command'],
        ['post.deleted', cast.ada.id, 'command'],
      ],
    )
  })

  test('ends with a number that says why it was not done', patient, async () => {
    const cases: [string[], number, RegExp][] = [
      [['post', 'show', '999999'], 3, /no such post/],
      [['post', 'create', '--title', 'No text'], 2, /--body: /],
      [['post', 'list', '--limit', 'many'], 2, /--limit: many is not a number/],
      [['post', 'list', '--colour', 'red'], 2, /unknown option/],
      [['post', 'create', '--title', 'x', '--body', 'y', '--as', cast.rosa.email], 4, /not/],
    ]
    for (const [words, code, said] of cases) {
      const { code: found, stderr } = await run(words)
      assert.equal(found, code, words.join(' '))
      assert.match(stderr, said)
    }
  })

  test('takes a body as JSON from standard input, and reads a list to its end', patient, async () => {
    for (const title of ['First', 'Second']) {
      const { code } = await run(
        ['post', 'create', '--data', '-', '--state', 'published'],
        JSON.stringify({ title, body: 'x', tags: ['counted'] }),
      )
      assert.equal(code, 0)
    }
    const { data, next } = await json([
      'post',
      'list',
      '--tag',
      'counted',
      '--limit',
      '1',
      '--all',
      '--fields',
      'title',
    ])
    assert.deepEqual([(data as { title: string }[]).map(({ title }) => title), next], [['Second', 'First'], null])
  })
})

test('the owner is found by a group too, and needs no second factor at the machine itself', patient, async () => {
  const { cast, db, target } = await testApp()
  const run = async (words: string[]) => await finish(words, { DATABASE_URL: formatConnectionString(target) })
  await db.transaction().execute(async (db) => {
    await sql`insert into groups (name) values ('Admin')`.execute(db)
    await sql`insert into group_memberships (user_id, group_id) select ${cast.bea.id}, id from groups`.execute(db)
    await sql`delete from user_roles where user_id in (${cast.ada.id}, ${cast.bea.id})`.execute(db)
  })
  const byGroup = await run(['role', 'list'])
  assert.equal(byGroup.code, 0, byGroup.stderr)
  await sql`update roles set requires_second_factor = true where name = 'admin'`.execute(db)
  const withoutFactor = await run(['user', 'list', '--json'])
  assert.equal(withoutFactor.code, 0, withoutFactor.stderr)
  assert.match(withoutFactor.stdout, /rosa@example\.com/)
  // Somebody who is named has the rights they have elsewhere.
  assert.equal((await run(['role', 'list', '--as', cast.bea.email])).code, 4)
  // A closed one is no owner, and the one by the role comes back.
  await db.transaction().execute(async (db) => {
    await sql`insert into user_roles (user_id, role_id) select ${cast.ada.id}, id from roles where name = 'admin'`.execute(
      db,
    )
    await sql`update users set state = 'disabled' where id = ${cast.bea.id}`.execute(db)
  })
  assert.equal((await run(['role', 'list'])).code, 0)
})

test('people are added, named, given roles and deleted by what they are called', patient, async () => {
  const password = 'a sentence from a file'
  const added = await run(
    ['user', 'add', '--name', 'Kim New', '--email', 'kim@example.com', '--role', 'author', '--password-file', '-'],
    `${password}\n`,
  )
  assert.equal(added.code, 0, added.stderr)
  assert.match(added.stdout, /^is_mailed +false$/m)
  const answer = await signIn({ app }, 'kim@example.com', { password })
  assert.equal(answer.statusCode, 303)
  const linked = await json(['user', 'add', '--name', 'Lin', '--email', 'lin@example.com', '--link'])
  const { pathname } = new URL(String(linked.link))
  assert.match((await app.inject(pathname)).body, /name="password"/)
  assert.equal((await deliverMail()).length, 0)

  assert.equal((await run(['user', 'assign-role', 'Kim@example.com', 'Moderator'])).code, 0)
  assert.deepEqual((await json(['user', 'show', 'kim-new'])).roles, ['author', 'moderator'])
  const nobody = await run(['user', 'show', 'nobody@example.com'])
  assert.deepEqual([nobody.code, /no person called nobody@example.com/.test(nobody.stderr)], [3, true])
  const listed = await run(['user', 'list-sessions', 'kim-new'])
  assert.match(listed.stdout, /^id +/)
  const { profile } = JSON.parse((await run(['user', 'export-data', 'kim-new'])).stdout) as { profile: object[] }
  assert.equal(profile.length, 1)
  const { slug } = await publishPost(cast.ben)
  assert.equal((await json(['post', 'show', slug])).slug, slug)
  const left = await json(['user', 'delete', 'kim-new', '--posts', 'give', '--to', cast.ben.email])
  assert.deepEqual([left.posts, left.into_id], ['give', cast.ben.id])
})

test('a token is made with its scopes, listed and ended', patient, async () => {
  const made = await run(['token', 'create', cast.bea.email, '--name', 'A script', '--scope', 'posts:read'])
  assert.match(made.stdout, /^bloggy_[\w-]{43}\n$/)
  const { data } = await json(['token', 'list', cast.bea.email])
  const [token] = data as { id: number; name: string }[]
  assert.equal(token?.name, 'A script')
  assert.equal((await run(['token', 'end', cast.bea.email, String(token?.id)])).code, 0)
  assert.equal((await run(['token', 'end', cast.bea.email, String(token?.id)])).code, 3)
  assert.equal((await run(['token', 'create', cast.bea.email, '--name', 'x', '--scope', 'all'])).code, 2)
})

test('shells complete every command', patient, async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { stdout } = await run(['completion', shell])
    assert.match(stdout, /published-after/)
    assert.match(stdout, /rehearse/)
  }
  assert.equal((await run(['completion', 'tcsh'])).code, 2)
})
