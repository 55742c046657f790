import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from 'postgres'
import { startChild } from '../../test/child.ts'
import { createDatabase, testLimits } from '../../test/database.ts'
import { StartError } from '../errors.ts'
import { type ConnectionTarget, formatConnectionString } from './connection-string.ts'
import { describeSchema } from './describe.ts'
import { jobsName } from './jobs-schema.ts'
import { listMigrations, migrate, readSchemaState, requireCurrent } from './migrate.ts'
import { connect } from './pool.ts'

const everything = [...listMigrations().map(({ name }) => name), jobsName]
// BLOGGY_MIGRATION_STRIDE=1 kills after every step.
const stride = Number(process.env.BLOGGY_MIGRATION_STRIDE ?? 6)
const folders = mkdtempSync(join(tmpdir(), `bloggy-test-${process.pid}-migrations-`))
after(() => rmSync(folders, { recursive: true }))

describe('migrating', () => {
  test('applies every file in order, and nothing the second time', async () => {
    await withEmptyDatabase(async (target, sql) => {
      const told: string[] = []
      assert.deepEqual(await migrate(target, testLimits, (name) => told.push(name)), everything)
      assert.deepEqual(told, everything)
      assert.deepEqual(await migrate(target, testLimits), [])
      assert.deepEqual(await history(sql), everything)
      const state = await readSchemaState(sql)
      assert.deepEqual(
        { ...state, applied: state.applied.map(({ name }) => name) },
        { applied: everything, pending: [], ahead: [], unknown: [], changed: [] },
      )
      requireCurrent(state)
    })
  })

  test('fifty times at once applies each file once', async () => {
    await withEmptyDatabase(async (target, sql) => {
      const results = await Promise.all(Array.from({ length: 50 }, () => migrate(target, testLimits)))
      assert.deepEqual(results.flat(), everything)
      assert.deepEqual(await history(sql), everything)
    })
  })

  test('is finished by the next run wherever a kill stopped it, and the schema is the undisturbed one', async () => {
    const undisturbed = await withEmptyDatabase(async (target, sql) => {
      await migrate(target, testLimits)
      return await describeEverything(sql)
    })
    const stopped: number[] = []
    // A round for steps that can be the last one seen, from one by chance on; so is the moment within the next.
    for (let step = Math.floor(Math.random() * stride); step < everything.length; step += stride) {
      await withEmptyDatabase(async (target, sql) => {
        const child = startChild('migrate', formatConnectionString(target))
        assert.ok(await child.wrote(1 + step))
        await sleep(Math.random() * (step === everything.length - 1 ? 60 : 15))
        await child.kill()
        const rest = await migrate(target, testLimits)
        assert.deepEqual(rest, everything.slice(everything.length - rest.length))
        stopped.push(rest.length)
        assert.deepEqual(await history(sql), everything)
        assert.equal(await describeEverything(sql), undisturbed)
      })
    }
    assert.ok(Math.max(...stopped) > 0, 'every child had finished before it was killed')
  })

  test('waits for the one who is at it', async () => {
    await withEmptyDatabase(async (target) => {
      const from = folder({ '0001_slow.sql': 'create table slow (id int); select pg_sleep(0.5);' })
      const first = migrate(target, testLimits, undefined, from)
      await sleep(200)
      const [one, two] = await Promise.all([first, migrate(target, testLimits, undefined, from)])
      assert.deepEqual([one, two], [['0001_slow', jobsName], []])
    })
  })

  test('lets readers by while somebody holds the table that it changes', async () => {
    await withEmptyDatabase(async (target) => {
      const first = { '0001_held.sql': 'create table held (id int);' }
      await migrate(target, testLimits, undefined, folder(first))
      const sql = connect(target, testLimits, 2)
      let migrating: Promise<string[]> | undefined
      const waits: number[] = []
      await sql.begin(async (report) => {
        await report`select from held`
        const both = { ...first, '0002_wider.sql': 'alter table held add column more int;' }
        migrating = migrate(target, testLimits, undefined, folder(both))
        for (const begun = Date.now(); Date.now() - begun < 2500; await sleep(20)) {
          const asked = Date.now()
          await sql`select from held`
          waits.push(Date.now() - asked)
        }
      })
      assert.deepEqual(await migrating, ['0002_wider'])
      await sql.end()
      assert.ok(Math.max(...waits) > 100, 'It never tried.')
      assert.ok(waits.filter((ms) => ms > 100).length < waits.length / 2, waits.join(', '))
    })
  })

  test('takes a migration longer than a statement may take', async () => {
    await withEmptyDatabase(async (target) => {
      const from = folder({ '0001_slow.sql': 'select pg_sleep(1.3);' })
      assert.deepEqual(await migrate(target, { ...testLimits, statementTimeoutSeconds: 1 }, undefined, from), [
        '0001_slow',
        jobsName,
      ])
    })
  })
})

