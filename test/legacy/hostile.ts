// Files that want a reader to run something, to wait for ever or to fill the memory.
import type { DatabaseSync } from 'node:sqlite'
import { create, fill, insert, quoted } from './families.ts'
import { type Row, rowsOf } from './rows.ts'
import { schemaOf } from './schemas.ts'

const endless = `with recursive n(i) as (select 1 union all select i + 1 from n) `

/** All of Bloggy's tables, but users is a question without an end. */
export function buildExpensiveView(path: string): void {
  const db = withTables(path, ['users'])
  db.exec(`create view users as ${endless}
    select i as id, null as created_at, null as updated_at, 'u' || i || '@example.com' as email, null as password,
      '' as registration_key, '' as reset_password_key, '' as registration_id, 'A' as first_name, 'B' as last_name
    from n where i % 2 > 5`)
  db.close()
}

/** Each row of posts makes hundreds of megabytes when somebody reads all of its columns. */
export function buildExpensiveColumns(path: string): void {
  const db = withTables(path, ['posts'])
  db.exec(`
    create table posts (
      id integer primary key autoincrement, title char(512), text text, date timestamp, user integer,
      kept text generated always as (upper(title)) stored
    )`)
  for (let id = 1; id <= 20; id++) insert(db, 'posts', { id, title: `Post ${id}`, text: 'Plain', user: 1 })
  // Added afterwards, as each of them is worked out when a row is written.
  db.exec(`
    alter table posts add big text generated always as (hex(zeroblob(400000000))) virtual;
    alter table posts add slow integer generated always as (length(replace(hex(zeroblob(200000000)), '0', 'ab'))) virtual;
    alter table posts add failing integer generated always as (abs(-9223372036854775807 - 1)) virtual`)
  db.close()
}

/** Triggers, views that call what they must not, names that end a string, and a table of sequences that lies. */
export function buildHostile(path: string): void {
  const db = withTables(path, [])
  db.exec(`
    create table victims (what text);
    create trigger t1 before insert on posts begin insert into victims values ('insert'); end;
    create trigger t2 after update on users begin delete from posts; end;
    create trigger t3 before delete on comments begin select raise(abort, 'no'); end;
    create view everybody as ${endless} select i from n;
    create view loading as select load_extension('/tmp/bloggy-evil.so') as x;
    create view writing as select writefile('/tmp/bloggy-evil', 'x') as x, readfile('/etc/passwd') as y;
    create view tokens as select fts3_tokenizer('simple', x'4141414141414141') as x;
    create virtual table words using fts5(body);
    create virtual table boxes using rtree(id, x0, x1);
    create index costly on posts (length(title) + abs(id));
    create index partial on comments (date) where text like '%a%';
    insert into sqlite_sequence values ('posts', 9223372036854775807), ('posts', 'many'), ('posts', null),
      (null, -5), (x'00', 1e300), ('no such table', 12);
    create table checks (a text check (a not like '%x%'), b text default (hex(randomblob(8))))`)
  const names = [
    'a"b',
    "a'b",
    'line\nbreak',
    'semi; drop table users; --',
    '',
    ' ',
    'Posts ',
    '例\u202e',
    'sqlite-like',
    '%s%n',
  ]
  for (const name of names) {
    db.exec(`create table ${quoted(name)} (${quoted(`col ${name}`)} text, "b""c" blob)`)
    insert(db, name, { [`col ${name}`]: '<script>alert(1)</script>', 'b"c': Buffer.from([0, 255]) })
  }
  db.close()
}

/** Megabytes of schema, which every connection has to read. */
export function buildHugeSchema(path: string): void {
  const db = withTables(path, [])
  const columns = (count: number) =>
    Array.from({ length: count }, (_, n) => `"a_column_with_a_long_name_${n}" TEXT`).join(', ')
  db.exec('begin')
  for (let n = 0; n < 3_000; n++) db.exec(`create table "t${n}" (${columns(40)})`)
  db.exec(`create table wide (${columns(1_999)})`)
  db.exec(`create table commented (a text /* ${'x'.repeat(2_000_000)} */)`)
  for (let n = 0; n < 60; n++) {
    db.exec(`create view v${n} as select * from ${n === 0 ? 't0' : `v${n - 1} a, v${n - 1} b`} limit 1`)
  }
  db.exec('commit')
  db.close()
}

function withTables(path: string, leftOut: string[]): DatabaseSync {
  const db = create(path)
  const { tables, indexes } = schemaOf('F12')
  const rows: Record<string, Row[]> = rowsOf('F12')
  const kept = tables.filter(({ name }) => !leftOut.includes(name))
  fill(db, { tables: kept, indexes }, (name) => rows[name] ?? [], {})
  return db
}
