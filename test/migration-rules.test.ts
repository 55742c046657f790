// The rules of docs/migrations.md, each with what it refuses and what it wants instead, and every migration held to them.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { loadModule, parseSync } from 'libpg-query'
import { isInTransaction, listMigrations } from '../src/db/migrate.ts'
import { locksOf, statementsOf } from '../src/db/statements.ts'
import { read } from './documents.ts'
import { type Rule, breachesOf, nothingKnown, rules } from './migration-rules.ts'

// What came before was written for a blog that nobody had yet. Do not raise it: allow one thing by name instead.
const firstHeld = '0071'
const expands = '-- expands\n'
const outside = '-- outside a transaction\n-- expands\n'

before(loadModule)

const examples: Record<Rule, { bad: string[]; good: string[] }> = {
  'drop-table': { bad: ['drop table posts'], good: ['create table more (id bigint)'] },
  'drop-column': {
    bad: ['alter table posts drop column title'],
    good: ['alter table posts add column heading text', 'alter table posts alter column title drop not null'],
  },
  'rename-table': {
    bad: ['alter table posts rename to texts'],
    good: ['alter index posts_pkey rename to posts_id_key'],
  },
  'rename-column': {
    bad: ['alter table posts rename title to heading'],
    good: ['alter table posts add column heading text'],
  },
  'change-type': {
    bad: ['alter table posts alter column title type varchar(10)'],
    good: ['alter table posts add column length bigint'],
  },
  'foreign-key': {
    bad: [
      'alter table posts add constraint a foreign key (author_id) references users (id)',
      'alter table posts add column editor_id bigint references users (id)',
    ],
    good: [
      'alter table posts add constraint a foreign key (author_id) references users (id) not valid',
      'create table more (id bigint references posts (id))',
    ],
  },
  check: {
    bad: [
      `alter table posts add constraint a check (title <> '')`,
      `alter table posts add column a text check (a <> '')`,
    ],
    good: [`alter table posts add constraint a check (title <> '') not valid`],
  },
  index: {
    bad: ['create index a on posts (title)', 'drop index posts_listed_idx', 'create unique index a on posts (title)'],
    good: ['create table more (id bigint); create index a on more (id)'],
  },
  'stored-column': {
    bad: [`alter table posts add column words tsvector generated always as (to_tsvector('simple', body)) stored`],
    good: ['alter table posts add column words tsvector'],
  },
  'volatile-default': {
    bad: [
      'alter table posts add column a uuid default gen_random_uuid()',
      'alter table posts add column a timestamptz not null default clock_timestamp()',
      'alter table posts add column a bigint generated always as identity',
      'alter table posts add column a bigserial',
    ],
    good: [
      'alter table posts add column a timestamptz not null default now()',
      `alter table posts add column a text not null default 'b'`,
      'alter table posts alter column a set default gen_random_uuid()',
    ],
  },
  'not-null': {
    bad: [
      'alter table posts alter column title set not null',
      'alter table posts add column a text not null',
      // Said of another table, and not compared with the rows.
      'alter table tags add constraint a check (title is not null) not valid; alter table tags validate constraint a; alter table posts alter column title set not null',
      'alter table posts add constraint a check (title is not null) not valid; alter table posts alter column title set not null',
    ],
    good: [
      'alter table posts add constraint a check (title is not null) not valid; alter table posts validate constraint a; alter table posts alter column title set not null',
    ],
  },
  unique: {
    bad: ['alter table posts add constraint a unique (title)', 'alter table posts add column a text unique'],
    good: ['alter table posts add constraint a unique using index posts_title_idx'],
  },
  backfill: {
    bad: [
      `alter table posts add column a text; update posts set a = 'b'`,
      'lock table posts; delete from comments',
      'create trigger a after insert on posts execute function b(); insert into tags (name) select title from posts',
    ],
    good: [
      `update posts set title = 'b' where id = 1`,
      `create table more (id bigint); update more set id = 1`,
      `alter table posts add column a text; insert into permissions (name) values ('b')`,
    ],
  },
  'enum-rename': { bad: [`alter type mood rename value 'sad' to 'blue'`], good: [`alter type mood add value 'blue'`] },
  json: {
    bad: ['alter table posts add column a json', 'create table more (a json)'],
    good: ['alter table posts add column a jsonb', 'create table more (a jsonb)'],
  },
  timeout: {
    bad: [`set lock_timeout = 0`, `set local statement_timeout = '1h'`],
    good: [`set local work_mem = '64MB'`],
  },
  transaction: { bad: ['create table more (id bigint); commit'], good: ['create table more (id bigint)'] },
  alone: { bad: [], good: [] },
  hidden: {
    bad: [`do $$ begin execute 'drop table posts'; end $$`],
    good: ['create function a() returns int return 1'],
  },
  rewrite: {
    bad: ['truncate posts', 'vacuum full posts', 'cluster posts using posts_pkey', 'alter table posts set logged'],
    good: ['alter table posts set (autovacuum_vacuum_scale_factor = 0)'],
  },
  kind: { bad: [], good: [] },
}