describe('a migration', () => {
  test('that was edited after it ran is refused', async () => {
    await withEmptyDatabase(async (target, sql) => {
      const files = {
        '0001_first.sql': 'create table first (id int);',
        '0002_second.sql': 'create table second (id int);',
      }
      await migrate(target, testLimits, undefined, folder(files))
      const edited = folder({
        ...files,
        '0001_first.sql': 'create table first (id bigint);',
        '0003_third.sql': 'create table third (id int);',
      })
      const message = await refusal(migrate(target, testLimits, undefined, edited))
      assert.match(message, /0001_first was edited after it ran.*Restore db\/migrations\/0001_first\.sql/)
      assert.deepEqual(await tables(sql), ['first', 'schema_migrations', 'second'])
    })
  })

  test('that fails changes nothing, names itself, and runs again when it is mended', async () => {
    await withEmptyDatabase(async (target, sql) => {
      const first = { '0001_first.sql': 'create table first (id int);' }
      const broken = folder({
        ...first,
        '0002_second.sql': 'create table second (id int); insert into first values (1); select 1 / 0;',
      })
      const message = await refusal(migrate(target, testLimits, undefined, broken))
      assert.match(message, /0002_second failed and changed nothing: division by zero \(22012\)/)
      assert.deepEqual(await tables(sql), ['first', 'schema_migrations'])
      assert.equal((await sql`select from first`).length, 0)
      assert.deepEqual(await history(sql), ['0001_first'])

      const mended = folder({ ...first, '0002_second.sql': 'create table second (id int);' })
      assert.deepEqual(await migrate(target, testLimits, undefined, mended), ['0002_second', jobsName])
    })
  })

  test('marked "outside a transaction" may create an index concurrently', async () => {
    await withEmptyDatabase(async (target, sql) => {
      const from = folder({
        '0001_notes.sql': 'create table notes (name text);',
        '0002_index.sql': '-- outside a transaction\ncreate index concurrently notes_name_idx on notes (name);',
      })
      assert.deepEqual(await migrate(target, testLimits, undefined, from), ['0001_notes', '0002_index', jobsName])
      assert.deepEqual(await indexes(sql, 'notes'), [{ name: 'notes_name_idx', is_valid: true }])
    })
  })

  test('drops the invalid index that its failed run left behind', async () => {
    await withEmptyDatabase(async (target, sql) => {
      const from = folder({
        '0001_notes.sql': `create table notes (name text); insert into notes values ('a'), ('a');`,
        '0002_index.sql':
          '-- outside a transaction\ncreate unique index concurrently if not exists notes_name_key on notes (name);',
      })
      assert.match(await refusal(migrate(target, testLimits, undefined, from)), /0002_index failed/)
      assert.deepEqual(await indexes(sql, 'notes'), [{ name: 'notes_name_key', is_valid: false }])
      await sql`delete from notes`
      assert.deepEqual(await migrate(target, testLimits, undefined, from), ['0002_index', jobsName])
      assert.deepEqual(await indexes(sql, 'notes'), [{ name: 'notes_name_key', is_valid: true }])
    })
  })

  test('may create an index concurrently while others wait their turn', async () => {
    await withEmptyDatabase(async (target) => {
      const from = folder({
        '0001_notes.sql': 'create table notes (name text);',
        '0002_index.sql': '-- outside a transaction\ncreate index concurrently notes_name_idx on notes (name);',
      })
      const results = await Promise.all(Array.from({ length: 10 }, () => migrate(target, testLimits, undefined, from)))
      assert.deepEqual(results.flat(), ['0001_notes', '0002_index', jobsName])
    })
  })
})

