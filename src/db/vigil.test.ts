import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import { createDatabase, testLimits } from '../../test/database.ts'
import { startRelay } from '../../test/relay.ts'
import { compiled } from './compiled.ts'
import { openDatabase } from './pool.ts'

const { target, drop } = await createDatabase()
const relay = await startRelay(target)
const database = openDatabase(relay.target, { ...testLimits, poolSize: 12, statementTimeoutSeconds: 2 })
const { db } = database
after(async () => {
  await database.close(1)
  await relay.remove()
  await drop()
})
// What a statement may take, what is waited beyond, and a busy machine.
const withinMs = 7000

const read = compiled<Record<string, never>, { id: number }>((db) => db.selectFrom('tags').select('id').limit(1))
const write = async (name: string) =>
  await db
    .insertInto('tags')
    .values({ name, slug: name.replaceAll(' ', '-') })
    .execute()

/** More at once than there are connections, so that each is used. */
async function all(name: string): Promise<number> {
  const asked = Array.from({ length: 20 }, (_, index) => [read(db, {}), write(`${name}-${index}`)]).flat()
  const found = await Promise.allSettled(asked)
  return found.filter(({ status }) => status === 'rejected').length
}

for (const share of ['every other', 'all'] as const)
  test(
    `connections that a firewall forgot are given up for new ones: ${share} of them`,
    { timeout: 60_000 },
    async () => {
      assert.equal(await all(`before-${share}`), 0)
      relay.forget(share)
      const begun = performance.now()
      const reads = await Promise.all(Array.from({ length: 20 }, () => read(db, {})))
      assert.equal(reads.length, 20)
      await write(`while-${share}`).catch(() => {})
      assert.ok(performance.now() - begun < withinMs * 2, `${performance.now() - begun} ms`)
      await all(`after-${share}`)
      assert.equal(await all(`last-${share}`), 0)
    },
  )

test('a connection that waits behind slow statements is not given up', { timeout: 60_000 }, async () => {
  const { reader } = database
  const pids = async () =>
    (await Promise.all(Array.from({ length: 8 }, () => reader`select pg_backend_pid() as pid`))).flat()
  const known = new Set((await pids()).map(({ pid }) => Number(pid)))
  const waits = Array.from({ length: 16 }, () => database.vigil.watch(() => reader`select pg_sleep(1.8)`))
  await Promise.all(waits)
  for (const { pid } of await pids()) assert.ok(known.has(Number(pid)), `a new one: ${pid}`)
  await sql`select 1`.execute(db)
})
