import assert from 'node:assert/strict'
import {
  appendFileSync,
  chmodSync,
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildFamily } from '../../../../test/legacy/families.ts'
import {
  buildColdWal,
  buildHotJournal,
  buildLiveWal,
  buildLostJournal,
  buildMissingWal,
  buildStaleJournal,
  buildTornWal,
} from '../../../../test/legacy/live.ts'
import { buildStranger } from '../../../../test/legacy/strangers.ts'
import { isReadOnlyDisk } from './beside.ts'
import { openPath } from './open.ts'
import {
  busy,
  check,
  countOf,
  expectRows,
  facts,
  newPath,
  open,
  readOnce,
  reads,
  readsAt,
  refuses,
  root,
  snapshotFolder,
  superJournal,
} from '../../../../test/legacy/opened.ts'

describe('a file of an old blog is read whole, and neither it nor what lies beside it changes', () => {
  test('when nobody uses it', () => reads('none', (path) => buildFamily(path, 'F12')))
  test('with the rows that only its -wal holds', () => reads('wal', buildLiveWal))
  test('with a -wal that has no index', () => reads('wal', buildColdWal))
  test('with a -wal whose last commit is torn', () => reads('wal', buildTornWal))
  test('in WAL mode without a -wal', () => reads('wal', (path) => buildMissingWal(path, { leavesShm: false })))
  test('in WAL mode with a -wal that was lost', () => reads('missing wal', (path) => buildMissingWal(path)))
  test('with a hot journal, which is rolled back in the copy', () => reads('hot journal', buildHotJournal))
  test('with a journal that says nothing', () => reads('stale journal', buildStaleJournal))
  test('with an empty -wal and an empty journal', () =>
    reads('stale journal', (path) => {
      const written = buildFamily(path, 'F1')
      writeFileSync(`${path}-wal`, '')
      writeFileSync(`${path}-journal`, '')
      return written
    }))
  test('after its journal was lost, as far as that goes', async () => {
    const path = newPath()
    await buildLostJournal(path)
    await using file = await open(path)
    assert.equal(file.journal, 'none')
  })

  test('when its folder and files may not be written', async () => {
    for (const build of [buildLiveWal, buildColdWal, buildHotJournal]) {
      const path = newPath()
      const written = await build(path)
      for (const name of readdirSync(join(path, '..'))) chmodSync(join(path, '..', name), 0o444)
      chmodSync(join(path, '..'), 0o555)
      await readsAt(path, written)
    }
  })

  test('under a name with blanks, signs and percents, and through a link', async () => {
    const path = join(newPath(), '..', "Old Doc's blog?mode=rw&x#1 50%25 é.db")
    const written = await buildLiveWal(path)
    await readsAt(path, written)
    const link = newPath()
    symlinkSync(path, link)
    await readsAt(link, written)
  })
})

describe('a file that another program has open', () => {
  for (const journal of ['delete', 'wal'] as const) {
    test(`is read while a transaction is open in mode ${journal}, without what is not committed`, async (t) => {
      const path = newPath()
      const { written } = await busy(t, path, 'open transaction', journal)
      await readsAt(path, written)
    })

    test(`is read while it is written again and again in mode ${journal}, and the writer goes on`, async (t) => {
      const path = newPath()
      const { written } = await busy(t, path, 'steady writes', journal)
      const before = written.tables.comments?.length ?? 0
      for (let round = 0; round < 10; round++) {
        await using file = await open(path)
        assert.deepEqual(check(file.db), ['ok'])
        assert.ok(countOf(file.db, 'comments') >= before)
        await sleep(5)
      }
      const seen = await readOnce(path, (db) => countOf(db, 'comments'))
      await sleep(200)
      assert.ok((await readOnce(path, (db) => countOf(db, 'comments'))) > seen, 'the writer stands still')
    })
  }

  test('is read in WAL mode even while a transaction keeps others out', async (t) => {
    const path = newPath()
    const { written } = await busy(t, path, 'exclusive transaction', 'wal')
    await readsAt(path, written)
  })

  test('is waited for, and refused when it does not let go', async (t) => {
    for (const state of ['exclusive transaction', 'spilled transaction'] as const) {
      const path = newPath()
      await busy(t, path, state, 'delete')
      const before = facts(path)
      await refuses(path, 'being written', /locked .* Stop the old blog/, { patienceMs: 200 })
      assert.deepEqual(facts(path), before)
    }
  })

  test('is read as soon as the other program is done or dead', async (t) => {
    const path = newPath()
    const { written, writer } = await busy(t, path, 'spilled transaction', 'delete')
    const opening = open(path)
    await sleep(150)
    await writer.kill()
    await using file = await opening
    // The killed transaction left its journal behind.
    assert.equal(file.journal, 'hot journal')
    expectRows(file.db, written)
  })

  test('is refused when it changes under the copy, whoever does that', async () => {
    for (const build of [(path: string) => buildFamily(path, 'F12'), buildColdWal]) {
      const path = newPath()
      await build(path)
      const touch = () => utimesSync(path, new Date(), new Date())
      await refuses(path, 'being written', /faster than it can be copied/, { patienceMs: 100, onProgress: touch })
    }
  })
})