describe('a migration whose table somebody reads for long', () => {
  const files = {
    '0001_notes.sql': 'create table notes (name text); create table marks (id int);',
    '0002_more.sql': 'alter table marks add column name text; alter table notes add column more text;',
  }

  test('waits its turn without keeping readers waiting, and is done when that is over', async () => {
    await withEmptyDatabase(async (target, sql) => {
      await migrate(target, testLimits, undefined, folder({ '0001_notes.sql': files['0001_notes.sql'] }))
      const report = connect(target, testLimits, 1)
      const reading = report.begin(async (db) => {
        await db`select from notes`
        await db`select pg_sleep(3)`
      })
      await sleep(200)
      const begun = performance.now()
      let isDone = false
      const migrating = migrate(target, testLimits, undefined, folder(files)).finally(() => (isDone = true))
      const waits: number[] = []
      while (!isDone) {
        const asked = performance.now()
        await sql`select from notes limit 1`
        waits.push(performance.now() - asked)
        await sleep(10)
      }
      assert.deepEqual(await migrating, ['0002_more'])
      assert.ok(performance.now() - begun > 2500, 'it did not wait for the report')
      assert.ok(Math.max(...waits) < 1000, `a reader waited ${Math.max(...waits)} ms`)
      await reading
      await report.end()
    })
  })

  test('gives up in the end, names who it was, and has changed nothing', async () => {
    await withEmptyDatabase(async (target, sql) => {
      await migrate(target, testLimits, undefined, folder({ '0001_notes.sql': files['0001_notes.sql'] }))
      const report = connect(target, { ...testLimits, applicationName: 'a long report' }, 1)
      const reading = report.begin(async (db) => {
        await db`select from notes`
        await db`select pg_sleep(2)`
      })
      await sleep(200)
      const patience = { lockMs: 50, pauseMs: 50, wholeMs: 300 }
      const message = await refusal(migrate(target, testLimits, undefined, folder(files), undefined, patience))
      assert.match(
        message,
        /0002_more found no moment to lock its table .* changed nothing\..*\(a long report\) for \d/,
      )
      const columns = await sql`select from information_schema.columns where table_name = 'marks'`
      assert.equal(columns.length, 1)
      await reading
      await report.end()
    })
  })
})

