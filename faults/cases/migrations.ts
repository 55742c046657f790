// The schema changes while the blog is in use.
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { root } from '../../bench/servers.ts'
import { migrate } from '../../src/db/migrate.ts'
import { byTest, onTwoInstances } from '../fault.ts'
import { limits } from '../postgres.ts'
import { between, countsOf, isGood, percentile } from '../seen.ts'

export const killedMigration = byTest(
  {
    number: 21,
    name: 'migration-killed',
    what: 'a migration is killed at any moment',
    expected: 'the next run completes it; the schema is that of a clean install; invalid indexes are built again',
    seconds: 60,
  },
  ['src/db/migrate.test.ts', 'src/db/migrate-killed.slow.test.ts'],
)

export const fiftyMigrate = byTest(
  {
    number: 22,
    name: 'fifty-migrate',
    what: '50 migrate at once',
    expected: 'each step runs once; the others wait and find nothing to do',
    seconds: 60,
  },
  ['src/db/migrate.test.ts'],
)

export const lockedTable = onTwoInstances(
  {
    number: 23,
    name: 'locked-table',
    what: 'a migration needs a lock on a table that a long report reads',
    expected: 'it waits briefly and comes again; readers wait at most twice as long as usual',
    seconds: 50,
  },
  {},
  async ({ folder, postgres, startLoad, must, mustInTime, figure }, { isShort }) => {
    const files = join(root, 'db/migrations')
    const more = join(folder, 'migrations')
    mkdirSync(more)
    for (const name of readdirSync(files)) copyFileSync(join(files, name), join(more, name))
    writeFileSync(join(more, '9999_one_more.sql'), 'alter table comments add column one_more int;\n')
    const load = startLoad()
    await sleep(4000)
    const usual = load.answers().filter(({ kind }) => kind !== 'write')
    const from = load.now()
    let migrating: Promise<string[]> | undefined
    await postgres.asSuperuser(
      async (sql) =>
        await sql.begin(async (sql) => {
          await sql`select count(*) from comments`
          migrating = migrate(postgres.target, limits, undefined, `${more}/`)
          migrating.catch(() => {})
          await sleep(isShort ? 6000 : 30_000)
        }),
    )
    const to = load.now()
    const applied = await migrating
    await load.stop()
    must(applied?.join() === '9999_one_more', 'it is applied when the report is done', applied)
    const during = between(load.answers(), from, to)
    must(during.every(isGood), 'nobody fails', countsOf(during))
    const reads = during.filter(({ kind }) => kind !== 'write')
    figure('usual 99 of 100 ms', percentile(usual, 0.99))
    figure('meanwhile 99 of 100 ms', percentile(reads, 0.99))
    figure('meanwhile 90 of 100 ms', percentile(reads, 0.9))
    mustInTime(
      percentile(reads, 0.99) <= Math.max(700, percentile(usual, 0.99) * 2),
      'readers wait for a brief try at most',
      percentile(reads, 0.99),
    )
  },
)

export const otherSchema = byTest(
  {
    number: 25,
    name: 'other-schema',
    what: 'a new version on a schema that is too new or too old',
    expected: 'refuses with one line and an exit code',
    seconds: 60,
  },
  ['src/commands/database.test.ts'],
)
