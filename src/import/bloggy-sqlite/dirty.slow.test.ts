// Files with everything in them that a table without rules lets in: each row has the fate that its maker wrote beside it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  type Book,
  bringIn,
  bothKeys,
  dumpText,
  expectCounts,
  expectProof,
  newPath,
  readBook,
  valuesOf,
  withBlog,
  withBulk,
} from '../../../test/imported.ts'
import {
  type Expectation,
  buildDirty,
  buildLooseIds,
  buildMisdeclared,
  expectations,
} from '../../../test/legacy/dirty.ts'
import type { BulkConnection } from '../../db/copy.ts'
import { verifyPassword } from '../../passwords/password.ts'
import { hasLeftovers } from '../report.ts'

const file = newPath()
buildDirty(file)

/** Fate, changes, reason, leftovers and what became of the values, of every row; and no row more. */
async function expectAll(db: BulkConnection, book: Book, expected: Expectation[]): Promise<void> {
  const columns = await valuesOf(db)
  for (const { table, key, fate, changes = [], reason, leftovers = [], becomes = {}, note } of expected) {
    const entry = book.get(table)?.get(String(key))
    const place = `${table} ${key}, ${note}`
    assert.ok(entry, place)
    assert.deepEqual(
      [entry.fate, entry.changes.toSorted(), entry.reason, entry.leftovers.toSorted()],
      [fate, changes.toSorted(), reason, leftovers.toSorted()],
      place,
    )
    const isHere = fate === 'copied' || fate === 'changed'
    const row = columns.get(table)?.get(entry.target ?? 0)
    assert.equal(row !== undefined, fate !== 'set aside', place)
    if (isHere) assert.equal(entry.target === Number(key), !changes.includes('new-id'), place)
    for (const [column, value] of Object.entries(becomes)) assert.equal(row?.[column], textOf(value), place)
  }
  for (const [table, entries] of book) {
    const keys = expected.filter((one) => one.table === table).map(({ key }) => String(key))
    assert.deepEqual([...entries.keys()].toSorted(), keys.toSorted(), table)
  }
}

const textOf = (value: string | number | null) => (value === null ? null : String(value))

/** Whole rows and raw bytes, as they are in the file. */
function expectLeftovers(book: Book): void {
  const data = (table: string, key: number | bigint) => book.get(table)?.get(String(key))?.data
  const moment = '2025-10-12 14:03:22'
  assert.deepEqual(data('comments', 3), [
    { id: 3, text: 'Comment 3', date: '2025-10-12 15:00:00', user: 1, post: 9999 },
  ])
  assert.deepEqual(data('posts', 20), [{ text: { base64: '/wD+' } }, { text: { base64: '/wD+' } }])
  assert.deepEqual(data('posts', 38), [{ likes: 12, published: 'T', 'Mixed "Name"': "it's" }])
  assert.deepEqual(data('posts', 41), [{ 'Mixed "Name"': { base64: '/wA=' } }])
  assert.deepEqual(data('posts', 42), [{ likes: { real: 'Infinity' } }])
  assert.deepEqual(data('auth_events', 8), [{ updated_at: moment }])
  assert.deepEqual(data('users', 62), [{ reset_password_key: 'reset-me' }])
  assert.deepEqual(data('users', 10), [
    { password: 'a form that cannot be verified, 86 characters; it stays in the file' },
  ])
  assert.deepEqual(data('posts', 9_007_199_254_740_993n)?.[0]?.id, { integer: '9007199254740993' })
  assert.deepEqual(data('users', -(2n ** 63n))?.[0]?.id, { integer: '-9223372036854775808' })
  assert.deepEqual(data('Weird "Table" Name', 1), [
    { id: 1, "Col'umn": 'plain', data: { base64: 'AAH/' }, number: { real: 'Infinity' } },
  ])
  assert.deepEqual(data('options', 2), [{ name: 'size', value: { integer: '9007199254740993' } }])
  assert.deepEqual(data('logbook', 2), [{ rowid: 2, what: null }])
}

