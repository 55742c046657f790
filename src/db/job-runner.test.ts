// What the library does not do by itself: jobs that hang, runners that were killed, a PostgreSQL that goes away.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TaskList } from 'graphile-worker'
import { sql } from 'kysely'
import { pino } from 'pino'
import { testDatabase } from '../../test/database.ts'
import { startRelay } from '../../test/relay.ts'
import { type Patience, startJobRunner } from './job-runner.ts'

const logger = pino({ level: 'silent' })
const forever = () => new Promise<void>(() => {})
const timeout = 60_000

async function jobs() {
  const { db, target, limits } = await testDatabase()
  return {
    db,
    target,
    start: (taskList: TaskList, patience: Partial<Patience> = {}, line = target) =>
      startJobRunner({ target: line, limits, db, logger, taskList, crontab: '', patience }),
    add: async (name: string) => void (await sql`select graphile_worker.add_job(${name})`.execute(db)),
    find: async (name: string) => {
      const { rows } = await sql<{ locked_by: string | null; last_error: string | null; attempts: number }>`
        select locked_by, last_error, attempts from graphile_worker.jobs where task_identifier = ${name}`.execute(db)
      return rows[0]
    },
    /** As a runner leaves it that is killed. */
    leaveLocked: async (name: string) =>
      void (await sql`update graphile_worker._private_jobs set locked_by = 'killed', locked_at = now() - interval '1 hour'
        where task_id = (select id from graphile_worker._private_tasks where identifier = ${name})`.execute(db)),
  }
}

/** Until something is so; the test's own end is the limit. */
async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await sleep(20)
}

describe('a job that never ends', () => {
  test('fails after its time and is done again later, and the next has its turn', { timeout }, async () => {
    const { start, add, find } = await jobs()
    let turns = 0
    const runner = await start({ hang: forever, next: () => void turns++ }, { jobSeconds: 0.2 })
    await add('hang')
    await until(async () => (await find('hang'))?.locked_by !== null)
    await add('next')
    await until(() => turns === 1)
    await until(async () => (await find('hang'))?.locked_by === null)
    const { last_error, attempts } = (await find('hang')) ?? {}
    assert.deepEqual([last_error, attempts], ['It took longer than 0.2 seconds.', 1])
    await runner.stop()
  })

  test('does not keep Bloggy from stopping, and is done again later', { timeout }, async () => {
    const { start, add, find } = await jobs()
    const runner = await start({ hang: forever }, { stopSeconds: 0.2 })
    await add('hang')
    await until(async () => typeof (await find('hang'))?.locked_by === 'string')
    await runner.stop()
    const { locked_by, last_error } = (await find('hang')) ?? {}
    assert.deepEqual([locked_by, last_error], [null, 'Bloggy stopped before it was done.'])
  })

  test('does not keep the jobs of killed runners from being freed', { timeout }, async () => {
    const { start, add, find, leaveLocked } = await jobs()
    const runner = await start({ hang: forever }, { stopSeconds: 0.2, freeEverySeconds: 0.1 })
    await add('hang')
    await until(async () => typeof (await find('hang'))?.locked_by === 'string')
    await add('elsewhere')
    await leaveLocked('elsewhere')
    await until(async () => (await find('elsewhere'))?.locked_by === null)
    await runner.stop()
  })
})

test('a job under way is finished before Bloggy stops', { timeout }, async () => {
  const { start, add, find } = await jobs()
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>()
  let isDone = false
  const work = async () => {
    await mayEnd
    isDone = true
  }
  const runner = await start({ work })
  await add('work')
  await until(async () => typeof (await find('work'))?.locked_by === 'string')
  const stopped = runner.stop()
  end()
  await stopped
  assert.ok(isDone)
  assert.equal(await find('work'), undefined)
})

test('what a killed runner held is done by the next that starts', { timeout }, async () => {
  const { start, add, leaveLocked } = await jobs()
  let turns = 0
  await add('work')
  await leaveLocked('work')
  const runner = await start({ work: () => void turns++ })
  await until(() => turns === 1)
  await runner.stop()
})

