// Files of the older Bloggy brought into blogs of the test's own, and what the books say of every row.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { BulkConnection } from '../src/db/copy.ts'
import { importFile } from '../src/import/bloggy-sqlite/import.ts'
import { plan } from '../src/import/bloggy-sqlite/plan.ts'
import type { Keys } from '../src/import/bloggy-sqlite/run.ts'
import type { ImportReport } from '../src/import/report.ts'
import { type TestDatabase, createDatabase, testLimits } from './database.ts'
import { fernetKey } from './legacy/fernet.ts'

const folder = mkdtempSync(join(tmpdir(), 'bloggy-imported-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let files = 0

/** Of a file that is not there yet. */
export const newPath = (): string => join(folder, `${++files}.db`)

/** Of this blog, to encrypt tokens with. */
export const tokenKey = Buffer.alloc(32, 'bloggy-test')
export const oldKey = Buffer.from(fernetKey, 'base64url')
export const bothKeys: Keys = { old: oldKey, ours: [tokenKey] }

type Target = TestDatabase['target']

/** A blog that nobody has set up, until `work` is done with it. */
export async function withBlog<T>(work: (target: Target) => Promise<T>): Promise<T> {
  const { target, drop } = await createDatabase()
  try {
    return await work(target)
  } finally {
    await drop()
  }
}

export async function withBulk<T>(target: Target, work: (db: BulkConnection) => Promise<T>): Promise<T> {
  const db = await BulkConnection.open(target, testLimits, 'bloggy test')
  try {
    return await work(db)
  } finally {
    await db.close()
  }
}

/** What `bloggy import` does between opening the file and printing the report. */
export async function bringIn(
  target: Target,
  path: string,
  keys = bothKeys,
  isRehearsal = false,
): Promise<ImportReport> {
  const source = { path, name: path, bytes: statSync(path).size, family: 'of the test' }
  return await withBulk(target, (db) => importFile(db, source, { isRehearsal, keys, onStep: () => {} }))
}

/** `bloggy import --rehearse` in the same way. */
export const rehearse = (target: Target, path: string) => bringIn(target, path, bothKeys, true)

/** Breaks off after more steps each time, and goes on, until the import comes to its end. */
export async function bringInBrokenOff(db: BulkConnection, path: string) {
  const source = { path, name: path, bytes: 1, family: 'of the test' }
  for (let most = 1, broken = 0; ; most += 2, broken++) {
    let steps = 0
    const onStep = () => {
      if (++steps > most) throw new Error('Broken off.')
    }
    const options = { isRehearsal: false, keys: bothKeys, onStep, partBytes: 1 }
    const report = await importFile(db, source, options).catch((error: Error) => {
      assert.equal(error.message, 'Broken off.')
    })
    if (report) return { report, broken }
  }
}

export type Entry = {
  fate: string
  target: number | null
  changes: string[]
  /** Of the leftover that holds the whole row. */
  reason: string | undefined
  /** Of those that hold single values. */
  leftovers: string[]
  /** What the leftovers hold, in their order. */
  data: Record<string, unknown>[]
}

export type Book = Map<string, Map<string, Entry>>

/** By table and key of the file. Throws when a row is in the books twice. */
export async function readBook(db: BulkConnection): Promise<Book> {
  const book: Book = new Map()
  const add = (table: string, key: string, fate: string, target: number | null, changes: string | null) => {
    const entries = book.get(table) ?? new Map<string, Entry>()
    book.set(table, entries)
    if (entries.has(key)) throw new Error(`${table} ${key} is in the books twice.`)
    entries.set(key, { fate, target, changes: changes?.split(' ') ?? [], reason: undefined, leftovers: [], data: [] })
  }
  const rows = await db.query<Recorded>(
    'select source_table as "table", source_key::text as key, fate, target_id as target, changes from import_rows',
  )
  for (const { table, key, fate, target, changes } of rows) add(table, key, fate, target, changes)
  const blocks = await db.query<{ table: string; keys: Buffer }>(
    'select source_table as "table", keys from import_blocks',
  )
  for (const { table, keys } of blocks) {
    for (let at = 0; at < keys.length; at += 8) {
      const key = keys.readBigInt64BE(at)
      add(table, String(key), 'copied', Number(key), null)
    }
  }
  const leftovers = await db.query<Left>(
    `select source_table as "table", source_key::text as key, source_column as "column", reason, data
      from import_leftovers order by id`,
  )
  for (const { table, key, column, reason, data } of leftovers) {
    const entry = book.get(table)?.get(key)
    if (!entry) throw new Error(`A leftover belongs to ${table} ${key}, which is not in the books.`)
    entry.data.push(data)
    if (column === null && entry.fate === 'set aside') entry.reason = reason
    else entry.leftovers.push(reason)
  }
  return book
}

type Recorded = { table: string; key: string; fate: string; target: number | null; changes: string | null }
type Left = { table: string; key: string; column: string | null; reason: string; data: Record<string, unknown> }

/** Every value of every table whose name fits, as text. */
export async function dumpText(db: BulkConnection, names = /./): Promise<string> {
  const tables = await db.query<{ name: string }>(
    `select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables
      where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'
        and table_name <> 'page_changes'`,
  )
  const parts: string[] = []
  for (const { name } of tables) {
    if (!names.test(name)) continue
    for (const { row } of await db.query<{ row: string }>(`select t::text as row from ${name} as t order by 1`))
      parts.push(row)
  }
  return parts.join('\n')
}

/** By table of the file and id here: each value as text. */
export type Values = Map<string, Map<number, Record<string, string | null>>>

/** Every row of every table here that an import fills. */
export async function valuesOf(db: BulkConnection): Promise<Values> {
  const result: Values = new Map()
  for (const { source, target } of plan) {
    const rows = await db.query<{ id: number; names: string[]; texts: (string | null)[] }>(
      `select id, array_agg(key) as names, array_agg(value) as texts
        from ${target} as t, jsonb_each_text(to_jsonb(t))
        where ${target === 'audit_events' ? `action = 'legacy.event'` : 'true'} group by id`,
    )
    result.set(source, new Map(rows.map(({ id, names, texts }) => [id, rowOf(names, texts)])))
  }
  return result
}

function rowOf(names: string[], texts: (string | null)[]): Record<string, string | null> {
  return Object.fromEntries(names.map((name, index) => [name, momentOr(texts[index] ?? null)]))
}

/** PostgreSQL leaves out the fraction that is nothing. */
function momentOr(text: string | null): string | null {
  const [, moment, fraction = ''] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?\+00:00$/.exec(text ?? '') ?? []
  return moment === undefined ? text : `${moment}.${fraction.padEnd(6, '0')}Z`
}

/** The report counts, table by table, what the books say. */
export function expectCounts({ tables }: ImportReport, book: Book): void {
  for (const { name, rows, copied, changed, set_aside, already_there, changes, kept_aside } of tables) {
    const entries = [...(book.get(name)?.values() ?? [])]
    const counted = (fate: string) => entries.filter((entry) => entry.fate === fate).length
    assert.deepEqual(
      [rows, copied, changed, set_aside, already_there],
      [entries.length, counted('copied'), counted('changed'), counted('set aside'), counted('already there')],
      name,
    )
    assert.equal(rows, copied + changed + set_aside + already_there, name)
    assert.deepEqual(changes, tally(entries.flatMap((entry) => entry.changes)), name)
    assert.deepEqual(
      kept_aside,
      tally(entries.flatMap(({ reason, leftovers }) => [reason ?? [], leftovers].flat())),
      name,
    )
  }
}

export function expectProof({ proof }: ImportReport): void {
  assert.deepEqual(proof.differences, [])
  assert.ok(proof.is_equal)
  assert.equal(proof.pages.as_stored, proof.pages.looked_at)
  for (const { name, columns, is_equal } of proof.tables) {
    assert.ok(is_equal, name)
    for (const { name: column, file, here } of columns) assert.equal(here, file, `${name}.${column}`)
  }
}

function tally(names: string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}
