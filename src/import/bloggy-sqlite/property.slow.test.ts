// Files by chance, of all families and with dirt wherever it fell: whatever is in them, these things hold.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { testLimits } from '../../../test/database.ts'
import {
  type Book,
  type Values,
  bringIn,
  dumpText,
  expectCounts,
  expectProof,
  newPath,
  readBook,
  valuesOf,
  withBlog,
  withBulk,
} from '../../../test/imported.ts'
import { expectRows } from '../../../test/imported-rows.ts'
import { cellsOf, specs } from '../../../test/legacy/oracle.ts'
import { buildRandom } from '../../../test/legacy/random.ts'
import type { BulkConnection } from '../../db/copy.ts'
import { exportSqlite } from '../../export/bloggy-sqlite.ts'
import { largestKeptId } from './plan.ts'
import type { ImportReport } from '../report.ts'

// BLOGGY_TEST_SEEDS=2000 npm test sqlite/property: as many files, however long it takes.
const wanted = Number(process.env.BLOGGY_TEST_SEEDS ?? 0)
// Most files from the 24th to the 40th are very dirty.
const first = Number(process.env.BLOGGY_TEST_FIRST_SEED ?? (wanted > 0 ? 0 : 24))
const timeout = wanted > 0 ? 86_400_000 : 100_000

let blank: Values
before(async () => {
  blank = await withBlog((target) => withBulk(target, valuesOf))
})

test('nothing is lost, nothing is made up', { timeout }, async () => {
  await forSeeds(25, 7000, expectWhole)
})

test('there and back again is where it was', { timeout }, async () => {
  await forSeeds(8, 5000, expectWayBack)
})

/** Until the time is over; a few files in any case. */
async function forSeeds(most: number, ms: number, expect: (seed: number) => Promise<void>): Promise<void> {
  const begun = performance.now()
  for (let done = 0; done < (wanted || most); done++) {
    if (wanted === 0 && done >= 4 && performance.now() - begun > ms) return
    const seed = first + done
    await expect(seed).catch((cause: unknown) => {
      throw new Error(`With BLOGGY_TEST_FIRST_SEED=${seed} BLOGGY_TEST_SEEDS=1`, { cause })
    })
  }
}

async function expectWhole(seed: number): Promise<void> {
  const path = newPath()
  const { rows } = buildRandom(path, seed)
  await withBlog(async (target) => {
    const report = await bringIn(target, path)
    await withBulk(target, async (db) => {
      const book = await readBook(db)
      assert.deepEqual(Object.fromEntries(report.tables.map((table) => [table.name, table.rows])), rows)
      expectCounts(report, book)
      expectProof(report)
      expectRows(cellsOf(path), { book, before: blank, after: await valuesOf(db) })

      const state = await contentOf(db)
      const again = await bringIn(target, path)
      for (const { name, rows: count, ...table } of again.tables) {
        assert.deepEqual([table.copied, table.changed, table.set_aside], [0, 0, 0], name)
        assert.equal(table.already_there, count, name)
      }
      assert.ok(again.proof.is_equal)
      assert.equal(await contentOf(db), state)
    })
  })
}

/** All but what tells of the imports themselves. */
async function contentOf(db: BulkConnection): Promise<string> {
  return await dumpText(db, /^public\.(?!imports$|audit_events$|settings$)/)
}

/** Into a blog, out of it into a file, into another blog, and out again. */
async function expectWayBack(seed: number): Promise<void> {
  const path = newPath()
  buildRandom(path, seed)
  const one = await thereAndBack(path)
  const highest = Math.max(...one.values.values().flatMap((rows) => rows.keys()))
  // From there on ids are not kept.
  if (highest > largestKeptId) return
  const other = await thereAndBack(one.file)

  for (const [table, rows] of one.values) {
    const found = other.values.get(table)
    assert.deepEqual([...(found?.keys() ?? [])].toSorted(), [...rows.keys()].toSorted(), table)
    for (const [id, row] of rows)
      assert.deepEqual(comparable(table, found?.get(id)), comparable(table, row), `${table} ${id}`)
  }
  const [before, after] = [cellsOf(one.file), cellsOf(other.file)]
  for (const table of Object.keys(specs)) {
    // Encrypted anew each time.
    if (table !== 'oauth_tokens') assert.deepEqual(after[table], before[table], table)
  }
  expectSameSums(one, other)
}

type There = { report: ImportReport; book: Book; values: Values; file: string }

async function thereAndBack(path: string): Promise<There> {
  return await withBlog(async (target) => {
    const report = await bringIn(target, path)
    expectProof(report)
    const file = newPath()
    const { signal } = new AbortController()
    await exportSqlite(target, testLimits, { file, withDrafts: true, signal, onProgress: () => {} })
    return await withBulk(target, async (db) => ({
      report,
      book: await readBook(db),
      values: await valuesOf(db),
      file,
    }))
  })
}

/** What both blogs hold, but for the few things that the older shape cannot say. */
function comparable(table: string, row: Record<string, string | null> | undefined) {
  if (!row) return undefined
  const fresh = ['slug', 'access_token_encrypted', 'refresh_token_encrypted']
  const rest: Record<string, string | null> = Object.fromEntries(
    Object.entries(row).filter(([name]) => !fresh.includes(name)),
  )
  if (table !== 'users') return rest
  const { first_name, last_name, name, ...user } = rest
  // Who had an address that somebody else has may be called by it.
  const called = row.email === null ? '' : name
  const isNameless = first_name === null && last_name === null
  return { ...user, called, first: first_name ?? (isNameless ? name : ''), last: last_name ?? '' }
}

/** Sums are of ids and keys of the file, so they are equal where all ids are those of the file. */
function expectSameSums(one: There, other: There): void {
  for (const { name, columns } of one.report.proof.tables) {
    const parents = specs[name]?.columns.map(([, , kind]) => kind.replace('?', '')).filter((kind) => specs[kind]) ?? []
    const isKept = [name, ...parents].every((table) =>
      [...(one.book.get(table) ?? [])].every(([key, { target }]) => target === null || String(target) === key),
    )
    const found = other.report.proof.tables.find((table) => table.name === name)
    if (!isKept) continue
    for (const { name: column, here } of columns) {
      // A password in clear has no sum of its own, and a name that is missing is an empty one there.
      if (name === 'users' && /^(password|first_name|last_name)$/.test(column)) continue
      assert.equal(found?.columns.find((same) => same.name === column)?.here, here, `${name}.${column}`)
    }
  }
}
