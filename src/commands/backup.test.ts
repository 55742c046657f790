// A backup and the way back, as somebody does it who runs a blog.
import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { finish } from '../../test/bloggy.ts'
import { testLimits } from '../../test/database.ts'
import { connect } from '../db/pool.ts'
import {
  root,
  place,
  picture,
  passphrase,
  blog,
  newPlace,
  ask,
  schemaOf,
  backUp,
  restore,
} from '../../test/backed-up.ts'

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

  test('goes to standard output, with words elsewhere', async () => {
    const run = await finish(['backup', '-'], blog.settings)
    assert.equal(run.code, 0)
    assert.match(run.stderr, /^Wrote the backup: /m)
    assert.doesNotMatch(run.stdout, /Wrote/)
  })
})

describe('a restore', () => {
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