describe('the copy', () => {
  test('is not made of a file that nobody else can write', async () => {
    const path = newPath()
    const written = buildFamily(path, 'F12')
    const before = facts(path)
    await using file = await open(path, { isOurs: true })
    assert.deepEqual([file.how, file.path], ['in place', path])
    expectRows(file.db, written)
    assert.deepEqual(facts(path), before)
    buildStranger(join(path, '..', 'wal.db'), 'T2')
    await using wal = await open(join(path, '..', 'wal.db'), { isOurs: true })
    assert.deepEqual([wal.how, wal.journal, wal.isWal], ['in place', 'wal', true])
    countOf(wal.db, 'users')
    assert.deepEqual(readdirSync(join(path, '..')), ['bloggy.db', 'wal.db'])
  })

  test('is made all the same when the file alone is not all', async () => {
    const path = newPath()
    const written = await buildHotJournal(path)
    await using file = await open(path, { isOurs: true })
    assert.equal(file.how, 'snapshot')
    expectRows(file.db, written)
  })

  test('lies in a folder of its own and is gone afterwards', async () => {
    const path = newPath()
    buildFamily(path, 'F1')
    const file = await open(path)
    assert.equal(statSync(join(file.path, '..')).mode & 0o777, 0o700)
    assert.deepEqual([file.how, file.bytes], ['snapshot', statSync(path).size])
    await file.close()
    await file.close()
    assert.deepEqual(readdirSync(snapshotFolder), [])
  })

  test('is taken away when a killed process left it, and not when another one uses it', async () => {
    const parent = mkdtempSync(join(root, 'parent-'))
    const hourAgo = new Date(Date.now() - 3_600_000)
    for (const name of ['bloggy-snapshot-left', 'bloggy-snapshot-used', 'something-else']) {
      mkdirSync(join(parent, name))
      writeFileSync(join(parent, name, 'snapshot.db'), 'private')
    }
    const owner = new DatabaseSync(join(parent, 'bloggy-snapshot-used', 'owner.db'))
    owner.exec('pragma journal_mode = memory; begin exclusive')
    mkdirSync(join(parent, 'bloggy-snapshot-new'))
    symlinkSync(join(parent, 'something-else'), join(parent, 'bloggy-snapshot-link'))
    for (const name of ['left', 'used']) utimesSync(join(parent, `bloggy-snapshot-${name}`), hourAgo, hourAgo)
    const path = newPath()
    buildFamily(path, 'F1')
    await (await open(path, { snapshotFolder: parent })).close()
    assert.deepEqual(readdirSync(parent).toSorted(), [
      'bloggy-snapshot-link',
      'bloggy-snapshot-new',
      'bloggy-snapshot-used',
      'something-else',
    ])
    assert.ok(existsSync(join(parent, 'something-else', 'snapshot.db')))
    owner.close()
  })

  test('is not begun when the disk has no room for it', async () => {
    const path = newPath()
    buildFamily(path, 'F1')
    // A hole of many terabytes.
    const file = openSync(path, 'r+')
    ftruncateSync(file, 8 * 1024 ** 4)
    closeSync(file)
    await refuses(path, 'no space', /needs 8796\.1 GB, and .* free\. Make room/)
    assert.deepEqual(readdirSync(snapshotFolder), [])
  })

  test('tells how far it is', async () => {
    const path = newPath()
    buildFamily(path, 'F12')
    const told: number[][] = []
    await (await open(path, { onProgress: (...numbers) => told.push(numbers) })).close()
    assert.deepEqual(told.at(-1), [statSync(path).size, statSync(path).size])
  })

  test('removes no file that a journal names', async () => {
    const path = newPath()
    const written = await buildHotJournal(path)
    const precious = join(path, '..', 'precious.txt')
    writeFileSync(precious, 'mine')
    appendFileSync(`${path}-journal`, superJournal(precious))
    await readsAt(path, written)
    assert.equal(readFileSync(precious, 'utf8'), 'mine')
  })
})

