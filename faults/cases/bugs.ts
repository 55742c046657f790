// Bugs of ours: what nobody caught, and an event loop that stands still.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { paths } from '../../src/paths.ts'
import { onTwoInstances } from '../fault.ts'
import { countsOf, isGood } from '../seen.ts'
import { bearerOf } from '../seed.ts'

/** Of what is under way while something goes wrong. */
const slowSeconds = 1.5
const injected = fileURLToPath(new URL('../injected.mjs', import.meta.url))
const options = (folder: string) => ({
  NODE_OPTIONS: `--import ${injected}`,
  FAULT_FILE: join(folder, 'fault'),
})

export const uncaught = onTwoInstances(
  {
    number: 40,
    name: 'uncaught',
    what: 'an exception in a timer and a rejection that nobody waits for, under load',
    expected: 'logged once; what is under way is answered; the process ends within 5 seconds with code 1',
    seconds: 40,
  },
  { environmentOf: options, cutsLines: true },
  async ({ folder, postgres, instances, startLoad, must, mustInTime, figure }, { isShort }) => {
    await postgres.asSuperuser(async (sql) => {
      await sql.unsafe(`create function be_slow() returns trigger language plpgsql as
        $$ begin if new.body like 'slow%' then perform pg_sleep(${slowSeconds}); end if; return new; end $$`)
      await sql`create trigger be_slow before insert on comments for each row execute function be_slow()`
    })
    const isSlowUnderWay = async () =>
      await postgres.asSuperuser(async (sql) => {
        const rows = await sql`
          select from pg_stat_activity where application_name = 'bloggy' and wait_event = 'PgSleep'`
        return rows.length > 0
      })
    const load = startLoad()
    await sleep(1500)
    const took: number[] = []
    for (const [round, deed] of (isShort ? ['timer'] : ['timer', 'rejection', 'timer', 'rejection']).entries()) {
      const instance = instances[round % instances.length]
      const starts = instance?.starts() ?? 0
      const ends = instance?.ends().length ?? 0
      const before = instance?.said().length ?? 0
      const underWay = fetch((instance?.origin ?? '') + paths.api.postComments(20), {
        method: 'POST',
        headers: { authorization: bearerOf(round), 'content-type': 'application/json' },
        body: JSON.stringify({ body: `slow ${round}` }),
      }).then(
        ({ status }) => status,
        (error: Error) => `cut: ${String(error.cause ?? error.message)}`,
      )
      for (const asked = Date.now(); !(await isSlowUnderWay()) && Date.now() - asked < 5000;) await sleep(10)
      const begun = performance.now()
      writeFileSync(`${join(folder, 'fault')}-${instance?.pid()}`, deed)
      while (instance?.ends().length === ends && performance.now() - begun < 20_000) await sleep(10)
      took.push(Math.round(performance.now() - begun))
      const status = await underWay
      must(status === 201, 'what is under way is answered', status)
      must(instance?.ends().at(-1) === 1, 'it ends with code 1', instance?.ends())
      const told = (instance?.said() ?? '').slice(before).match(/nobody caught/g)?.length ?? 0
      must(told === 1, 'it is told once', told)
      while (instance?.starts() === starts) await sleep(10)
      await instance?.ready()
    }
    await load.stop()
    mustInTime(Math.max(...took) <= 6000, 'within five seconds', took)
    figure('ended after ms, longest', Math.max(...took))
    // A supervisor does not tell the one who asks: while nobody listens a connection is refused, and one that waits is closed.
    const wrong = load.answers().filter(({ status }) => status >= 500)
    must(wrong.length === 0, 'nobody is answered with an error', countsOf(wrong))
    const cut = load.answers().filter((answer) => answer.status === 0 && answer.trouble !== 'ECONNREFUSED')
    figure('lines cut', cut.length)
    must(cut.length <= took.length * 2, 'few others find a line that is closed just then', countsOf(cut))
    await postgres.asSuperuser(async (sql) => await sql`drop function be_slow cascade`)
  },
)

export const blocked = onTwoInstances(
  {
    number: 38,
    name: 'event-loop-blocked',
    what: 'the event loop of an instance stands still for six seconds, longer than its limit for connecting, with a connection half made',
    expected: 'it goes on by itself afterwards; the other is unaffected (texts are rendered in threads with limits)',
    seconds: 30,
  },
  { environmentOf: options },
  async ({ folder, instances, startLoad, must, figure }, { isShort }) => {
    const load = startLoad()
    await sleep(1500)
    for (let round = 0; round < (isShort ? 1 : 3); round++) {
      writeFileSync(`${join(folder, 'fault')}-${instances[0]?.pid()}`, 'block')
      await sleep(9000)
      // What the driver throws then where nobody can catch it.
      writeFileSync(`${join(folder, 'fault')}-${instances[0]?.pid()}`, 'lost')
      await sleep(500)
    }
    await load.stop()
    const told = instances[0]?.said().match(/A connection to PostgreSQL was lost/g)?.length ?? 0
    must(told >= (isShort ? 1 : 3), 'it says that a connection was lost', told)
    const others = load.answers().filter((answer) => answer.instance === 1 && !isGood(answer))
    must(others.length === 0, 'the other instance is unaffected', countsOf(others))
    const mine = load.answers().filter((answer) => answer.instance === 0 && !isGood(answer))
    figure('failed at the one that stood still', mine.length)
    const starts = instances.map((instance) => instance.starts())
    must(
      starts.every((count) => count === 1),
      'no instance ends',
      starts,
    )
  },
)
