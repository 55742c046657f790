// What the doctor says to do does no harm: it destroys nothing, tells no secret, and mends what it is said for.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { finish } from '../../test/bloggy.ts'
import { createDatabase, testLimits } from '../../test/database.ts'
import { settingsOf } from '../../test/kills.ts'
import { connect } from '../db/pool.ts'
import type { Finding } from '../doctor/finding.ts'

const root = mkdtempSync(join(tmpdir(), 'bloggy-advice-'))
chmodSync(root, 0o755)
after(() => rmSync(root, { recursive: true, force: true }))

test('comments of somebody who is gone stay, without a name', async () => {
  const { sql, ask } = await newPlace()
  await sql.unsafe(
    `insert into posts (slug, title, body, body_html) values ('p', 'P', '', '');
     alter table comments drop constraint comments_author_id_fkey;
     insert into comments (post_id, author_id, body) select id, 4711, 'stays' from posts;
     alter table comments add constraint comments_author_id_fkey foreign key (author_id) references users(id)
       on delete set null not valid`,
  )
  const [found] = await ask('references')
  assert.match(found?.todo ?? '', /empty the key, in SQL: update comments as child set author_id = null where /)
  await sql.unsafe(found?.todo?.replace(/^.*in SQL: /, '') ?? '')
  const [comment] = await sql`select body, author_id from comments`
  assert.deepEqual({ ...comment }, { body: 'stays', author_id: null })
  assert.equal((await ask('references'))[0]?.level, 'ok')
})

test('an invalid index is made anew in its place, and what a reindex left behind goes', async () => {
  const { sql, ask } = await newPlace()
  await sql`insert into tags (slug, name) values ('one', 'Same'), ('two', 'Same')`
  for (const name of ['tags_same', 'tags_same_ccnew'])
    await assert.rejects(sql.unsafe(`create unique index concurrently ${name} on tags (name)`))
  await sql`update tags set name = slug`
  const found = await ask('schema')
  assert.deepEqual(
    found.map(({ todo }) => todo?.split(';', 1)[0]),
    ['SQL: reindex index concurrently tags_same', 'SQL: drop index concurrently tags_same_ccnew'],
  )
  for (const { todo = '' } of found) await sql.unsafe(todo.replace('SQL: ', '').replace(/;.*/, ''))
  assert.deepEqual(
    (await ask('schema')).map(({ level }) => level),
    ['ok'],
  )
  const indexes =
    await sql`select indexrelid::regclass::text as name from pg_index where indexrelid::regclass::text like 'tags_same%'`
  assert.deepEqual(
    indexes.map(({ name }) => name),
    ['tags_same'],
  )
})

test('the password that a mail server repeats is not repeated', async () => {
  const { sql, ask, settings } = await newPlace()
  await sql.unsafe(
    `select graphile_worker.add_job('send-invitation', '{}', max_attempts := 1);
     update graphile_worker._private_jobs set attempts = max_attempts, last_error = '550 no, password=hunter2secret';
     insert into backups (name, is_encrypted, ended_at, error) values ('x', false, now(), 'https://ada:hunter2secret@s3.example')`,
  )
  const more = { ...settings, BACKUP_TO: join(root, 'kept'), BACKUP_EVERY: '24' }
  const [job] = await ask('jobs', more)
  assert.match(job?.what ?? '', /failed for good: 550 no, password=…/)
  const backups = await ask('backups', more)
  assert.match(backups[0]?.what ?? '', /The last backup failed at .*: https:\/\/…@s3\.example/)
  assert.doesNotMatch(JSON.stringify([job, backups]), /hunter2secret/)
})

test('a folder that this account may not see is not given away with all that is around it, nor taken for none', () => {
  const closed = mkdtempSync(join(root, 'closed-'))
  const data = join(closed, 'data')
  mkdirSync(join(data, 'postgresql'), { recursive: true })
  // Root looks everywhere, so another account asks.
  const isRoot = process.getuid?.() === 0
  chmodSync(closed, isRoot ? 0o700 : 0o000)
  const words = [
    '--import',
    './src/html/hook.mjs',
    'src/cli.ts',
    'doctor',
    '--json',
    '--only',
    'disk',
    'files',
    'clock',
  ]
  const { stdout, stderr } = spawnSync(process.execPath, words, {
    env: { PATH: process.env.PATH, HOME: root, BLOGGY_DATA: data },
    encoding: 'utf8',
    ...(isRoot && { uid: 65_534, gid: 65_534 }),
  })
  chmodSync(closed, 0o700)
  assert.ok(stdout.startsWith('{'), stderr)
  const { findings } = JSON.parse(stdout) as { findings: Finding[] }
  const of = (name: string) => findings.find(({ check }) => check === name)
  assert.match(of('disk')?.what ?? '', /BLOGGY_DATA in .* cannot be written \(EACCES\)/)
  assert.match(of('disk')?.todo ?? '', /as root: install -d -o \d+ -m 700 .*\/data;/)
  assert.doesNotMatch(stdout, /chown -R/)
  assert.equal(of('files')?.level, 'wrong')
  assert.match(of('postgresql')?.what ?? '', /cannot be looked at \(EACCES\)\. Ask as the account that runs Bloggy/)
})

async function newPlace() {
  const { target, drop } = await createDatabase('migrated')
  after(drop)
  const sql = connect(target, testLimits, 1)
  after(() => sql.end())
  const settings: Record<string, string> = settingsOf({ target, folder: mkdtempSync(join(root, 'data-')) })
  return {
    sql,
    settings,
    ask: async (check: string, more = settings): Promise<Finding[]> => {
      const { stdout, stderr } = await finish(['doctor', '--only', check, '--json'], more)
      assert.ok(stdout.startsWith('{'), stderr)
      return (JSON.parse(stdout) as { findings: Finding[] }).findings
    },
  }
}