describe('a migration is refused', () => {
  for (const [rule, { bad, good }] of Object.entries(examples)) {
    if (bad.length === 0) continue
    test(`that does what "${rule}" is about, and not what it is to do instead`, () => {
      for (const text of bad) assert.deepEqual(rulesIn(expands + text), [rule], text)
      for (const text of good) assert.deepEqual(rulesIn(expands + text), [], text)
    })
  }

  test('that stands outside a transaction and stops somebody, or is more than one thing', () => {
    for (const text of [
      'create index concurrently a on posts (title)',
      'drop index concurrently a',
      'alter table posts validate constraint a',
    ])
      assert.deepEqual(rulesIn(outside + text), [], text)
    for (const text of [
      'alter table posts add column a text',
      'create index concurrently a on posts (title); create index concurrently b on posts (slug)',
      '',
    ])
      assert.deepEqual(rulesIn(outside + text), ['alone'], text)
  })

  test('that does not say whether the version before goes on with it', () => {
    const harmless = 'create table more (id bigint)'
    const drops = '-- allow drop-column: 0.2.0 was the last that read it.\nalter table posts drop column title'
    assert.deepEqual(rulesIn(harmless), ['kind'])
    assert.deepEqual(rulesIn(`-- contracts: soon\n${harmless}`), ['kind'])
    assert.deepEqual(rulesIn(`-- expands\n${drops}`), ['kind'])
    assert.deepEqual(rulesIn(`-- contracts: 0.2.0 was the last that read titles\n${drops}`), [])
  })

  test('unless the line above allows that one thing by name and with a reason', () => {
    const index = 'create index a on imports (id)'
    const reason = 'a blog has had a few imports at most.'
    assert.deepEqual(rulesIn(`${expands}-- allow index: ${reason}\n${index}`), [])
    assert.deepEqual(rulesIn(`${expands}-- allow index:\n${index}`), ['index'])
    assert.deepEqual(rulesIn(`${expands}-- allow index: yes\n${index}`), ['index'])
    assert.deepEqual(rulesIn(`${expands}-- allow check: ${reason}\n${index}`), ['index'])
    assert.deepEqual(rulesIn(`${expands}-- allow index: ${reason}\n${index};\n${index}`), ['index'])
  })
})

describe('the migrations', () => {
  const held = listMigrations().filter(({ name }) => name >= firstHeld)

  test('do nothing that is refused', () => {
    const known = nothingKnown()
    const found = held.flatMap(({ name, text }) =>
      breachesOf(text, known).map(({ rule, statement }) => `${name}: ${rule}: ${statement} — ${rules[rule]}`),
    )
    assert.deepEqual(found, [])
  })

  test('from before the first release show that the rules find something', () => {
    const found = new Set(listMigrations().flatMap(({ text }) => breachesOf(text).map(({ rule }) => rule)))
    for (const rule of ['index', 'check', 'backfill'] satisfies Rule[]) assert.ok(found.has(rule), rule)
  })

  test('are taken apart into the statements that PostgreSQL sees, for `upgrade --check`', () => {
    for (const { name, text } of listMigrations()) {
      const { stmts } = parseSync(text) as { stmts: unknown[] }
      assert.equal(statementsOf(text).length, stmts.length, name)
    }
  })
})

test('what a statement locks is told from its words', () => {
  const told = (text: string) => locksOf(text).map(({ table, stops, reads_rows }) => [table, stops, reads_rows])
  assert.deepEqual(told('alter table posts add column a text'), [['posts', 'readers and writers', false]])
  assert.deepEqual(told('alter table posts alter column a set not null'), [['posts', 'readers and writers', true]])
  assert.deepEqual(told(`alter table posts add constraint a check (b <> ';') not valid`), [
    ['posts', 'readers and writers', false],
  ])
  assert.deepEqual(told('alter table posts validate constraint a'), [['posts', 'nobody', true]])
  assert.deepEqual(told('create index concurrently a on posts (b)'), [['posts', 'nobody', true]])
  assert.deepEqual(told('create unique index a on public.posts (b)'), [['public.posts', 'writers', true]])
  assert.deepEqual(told('update posts set a = 1'), [['posts', 'writers', true]])
  assert.deepEqual(told('create table a (b int); create index c on a (b); alter table a add d int'), [])
  assert.deepEqual(
    told(
      `-- alter table posts add a int;\ncreate function a() returns void as $$ update posts set b = 1; $$ language sql`,
    ),
    [],
  )
  assert.equal(isInTransaction(outside), false)
})

test('every rule is in docs/migrations.md with its reason', () => {
  const text = read('docs/migrations.md')
  for (const [rule, reason] of Object.entries(rules)) assert.ok(text.includes(`| \`${rule}\` | ${reason} |`), rule)
})

function rulesIn(text: string): Rule[] {
  return breachesOf(text).map(({ rule }) => rule)
}
