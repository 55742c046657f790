// One file of F12 with everything that a table without rules lets in, each row with what is to become of it.
import { DatabaseSync } from 'node:sqlite'
import { create, insert, quoted, setSequence } from './families.ts'
import { dirtyAccounts, dirtyGroups, dirtyMemberships, dirtyTokens, dirtyUsers } from './dirty-people.ts'
import { dirtyComments, dirtyEvents, dirtyPosts } from './dirty-posts.ts'
import {
  dirtyAuthPermissions,
  dirtyGrants,
  dirtyPermissions,
  dirtyRoles,
  dirtySchemaRows,
  dirtyUserRoles,
} from './dirty-rights.ts'
import { type DirtyRow, type Expectation, type Marked, insertDirt, loosened } from './marks.ts'
import { schemaOf } from './schemas.ts'

export type { Expectation } from './marks.ts'

const known: Record<string, Marked[]> = {
  emmett_schema: dirtySchemaRows,
  users: dirtyUsers,
  auth_groups: dirtyGroups,
  auth_memberships: dirtyMemberships,
  auth_permissions: dirtyAuthPermissions,
  auth_events: dirtyEvents,
  posts: dirtyPosts,
  comments: dirtyComments,
  roles: dirtyRoles,
  permissions: dirtyPermissions,
  user_roles: dirtyUserRoles,
  role_permissions: dirtyGrants,
  oauth_accounts: dirtyAccounts,
  oauth_tokens: dirtyTokens,
}

/** Tables of other programs. They are read in the order of their key; the first column is that key where it counts. */
const strangeTables: [name: string, sql: string, rows: Record<string, DirtyRow[string]>[]][] = [
  [
    'Weird "Table" Name',
    `CREATE TABLE "Weird ""Table"" Name" (id INTEGER PRIMARY KEY, "Col'umn" TEXT, data BLOB, number REAL)`,
    [
      { id: 1, "Col'umn": 'plain', data: Buffer.from([0, 1, 255]), number: { real: Infinity } },
      { id: 7, "Col'umn": 'a NUL \0 here', data: null, number: { real: 0.1 } },
      { id: 8, "Col'umn": { textOf: 'ff' }, data: Buffer.alloc(0), number: { real: -Infinity } },
    ],
  ],
  [
    'options',
    'CREATE TABLE options (name TEXT PRIMARY KEY, value) WITHOUT ROWID',
    [
      { name: 'language', value: 'de' },
      { name: 'size', value: 9_007_199_254_740_993n },
    ],
  ],
  ['logbook', 'CREATE TABLE logbook (what TEXT)', [{ what: 'first' }, { what: null }]],
  [
    'Strict',
    'CREATE TABLE "Strict" (a INTEGER NOT NULL, b ANY, c INTEGER AS (a * 2) VIRTUAL, d TEXT AS (b || a) STORED) STRICT',
    [{ a: 1, b: { real: 2.5 } }],
  ],
  ['posts_backup', 'CREATE TABLE posts_backup (id, title, "text", date, user)', [{ id: 1, title: 'Old', user: 'x' }]],
  ['empty_one', 'CREATE TABLE empty_one (id INTEGER PRIMARY KEY)', []],
]

export const expectations: Expectation[] = [
  ...Object.entries(known).flatMap(([table, marked]) =>
    marked.map(({ row, ...expected }) => ({ table, key: row.id, ...expected })),
  ),
  ...strangeTables.flatMap(([table, , rows]) =>
    rows.map((row, index): Expectation => ({
      table,
      key: table.startsWith('Weird') ? (row.id as number) : index + 1,
      fate: 'set aside',
      reason: 'no-home',
      note: 'of another program',
    })),
  ),
]

/** What sqlite_sequence says; ahead of the highest id in three tables, and of one table that is gone. */
export const dirtySequences: Record<string, number> = { users: 3_000_000_183, roles: 222, oauth_accounts: 50, gone: 12 }

export function buildDirty(path: string): void {
  const db = create(path)
  db.exec('begin')
  for (const table of schemaOf('F12').tables) {
    // What one version wrote last another wrote first.
    const columns = table.name === 'users' ? ['id', ...table.columns.slice(1).toReversed()] : table.columns
    db.exec(loosened({ ...table, columns }, ...(table.name === 'posts' ? moreOfPosts : [])))
    for (const { row } of known[table.name] ?? []) insertDirt(db, table.name, row)
  }
  for (const [name, sql, rows] of strangeTables) {
    db.exec(sql)
    for (const row of rows) insertDirt(db, name, row)
  }
  for (const [name, value] of Object.entries(dirtySequences)) setSequence(db, name, value)
  db.exec(`delete from sqlite_sequence where name = 'oauth_tokens'`)
  db.exec(`alter table auth_groups rename column description to "Description"`)
  db.exec(beside)
  db.exec('commit')
  leaveFreePages(db)
  db.close()
}

/** Ids that are no whole numbers by declaration: text, real numbers. Only comments are so. */
export function buildLooseIds(path: string): Expectation[] {
  const db = create(path)
  for (const table of schemaOf('F12').tables) {
    db.exec(table.name === 'comments' ? 'CREATE TABLE "comments" ("id", "text", "date", "user", "post")' : table.sql)
  }
  insert(db, 'posts', { id: 1, title: 'One', text: 'One', date: '2025-10-12 14:03:22', user: null })
  const ids = [11, '12 ', { real: 13 }, ' 14', '15']
  for (const id of ids) insertDirt(db, 'comments', { id, text: 'x', date: '2025-10-12 14:03:22', user: null, post: 1 })
  db.close()
  return [11, 12, 13, 14, 15].map((key) => ({
    table: 'comments',
    key,
    note: 'an id that is no whole number',
    // 13 is a real number, which is simply 13.
    ...(key === 11 || key === 13 ? { fate: 'copied' } : { fate: 'changed', changes: ['text-to-number'] }),
  }))
}

/** The dirty rows under the declarations of the old blog, which SQLite's own checks then complain about. */
export function buildMisdeclared(path: string): void {
  buildDirty(path)
  const db = new DatabaseSync(path, { enableForeignKeyConstraints: false })
  db.enableDefensive(false)
  db.exec('pragma writable_schema = on')
  const change = db.prepare('update sqlite_schema set sql = ? where name = ?')
  for (const { name, sql } of schemaOf('F12').tables) {
    // Those with unique columns would need the indexes of them, and that of posts is longer.
    if (!['roles', 'permissions', 'posts', 'users', 'auth_groups'].includes(name)) change.run(sql, name)
  }
  db.exec('pragma writable_schema = reset')
  db.close()
}

const moreOfPosts = [
  'likes',
  quoted('Mixed "Name"'),
  'published',
  'title_length INTEGER GENERATED ALWAYS AS (length(title)) VIRTUAL',
  'shout TEXT GENERATED ALWAYS AS (upper(title)) STORED',
]

const beside = `
  create view recent_posts as select * from posts order by date desc limit 10;
  create trigger count_comments after insert on comments begin
    update posts set likes = coalesce(likes, 0) + 1 where id = new.post;
  end;
  create index "Index of ""Posts""" on posts (lower(title));
  create index few on comments (date) where user is not null`

/** Deleted rows go on lying in pages that no table owns. */
function leaveFreePages(db: DatabaseSync): void {
  db.exec('begin; create table scratch (text)')
  for (let n = 0; n < 400; n++) insert(db, 'scratch', { text: `gone-${n}@example.com ${'logged in '.repeat(10)}` })
  db.exec('drop table scratch; commit')
}
