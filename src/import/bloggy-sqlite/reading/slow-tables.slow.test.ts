// Tables that SQLite cannot enter at a key: ids without an index, and tables without a rowid.
import assert from 'node:assert/strict'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { bringIn, bringInBrokenOff, newPath, readBook, withBlog, withBulk } from '../../../../test/imported.ts'
import { sumsOf } from '../../../../test/kills.ts'
import { schemaOf } from '../../../../test/legacy/schemas.ts'
import { type Key, TableReader, listTables } from './table.ts'

/** Ids in no order, texts that are no UTF-8 among them, and beside them a stranger's table without a rowid. */
function buildSlow(path: string, rows: number): void {
  const db = new DatabaseSync(path)
  for (const { name, sql } of schemaOf('F12').tables) {
    if (name === 'posts') db.exec('create table posts (id, title, text, date, user)')
    else if (name === 'comments')
      db.exec('create table comments (id int primary key, text, date, user, post, rowid, oid, _rowid_)')
    else db.exec(sql)
  }
  db.exec(
    `create table words (word text primary key, padding text, note text) without rowid;
    create index notes on words (note);
    with recursive n(i) as (select 1 union all select i + 1 from n where i < ${rows})
      insert into posts select i * 7919 % ${rows} + 1, 'Post ' || i, cast(iif(i % 3 = 0, x'ff', 'Text ') || i as text),
        '2025-10-12 14:03:22', null from n;
    insert into comments (id, text, date, post) select id, 'On ' || title, date, id from posts order by title;
    insert into words select title, hex(zeroblob(200)), text from posts`,
  )
  db.close()
}

describe('a table that SQLite cannot enter at a key', () => {
  test('is gone through as often when it has ten times the rows', () => {
    const scans = [2000, 20_000].map((rows) => {
      const path = newPath()
      buildSlow(path, rows)
      const file = new DatabaseSync(path, { readOnly: true })
      const { db, count } = countingScans(file)
      const shapes = listTables(db).filter(({ name }) => ['posts', 'comments', 'words'].includes(name))
      const before = count()
      const read = shapes.map((shape) => {
        const reader = new TableReader(db, shape)
        let found = [...reader.ids()].length
        let after: Key | null = null
        for (let batch = reader.next(after); batch; batch = reader.next(after)) {
          found += batch.rows.length
          after = batch.keys.at(-1)!
          for (const key of batch.keys) reader.bytesOf(key, shape.unknown.at(-1) ?? 'text')
        }
        return found
      })
      // Nobody names rows that have no id.
      assert.deepEqual(read, [rows * 2, rows * 2, rows])
      file.close()
      return count() - before
    })
    assert.equal(scans[1], scans[0])
    assert.ok(scans[0]! < 20, String(scans[0]))
  })

  test('comes along whole, in order, also when the import is broken off anywhere', async () => {
    const path = newPath()
    buildSlow(path, 3000)
    const calm = await withBlog(async (target) => {
      const report = await bringIn(target, path)
      assert.ok(report.proof.is_equal)
      return await withBulk(target, async (db) => {
        const book = await readBook(db)
        assert.equal(book.get('posts')?.get('3000')?.fate, 'copied')
        const bytes = book.get('words')?.get('2')?.data[0] as { note: unknown; word: string }
        assert.deepEqual(bytes.note, noteOf(path, bytes.word))
        return await sumsOf(db)
      })
    })
    await withBlog((target) =>
      withBulk(target, async (db) => {
        const { broken } = await bringInBrokenOff(db, path)
        assert.ok(broken > 3, String(broken))
        assert.deepEqual(await sumsOf(db), calm)
      }),
    )
  })
})

/** As leftovers hold it: bytes that are no text in base64. */
function noteOf(path: string, word: string): unknown {
  const file = new DatabaseSync(path, { readOnly: true })
  const { note } = file.prepare('select cast(note as blob) as note from words where word = ?').get(word) as {
    note: Uint8Array
  }
  file.close()
  return note[0] === 0xff ? { base64: Buffer.from(note).toString('base64') } : Buffer.from(note).toString()
}

/** Counts how often a statement is run that goes through a table from one end. */
function countingScans(file: DatabaseSync): { db: DatabaseSync; count: () => number } {
  let scans = 0
  const prepare = (sql: string): StatementSync => {
    const statement = file.prepare(sql)
    const plan = file.prepare(`explain query plan ${sql}`).all()
    const isScan = plan.some(({ detail }) => /^SCAN (?!found|CONSTANT)/.test(String(detail)))
    return new Proxy(statement, {
      get: (target, name: keyof StatementSync) => {
        if (isScan && ['get', 'all', 'iterate'].includes(name)) scans++
        return (target[name] as (...values: unknown[]) => unknown).bind(target)
      },
    })
  }
  return { db: { prepare } as DatabaseSync, count: () => scans }
}
