// Files of an old blog as a test opens them, and what has to be the same afterwards.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, after } from 'node:test'
import { type Written } from './families.ts'
import { type LiveState, buildBusy } from './live.ts'
import {
  type OpenFile,
  type OpenOptions,
  RefusedFile,
  openForReading,
} from '../../src/import/bloggy-sqlite/file/open.ts'

export const root = mkdtempSync(join(tmpdir(), 'bloggy-open-'))
export const snapshotFolder = join(root, 'snapshots')
after(() => rmSync(root, { recursive: true, force: true }))

export async function busy(t: TestContext, path: string, state: LiveState, journal: 'delete' | 'wal') {
  const { written, writer } = await buildBusy(path, state, journal)
  t.after(() => writer.kill())
  return { written, writer }
}

/** What openForReading() gives, closed at the end of the block. */
export async function open(path: string, options: Partial<OpenOptions> = {}): Promise<OpenFile & AsyncDisposable> {
  const file = await openForReading(path, { snapshotFolder, ...options })
  return { ...file, [Symbol.asyncDispose]: file.close }
}

export async function readOnce<T>(path: string, read: (db: DatabaseSync) => T): Promise<T> {
  await using file = await open(path)
  return read(file.db)
}

export async function reads(
  journal: OpenFile['journal'],
  build: (path: string) => Written | Promise<Written>,
): Promise<void> {
  const path = newPath()
  const written = await build(path)
  assert.equal(await readsAt(path, written), journal)
}

export async function readsAt(path: string, written: Written): Promise<OpenFile['journal']> {
  const before = facts(path)
  await using file = await open(path)
  expectRows(file.db, written)
  assert.equal(file.how, 'snapshot')
  assert.deepEqual(facts(path), before)
  return file.journal
}

export async function refuses(
  path: string,
  reason: RefusedFile['reason'],
  message: RegExp,
  options: Partial<OpenOptions> = {},
): Promise<void> {
  await assert.rejects(open(path, options), (error: unknown) => {
    assert.ok(error instanceof RefusedFile, String(error))
    assert.deepEqual([error.reason, message.test(error.message)], [reason, true], error.message)
    return true
  })
}

/** Everything about the folder of a file, but for times that a chown() to the same owner changes: SQLite does it as root. */
export function facts(path: string): unknown[] {
  const folder = join(path, '..')
  const { mode, mtimeNs } = statSync(folder, { bigint: true })
  const names = readdirSync(folder).map((name) => {
    const { ino, size, mode, uid, gid, mtimeNs } = statSync(join(folder, name), { bigint: true })
    const sum = createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex')
    return { name, sum, ino, size, mode, uid, gid, mtimeNs }
  })
  return [{ mode, mtimeNs }, ...names]
}

export function expectRows(db: DatabaseSync, { tables }: Written): void {
  assert.deepEqual(check(db), ['ok'])
  for (const [table, rows] of Object.entries(tables)) {
    const found = db.prepare(`select * from "${table}" order by id`).all()
    assert.deepEqual(
      found.map((row) => ({ ...row })),
      rows,
      table,
    )
  }
}

export function check(db: DatabaseSync): unknown[] {
  return db
    .prepare('pragma quick_check')
    .all()
    .map((row) => row.quick_check)
}

export function countOf(db: DatabaseSync, table: string): number {
  return Number(db.prepare(`select count(*) as n from "${table}"`).get()?.n)
}

/** The end of a journal that belongs to a transaction over several databases: SQLite before 3.4x removed that file. */
export function superJournal(name: string): Buffer {
  const bytes = Buffer.from(name)
  const numbers = Buffer.alloc(12)
  numbers.writeUInt32BE(2 ** 30 / 4096 + 1, 0)
  numbers.writeUInt32BE(bytes.length, 4)
  numbers.writeInt32BE(
    bytes.reduce((sum, byte) => sum + byte, 0),
    8,
  )
  const magic = Buffer.from('d9d505f920a163d7', 'hex')
  return Buffer.concat([numbers.subarray(0, 4), bytes, numbers.subarray(4), magic])
}

export function newPath(): string {
  return join(mkdtempSync(join(root, 'file-')), 'bloggy.db')
}
