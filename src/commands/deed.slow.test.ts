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
      .select(['action', 'actor_id', 'origin', 'client_ip'])
      .where('subject_type', '=', 'post')
      .where('subject_id', '=', Number(id))
      .orderBy('id')
      .execute()
    assert.deepEqual(
      events.map(({ action, actor_id, origin, client_ip }) => [action, actor_id, origin, client_ip]),
      [
        ['post.drafted', cast.ben.id, 'command', null],
        ['post.changed', cast.ada.id, 'command', null],
        ['post.deleted', cast.ada.id, 'command', null],
      ],
    )
  })

  test('ends with a number that says why it was not done', patient, async () => {
    const cases: [string[], number, RegExp][] = [
      [['post', 'show', '999999'], 3, /no such post/],
      [['post', 'create', '--title', 'No text'], 2, /--body: This is needed\./],
      [['post', 'create', '--title', '\u2800', '--body', 'y'], 2, /--title: This does not have the form it needs/],
      [['user', 'list', '--role', 'nosuch'], 2, /--role: There is no role nosuch\. There are: admin, author/],
      [['assign-role', cast.ben.email, 'nosuch'], 3, /nosuch.*there are admin, moderator, author, viewer/],
      [['pots'], 2, /Did you mean post\?/],
      [['post', 'lst'], 2, /Did you mean list\?/],
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

  test('tells programs what went wrong as JSON', patient, async () => {
    const cases: [string[], number, { code: string; option?: string }][] = [
      [['post', 'show', '999999'], 3, { code: 'not_found' }],
      [['post', 'create', '--title', 'No text'], 2, { code: 'invalid', option: '--body' }],
      [['post', 'list', '--colour', 'red'], 2, { code: 'invalid' }],
      [['token', 'list', 'nobody@example.com'], 3, { code: 'not_found' }],
      [['assign-role', cast.bea.email], 2, { code: 'invalid' }],
    ]
    for (const [words, code, expected] of cases) {
      const { code: found, stderr, stdout } = await run([...words, '--json'])
      assert.deepEqual([found, stdout], [code, ''], words.join(' '))
      const problem = JSON.parse(stderr) as { code: string; detail: string; errors?: { option?: string }[] }
      assert.deepEqual([problem.code, problem.errors?.[0]?.option], [expected.code, expected.option], stderr)
      assert.ok(problem.detail.length > 5)
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
  await json(['group', 'create', '--name', 'gardeners'])
  assert.equal((await run(['group', 'add-member', 'Gardeners', 'kim-new'])).code, 0)
  assert.match((await run(['group', 'list-members', 'gardeners'])).stdout, /kim-new/)
  assert.equal((await run(['group', 'remove-member', 'gardeners', 'kim-new'])).code, 0)
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

test(
  'what is no deed of the API prints JSON too, is noted as a command, and shows how it is used',
  patient,
  async () => {
    assert.deepEqual(await json(['assign-role', cast.rosa.email, 'author']), {
      email: cast.rosa.email,
      role: 'author',
      has_role: true,
    })
    const noted = db
      .selectFrom('audit_events')
      .select(['origin', 'client_ip'])
      .where('action', '=', 'role.assigned')
      .where('subject_id', '=', cast.rosa.id)
    assert.deepEqual(await noted.execute(), [{ origin: 'command', client_ip: null }])
    const { is_current, pending } = await json(['migrations', 'status'])
    assert.deepEqual([is_current, pending], [true, []])
    const settings = (await json(['show-config'])) as unknown as { name: string }[]
    assert.ok(settings.some(({ name }) => name === 'PORT'))
    assert.deepEqual(await json(['import', 'list']), { data: [], next: null })
    const { stdout } = await run(['token', 'end', '--help'])
    assert.match(stdout, /--json[^]*Example:\n.*token end ben@example\.com 3[^]*Exit codes:/)
    const overview = (await run(['--help'])).stdout
    assert.deepEqual(
      overview.split('\n').filter((line) => line.length > 80),
      [],
    )
  },
)
