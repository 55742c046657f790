// A backup and the way back, as somebody does it who runs a blog.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { finish } from '../../test/bloggy.ts'
import { createDatabase, testLimits } from '../../test/database.ts'
import { settingsOf } from '../../test/kills.ts'
import { makeBackup } from '../backups/make.ts'
import type { Bytes } from '../backups/pieces.ts'
import { restoreBackup } from '../backups/restore.ts'
import type { ConnectionTarget } from '../db/connection-string.ts'
import { describeSchema } from '../db/describe.ts'
import { listMigrations, migrate } from '../db/migrate.ts'
import { connect } from '../db/pool.ts'

const root = mkdtempSync(join(tmpdir(), 'bloggy-backup-'))
const drops: (() => Promise<void>)[] = []
after(async () => {
  for (const drop of drops) await drop()
  rmSync(root, { recursive: true, force: true })
})

const place = 'abcdefghij0123456789'
const picture = Buffer.alloc(3000, 'not a picture, and nobody minds')
const passphrase = join(root, 'passphrase')
writeFileSync(passphrase, 'a short sentence is good\n')
const blog = await newPlace('migrated')

before(async () => {
  const words = [
    'setup',
    '--title',
    'Rye & Rails',
    '--name',
    'Ada',
    '--email',
    'ada@example.com',
    '--password-file',
    '-',
  ]
  assert.equal((await finish(words, blog.settings, 'a short sentence is good\n')).code, 0)
  assert.equal((await finish(['sample'], blog.settings)).code, 0)
  mkdirSync(join(blog.data, 'media', 'ab', place), { recursive: true })
  writeFileSync(join(blog.data, 'media', 'ab', place, '480.webp'), picture)
  await ask(
    blog.target,
    `insert into media_files (content_hash, place, width, height, is_animated, sizes)
       values (sha256('a'), '${place}', 480, 400, false, '[{"width": 480, "height": 400, "bytes": 3000}]'),
         (sha256('b'), 'gone0000000000000000', 480, 400, false, '[{"width": 480, "height": 400, "bytes": 3000}]');
     create table somebody_elses (id int);
     select setval('posts_id_seq', 500);
     select graphile_worker.add_job('count-posts', '{}', run_at := now() + interval '1 year', job_key := 'kept')`,
  )
})

