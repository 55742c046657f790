// Files that are not Bloggy's, or that nobody can use, and files made to do harm.
import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
  closeSync,
} from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { buildFamily, create } from './families.ts'
import { buildExpensiveColumns, buildExpensiveView, buildHostile, buildHugeSchema } from './hostile.ts'

export type Stranger = keyof typeof strangers

/** Makes what the name says at that path; where there is nothing to make, nothing is there afterwards. */
export function buildStranger(path: string, name: Stranger): void {
  strangers[name](path)
}

export const strangers = {
  /** A demo whose only table is called users. */
  T1: (path: string) => buildDemo(path, demoUsers),
  /** The same with other blanks, its header in WAL mode and no -wal or -shm beside it. */
  T2: (path: string) => buildDemo(path, demoUsers.replaceAll('\n    ', '\n  '), 'wal'),
  /** The database of a tool that traces types. */
  M1: buildTraces,
  /** No bytes, which SQLite takes for an empty database. */
  X0: (path: string) => writeFileSync(path, ''),
  /** The header counts pages that are not there, and the schema goes on in one of them. */
  X1: buildTruncated,
  /** The schema can be read, a page of posts cannot. */
  'a garbled page': buildGarbled,
  /** One table of the schema is no SQL any more. */
  'a broken schema': buildBrokenSchema,
  'no tables': buildNoTables,
  'a text file': (path: string) => writeFileSync(path, 'SQLite format 4 is not a thing.\r\nid,title\r\n1,Hello\r\n'),
  'an SQL dump': (path: string) =>
    writeFileSync(path, 'PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE posts (id);\nCOMMIT;\n'),
  /** As SQLCipher leaves it: noise from the first byte. */
  'an encrypted file': (path: string) => writeFileSync(path, noise(5 * 4096)),
  /** The right first words, and nothing after them. */
  'only the magic': (path: string) => writeFileSync(path, 'SQLite format 3\0'),
  'a random program': buildProgram,
  'UTF-16le': (path: string) => void buildFamily(path, 'F12', { encoding: 'UTF-16le' }),
  'UTF-16be': (path: string) => void buildFamily(path, 'F12', { encoding: 'UTF-16be' }),
  'a directory': (path: string) => void mkdirSync(path),
  absent: () => undefined,
  'a link to itself': (path: string) => symlinkSync(path, path),
  /** Who opens it waits for somebody to write. */
  'a pipe': (path: string) => void execFileSync('sh', ['-c', 'mkfifo "$0"', path]),
  'a view named posts': (path: string) => buildViews(path, 'posts'),
  'a view named users': (path: string) => buildViews(path, 'users'),
  'a virtual table named posts': buildVirtual,
  'an expensive view named users': buildExpensiveView,
  'expensive columns': buildExpensiveColumns,
  hostile: buildHostile,
  'a huge schema': buildHugeSchema,
} satisfies Record<string, (path: string) => void>

const demoUsers = `CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    username TEXT NOT NULL,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at DATETIME DEFAULT CURRENT_TIMESTAMP
)`

/** The same four people six times, as in the demo's own files. */
function buildDemo(path: string, sql: string, journal = 'delete'): void {
  const db = create(path)
  db.exec(`pragma journal_mode = ${journal}; ${sql}`)
  const add = db.prepare('insert into users (username, email, role, created_at) values (?, ?, ?, ?)')
  for (let round = 0; round < 6; round++) {
    for (const name of ['alice', 'bob', 'charlie', 'diana']) {
      add.run(name, `${name}@example.com`, name === 'alice' ? 'admin' : 'user', '2025-10-16 04:00:00')
    }
  }
  db.close()
}

function buildTraces(path: string): void {
  const db = create(path)
  db.exec(`CREATE TABLE monkeytype_call_traces (
  created_at  TEXT,
  module      TEXT,
  qualname    TEXT,
  arg_types   TEXT,
  return_type TEXT,
  yield_type  TEXT)`)
  const add = db.prepare('insert into monkeytype_call_traces values (?, ?, ?, ?, ?, ?)')
  const type = '{"module": "builtins", "qualname": "int"}'
  for (let n = 0; n < 70; n++) add.run(`2025-10-13 08:00:${10 + (n % 50)}`, 'app', `f${n}`, '{}', type, null)
  db.close()
}

function buildNoTables(path: string): void {
  const db = create(path)
  db.exec('pragma user_version = 1; vacuum')
  db.close()
}

function buildTruncated(path: string): void {
  buildFamily(path, 'F14')
  const db = new DatabaseSync(path)
  const page = db.prepare(`select max(pageno) as last from dbstat where name = 'sqlite_schema'`).get()
  db.close()
  truncateSync(path, (Number(page?.last) - 1) * 4096)
}

function buildGarbled(path: string): void {
  buildFamily(path, 'F12')
  const db = new DatabaseSync(path)
  const posts = db.prepare(`select rootpage as page from sqlite_schema where name = 'posts'`).get()
  db.close()
  const file = openSync(path, 'r+')
  writeSync(file, noise(4096), 0, 4096, (Number(posts?.page) - 1) * 4096)
  closeSync(file)
}

function buildBrokenSchema(path: string): void {
  buildFamily(path, 'F12')
  const bytes = readFileSync(path)
  // A page that was split keeps a stale copy of what it held.
  for (let place = 0; (place = bytes.indexOf('CREATE TABLE "comments"(', place)) >= 0;) {
    bytes.write('CREATE TABLE "comments",', place)
  }
  writeFileSync(path, bytes)
}

function buildProgram(path: string): void {
  const db = create(path)
  db.exec(`
    create table settings (key text primary key, value blob) without rowid;
    create table bookmarks (id integer primary key, url text not null, title text, visited integer);
    create table comments (comment_id integer primary key, body text);
    create view recent as select * from bookmarks order by visited desc;
    insert into settings values ('version', 12), ('theme', x'00ff');
    insert into bookmarks values (1, 'https://example.com/', 'Example', 13404000000000000)`)
  db.close()
}

function buildViews(path: string, name: 'posts' | 'users'): void {
  buildFamily(path, 'F1')
  const db = new DatabaseSync(path, { enableForeignKeyConstraints: false })
  db.exec(`
    pragma legacy_alter_table = on;
    alter table ${name} rename to old_${name};
    create view ${name} as select * from old_${name}`)
  db.close()
}

function buildVirtual(path: string): void {
  buildFamily(path, 'F1')
  const db = new DatabaseSync(path, { enableForeignKeyConstraints: false })
  db.exec(`
    drop table posts;
    create virtual table posts using fts5(id, title, text, date, user);
    insert into posts values (1, 'One', 'Found by its words', '2025-10-11 18:00:00', 1)`)
  db.close()
}

/** Bytes that look like chance and are always the same. */
function noise(length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
    createHash('sha256').update(`noise ${index}`).digest(),
  )
  return Buffer.concat(blocks).subarray(0, length)
}
