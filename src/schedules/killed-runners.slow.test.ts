// Many processes on one database, with clocks that are hours apart, killed again and again while posts appear.
// `npm run schedule:kills` does it with 50 moments and longer.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { type Run, dataFolder, start } from '../../test/bloggy.ts'
import { dice } from '../../test/dice.ts'
import { writePost } from '../../test/pages.ts'
import { freePort } from '../../test/tcp-server.ts'
import { formatConnectionString } from '../db/connection-string.ts'
import { freeStuckJobs } from '../db/stuck-jobs.ts'
import { paths } from '../paths.ts'

const moments = Number(process.env.BLOGGY_SCHEDULE_MOMENTS ?? 6)
const processes = moments > 10 ? 4 : 2
const hour = 3_600_000

const { db, cast, target, app } = await testApp()

test('a post appears once, at its moment, whatever happens to those who note it', { timeout: 600_000 }, async () => {
  const chance = dice(Number(process.env.BLOGGY_SCHEDULE_SEED ?? 1))
  const ids: number[] = []
  for (let count = 0; count < moments; count++) ids.push((await writePost(cast.ben, { title: `Due ${count}` })).id)
  const settings = async (index: number) => ({
    DATABASE_URL: formatConnectionString(target),
    BLOGGY_DATA: dataFolder(),
    PORT: String(await freePort()),
    NODE_OPTIONS: `--import ${new URL('../../test/shifted-clock.mjs', import.meta.url)}`,
    CLOCK_SHIFT_MS: String((index % 2 ? -1 : 1) * (index + 1) * 7 * hour),
  })
  const running: Run[] = []
  for (let index = 0; index < processes; index++) running.push(await start(await settings(index)))
  // Spread over the time in which the processes are killed a few times.
  for (const [index, id] of ids.entries()) await letAppear(id, 500 + index * 400)
  let kills = 0
  for (let round = 0; !(await isOver()) && round < moments * 4; round++) {
    await sleep(chance() * 900)
    const index = Math.floor(chance() * processes)
    running[index]?.kill('SIGKILL')
    await running[index]?.ended
    kills++
    running[index] = await start(await settings(index))
    // What a killed one held is freed after some minutes: as if they had passed.
    await sql`update graphile_worker._private_jobs set locked_at = locked_at - interval '1 hour'
      where locked_by is not null`.execute(db)
    await freeStuckJobs(db)
  }
  for (const run of running) run.kill('SIGTERM')
  for (const run of running) await run.ended

  const { rows } = await sql<{ id: number; noted: number; early: number }>`
    select posts.id, count(audit_events.id)::int as noted,
        (count(*) filter (where audit_events.created_at < posts.published_at))::int as early
      from posts left join audit_events on subject_id = posts.id and action = 'post.published'
      where posts.id in (${sql.join(ids)}) group by posts.id order by posts.id`.execute(db)
  assert.ok(kills > 0)
  assert.deepEqual(
    rows,
    ids.map((id) => ({ id, noted: 1, early: 0 })),
  )
  for (const id of ids) assert.equal((await app.inject(paths.legacy.post(id))).statusCode, 301)

  async function letAppear(id: number, inMs: number) {
    assert.equal((await cast.ben.post(paths.admin.schedule(id), { appears_at: '2033-01-01T00:00' })).statusCode, 303)
    const moment = sql<Date>`clock_timestamp() + make_interval(secs => ${inMs / 1000})`
    const { appears_at } = await db
      .updateTable('scheduled_posts')
      .set({ appears_at: moment })
      .where('post_id', '=', id)
      .returning('appears_at')
      .executeTakeFirstOrThrow()
    await db.updateTable('posts').set({ published_at: appears_at }).where('id', '=', id).execute()
    await sql`select graphile_worker.reschedule_jobs(array[id], run_at := ${appears_at}::timestamptz)
      from graphile_worker.jobs where key = ${`note-appearance ${id}`}`.execute(db)
  }

  async function isOver(): Promise<boolean> {
    return (await db.selectFrom('scheduled_posts').select('post_id').limit(1).execute()).length === 0
  }
})