describe('a backup', { concurrency: false }, () => {
  const file = join(root, 'blog.backup')

  test('is one file for this account alone, and says what is in it and what is not', async () => {
    const { code, stdout, stderr } = await finish(['backup', file, '--passphrase-file', passphrase], blog.settings)
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^Wrote .*blog\.backup: .* encrypted\.\n {2}[\d,]+ rows, 1 files of pictures \(3\.0 kB\)\n/)
    assert.match(stdout, /1 files of pictures were not there, first gone0000000000000000\/480\.webp/)
    assert.match(stdout, /not Bloggy's: somebody_elses/)
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.ok(!readFileSync(file).includes('ada@example.com'))
  })

  test('does not take the place of a file, nor leave half of one', async () => {
    const before = readFileSync(file)
    const { code, stderr } = await finish(['backup', file], blog.settings)
    assert.equal(code, 1)
    assert.match(stderr, /is there already and was left as it is/)
    assert.ok(readFileSync(file).equals(before))
    const controller = new AbortController()
    await assert.rejects(
      backUp(
        blog.target,
        join(root, 'half'),
        async (whole) => {
          for await (const _ of whole) controller.abort()
        },
        controller.signal,
      ),
    )
  })

  test('becomes the same blog in an empty place: rows, counters, jobs, pictures, schema', async () => {
    const other = await newPlace('empty')
    const words = ['restore', file, '--passphrase-file', passphrase]
    const { code, stdout, stderr } = await finish(words, other.settings)
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^Restored Rye & Rails of .* in /)
    assert.match(stdout, /rows in \d+ tables: counts and checksums are those of the backup/)
    assert.match(stdout, /2\d posts with all that is around them are the same; 2\d pages show/)
    assert.ok(readFileSync(join(other.data, 'media', 'ab', place, '480.webp')).equals(picture))

    await ask(blog.target, 'drop table somebody_elses')
    for (const question of [
      'select count(*)::text || sum(hashtext(posts::text)) as it from posts',
      'select count(*)::text || sum(hashtext(comments::text)) as it from comments',
      `select count(*)::text || sum(hashtext(users::text)) as it from users`,
      `select last_value::text as it from posts_id_seq`,
      `select string_agg(id || task_identifier || run_at || key, ' ' order by id) as it from graphile_worker.jobs where key = 'kept'`,
    ])
      assert.deepEqual(await ask(other.target, question), await ask(blog.target, question), question)
    assert.equal(await schemaOf(other.target), await schemaOf(blog.target))
    const [event] = await ask(other.target, `select action, origin from audit_events order by id desc limit 1`)
    assert.deepEqual({ ...event }, { action: 'backup.restored', origin: 'command' })

    const again = await finish(words, other.settings)
    assert.equal(again.code, 1)
    assert.match(again.stderr, /has tables, and a backup is restored into an empty one\. Nothing was changed\./)
  })

  test('comes from standard input too, and lets nothing go out that was told since', async () => {
    await ask(
      blog.target,
      `select graphile_worker.add_job('send-invitation', '{}', run_at := now() + interval '1 year');
       insert into comment_tellings (user_id, comment_id) select (select min(id) from users), min(id) from comments`,
    )
    const other = await newPlace('empty')
    const later = join(root, 'later')
    await backUp(blog.target, later)
    const words = ['restore', '-', '--without-jobs', '--json']
    const { code, stdout, stderr } = await finish(words, other.settings, readFileSync(later))
    assert.equal(code, 0, stderr)
    const [there] = await ask(
      blog.target,
      `select count(*)::int as telling from graphile_worker.jobs
         where task_identifier like 'send-%' or task_identifier like 'tell-%'`,
    )
    assert.equal((JSON.parse(stdout) as { jobs_left_out: number }).jobs_left_out, there?.telling)
    const [left] = await ask(
      other.target,
      `select (select count(*)::int from graphile_worker.jobs where task_identifier = 'send-invitation') as mails,
         (select count(*)::int from graphile_worker.jobs where key = 'kept') as others,
         (select count(*)::int from comment_tellings where mailed_at is null) as untold`,
    )
    assert.deepEqual({ ...left }, { mails: 0, others: 1, untold: 0 })
    const [before] = await ask(
      blog.target,
      `select count(*)::int as mails from graphile_worker.jobs where task_identifier = 'send-invitation'`,
    )
    assert.equal(before?.mails, 1)
    const none = await finish(['restore', '-', '--passphrase-file', '-'], other.settings)
    assert.equal(none.code, 2)
  })

  test('that is damaged, cut off or locked is refused before anything is touched', async () => {
    const other = await newPlace('empty')
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

  test('goes to standard output, with words elsewhere', async () => {
    const run = await finish(['backup', '-'], blog.settings)
    assert.equal(run.code, 0)
    assert.match(run.stderr, /^Wrote the backup: /m)
    assert.doesNotMatch(run.stdout, /Wrote/)
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
    assert.equal(await schemaOf(other.target), await schemaOf(blog.target))
    assert.equal((await ask(other.target, `select from users where email = 'old@example.com'`)).length, 1)

    await ask(old.target, `insert into schema_migrations (name, checksum) values ('9999_tomorrow', '')`)
    const newer = join(root, 'newer')
    await backUp(old.target, newer)
    const empty = await newPlace('empty')
    await assert.rejects(restore(empty.target, newer), /newer than this Bloggy: it has 9999_tomorrow/)
  })

  test('has one moment of a blog that is written to all the while', async () => {
    const file = join(root, 'busy')
    let isOver = false
    let written = 0
    const sql = connect(blog.target, testLimits, 1)
    const writing = (async () => {
      while (!isOver) {
        await sql.begin(async (db) => {
          const [post] = await db.unsafe(
            `insert into posts (slug, title, body, body_html) values ('busy-${written}', 'Busy', repeat('x', 5000), '') returning id`,
          )
          await db.unsafe(`insert into comments (post_id, body) values (${post?.id}, 'at once')`)
        })
        written++
      }
      await sql.end()
    })()
    await backUp(blog.target, file)
    isOver = true
    await writing
    assert.ok(written > 0)
    const other = await newPlace('empty')
    await restore(other.target, file)
    const [found] = await ask(
      other.target,
      `select count(*) - (select count(*) from comments where body = 'at once') as apart from posts where title = 'Busy'`,
    )
    assert.equal(Number(found?.apart), 0)
  })
})

async function newPlace(kind: 'migrated' | 'empty') {
  const { target, drop } = await createDatabase(kind)
  drops.push(drop)
  const data = mkdtempSync(join(root, 'data-'))
  return { target, data, settings: settingsOf({ target, folder: data }) }
}

async function ask(target: ConnectionTarget, question: string): Promise<Record<string, unknown>[]> {
  const sql = connect(target, testLimits, 1)
  try {
    return (await sql.unsafe(question).simple()) as unknown as Record<string, unknown>[]
  } finally {
    await sql.end()
  }
}

async function schemaOf(target: ConnectionTarget): Promise<string> {
  const sql = connect(target, testLimits, 1)
  return await describeSchema(sql).finally(() => sql.end())
}

async function backUp(target: ConnectionTarget, file: string, send?: (whole: Bytes) => Promise<void>, signal = quiet) {
  const store = { open: async () => undefined }
  const parts: Buffer[] = []
  const collect = async (whole: Bytes) => {
    for await (const part of whole) parts.push(Buffer.from(part))
    writeFileSync(file, Buffer.concat(parts))
  }
  await makeBackup(target, testLimits, { store, passphrase: undefined, signal, onProgress: () => {} }, send ?? collect)
}

async function restore(target: ConnectionTarget, file: string, open?: () => Bytes) {
  const bytes = readFileSync(file)
  const source = { bytes: bytes.length, open: open ?? (() => whole(bytes)) }
  const parts = { source, passphrase: undefined, store: undefined, signal: quiet, onProgress: () => {} }
  return await restoreBackup(target, testLimits, parts)
}

async function* whole(bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
}

async function* breakingOff(bytes: Buffer) {
  yield* whole(bytes.subarray(0, bytes.length - 2000))
  throw new Error('the disk is gone')
}

const quiet = new AbortController().signal
