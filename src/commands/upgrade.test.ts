// An upgrade as somebody does it who runs a blog: first a look, then the deed.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { finish } from '../../test/bloggy.ts'
import { createDatabase, testLimits } from '../../test/database.ts'
import { settingsOf } from '../../test/kills.ts'
import { freePort } from '../../test/tcp-server.ts'
import { jobsName } from '../db/jobs-schema.ts'
import { listMigrations, migrate } from '../db/migrate.ts'
import { connect } from '../db/pool.ts'

const folder = mkdtempSync(join(tmpdir(), 'bloggy-upgrade-'))
after(() => rmSync(folder, { recursive: true, force: true }))

test('is told beforehand: which files, what they lock, how large that is, and whether to stop', async () => {
  const { settings, sql } = await older('0057')
  await sql`insert into posts (slug, title, body, body_html) select 'p' || n, 'P', '', '' from generate_series(1, 500) as n`
  await sql`analyze posts`
  const { code, stdout } = await finish(['upgrade', '--check'], settings)
  // The servers of tests have fsync off.
  assert.match(stdout, /WRONG \(durability\): fsync is off|upgrade$/m)
  assert.equal(code, /WRONG/.test(stdout) ? 1 : 0)
  assert.match(stdout, /^0057_tuned_tables: all or nothing\n/m)
  assert.match(stdout, /^ {4}alter table \w+ set \(.*\n {6}stops nobody/m)
  assert.match(
    stdout,
    /^ {4}drop index guests_unconfirmed_idx\n {6}stops readers and writers of its table, for a moment$/m,
  )
  assert.match(stdout, /^0061_backups: all or nothing$/m)
  assert.match(stdout, /^For the way back, first make a backup; this version can: .*backup FILE$/m)
  assert.match(stdout, /^Note \(backups\): The blog makes no backups by itself\.\n {2}→ Set BACKUP_TO/m)
  const json = await finish(['upgrade', '--check', '--json'], settings)
  const plan = JSON.parse(json.stdout) as { is_current: boolean; steps: { name: string; expands: boolean }[] }
  assert.equal(plan.is_current, false)
  assert.deepEqual(plan.steps.map(({ name }) => name).slice(0, 3), [
    '0057_tuned_tables',
    '0059_tellings_together',
    '0061_backups',
  ])
  assert.equal((await finish(['migrations', 'status'], settings)).code, 1)
})

test('does not happen while something is wrong, unless it is asked for all the same', async () => {
  const { settings, sql } = await older('0061')
  const [row] = await sql<{ fsync: string }[]>`select current_setting('fsync') as fsync`
  if (row?.fsync === 'off') {
    const refused = await finish(['upgrade'], settings)
    assert.equal(refused.code, 5)
    assert.match(refused.stderr, /WRONG \(durability\).*\n {2}→ .*[^]*Something is wrong, and nothing was changed/)
    assert.equal((await finish(['migrations', 'status'], settings)).code, 1)
  }
  const done = await finish(['upgrade', '--anyway'], settings)
  assert.equal(done.code, 0, done.stderr)
  assert.match(done.stdout, /^Applied 0061_backups in \d+ ms\n(Applied .*\n)*The database is that of Bloggy /)
  const again = await finish(['upgrade'], settings)
  assert.equal(again.code, 0, again.stderr)
  assert.match(again.stdout, /up to date already/)
})

test('that a running blog cannot go on with waits until it has stopped', async () => {
  const { settings, sql, target } = await older('9999')
  await sql`delete from schema_migrations where name like '0067%'`
  await sql`insert into job_runners (id) values ('alive')`
  const words = /A Bloggy is running, which cannot go on with what 0067_job_runners does\. Nothing was changed/
  const refused = await finish(['upgrade'], settings)
  assert.equal(refused.code, 5)
  assert.match(refused.stderr, words)
  assert.equal((await finish(['migrations', 'status'], settings)).code, 1)
  await sql`update job_runners set seen_at = now() - interval '11 seconds'`
  assert.doesNotMatch((await finish(['upgrade'], settings)).stderr, words)
  // Of a version that kept no list of who runs, the connection tells.
  await sql`drop table job_runners`
  const jobs = connect(target, testLimits, 1, { connection: { application_name: 'bloggy jobs' } })
  await jobs`select 1`
  assert.match((await finish(['upgrade'], settings)).stderr, words)
  await jobs.end()
  const done = await finish(['upgrade', '--anyway'], settings)
  assert.equal(done.code, 0, done.stderr)
})

test('that a running blog cannot go on with is not made by one that starts beside it either', async () => {
  const { settings, sql } = await older('9999')
  await sql`delete from schema_migrations where name like '0067%'`
  await sql`insert into job_runners (id, seen_at) values ('alive', now() + interval '1 hour')`
  const { code, stderr } = await finish(['start'], { ...settings, PORT: String(await freePort()) })
  assert.equal(code, 1)
  assert.match(
    stderr,
    /Waiting for its end …\n[^]*Another Bloggy is running, .* Nothing was changed\. Stop every Bloggy/,
  )
  assert.equal((await finish(['migrations', 'status'], settings)).code, 1)
})

test('to a version that says it expands leaves the version before a schema to start on; any other does not', async () => {
  const { settings, sql } = await older('9999')
  await sql`insert into schema_migrations (name, checksum, expands) values ('9998_tomorrow', 'x', true)`
  const ahead = await finish(['upgrade', '--check'], settings)
  assert.match(ahead.stdout, /of a later Bloggy \(9998_tomorrow\), with which .* may go on/)
  assert.equal((await finish(['migrations', 'status'], settings)).code, 0)
  assert.equal((await finish(['stats', 'show'], settings)).code, 3)
  await sql`insert into schema_migrations (name, checksum) values ('9999_after', 'x')`
  const unknown = await finish(['upgrade', '--check'], settings)
  assert.equal(unknown.code, 1)
  assert.match(unknown.stdout, /newer than Bloggy .*: it has 9998_tomorrow, 9999_after/)
  const refused = await finish(['stats', 'show'], settings)
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /newer than this Bloggy/)
})

/** A database that lacks every migration from one number on. */
async function older(before: string) {
  const { target, drop } = await createDatabase('empty')
  after(drop)
  const names = listMigrations()
    .map(({ name }) => name)
    .filter((name) => name < before)
  await migrate(target, testLimits, undefined, undefined, new Set([...names, jobsName]))
  const sql = connect(target, testLimits, 1)
  after(() => sql.end())
  return { sql, target, settings: settingsOf({ target, folder }) }
}
