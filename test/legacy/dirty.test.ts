// The files with dirt in them, by design and by chance, and the big one: each is what it says, and always the same.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, test } from 'node:test'
import { buildBigFile } from '../../bench/big-file.ts'
import { buildDirty, buildLooseIds, buildMisdeclared, dirtySequences, expectations } from './dirty.ts'
import { quoted } from './families.ts'
import { encryptFernet, fernetKey } from './fernet.ts'
import { buildRandom } from './random.ts'

const folder = mkdtempSync(join(tmpdir(), 'bloggy-dirty-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let count = 0
const newPath = () => join(folder, `${++count}.db`)

describe('the dirty file', () => {
  test('holds a row for every expectation and no other', () => {
    const path = newPath()
    buildDirty(path)
    const db = new DatabaseSync(path)
    assert.equal(check(db), 'ok')
    const keys = Map.groupBy(expectations, ({ table }) => table)
    for (const { name } of db.prepare(`select name from pragma_table_list where type = 'table'`).all()) {
      const table = String(name)
      if (table.startsWith('sqlite_')) continue
      const expected = keys.get(table)?.map(({ key }) => BigInt(key)) ?? []
      const rows = db.prepare(`select * from ${quoted(table)}`)
      rows.setReadBigInts(true)
      const ids = rows.all().map((row, index) => (hasIds(table) ? row.id : BigInt(index + 1)))
      assert.deepEqual(new Set(ids), new Set(expected), table)
      assert.equal(ids.length, expected.length, table)
    }
    db.close()
  })

  test('names fates, changes and reasons as they are agreed', () => {
    for (const { fate, changes, reason, note } of expectations) {
      if (fate !== 'already there') assert.equal(fate === 'changed', changes !== undefined, note)
      assert.equal(fate === 'set aside', reason !== undefined, note)
      for (const change of changes ?? []) assert.ok(changeNames.includes(change), change)
    }
    const met = new Set(expectations.flatMap(({ changes }) => changes ?? []))
    assert.deepEqual([...met].toSorted(), changeNames.toSorted())
  })

  test('keeps every storage class, free pages and a table of sequences that is ahead', () => {
    const path = newPath()
    buildDirty(path)
    const db = new DatabaseSync(path)
    const classes = db.prepare('select distinct typeof(title) as class from posts order by 1').all()
    assert.deepEqual(
      classes.map((row) => row.class),
      ['blob', 'integer', 'null', 'real', 'text'],
    )
    assert.ok(Number(db.prepare('pragma freelist_count').get()?.freelist_count) > 3)
    assert.ok(readFileSync(path).includes('gone-7@example.com'))
    for (const [name, seq] of Object.entries(dirtySequences)) {
      assert.equal(db.prepare('select seq from sqlite_sequence where name = ?').get(name)?.seq, seq)
    }
    db.close()
  })

  test('may lie about its types, and then the check of SQLite complains', () => {
    const path = newPath()
    buildMisdeclared(path)
    const db = new DatabaseSync(path)
    assert.match(String(check(db)), /value in/)
    assert.equal(db.prepare('select count(*) as count from comments').get()?.count, 23)
    db.close()
  })

  test('may have ids of any kind', () => {
    const path = newPath()
    const expected = buildLooseIds(path)
    const db = new DatabaseSync(path)
    const kinds = db.prepare('select typeof(id) as kind from comments').all()
    assert.deepEqual(
      kinds.map(({ kind }) => kind),
      ['integer', 'text', 'real', 'text', 'text'],
    )
    assert.equal(expected.length, 5)
    db.close()
  })
})

test('a token is what Fernet makes', () => {
  // https://github.com/fernet/spec/blob/master/generate.json has the same layout; the nonce here is made of the text.
  const bytes = Buffer.from(encryptFernet('hello'), 'base64url')
  assert.equal(bytes[0], 0x80)
  assert.equal(bytes.length, 1 + 8 + 16 + 16 + 32)
  assert.equal(Buffer.from(fernetKey, 'base64url').length, 32)
})

describe('a random file', () => {
  test('is the same for the same seed and another for another', () => {
    const build = (seed: number) => {
      const path = newPath()
      buildRandom(path, seed)
      return digestOf(path)
    }
    assert.equal(build(7), build(7))
    assert.notEqual(build(7), build(8))
  })

  test('is whole and has the rows it tells, whatever the seed', () => {
    const met = new Set<string>()
    for (let seed = 0; seed < 60; seed++) {
      const path = newPath()
      const { family, rows } = buildRandom(path, seed)
      met.add(family)
      const db = new DatabaseSync(path)
      assert.equal(check(db), 'ok', `seed ${seed}`)
      for (const [table, expected] of Object.entries(rows)) {
        const found = db.prepare(`select count(*) as count from ${quoted(table)}`).get()
        assert.equal(found?.count, expected, `${table}, seed ${seed}`)
      }
      db.close()
    }
    assert.ok(met.size > 10)
  })
})

test('a thousandth of the big file is always the same', () => {
  const [one, other] = [newPath(), newPath()]
  let last = ''
  const { rows, bytes } = buildBigFile(one, 0.001, ({ table }) => (last = table))
  buildBigFile(other, 0.001)
  assert.equal(digestOf(one), digestOf(other))
  assert.equal(last, 'auth_events')
  assert.ok(bytes > 800_000)
  const db = new DatabaseSync(one)
  assert.equal(check(db), 'ok')
  assert.deepEqual(rows, {
    emmett_schema: 1,
    users: 20,
    auth_groups: 12,
    auth_memberships: 20,
    posts: 200,
    comments: 2000,
    auth_events: 40,
    auth_permissions: 0,
  })
  const orphan = db.prepare('select count(*) as count from comments where post not in (select id from posts)').get()
  assert.equal(orphan?.count, 0)
  const ahead = db.prepare(
    `select seq - (select max(id) from posts) as ahead from sqlite_sequence where name = 'posts'`,
  )
  assert.equal(ahead.get()?.ahead, 37)
  db.close()
})

const changeNames = (
  'date-form date-from-seconds date-from-milliseconds date-from-julian-day date-missing date-unreadable nul-removed ' +
  'not-utf8 number-to-text bytes-to-text text-to-number text-missing email-folded email-taken name-missing ' +
  'author-missing password-hashed unconfirmed new-id role-folded name-rebuilt token-reencrypted json-unreadable'
).split(' ')

function hasIds(table: string): boolean {
  return !['options', 'logbook', 'Strict', 'posts_backup'].includes(table)
}

function check(db: DatabaseSync): unknown {
  return db.prepare('pragma integrity_check').get()?.integrity_check
}

function digestOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}