describe('a schema', () => {
  test('of a later program that says so is one to go on with', async () => {
    await withDatabase(async (target, sql) => {
      await sql`insert into schema_migrations (name, checksum, expands) values ('9999_tomorrow', 'x', true)`
      const state = await readSchemaState(sql)
      assert.deepEqual([state.ahead, state.unknown], [['9999_tomorrow'], []])
      requireCurrent(state)
      assert.deepEqual(await migrate(target, testLimits), [])
      // One that says so does not speak for the next.
      await sql`insert into schema_migrations (name, checksum) values ('9999_tomorrow_too', 'x')`
      assert.throws(() => requireCurrent({ ...state, unknown: ['9999_tomorrow_too'] }), /newer/)
      assert.match(await refusal(migrate(target, testLimits)), /newer than this Bloggy/)
    })
  })

  test('notes of each migration whether it expands', async () => {
    await withEmptyDatabase(async (target, sql) => {
      const from = folder({
        '0001_notes.sql': '-- Notes.\n-- expands\n\ncreate table notes (name text);',
        '0002_more.sql': '-- contracts: nothing asks for it\ndrop table notes;',
      })
      await migrate(target, testLimits, undefined, from)
      const rows = await sql<{ name: string; expands: boolean }[]>`
        select name, expands from schema_migrations where name like '000%' order by name`
      assert.deepEqual(
        rows.map(({ expands }) => expands),
        [true, false],
      )
    })
  })

  test('newer than the program is refused, at migrating and at starting', async () => {
    await withDatabase(async (target, sql) => {
      await sql`insert into schema_migrations (name, checksum) values ('9999_tomorrow', 'x')`
      assert.match(await refusal(migrate(target, testLimits)), /newer than this Bloggy: it has 9999_tomorrow/)
      const state = await readSchemaState(sql)
      assert.deepEqual(state.unknown, ['9999_tomorrow'])
      assert.throws(() => requireCurrent(state), /newer than this Bloggy/)
    })
  })

  test('older than the program is refused at starting', async () => {
    await withDatabase(async (_, sql) => {
      const last = listMigrations().at(-1)?.name ?? ''
      await sql`delete from schema_migrations where name = ${last}`
      const state = await readSchemaState(sql)
      assert.deepEqual(state.pending, [last])
      assert.throws(
        () => requireCurrent(state),
        (error) => error instanceof StartError && error.message.includes(`1 migrations are missing, first ${last}`),
      )
    })
    await withEmptyDatabase(async (_, sql) => {
      const state = await readSchemaState(sql)
      assert.deepEqual(state.pending, everything)
      assert.throws(() => requireCurrent(state), /older than this Bloggy.*migrations up/)
    })
  })

  test('with another version of the job tables is not taken for a newer one', async () => {
    await withDatabase(async (target, sql) => {
      await sql`update schema_migrations set name = 'graphile-worker 0.1.0' where name = ${jobsName}`
      assert.deepEqual(await migrate(target, testLimits), [jobsName])
    })
  })
})

type Work<T> = (target: ConnectionTarget, sql: Sql) => Promise<T>

const withEmptyDatabase = <T>(work: Work<T>) => within('empty', work)
const withDatabase = <T>(work: Work<T>) => within('migrated', work)

async function within<T>(kind: 'empty' | 'migrated', work: Work<T>): Promise<T> {
  const { target, drop } = await createDatabase(kind)
  const sql = connect(target, testLimits, 1)
  try {
    return await work(target, sql)
  } finally {
    await sql.end({ timeout: 1 })
    await drop()
  }
}

let made = 0

function folder(files: Record<string, string>): string {
  const path = join(folders, String(made++))
  mkdirSync(path)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text)
  return path
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => assert.fail('It was not refused.'),
    (error: unknown) => error,
  )
  assert.ok(error instanceof StartError, `not a StartError: ${error}`)
  return error.message
}

async function history(sql: Sql): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`select name from schema_migrations order by applied_at`
  return rows.map(({ name }) => name)
}

async function tables(sql: Sql): Promise<string[]> {
  const rows = await sql<
    { name: string }[]
  >`select tablename as name from pg_tables where schemaname = 'public' order by 1`
  return rows.map(({ name }) => name)
}

async function indexes(sql: Sql, table: string) {
  const rows = await sql<{ name: string; is_valid: boolean }[]>`
    select indexrelid::regclass::text as name, indisvalid as is_valid from pg_index where indrelid = ${table}::regclass`
  return rows.map((row) => ({ ...row }))
}

/** The schema, and what migrations put into it. */
async function describeEverything(sql: Sql): Promise<string> {
  const grants = await sql`
    select roles.name, permissions.name as permission from roles
    join role_permissions on role_id = roles.id join permissions on permission_id = permissions.id order by 1, 2`
  const jobs =
    await sql`select table_name, column_name from information_schema.columns where table_schema = 'graphile_worker' order by 1, ordinal_position`
  return [await describeSchema(sql), JSON.stringify(grants), JSON.stringify(jobs)].join('\n')
}
