// PostgreSQL loses connections, restarts and crashes while everybody reads and writes.
import { setTimeout as sleep } from 'node:timers/promises'
import { onTwoInstances } from '../fault.ts'
import type { Load } from '../load.ts'
import type { Scene } from '../scene.ts'
import { between, countsOf, firstGoodAfter, isGood, longestAnswer, percentile } from '../seen.ts'

export const fresh = ['page', 'api', 'write'] as const
const backWithinMs = 2000
const answeredWithinMs = 1000

export const killedBackend = onTwoInstances(
  {
    number: 4,
    name: 'backend-killed',
    what: 'one connection of PostgreSQL is ended, then one killed with -9, under load',
    expected: 'the request is repeated where that is safe, else 503; the pool is full again',
    seconds: 60,
  },
  {},
  async (scene, { isShort }) => {
    const { postgres, startLoad, must, figure, instances, say } = scene
    const load = startLoad()
    await sleep(1500)
    const ended = isShort ? 10 : 40
    for (let round = 0; round < ended; round++) {
      say(`ended ${round} of ${ended}`)
      await postgres.asSuperuser(
        async (sql) =>
          await sql`
          select pg_terminate_backend(pid) from pg_stat_activity
            where datname = 'bloggy' and application_name = 'bloggy' order by (state = 'active') desc, random() limit 1`,
      )
      await sleep(150)
    }
    const after = load.now()
    await sleep(500)
    const failed = load.answers().filter((answer) => !isGood(answer))
    figure('ended connections', ended)
    figure('failed after ended connections', failed.length)
    must(failed.length === 0, 'what one ended connection had is repeated', countsOf(failed))

    const kills = isShort ? 1 : 8
    const back: number[] = []
    for (let round = 0; round < kills; round++) {
      say(`killed ${round} of ${kills}`)
      await postgres.asSuperuser(async (sql) => {
        const [{ pid = 0 } = {}] = await sql<{ pid: number }[]>`
          select pid from pg_stat_activity where datname = 'bloggy' and application_name = 'bloggy'
            order by (state = 'active') desc, random() limit 1`
        if (pid > 0) process.kill(pid, 'SIGKILL')
      })
      // All connections are ended, ours among them.
      await sleep(50)
      // The postmaster ends all others and recovers.
      const accepted = await accepting(scene, load)
      await sleep(1500)
      back.push(recoveryMs(scene, load, accepted))
    }
    await load.stop()
    figure('killed connections', kills)
    figure('back after a crash ms, longest', Math.max(...back))
    must(firstGoodAfter(load.answers(), ['write'], after) !== undefined, 'writes go on')
    requireSameProcesses(scene)
    must(
      instances.every((instance) => instance.starts() === 1),
      'no instance was started again',
    )
  },
)

export const killedPostmaster = onTwoInstances(
  {
    number: 5,
    name: 'postgres-killed',
    what: 'kill -9 of PostgreSQL under load, 20 times',
    expected:
      'every acknowledged write is there; 503 with Retry-After within a second while it is down; the first success within 2 seconds; no restart of Bloggy',
    seconds: 180,
  },
  {},
  async (scene, { isShort }) => {
    const rounds = isShort ? 2 : 20
    await again(scene, rounds, async ({ postgres }) => {
      await postgres.kill()
      await sleep(500 + Math.random() * 1500)
      await postgres.start()
    })
    scene.figure('kills', rounds)
  },
)

export const restartedPostgres = onTwoInstances(
  {
    number: 6,
    name: 'postgres-restarted',
    what: 'pg_ctl restart, fast and immediate, under load',
    expected: 'as 5; every code of it is "not available"; cached pages go on',
    seconds: 60,
  },
  {},
  async (scene, { isShort }) => {
    const rounds = isShort ? 2 : 10
    let round = 0
    await again(scene, rounds, async ({ postgres }) => {
      await postgres.stop(round++ % 2 ? 'immediate' : 'fast')
      await sleep(300)
      await postgres.start()
    })
    scene.figure('restarts', rounds)
  },
)

/** PostgreSQL goes away and comes back, so many times; what is asked meanwhile and after. */
async function again(scene: Scene, rounds: number, away: (scene: Scene) => Promise<void>): Promise<void> {
  const { startLoad, must, mustInTime, figure, say } = scene
  const load = startLoad()
  await sleep(2000)
  const back: number[] = []
  const waits: number[] = []
  let longest = 0
  let cold = 0
  for (let round = 0; round < rounds; round++) {
    say(`${round} of ${rounds}`)
    await sleep(Math.random() * 500)
    const gone = load.now()
    await away(scene)
    const accepted = load.now()
    await sleep(3000)
    back.push(recoveryMs(scene, load, accepted))
    const during = between(load.answers(), gone + 50, accepted)
    waits.push(percentile(during, 0.99))
    longest = Math.max(longest, longestAnswer(during))
    const lost = during.filter((answer) => answer.kind === 'cached' && !isGood(answer))
    // After a crash nobody knows which of them are old, and all are made anew: a second crash may come before that.
    if (round === 0) must(lost.length === 0, 'pages from memory go on', countsOf(lost))
    else cold += lost.length
    const broken = during.filter(({ status }) => status === 0)
    must(broken.length === 0, 'every request is answered', countsOf(broken))
  }
  await load.stop()
  figure('back ms, longest', Math.max(...back))
  figure('answers while down ms, 99 of 100', Math.max(...waits))
  figure('longest answer while down ms', longest)
  figure('pages not in memory again yet', cold)
  mustInTime(Math.max(...waits) <= answeredWithinMs, 'while it is down 99 of 100 are answered within a second', waits)
  requireSameProcesses(scene)
}

/** The moment at which it takes connections again. */
export async function accepting({ postgres }: Scene, load: Load): Promise<number> {
  for (;;) {
    const isThere = await postgres
      .asSuperuser(async (sql) => await sql`select 1`)
      .then(
        () => true,
        () => false,
      )
    if (isThere) return load.now()
    await sleep(20)
  }
}

/** Until each instance has served something that is not from memory. */
export function recoveryMs({ instances, mustInTime, must, figure }: Scene, load: Load, since: number): number {
  const mine = instances.map((_, index) => load.answers().filter(({ instance }) => instance === index))
  const first = mine.map((answers) => firstGoodAfter(answers, fresh, since) ?? Infinity)
  const all = fresh.map((kind) => firstGoodAfter(load.answers(), [kind], since))
  must(!all.includes(undefined), 'pages, the interface and writes are served again', all)
  figure('pages, interface, writes again ms', all.join(', '))
  mustInTime(Math.max(...first) <= backWithinMs, 'the first success of each instance comes within 2 seconds', first)
  return Math.max(...first)
}

export function requireSameProcesses({ instances, must }: Scene): void {
  const starts = instances.map((instance) => instance.starts())
  must(
    starts.every((count) => count === 1),
    'no instance was started again',
    starts,
  )
}
