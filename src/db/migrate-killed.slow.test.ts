// Killed fifty times, at a moment by chance: half of them the process, half of them its connection.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startChild } from '../../test/child.ts'
import { createDatabase, testLimits } from '../../test/database.ts'
import { read } from '../../test/documents.ts'
import { formatConnectionString } from './connection-string.ts'
import { describeSchema } from './describe.ts'
import { jobsName } from './jobs-schema.ts'
import { listMigrations, migrate } from './migrate.ts'
import { connect } from './pool.ts'

const everything = [...listMigrations().map(({ name }) => name), jobsName]
const rounds = 50
const inOneTest = 10

describe('migrations that are killed', { concurrency: false }, () => {
  let stoppedEarly = 0

  for (let first = 0; first < rounds; first += inOneTest) {
    test(`are finished by the next run, and the schema is that of an undisturbed one (from ${first} on)`, async () => {
      for (let round = first; round < first + inOneTest; round++)
        stoppedEarly += Number(await killOnce(round % 2 === 0))
    })
  }

  test('were not finished already when they were killed', () => {
    assert.ok(stoppedEarly > rounds / 2, `${stoppedEarly} of ${rounds}`)
  })
})

/** Whether anything was left to do. */
async function killOnce(isProcess: boolean): Promise<boolean> {
  const { target, drop } = await createDatabase('empty')
  const sql = connect(target, testLimits, 1)
  try {
    const child = startChild('migrate', formatConnectionString(target))
    const step = Math.floor(Math.random() * (everything.length - 1))
    await child.wrote(1 + step)
    await sleep(Math.random() * 20)
    if (isProcess) await child.kill()
    else {
      await sql`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and usename = current_user`
      // It may try again by itself, or end: whichever it does, what follows is the next run.
      await sleep(50)
      await child.kill()
    }
    const begun = performance.now()
    const rest = await migrate(target, testLimits)
    assert.ok(performance.now() - begun < 30_000)
    assert.deepEqual(rest, everything.slice(everything.length - rest.length))
    assert.equal(await describeSchema(sql), read('db/schema.sql'))
    const [found] = await sql<{ invalid: number; noted: number }[]>`
      select (select count(*)::int from pg_index where not indisvalid) as invalid,
        (select count(*)::int from schema_migrations) as noted`
    assert.deepEqual({ ...found }, { invalid: 0, noted: everything.length })
    return rest.length > 0
  } finally {
    await sql.end({ timeout: 1 })
    await drop()
  }
}
