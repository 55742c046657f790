// The doctor beside a real standby, as a role without rights of its own.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { finish } from '../../test/bloggy.ts'
import { testLimits } from '../../test/database.ts'
import { startPair } from '../../test/standby.ts'
import { freePort } from '../../test/tcp-server.ts'
import { formatConnectionString } from '../db/connection-string.ts'
import { connect } from '../db/pool.ts'
import type { Finding } from '../doctor/finding.ts'

const folder = mkdtempSync(join(tmpdir(), 'bloggy-standbys-'))
const { first, second, remove } = await startPair({ fsync: 'off' })
after(async () => {
  await remove()
  rmSync(folder, { recursive: true, force: true })
})

async function ask(checks: string[], more: Record<string, string> = {}): Promise<Finding[]> {
  const settings = { BLOGGY_DATA: folder, DATABASE_URL: formatConnectionString(first.target), ...more }
  const { stdout, stderr } = await finish(['doctor', '--json', '--only', ...checks], settings)
  assert.ok(stdout.startsWith('{'), stderr)
  return (JSON.parse(stdout) as { findings: Finding[] }).findings
}

test('a standby that this role may not look at is not given up, and a paused one is told', async () => {
  await first.set({ synchronous_standby_names: '*' })
  const [unseen, ...others] = await ask(['standbys'])
  assert.deepEqual(others, [])
  assert.equal(unseen?.level, 'notice')
  assert.match(unseen?.what ?? '', /How far 1 standby is and whether it streams, this role may not see/)
  const grant = /SQL, as superuser: (grant pg_read_all_stats to "bloggy");/.exec(unseen?.todo ?? '')?.[1]
  assert.ok(grant, unseen?.todo)
  const other = connect({ ...first.target, user: 'postgres' }, testLimits, 1)
  await other`select 1`
  const [hidden] = await ask(['vacuum'])
  assert.match(
    hidden?.what ?? '',
    /For how long 1 connection of other roles has a transaction open, this role may not see/,
  )
  await other.end()

  await first.asSuperuser((sql) => sql.unsafe(grant))
  assert.match((await ask(['standbys']))[0]?.what ?? '', /1 standby with all there is: standby/)
  await second.asSuperuser((sql) => sql`select pg_wal_replay_pause()`)
  await first.asSuperuser((sql) => sql`create table written (id int)`)
  const [paused] = await ask(['standbys'])
  assert.equal(paused?.level, 'notice')
  assert.match(paused?.what ?? '', /The standby standby has not applied in 3 seconds what was written before/)
  assert.match(paused?.todo ?? '', /pg_wal_replay_resume/)
  await second.asSuperuser((sql) => sql`select pg_wal_replay_resume()`)
})

test('a standby for readers that answers none is told', async () => {
  const standby = formatConnectionString(second.target)
  const dead = formatConnectionString({ ...second.target, addresses: [{ host: '127.0.0.1', port: await freePort() }] })
  const nowhere = formatConnectionString({ ...second.target, database: 'nowhere' })
  const found = await ask(['standbys'], { DATABASE_REPLICA_URLS: `${standby} ${dead} ${nowhere}` })
  assert.deepEqual(
    found.map(({ level }) => level),
    ['wrong', 'wrong'],
  )
  assert.match(found[0]?.what ?? '', /of DATABASE_REPLICA_URLS answers no reader: .*refused the connection/s)
  assert.match(found[1]?.what ?? '', /nowhere/)
  const fine = await ask(['standbys'], { DATABASE_REPLICA_URLS: standby })
  assert.match(fine.at(-1)?.what ?? '', /^1 standby of DATABASE_REPLICA_URLS can be asked/)
})
