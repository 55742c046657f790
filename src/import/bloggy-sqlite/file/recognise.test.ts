import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, test } from 'node:test'
import { buildDirty, buildLooseIds, buildMisdeclared } from '../../../../test/legacy/dirty.ts'
import { type Family, buildBackup, buildFamily, families } from '../../../../test/legacy/families.ts'
import { buildHotJournal, buildLiveWal, buildMissingWal } from '../../../../test/legacy/live.ts'
import { passwordForms } from '../../../../test/legacy/passwords.ts'
import { revisionOf } from '../../../../test/legacy/schemas.ts'
import { type Stranger, buildStranger } from '../../../../test/legacy/strangers.ts'
import { type Inspection, inspectFile } from './inspect.ts'
import { inspectionJson, inspectionText, refusalJson } from './inspection-text.ts'
import { RefusedFile, openPath } from './open.ts'
import { type Recognised, recognise } from './recognise.ts'

const root = mkdtempSync(join(tmpdir(), 'bloggy-recognise-'))
const snapshotFolder = join(root, 'snapshots')
after(() => rmSync(root, { recursive: true, force: true }))

describe('a file of Bloggy', () => {
  for (const family of families) {
    test(`is recognised as ${family}`, () => {
      const path = newPath()
      const { tables, sequences } = buildFamily(path, family)
      const found = look(path)
      assert.equal(found.family, family)
      assert.equal(found.revision, family === 'F2' ? null : revisionOf(family))
      assert.equal(found.title.endsWith(`(revision ${found.revision})`), found.revision !== null)
      assert.deepEqual(
        Object.fromEntries(found.tables.map(({ name, rows }) => [name, rows])),
        Object.fromEntries(Object.entries(tables).map(([name, rows]) => [name, rows.length])),
      )
      for (const { name, kind, sequence } of found.tables) {
        if (kind === 'known') assert.equal(sequence, sequences[name] ?? null, name)
      }
      assert.equal(found.isEmptied, family === 'F2')
      assert.deepEqual(found.notLookedAt, [])
    })
  }

  test('is told by its columns, in whatever order and whatever revision it names', () => {
    const path = newPath()
    buildFamily(path, 'F10')
    change(path, `update emmett_schema set version = 'c7ffdf8268fe'`)
    assert.equal(look(path).family, 'F10')
  })

  const changes: [family: Family, sql: string, found: string, sentence: RegExp][] = [
    ['F12', 'alter table posts add column likes', 'near F12', /posts has columns that no Bloggy had.*: likes\./],
    ['F12', 'alter table users drop column registration_id', 'near F12', /users has no registration_id\./],
    ['F1', 'drop table comments', 'near F1', /These tables are not in the file: comments\./],
    ['F4', 'create table notes (a)', 'F4', /not Bloggy's are kept as leftovers: notes\./],
    ['F12', 'delete from emmett_schema', 'F12', /emmett_schema is empty/],
    ['F12', `insert into emmett_schema values (7, 'x')`, 'F12', /more than one revision: b2c3d4e5f6g7, x\./],
  ]
  for (const [family, sql, expected, sentence] of changes) {
    test(`${family} after "${sql}" is ${expected}`, () => {
      const path = newPath()
      buildFamily(path, family)
      change(path, sql)
      const { family: found, oddities } = look(path)
      assert.equal(found, expected)
      assert.match(oddities.join('\n'), sentence)
    })
  }

  test('is recognised when somebody wrote its names in capitals', () => {
    const path = newPath()
    buildFamily(path, 'F1')
    change(path, 'alter table posts rename to postings; alter table postings rename to "Posts"')
    change(path, 'alter table "Posts" rename column "text" to "TEXT"')
    const { family, tables, posts } = look(path)
    assert.deepEqual([family, posts?.first], ['F1', '2025-10-11 18:00:00'])
    assert.equal(tables.find(({ name }) => name === 'Posts')?.kind, 'known')
  })

  test('that has no rows says what its sequences remember', () => {
    const path = newPath()
    buildBackup(path)
    const { family, tables, oddities } = look(path)
    assert.equal(family, 'F12')
    assert.equal(tables.find(({ name }) => name === 'oauth_accounts')?.sequence, 5)
    assert.ok(oddities.includes('sqlite_sequence of oauth_accounts is 5, and the table is empty.'))
  })

  test('says which columns it has no place for, and which tables are not Bloggy’s', () => {
    const path = newPath()
    buildFamily(path, 'F13')
    change(path, 'alter table posts add column likes')
    const { tables } = look(path)
    const named = (name: string) => tables.find((table) => table.name === name)
    assert.deepEqual(named('posts')?.columns, {
      known: ['id', 'title', 'text', 'date', 'user'],
      unknown: ['likes'],
      missing: [],
      generated: [],
    })
    assert.deepEqual(
      ['legacy_model', 'emmett_schema', 'auth_permissions', 'users'].map((name) => named(name)?.kind),
      ['stranger', 'framework', 'framework', 'known'],
    )
  })
})

describe('what is odd', () => {
  test('is counted in plain sentences', () => {
    const path = newPath()
    buildDirty(path)
    const { oddities } = look(path)
    for (const sentence of [
      '4 users share an address with another user.',
      '9 passwords are kept in clear text.',
      '1 password is kept in a form that nobody can verify.',
      '1 user never confirmed the address.',
      '4 posts have no title.',
      '1 post has no author.',
      '3 posts have no date.',
      '31 values of posts.date are not written as YYYY-MM-DD HH:MM:SS.',
      '3 comments belong to posts that are not in the file (comments.post).',
      '1 role of a user was given by a user that is not in the file (user_roles.assigned_by).',
      '1 row of oauth_accounts has the same provider and provider_user_id as an earlier row.',
      '2 rows of roles have the same name as an earlier row.',
      '1 value of oauth_accounts.profile_data is no JSON.',
      '1 value of posts.title holds the character NUL.',
      '1 value of users.last_name is not UTF-8 throughout.',
      '5 ids of posts are not between 1 and 2⁴⁸.',
      'sqlite_sequence of users is 3000000183, the highest id 3000000000.',
      '14 of 653 pages are free and may still hold deleted rows: do not publish the file.',
      'The file has views, which are not run and not copied: recent_posts.',
      'posts has columns that are worked out from others and not read: title_length, shout.',
    ]) {
      assert.ok(oddities.includes(sentence), `${sentence}\nis not among\n${oddities.join('\n')}`)
    }
  })

  test('never shows a password or an address', async () => {
    const path = newPath()
    buildDirty(path)
    const inspection = await inspectFile(path, { snapshotFolder })
    const shown = `${inspectionText(inspection)}${inspectionJson(inspection)}`
    for (const { stored } of passwordForms.filter(({ stored }) => stored.length > 8)) {
      assert.ok(!shown.includes(stored), stored)
    }
    assert.doesNotMatch(shown, /@|timemachine|password123/)
  })

  test('is no damage when only a rule of a table is broken', () => {
    const path = newPath()
    buildMisdeclared(path)
    assert.match(look(path).oddities.join('\n'), /^\d+ values break the rules of their own table: /m)
  })

  test('includes ids that are no keys', () => {
    const path = newPath()
    buildLooseIds(path)
    const { tables, oddities } = look(path)
    assert.ok(oddities.includes('4 ids of comments are no whole numbers.'))
    assert.equal(tables.find(({ name }) => name === 'comments')?.highestId, null)
  })

  test('is counted alike in one stretch of rows and in many', () => {
    const path = newPath()
    buildFamily(path, 'F12')
    change(
      path,
      `with recursive n(i) as (select 500 union all select i + 1 from n limit 120000)
        insert into comments (id, text, date, user, post) select i * 3, 'x', '2025-11-01 10:00:00', null, i % 700 from n`,
    )
    const { oddities, comments } = look(path)
    assert.ok(oddities.includes('120,001 comments have no author.'), oddities.join('\n'))
    assert.match(oddities.join('\n'), /^\d{3},\d{3} comments belong to posts that are not in the file/m)
    assert.equal(comments?.last, '2025-11-01 10:00:00')
  })

  test('is left when the time for it is over, and said so', () => {
    const path = newPath()
    buildFamily(path, 'F12')
    const db = openPath(path)
    const { notLookedAt, oddities, family, tables } = recognise(db, path, 0)
    db.close()
    assert.equal(family, 'F12')
    assert.equal(tables.length, 14)
    assert.ok(notLookedAt.includes('the rows of posts') && notLookedAt.includes('passwords in clear text'))
    assert.ok(!oddities.some((sentence) => sentence.includes('author')))
  })
})

describe('a file of somebody else', () => {
  const refusals: [Stranger, RefusedFile['reason'], RegExp][] = [
    ['T1', 'demo', /"users" holds 24 made-up people without passwords.*bloggy\.db or main\.db/],
    ['T2', 'demo', /no posts/],
    ['M1', 'another program', /its tables are monkeytype_call_traces, and a Bloggy has posts/],
    ['a random program', 'another program', /settings, bookmarks, comments/],
    ['X0', 'empty', /has no bytes/],
    ['X1', 'truncated', /22 pages, and only 17 are there/],
    ['no tables', 'no tables', /without a table/],
    ['a garbled page', 'damaged', /SQLite says "database disk image is malformed".*\.recover/],
    ['a broken schema', 'damaged', /malformed database schema \(comments\)/],
    ['UTF-16le', 'UTF-16', /UTF-16le.*\.dump \| sqlite3 copy\.db/],
    ['UTF-16be', 'UTF-16', /UTF-16be/],
    ['an encrypted file', 'not SQLite', /encrypted/],
    ['a text file', 'text', /text file/],
    ['a directory', 'not a file', /folder/],
    ['absent', 'absent', /no file/],
  ]
  for (const [name, reason, message] of refusals) {
    test(`${name} is refused`, async () => {
      const path = newPath()
      buildStranger(path, name)
      const error = await refusal(path)
      assert.deepEqual([error.reason, message.test(error.message)], [reason, true], error.message)
      assert.deepEqual(JSON.parse(refusalJson(path, error)).refused, reason)
      assert.deepEqual(readdirSync(snapshotFolder), [])
    })
  }

  for (const [name, kind] of [
    ['a view named posts', 'view'],
    ['a virtual table named posts', 'table'],
  ] as const) {
    test(`${name} is not passed over without a word, and the way out leads to its rows`, async () => {
      const path = newPath()
      buildStranger(path, name)
      const { reason, message } = await refusal(path)
      assert.equal(reason, 'not a table')
      const [, commands = ''] = /sqlite3 copy\.db "(.+)"$/.exec(message) ?? []
      assert.ok(commands.includes(`drop ${kind} posts`))
      const file = new DatabaseSync(path)
      file.exec(`pragma legacy_alter_table = off; ${commands}`)
      const { n } = file.prepare('select count(*) as n from posts').get() as { n: number }
      file.close()
      assert.equal(look(path).tables.find((table) => table.name === 'posts')?.rows, n)
    })
  }

  test('that wants to be run is only read', { timeout: 30_000 }, () => {
    for (const name of ['expensive columns', 'hostile', 'a huge schema'] as const) {
      const path = newPath()
      buildStranger(path, name)
      const { family, oddities } = look(path)
      assert.match(family, /F12$/)
      assert.ok(oddities.length > 0)
    }
  })

  test('that takes too long or too much memory is given up', async () => {
    const path = newPath()
    buildStranger(path, 'a huge schema')
    for (const [limit, message] of [
      [{ limitMs: 1 }, /took too long/],
      [{ limitBytes: -(2 ** 40) }, /took too much memory/],
    ] as const) {
      const error = await refusal(path, limit)
      assert.equal(error.reason, 'too much work')
      assert.match(error.message, message)
    }
  })
})

describe('an inspection', () => {
  test('knows what lies beside the file', async () => {
    for (const [build, journal, sentence] of [
      [buildLiveWal, 'wal', undefined],
      [buildHotJournal, 'hot journal', /died in the middle of a transaction/],
      [(path: string) => buildMissingWal(path), 'missing wal', /-wal file that belongs to it is missing/],
    ] as const) {
      const path = newPath()
      await build(path)
      const found = await inspectFile(path, { snapshotFolder })
      assert.equal(found.journal, journal)
      assert.equal(found.journalMode, journal === 'hot journal' ? 'rollback' : 'WAL')
      if (sentence) assert.match(found.oddities[0] ?? '', sentence)
      assertFits(inspectionText(found))
    }
  })

  test('is a page of text', async () => {
    const path = newPath()
    buildFamily(path, 'F12')
    const found = await inspectFile(path, { snapshotFolder })
    assert.equal(
      inspectionText({ ...found, file: 'bloggy.db' }),
      `bloggy.db is a Bloggy of October 2025 with roles and OAuth (revision
b2c3d4e5f6g7): family F12.

  size      81.9 kB: 20 pages of 4096 bytes, 0 of them free
  text      UTF-8
  journal   rollback; nothing lies beside the file
  posts     6 from 2025-10-11 to 2025-10-13
  comments  5 from 2025-10-11 to 2025-10-13

  table             rows
  emmett_schema        1  of the framework, a leftover
  users                5
  auth_groups          2
  auth_memberships     2
  auth_permissions     2  of the framework, a leftover
  auth_events          4
  posts                6
  comments             5
  roles                4
  permissions         31
  user_roles           3
  role_permissions    58
  oauth_accounts       2
  oauth_tokens         2

What is odd:
- 1 user has no password.
- 1 post has no author.
- 1 comment has no author.
- sqlite_sequence of users is 183, the highest id 7.
- sqlite_sequence of posts is 222, the highest id 10.
- sqlite_sequence of oauth_accounts is 5, the highest id 2.
- sqlite_sequence of oauth_tokens is 4, the highest id 2.

The file was read only; nothing in it or here has changed.`,
    )
  })

  test('fits the terminal whatever the file holds', async () => {
    for (const name of ['hostile', 'a huge schema'] as const) {
      const path = newPath()
      buildStranger(path, name)
      const text = inspectionText(await inspectFile(path, { snapshotFolder }))
      assertFits(text)
      assert.ok(text.split('\n').length < 100)
      // oxlint-disable-next-line no-control-regex -- that there is none is the point
      assert.doesNotMatch(text, /[\0-\x09\x0b-\x1f\u202e]/)
    }
  })

  test('says when there is nothing to import', async () => {
    const path = newPath()
    buildFamily(path, 'F2')
    assert.match(inspectionText(await inspectFile(path, { snapshotFolder })), /There is nothing in it to import\.$/)
  })

  test('is the same as JSON', async () => {
    const path = newPath()
    buildFamily(path, 'F14')
    const found = await inspectFile(path, { snapshotFolder })
    const { format, ...read } = JSON.parse(inspectionJson(found)) as Inspection & { format: string }
    assert.equal(format, 'bloggy inspection 1')
    assert.deepEqual(read, found)
  })
})

function look(path: string): Recognised {
  const db = openPath(path)
  try {
    return recognise(db, path)
  } finally {
    db.close()
  }
}

async function refusal(path: string, limits: Parameters<typeof inspectFile>[1] = {}): Promise<RefusedFile> {
  const error = await inspectFile(path, { snapshotFolder, ...limits }).then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.ok(error instanceof RefusedFile, String(error))
  return error
}

function change(path: string, sql: string): void {
  const db = new DatabaseSync(path, { enableForeignKeyConstraints: false })
  db.exec(sql)
  db.close()
}

function assertFits(text: string): void {
  for (const line of text.split('\n')) {
    // A path of a test may be longer than a line.
    if (!line.includes(root)) assert.ok(line.length <= 80, line)
  }
}

function newPath(): string {
  return join(mkdtempSync(join(root, 'file-')), 'bloggy.db')
}
