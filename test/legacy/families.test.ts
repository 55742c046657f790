// The files that the tests of the import are about: each is what it says.
import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, test } from 'node:test'
import { type Written, buildBackup, buildFamily, families } from './families.ts'
import {
  buildBusy,
  buildColdWal,
  buildHotJournal,
  buildLiveWal,
  buildLostJournal,
  buildMissingWal,
  buildStaleJournal,
  buildTornWal,
} from './live.ts'
import { buildStranger, strangers } from './strangers.ts'

const folder = mkdtempSync(join(tmpdir(), 'bloggy-legacy-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let count = 0
const newPath = () => join(folder, `${++count}.db`)

describe('a family', () => {
  for (const family of families) {
    test(`${family} holds the rows it was given`, () => {
      const path = newPath()
      const written = buildFamily(path, family)
      expectRows(path, written)
    })
  }

  test('is the same file twice', () => {
    const [one, other] = [newPath(), newPath()]
    buildFamily(one, 'F12')
    buildFamily(other, 'F12')
    assert.ok(readFileSync(one).equals(readFileSync(other)))
  })

  test('has the rights of the seed', () => {
    const { tables } = buildFamily(newPath(), 'F14')
    const counts = ['permissions', 'roles', 'role_permissions'].map((name) => tables[name]?.length)
    assert.deepEqual(counts, [31, 4, 58])
    const db = open(buildBackupAt())
    assert.deepEqual(db.prepare('select name, seq from sqlite_sequence').all().length, 3)
    db.close()
  })

  test('F2 is mostly free pages', () => {
    const path = newPath()
    buildFamily(path, 'F2')
    const db = open(path)
    assert.deepEqual(names(db), ['sqlite_sequence'])
    assert.ok(Number(db.prepare('pragma freelist_count').get()?.freelist_count) > 5)
    db.close()
  })

  test('may have other pages and another encoding', () => {
    const path = newPath()
    const written = buildFamily(path, 'F12', { encoding: 'UTF-16le', pageSize: 1024 })
    expectRows(path, written)
    assert.equal(readFileSync(path).readUInt16BE(16), 1024)
    assert.equal(readFileSync(path)[59], 2)
  })
})

describe('a stranger', () => {
  const unreadable = {
    X1: /malformed/,
    'a broken schema': /malformed database schema/,
    'a text file': /not a database/,
    'an SQL dump': /not a database/,
    'an encrypted file': /not a database/,
    'only the magic': /not a database/,
    'a directory': /unable|I\/O/,
    absent: /unable/,
    'a link to itself': /unable/,
  } as Record<string, RegExp>
  for (const name of Object.keys(strangers) as (keyof typeof strangers)[]) {
    test(name, { timeout: 30_000 }, () => {
      const path = newPath()
      buildStranger(path, name)
      if (name === 'a pipe') return assert.ok(statSync(path).isFIFO())
      const read = () => {
        const db = new DatabaseSync(path, { readOnly: true })
        try {
          return names(db)
        } finally {
          db.close()
        }
      }
      if (unreadable[name]) assert.throws(read, unreadable[name])
      else assert.ok(Array.isArray(read()))
    })
  }

  test('T2 is in WAL mode and alone', () => {
    const path = newPath()
    buildStranger(path, 'T2')
    assert.equal(readFileSync(path)[18], 2)
    assert.ok(!existsSync(`${path}-wal`) && !existsSync(`${path}-shm`))
  })

  test('a garbled page is found by the check', () => {
    const path = newPath()
    buildStranger(path, 'a garbled page')
    const db = open(path)
    assert.notEqual(db.prepare('pragma integrity_check').get()?.integrity_check, 'ok')
    db.close()
  })
})

describe('a live file', () => {
  test('has frames in its WAL that the file alone lacks', async () => {
    const path = newPath()
    const written = await buildLiveWal(path)
    assert.ok(statSync(`${path}-wal`).size > 4096 && existsSync(`${path}-shm`))
    const alone = newPath()
    copyFileSync(path, alone)
    assert.equal(countOf(alone, 'comments'), (written.tables.comments?.length ?? 0) - 3)
    expectRows(path, written)
  })

  test('is read without its -shm, and up to a torn commit', async () => {
    const [cold, torn] = [newPath(), newPath()]
    const rows = await buildColdWal(cold)
    assert.ok(!existsSync(`${cold}-shm`))
    expectRows(cold, rows)
    expectRows(torn, await buildTornWal(torn))
  })

  test('lost its WAL', async () => {
    const [told, untold] = [newPath(), newPath()]
    const written = await buildMissingWal(told)
    assert.ok(existsSync(`${told}-shm`) && !existsSync(`${told}-wal`))
    // The count of frames in the index of the WAL.
    assert.ok(readFileSync(`${told}-shm`).readUInt32LE(16) > 0)
    expectRows(told, written)
    expectRows(untold, await buildMissingWal(untold, { leavesShm: false }))
  })

  test('has a journal that is really hot', async () => {
    const path = newPath()
    const written = await buildHotJournal(path)
    assert.ok(readFileSync(`${path}-journal`).subarray(0, 8).equals(Buffer.from('d9d505f920a163d7', 'hex')))
    const alone = newPath()
    copyFileSync(path, alone)
    assert.notDeepEqual(rowsOrError(alone), written.tables.posts)
    expectRows(path, written)
    assert.ok(!existsSync(`${path}-journal`))
    await buildLostJournal(newPath())
  })

  test('has a journal that never was hot', () => {
    const path = newPath()
    const written = buildStaleJournal(path)
    assert.ok(existsSync(`${path}-journal`))
    expectRows(path, written)
  })

  for (const journal of ['delete', 'wal'] as const) {
    for (const state of ['open transaction', 'exclusive transaction', 'spilled transaction'] as const) {
      if (journal === 'wal' && state === 'spilled transaction') continue
      test(`is held in ${journal} mode: ${state}`, async () => {
        const path = newPath()
        const { written, writer } = await buildBusy(path, state, journal)
        const db = open(path)
        assert.throws(() => db.exec('begin immediate'), /locked/)
        db.close()
        await writer.kill()
        assert.equal(countOf(path, 'comments'), written.tables.comments?.length)
      })
    }

    test(`is written all the time in ${journal} mode`, async () => {
      const path = newPath()
      const { written, writer } = await buildBusy(path, 'steady writes', journal)
      await writer.kill('SIGTERM')
      assert.ok(countOf(path, 'comments') > (written.tables.comments?.length ?? 0))
    })
  }
})

function buildBackupAt(): string {
  const path = newPath()
  buildBackup(path)
  return path
}

function open(path: string): DatabaseSync {
  return new DatabaseSync(path, { enableForeignKeyConstraints: false })
}

function names(db: DatabaseSync): unknown[] {
  const tables = db.prepare(`select name from sqlite_schema where type in ('table', 'view') order by rowid`).all()
  return tables.map(({ name }) => name)
}

function countOf(path: string, table: string): number {
  const db = open(path)
  const found = db.prepare(`select count(*) as count from "${table}"`).get()
  db.close()
  return Number(found?.count)
}

function rowsOrError(path: string): unknown {
  const db = open(path)
  try {
    return db.prepare('select * from posts order by id').all()
  } catch (error) {
    return error
  } finally {
    db.close()
  }
}

/** The file is whole and holds these rows and no others. */
function expectRows(path: string, written: Written): void {
  const db = open(path)
  assert.equal(db.prepare('pragma integrity_check').get()?.integrity_check, 'ok')
  const expected = Object.keys(written.tables)
  assert.deepEqual(
    names(db)
      .filter((name) => name !== 'sqlite_sequence')
      .toSorted(),
    expected.toSorted(),
  )
  for (const [table, rows] of Object.entries(written.tables)) {
    const found = db.prepare(`select * from "${table}" order by id`).all()
    assert.deepEqual(
      found.map((row) => ({ ...row })),
      rows,
      table,
    )
  }
  const sequences = db.prepare('select name, seq from sqlite_sequence').all()
  assert.deepEqual(Object.fromEntries(sequences.map(({ name, seq }) => [name, seq])), written.sequences)
  db.close()
}
