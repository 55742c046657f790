// Writes a released schema with the rows of its sample as SQL: `node --import ./src/html/hook.mjs test/releases/write.ts`,
// or with the folder of another version behind it. test/releases.test.ts brings each to the newest schema.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Sql } from 'postgres'
import { startEmbedded } from '../../src/db/embedded/server.ts'
import { connect } from '../../src/db/pool.ts'
import { testLimits } from '../database.ts'

const from = process.argv[2] ?? fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'bloggy-release-'))
chmodSync(folder, 0o711)
const data = join(folder, 'data')
try {
  const owner = ['--title', 'Rye & Rails', '--name', 'Ada', '--email', 'ada@example.com', '--password-file', '-']
  run(['setup', ...owner], 'a short sentence is good\n')
  run(['sample'])
  const server = await startEmbedded(data)
  const sql = connect(server.target, testLimits, 1)
  const files = readdirSync(join(from, 'db/migrations')).toSorted()
  const text = [
    `-- Written by test/releases/write.ts: the schema of a version as its migrations made it, and the rows of its sample.`,
    ...files.map((name) => readFileSync(join(from, 'db/migrations', name), 'utf8').replaceAll(/ concurrently /gi, ' ')),
    ...(await rowsOf(sql)),
  ].join('\n')
  await sql.end()
  await server.stop()
  const name = `${files.at(-1)?.slice(0, 4)}.sql`
  writeFileSync(new URL(name, import.meta.url), text)
  console.log(`${name}: ${text.length.toLocaleString('en')} characters`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function run(words: string[], input = ''): void {
  const { status, stderr } = spawnSync(process.execPath, ['bin/bloggy.mjs', ...words], {
    cwd: from,
    input,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: process.env.HOME, BLOGGY_DATA: data },
  })
  assert.equal(status, 0, stderr)
}

/** Statements that put every row where it was, with triggers off: what they did is among the rows. */
async function rowsOf(sql: Sql): Promise<string[]> {
  const tables = await sql<{ name: string; columns: string }[]>`
    select attrelid::regclass::text as name, string_agg(quote_ident(attname), ', ' order by attnum) as columns
    from pg_attribute join pg_class on pg_class.oid = attrelid
    where relnamespace = 'public'::regnamespace and relkind = 'r' and attnum > 0 and not attisdropped and attgenerated = ''
      -- Numbers of transactions mean nothing elsewhere.
      and relname <> 'page_changes'
    group by attrelid order by 1`
  const references = await sql<{ child: string; parent: string }[]>`
    select conrelid::regclass::text as child, confrelid::regclass::text as parent from pg_constraint
    where contype = 'f' and connamespace = 'public'::regnamespace and conrelid <> confrelid`
  const names = tables.map(({ name }) => name)
  const lines = [
    `create table if not exists schema_migrations (name text primary key, checksum text not null,
  applied_at timestamptz not null default clock_timestamp());`,
    ...names.map((name) => `alter table ${name} disable trigger user;`),
    `truncate ${names.join(', ')};`,
  ]
  const left = new Map(tables.map(({ name, columns }) => [name, columns]))
  while (left.size > 0) {
    const ready = [...left].filter(
      ([name]) => !references.some(({ child, parent }) => child === name && left.has(parent)),
    )
    assert.ok(ready.length > 0, `in a circle: ${[...left.keys()].join(', ')}`)
    for (const [name, columns] of ready) {
      left.delete(name)
      const [row] = await sql.unsafe<{ rows: string | null }[]>(
        `select jsonb_agg(to_jsonb(t))::text as rows from (select ${columns} from ${name}) as t`,
      )
      if (row?.rows)
        lines.push(
          `insert into ${name} (${columns}) overriding system value select ${columns} from jsonb_populate_recordset(null::${name}, $rows$${row.rows}$rows$);`,
        )
    }
  }
  lines.push(...names.map((name) => `alter table ${name} enable trigger user;`))
  const counters = await sql<{ line: string }[]>`
    select format('select setval(%L, %s);', schemaname || '.' || sequencename, last_value) as line
    from pg_sequences where schemaname = 'public' and last_value is not null order by 1`
  return [...lines, ...counters.map(({ line }) => line)]
}
