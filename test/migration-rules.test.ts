// The rules of docs/migrations.md, each with what it refuses and what it wants instead, and every migration held to them.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { loadModule, parseSync } from 'libpg-query'
import { isInTransaction, listMigrations } from '../src/db/migrate.ts'
import { locksOf, statementsOf } from '../src/db/statements.ts'
import { read } from './documents.ts'
import { type Rule, breachesOf, nothingKnown, rules } from './migration-rules.ts'

// What came before was written for a blog that nobody had yet. Do not raise it: allow one thing by name instead.
const firstHeld = '0061'
/** They ran before they were held, and what ran is not edited: what each is let do, and why. */
const exceptions: Record<string, Partial<Record<Rule, string>>> = {
  '0061_backups': { kind: 'It makes a table; no release was before it.' },
  '0062_parts_of_the_sitemap': { kind: 'It makes a table; no release was before it.' },
  '0063_indexes_that_nothing_uses': {
    kind: 'It drops indexes; no release was before it.',
    index: 'To drop these two takes a moment each, and no release was before it.',
  },
  '0067_job_runners': { kind: 'It makes a table; no release was before it.' },
}
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
    bad: ['alter table posts rename to texts', 'alter table posts set schema other'],
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
    good: [
      `alter table posts add constraint a check (title <> '') not valid`,
      'alter table posts validate constraint a; alter table tags validate constraint b',
    ],
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
      'alter table posts add column a timestamptz default public.now()',
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
      'alter table posts add constraint a check (title is not null) not valid; alter table posts alter column title set not null',
      'alter table posts add constraint posts_pkey primary key using index a',
    ],
    good: ['alter table posts alter column title drop not null'],
  },
  unique: {
    bad: ['alter table posts add constraint a unique (title)', 'alter table posts add column a text unique'],
    good: ['alter table posts add constraint a unique using index posts_title_idx'],
  },
  backfill: {
    bad: [
      `alter table posts add column a text; update posts set a = 'b'`,
      `update posts set title = 'b'; alter table posts add column a text`,
      `alter table posts add column a text; with done as (update posts set a = 'b' returning 1) select * from done`,
      'alter table posts add column a text; merge into posts using tags on true when matched then delete',
      'create table more (id bigint references posts); insert into more select id from posts',
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
    bad: [`set lock_timeout = 0`, `set local statement_timeout = '1h'`, 'reset all', 'reset lock_timeout'],
    good: [`set local work_mem = '64MB'`],
  },
  transaction: { bad: ['create table more (id bigint); commit'], good: ['create table more (id bigint)'] },
  alone: { bad: [], good: [] },
  hidden: {
    bad: [
      `do $$ begin execute 'drop table posts'; end $$`,
      'select a()',
      `select set_config('lock_timeout', '0', true)`,
      'call a()',
      'copy posts from stdin',
      'set search_path = other',
      'alter domain slug add constraint a check (value <> $$$$)',
      // A domain, for all that can be read here.
      'alter table posts add column a slug',
      'alter table posts enable row level security',
      'alter type pair drop attribute a',
      'create table more partition of posts default',
      'revoke select on posts from public',
    ],
    good: [
      'create function a() returns int return 1',
      'alter table posts add column a text[], add column b boolean, add column c varchar(10)',
    ],
  },
  'drop-constraint': {
    bad: ['alter table posts drop constraint posts_pkey'],
    good: [`alter table posts add constraint a check (title <> '') not valid; alter table posts drop constraint a`],
  },
  'drop-default': {
    bad: ['alter table posts alter column title drop default'],
    good: [`alter table posts alter column title set default ''`],
  },
  'drop-other': {
    bad: [
      'drop schema public cascade',
      'drop view a',
      'drop function a()',
      'drop type a cascade',
      'drop sequence posts_id_seq cascade',
      'drop trigger a on posts',
    ],
    good: ['create or replace trigger a after insert on posts execute function b()'],
  },
  'rename-other': {
    bad: ['alter view a rename to b', 'alter function a() rename to b', 'alter view a set schema other'],
    good: ['alter index posts_pkey rename to posts_id_key'],
  },
  rewrite: {
    bad: [
      'truncate posts',
      'vacuum full posts',
      'cluster posts using posts_pkey',
      'alter table posts set logged',
      'alter table posts set access method other',
    ],
    good: ['analyze posts', 'alter table posts set (autovacuum_vacuum_scale_factor = 0)'],
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

  test('that takes a table for one of its own which others use', () => {
    for (const made of ['if not exists posts', 'other.posts']) {
      const text = `${expands}create table ${made} (id bigint); alter table posts drop column title`
      assert.deepEqual(rulesIn(text), ['drop-column'], text)
    }
    const text = `${expands}create temp table posts (id bigint); alter table public.posts drop column title`
    assert.deepEqual(rulesIn(text), ['drop-column'])
    assert.deepEqual(rulesIn(`${expands}create table a (id bigint); alter table public.a drop column id`), [])
  })

  test('that requires a value, unless files before it compared a check of the same, which still stands', () => {
    const adds = 'alter table posts add constraint a check (title is not null) not valid'
    const requires = 'alter table posts alter column title set not null'
    const validates = 'alter table posts validate constraint a'
    const drops = 'alter table posts drop constraint a'
    assert.deepEqual(rulesOf(adds, validates, `${requires}; ${drops}`), [])
    assert.deepEqual(rulesOf(adds, requires), ['not-null'])
    assert.deepEqual(rulesOf(adds, validates, drops, requires), ['not-null'])
    assert.deepEqual(rulesOf(adds.replace('posts', 'tags'), validates.replace('posts', 'tags'), requires), ['not-null'])
    // Compared while the lock of the first statement is held.
    assert.deepEqual(rulesOf(`${adds}; ${validates}`), ['check'])
  })

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
      breachesOf(text, known)
        .filter(({ rule }) => exceptions[name]?.[rule] === undefined)
        .map(({ rule, statement }) => `${name}: ${rule}: ${statement} — ${rules[rule]}`),
    )
    assert.deepEqual(found, [])
    assert.ok(held.length >= 4, 'None is held.')
  })

  test('that are let do something do it, and others have no exception', () => {
    const done = held.map(({ name, text }) => [name, new Set(breachesOf(text).map(({ rule }) => rule))] as const)
    const broken = new Map(done)
    for (const [name, rules] of Object.entries(exceptions))
      for (const rule of Object.keys(rules)) assert.ok(broken.get(name)?.has(rule as Rule), `${name}: ${rule}`)
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
  assert.deepEqual(told('create unique index a on public.posts (b)'), [['posts', 'writers', true]])
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

test('what a statement locks is no less than it does, and what cannot be told is said', () => {
  const told = (text: string) => locksOf(text).map(({ table, stops, reads_rows }) => [table, stops, reads_rows])
  const all = 'readers and writers'
  for (const [text, ...locks] of [
    ['alter table posts add column a float default random()', ['posts', all, true]],
    ['alter table posts add column a timestamptz default public.now()', ['posts', all, true]],
    [`alter table posts add column a timestamptz default now(), add b text default 'type'`, ['posts', all, false]],
    ['alter table posts add column type text', ['posts', all, false]],
    ['alter table posts alter type type varchar(10)', ['posts', all, true]],
    ['alter table posts validate constraint a, drop column b', ['posts', all, true]],
    ['alter table posts set (fillfactor = 3), drop column b', ['posts', all, false]],
    ['alter table posts set (fillfactor = 3, toast_tuple_target = 200)', ['posts', 'nobody', false]],
    ['alter table posts add check (a > 0) not valid, alter b set not null', ['posts', all, true]],
    ['alter table posts add primary key using index a', ['posts', all, true]],
    ['alter table posts add a int references users (id)', ['posts', all, true], ['users', 'writers', false]],
    ['with a as (select 1) update posts set b = 1', ['posts', 'writers', true]],
    ['merge into posts using tags on true when matched then delete', ['posts', 'writers', true]],
    ['drop table if exists posts, public.tags', ['posts', all, false], ['tags', all, false]],
    ['drop table "Posts"', ['"Posts"', all, false]],
    ['drop index posts_listed_idx', [null, all, false]],
    ['do $$ begin update posts set a = 1; end $$', [null, 'unknown', false]],
    ['select a()', [null, 'unknown', false]],
    ['create table if not exists posts (a int); alter table posts drop column b', ['posts', all, false]],
  ] as const)
    assert.deepEqual(told(text), locks, text)
})

test('statements end where PostgreSQL sees their end', () => {
  for (const text of [
    `select E'it\\'s; x'; drop table posts`,
    `select 'it\\'; drop table posts`,
    '/* a /* b */ ; */ drop table posts; -- ;',
    'create function a$b$() returns int return 1; select $b$;$b$',
    `select cone'; x'; select 1`,
  ]) {
    const { stmts } = parseSync(text) as { stmts: unknown[] }
    assert.equal(statementsOf(text).length, stmts.length, text)
  }
})

test('every rule is in docs/migrations.md with its reason', () => {
  const text = read('docs/migrations.md')
  for (const [rule, reason] of Object.entries(rules)) assert.ok(text.includes(`| \`${rule}\` | ${reason} |`), rule)
})

/** Of the files one after another. */
function rulesOf(...files: string[]): Rule[] {
  const known = nothingKnown()
  return files.flatMap((text) => breachesOf(expands + text, known).map(({ rule }) => rule))
}

function rulesIn(text: string): Rule[] {
  return breachesOf(text).map(({ rule }) => rule)
}