describe('a read-only disk', () => {
  const line = (device: string, mount: string, kind: string, options: string) =>
    `36 35 ${device} / /mnt ${mount},relatime shared:1 - ${kind} /dev/sdb1 ${options}\n`
  const dev = 0x811n

  test('is one whose file system is read-only', () => {
    assert.ok(isReadOnlyDisk(line('8:17', 'ro', 'ext4', 'ro,errors=continue'), dev))
    assert.ok(isReadOnlyDisk(line('8:1', 'rw', 'ext4', 'rw') + line('8:17', 'rw', 'squashfs', 'ro'), dev))
  })

  test('is none that is only mounted so, or that another machine may write', () => {
    assert.ok(!isReadOnlyDisk(line('8:17', 'ro', 'ext4', 'rw'), dev))
    assert.ok(!isReadOnlyDisk(line('8:17', 'ro', 'nfs4', 'ro'), dev))
    assert.ok(!isReadOnlyDisk(line('8:18', 'ro', 'ext4', 'ro'), dev))
    assert.ok(!isReadOnlyDisk('', dev))
  })
})

describe('the connection', () => {
  const path = newPath()
  buildStranger(path, 'hostile')
  const db = openPath(path)
  after(() => db.close())

  test('reads tables', () => {
    assert.equal(countOf(db, 'victims'), 0)
    assert.ok(db.prepare('select max(length(title)) as n from posts where title is not null').get())
  })

  for (const [what, sql] of Object.entries({
    views: 'select * from everybody',
    'virtual tables': 'select * from words',
    'functions that a view calls': 'select * from writing',
    'functions that read files or make much': 'select zeroblob(100)',
    'tables made of settings': 'select * from pragma_database_list',
    'the list of tables, which works out every view': 'pragma table_list',
    'attached files': `attach '${path}' as other`,
    'changed settings': 'pragma trusted_schema = on',
    recursion: 'with recursive n(i) as (select 1 union all select i + 1 from n) select i from n',
    writing: `insert into victims values ('x')`,
    'tables of its own': 'create temp table t (a)',
  })) {
    test(`does not run or allow ${what}`, () => {
      assert.throws(() => db.prepare(sql).all(), /not authorized|denied|readonly|no such/)
    })
  }

  test('loads no extension', () => {
    assert.throws(() => db.enableLoadExtension(true), /extension/)
    assert.throws(() => db.prepare(`select load_extension('x')`).get(), /not authorized/)
  })

  test('reads no value of hundreds of megabytes', () => {
    const path = newPath()
    buildStranger(path, 'expensive columns')
    const db = openPath(path)
    assert.throws(() => db.prepare('select big from posts').all(), /too big/)
    db.close()
  })
})

describe('what cannot be opened', () => {
  const reasons = {
    X0: ['empty', /has no bytes/],
    X1: ['truncated', /says it has 22 pages, and only 17 are there/],
    'only the magic': ['truncated', /ends after 16 bytes/],
    'a text file': ['text', /is a text file/],
    'an SQL dump': ['dump', /is SQL text, .* sqlite3 blog\.db < /],
    'an encrypted file': ['not SQLite', /it is encrypted/],
    'a directory': ['not a file', /is a folder/],
    absent: ['absent', /There is no file/],
    'a link to itself': ['absent', /leads to itself/],
    'a pipe': ['not a file', /no plain file/],
  } as const
  for (const [name, [reason, message]] of Object.entries(reasons)) {
    test(`${name} is refused`, { timeout: 10_000 }, async () => {
      const path = newPath()
      buildStranger(path, name as keyof typeof reasons)
      await refuses(path, reason, message)
    })
  }

  for (const [what, start, reason] of [
    ['a text in UTF-16', Buffer.from('\ufeffHello', 'utf16le'), 'text'],
    ['a text cut in the middle of a letter', Buffer.from('é'.repeat(4000)).subarray(0, 4095), 'text'],
    ['packed with gzip', Buffer.from([0x1f, 0x8b, 8, 0]), 'not SQLite'],
    ['a ZIP archive', Buffer.from('PK\x03\x04\0'), 'not SQLite'],
    ['the -wal of a database', Buffer.from([0x37, 0x7f, 0x06, 0x82]), 'not SQLite'],
    ['a dump of PostgreSQL', Buffer.from('PGDMP\x01\x0e\0'), 'not SQLite'],
    [
      'a page of nonsense after the first words',
      Buffer.from(`SQLite format 3\0${'\xff'.repeat(500)}`),
      'unknown format',
    ],
  ] as const) {
    test(`${what} is refused`, async () => {
      const path = newPath()
      writeFileSync(path, start)
      await refuses(path, reason, reason === 'not SQLite' ? new RegExp(` is ${what}, `) : /\.db /)
    })
  }

  test('a file whose name moves the cursor is named harmlessly', async () => {
    const path = join(newPath(), '..', '\x1b[2Jevil\n.db')
    writeFileSync(path, 'text')
    await refuses(path, 'text', /\\u\{1b\}\[2Jevil\\u\{a\}\.db is a text file/)
  })
})

/** As buildBusy(); the writer does not outlive the test. */
