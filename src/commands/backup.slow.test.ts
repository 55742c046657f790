// A backup and the way back, when something is wrong: damaged, broken off, older, or to be proved.
import assert from 'node:assert/strict'
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { finish } from '../../test/bloggy.ts'
import { testLimits } from '../../test/database.ts'
import { listMigrations, migrate } from '../db/migrate.ts'
import {
  root,
  passphrase,
  blog,
  newPlace,
  ask,
  schemaOf,
  backUp,
  restore,
  whole,
  breakingOff,
} from '../../test/backed-up.ts'

describe('a backup', () => {
  test('that is damaged, cut off or locked is refused before anything is touched', async () => {
    const other = await newPlace('empty')
    const file = join(root, 'blog.backup')
    assert.equal((await finish(['backup', file, '--passphrase-file', passphrase], blog.settings)).code, 0)
    const damaged = join(root, 'damaged')
    const content = readFileSync(file)
    content[content.length - 5000] = (content[content.length - 5000] ?? 0) ^ 1
    writeFileSync(damaged, content)
    const short = join(root, 'short')
    writeFileSync(short, readFileSync(file))
    truncateSync(short, content.length - 1)
    const wrong = join(root, 'wrong')
    writeFileSync(wrong, 'another sentence is bad')
    for (const [words, message] of [
      [[damaged, '--passphrase-file', passphrase], /is damaged: .* Nothing was changed/],
      [[short, '--passphrase-file', passphrase], /is damaged: .* Nothing was changed/],
      [[file, '--passphrase-file', wrong], /The passphrase is not the one of this backup/],
      [[file], /The backup is encrypted\. Give --passphrase-file/],
      [[passphrase], /is no backup of Bloggy/],
    ] as const) {
      const { code, stderr } = await finish(['restore', ...words], other.settings)
      assert.notEqual(code, 0)
      assert.match(stderr, message)
    }
    const [found] = await ask(
      other.target,
      `select count(*)::int as tables from pg_class where relnamespace = 'public'::regnamespace`,
    )
    assert.equal(found?.tables, 0)
    const { stdout } = await finish(
      ['backup', 'verify', file, '--json', '--passphrase-file', passphrase],
      other.settings,
    )
    assert.equal((JSON.parse(stdout) as { is_encrypted: boolean }).is_encrypted, true)
  })
})

test('a drill takes the newest of the timetable, proves it and leaves no database behind', async () => {
  const settings = {
    ...blog.settings,
    BACKUP_TO: join(root, 'kept'),
    BACKUP_KEEP: '1',
    BACKUP_PASSPHRASE_FILE: passphrase,
  }
  const none = await finish(['backup', 'drill'], settings)
  assert.match(none.stderr, /There is no backup yet where BACKUP_TO leads/)
  const made = await finish(['backup', '--schedule', '--json'], settings)
  assert.equal(made.code, 0, made.stderr)
  const { file } = JSON.parse(made.stdout) as { file: string }
  const { code, stdout, stderr } = await finish(['backup', 'drill', '--json'], settings)
  assert.equal(code, 0, stderr)
  const drill = JSON.parse(stdout) as { name: string; pages_that_do_not_show: string[]; pages_compared: number }
  assert.equal(drill.name, file)
  assert.deepEqual(drill.pages_that_do_not_show, [])
  assert.ok(drill.pages_compared > 20)
  const left = await ask(
    blog.target,
    `select from pg_database where starts_with(datname, current_database() || '_drill_')`,
  )
  assert.equal(left.length, 0)
  const listed = await finish(['backup', 'list', join(root, 'kept', file)], settings)
  assert.match(listed.stdout, /^Rye & Rails, .* encrypted\.\nSchema: \d+ migrations, last \d+_\w+\.\n/)
  assert.match(listed.stdout, /^ {2}posts +\d+ rows/m)
})

describe('a restore', { concurrency: false }, () => {
  test('that broke off is finished by the next, and meanwhile nothing starts on what is there', async () => {
    const file = join(root, 'broken')
    await backUp(blog.target, file)
    const other = await newPlace('empty')
    let reads = 0
    const bytes = readFileSync(file)
    await assert.rejects(
      restore(other.target, file, () => (++reads === 1 ? whole(bytes) : breakingOff(bytes))),
      /the disk is gone/,
    )
    const refused = await finish(['migrations', 'up'], other.settings)
    assert.match(refused.stderr, /A restore into this database is under way or was interrupted\. Run/)
    const [posts] = await ask(other.target, 'select count(*)::int as count from posts')
    assert.equal(posts?.count, 0)
    const { rows } = await restore(other.target, file)
    assert.ok(rows > 500)
    assert.equal((await finish(['migrations', 'status'], other.settings)).code, 0)
  })

  test('brings an older backup up to date, and refuses a newer one', async () => {
    const old = await newPlace('empty')
    const all = listMigrations().map(({ name }) => name)
    const before = new Set([...all.filter((name) => name < '0053'), 'graphile-worker 0.18.0'])
    await migrate(old.target, testLimits, undefined, undefined, before)
    await ask(
      old.target,
      `insert into users (email, name, slug, state) values ('old@example.com', 'Old', 'old', 'active')`,
    )
    const file = join(root, 'old')
    await backUp(old.target, file)
    const other = await newPlace('empty')
    const { upgraded } = await restore(other.target, file)
    assert.deepEqual(
      upgraded,
      all.filter((name) => name >= '0053'),
    )
    assert.equal(await schemaOf(other.target), await schemaOf((await newPlace('migrated')).target))
    assert.equal((await ask(other.target, `select from users where email = 'old@example.com'`)).length, 1)

    await ask(old.target, `insert into schema_migrations (name, checksum) values ('9999_tomorrow', '')`)
    const newer = join(root, 'newer')
    await backUp(old.target, newer)
    const empty = await newPlace('empty')
    await assert.rejects(restore(empty.target, newer), /newer than this Bloggy: it has 9999_tomorrow/)
  })
})