test('what a runner held that shows no life any more is done by another within seconds', { timeout }, async () => {
  const { db, start, add } = await jobs()
  let turns = 0
  await add('work')
  await sql`insert into job_runners (id, seen_at) values ('killed', now() - interval '9 seconds'), ('alive', now())`.execute(
    db,
  )
  await sql`update graphile_worker._private_jobs set locked_by = 'killed', locked_at = now()`.execute(db)
  await add('other')
  await sql`update graphile_worker._private_jobs set locked_by = 'alive', locked_at = now() where locked_by is null`.execute(
    db,
  )
  const runner = await start({ work: () => void turns++, other: () => assert.fail('It was taken from who lives.') })
  await until(() => turns === 1)
  await runner.stop()
  const { rows } = await sql<{ id: string }>`select id from job_runners`.execute(db)
  assert.deepEqual(rows, [{ id: 'alive' }])
})

test(
  'a job of which nobody could say that it was done is done again by the runner that has it',
  { timeout },
  async () => {
    const { db, start } = await jobs()
    let turns = 0
    const runner = await start({ work: () => void turns++ }, { lifeEverySeconds: 0.2 })
    const mine = async () => (await sql<{ id: string }>`select id from job_runners`.execute(db)).rows[0]?.id
    await until(async () => (await mine()) !== undefined)
    // As it is left where PostgreSQL goes away before the end of a job is written.
    await sql`with added as (select graphile_worker.add_job('work', run_at := now() + interval '1 second')) select from added`.execute(
      db,
    )
    await sql`update graphile_worker._private_jobs set run_at = now(), locked_by = ${await mine()},
    locked_at = now() - interval '9 seconds'`.execute(db)
    await until(() => turns === 1)
    await runner.stop()
  },
)

test('a runner that takes no job although one is due is begun again', { timeout }, async () => {
  const { db, start } = await jobs()
  let turns = 0
  const runner = await start({ due: () => void turns++ }, { lifeEverySeconds: 0.1, lostSeconds: 3, pauseSeconds: 0.1 })
  const runners = async () =>
    (await sql<{ id: string }>`select id from job_runners`.execute(db)).rows.map(({ id }) => id)
  await until(async () => (await runners()).length === 1)
  const [first] = await runners()
  await sql`select graphile_worker.add_job('due', run_at := now() + interval '1 second')`.execute(db)
  await db.transaction().execute(async (held) => {
    // To a runner a row that somebody holds is none; to who looks from outside it is a job that nobody takes.
    await sql`select from graphile_worker._private_jobs for update`.execute(held)
    await until(async () => (await runners()).some((id) => id !== first))
    assert.equal(turns, 0)
  })
  await until(() => turns === 1)
  await runner.stop()
})

test('a runner whose first look for a job fails is begun again at once', { timeout }, async () => {
  const { db, start, add } = await jobs()
  let turns = 0
  await add('work')
  const ofRunner = sql`datname = current_database() and application_name = 'bloggy jobs' and wait_event_type = 'Lock'`
  const { starting } = await db.transaction().execute(async (held) => {
    await sql`lock table graphile_worker._private_tasks in share mode`.execute(held)
    const starting = start({ work: () => void turns++ }, { pauseSeconds: 0.1, lostSeconds: 3600 })
    const isEnded = async () => {
      const { rows } =
        await sql`select pg_terminate_backend(pid, 5000) from pg_stat_activity where ${ofRunner}`.execute(db)
      return rows.length > 0
    }
    await until(isEnded)
    return { starting }
  })
  await until(() => turns === 1)
  await (await starting).stop()
})

test('PostgreSQL going away during a job takes nothing with it, and the job is done again', { timeout }, async () => {
  const { target, start, add, find } = await jobs()
  for (const end of [() => Promise.reject(new Error('The line is cut.')), () => Promise.resolve()]) {
    const relay = await startRelay(target)
    after(() => relay.remove())
    let turns = 0
    const work = async () => {
      turns++
      if (turns > 1) return undefined
      await relay.cut()
      return await end()
    }
    const runner = await start({ work }, { pauseSeconds: 0.1 }, relay.target)
    await add('work')
    await until(() => turns === 1)
    // Long enough for an error that nobody minds to be heard of.
    await sleep(500)
    await relay.mend()
    await until(async () => turns > 1 && (await find('work')) === undefined)
    await runner.stop()
  }
})