describe('the dirty file', () => {
  test('has every row where its maker expects it, and the report counts them', async () => {
    await withBlog(async (target) => {
      const report = await bringIn(target, file)
      await withBulk(target, async (db) => {
        const book = await readBook(db)
        await expectAll(db, book, expectations)
        expectCounts(report, book)
        assert.ok(hasLeftovers(report))
        expectProof(report)
        expectLeftovers(book)

        const rows = await valuesOf(db)
        const here = (table: string, key: number) =>
          rows.get(table)?.get(book.get(table)?.get(String(key))?.target ?? 0)
        const idOf = (table: string, key: number) => String(book.get(table)?.get(String(key))?.target)
        assert.equal(here('posts', 10)?.author_id, idOf('users', 0))
        assert.equal(here('comments', 16)?.post_id, idOf('posts', -5))
        assert.equal(here('comments', 17)?.post_id, idOf('posts', 0))
        assert.equal(here('user_roles', 14)?.user_id, idOf('users', 0))
        assert.equal(here('role_permissions', 61)?.role_id, '6')

        const dump = await dumpText(db)
        for (const clear of ['clear-ke', 'clear-', 'clear-beyond', 'password123', 'timemachine', 'gho_in_clear']) {
          assert.ok(!dump.includes(clear), clear)
          assert.ok(!JSON.stringify(report).includes(clear), clear)
        }
        for (const bytes of ['636c6561722d6b65e9', Buffer.from('clear-\0-with-nul').toString('hex')]) {
          const base64 = Buffer.from(bytes, 'hex').toString('base64')
          assert.ok(!dump.includes(bytes) && !dump.includes(base64), base64)
        }
        const hashes = ['12345', 'clear-keé', 'clear--with-nul']
        for (const [index, clear] of hashes.entries()) {
          const hash = here('users', 13 + index)?.password_hash
          assert.ok(await verifyPassword(clear, hash, ''), clear)
        }
      })
    })
  })

  for (const [what, keys] of [
    ['the key of the old blog', { ...bothKeys, old: undefined }],
    ['a key of this blog', { ...bothKeys, ours: undefined }],
  ] as const) {
    test(`leaves tokens behind without ${what}, and none of them in clear`, async () => {
      await withBlog(async (target) => {
        await bringIn(target, file, keys)
        await withBulk(target, async (db) => {
          const tokens = (await readBook(db)).get('oauth_tokens')
          for (const { table, key, fate, reason, withoutKey, note } of expectations) {
            if (table !== 'oauth_tokens') continue
            // What is in clear needs no old key.
            const expected = (keys.ours && note === 'a token in clear' ? undefined : withoutKey) ?? { fate, reason }
            const entry = tokens?.get(String(key))
            assert.deepEqual([entry?.fate, entry?.reason], [expected.fate, expected.reason], note)
          }
          assert.doesNotMatch(await dumpText(db), /gho_in_clear/)
        })
      })
    })
  }
})

test('what the declarations say of the values changes nothing', async () => {
  const path = newPath()
  buildMisdeclared(path)
  await withBlog(async (target) => {
    assert.ok((await bringIn(target, path)).proof.is_equal)
    await withBulk(target, async (db) => expectAll(db, await readBook(db), expectations))
  })
})

test('ids of any kind are the numbers they stand for', async () => {
  const path = newPath()
  const expected = buildLooseIds(path)
  await withBlog(async (target) => {
    const report = await bringIn(target, path)
    await withBulk(target, async (db) => {
      const comments = (await readBook(db)).get('comments')
      for (const { key, fate, changes = [] } of expected) {
        const entry = comments?.get(String(key))
        assert.deepEqual([entry?.fate, entry?.changes], [fate, changes], `${key} ${JSON.stringify(report.tables)}`)
      }
    })
  })
})
