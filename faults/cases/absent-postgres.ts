// PostgreSQL is not there at the start, or falls silent.
import { setTimeout as sleep } from 'node:timers/promises'
import { paths } from '../../src/paths.ts'
import { onTwoInstances } from '../fault.ts'
import { between, countsOf, firstGoodAfter, isGood, longestAnswer } from '../seen.ts'
import { fresh, recoveryMs, requireSameProcesses } from './killed-postgres.ts'

export const absentAtStart = onTwoInstances(
  {
    number: 7,
    name: 'postgres-absent',
    what: 'PostgreSQL is not there when Bloggy starts',
    expected: 'the process is up, /livez 200, /readyz 503; ready when PostgreSQL is; no crash loop',
    seconds: 20,
  },
  { isPostgresDown: true },
  async (scene, { isShort }) => {
    const { instances, postgres, must, mustInTime, figure, startLoad } = scene
    const [first] = instances
    const get = async (path: string) =>
      await fetch((first?.origin ?? '') + path).then(
        ({ status, headers }) => ({ status, retryAfter: headers.get('retry-after') }),
        () => ({ status: 0, retryAfter: null }),
      )
    const begun = performance.now()
    let live = await get(paths.livez())
    for (; live.status !== 200 && performance.now() - begun < 10_000; live = await get(paths.livez())) await sleep(50)
    figure('live ms', Math.round(performance.now() - begun))
    must(live.status === 200, '/livez is answered', live)
    const ready = await get(paths.readyz())
    must(ready.status === 503, '/readyz says no', ready)
    const page = await get(paths.home())
    must(page.status === 503 && page.retryAfter !== null, 'a page is 503 with Retry-After', page)
    await sleep(isShort ? 2000 : 8000)
    await postgres.start()
    const accepted = performance.now()
    await Promise.all(instances.map((instance) => instance.ready()))
    const took = Math.round(performance.now() - accepted)
    figure('ready after it is there ms', took)
    mustInTime(took <= 2000, 'ready within 2 seconds of it', took)
    requireSameProcesses(scene)
    const load = startLoad()
    await sleep(1500)
    await load.stop()
    const bad = load.answers().filter((answer) => !isGood(answer))
    must(bad.length === 0, 'then everything is served', countsOf(bad))
  },
)

const endedWithinMs = 5000
/** What PostgreSQL lets a statement take, what Bloggy waits beyond that, and the asking once more. */
const forgottenWithinMs = 10_000

export const silentNetwork = onTwoInstances(
  {
    number: 8,
    name: 'network-silent',
    what: 'packets to PostgreSQL are dropped, for 20 seconds; then those of the connections that are there, and of no new one',
    expected: 'every request ends within 5 seconds, then within 10; the pool does not wedge',
    seconds: 60,
  },
  { isOverNetwork: true },
  async (scene, { isShort }) => {
    const { line, startLoad, must, mustInTime, figure } = scene
    const load = startLoad()
    await sleep(2000)
    const from = load.now()
    line?.silence()
    await sleep(isShort ? 8000 : 20_000)
    line?.mend()
    const to = load.now()
    await sleep(4000)
    const back = recoveryMs(scene, load, to)
    const forgotten = load.now()
    line?.forget()
    await sleep(forgottenWithinMs + 5000)
    await load.stop()
    const during = between(load.answers(), from - 200, to)
    const longest = longestAnswer(during)
    figure('longest answer while silent ms', longest)
    figure('back ms', back)
    mustInTime(longest <= endedWithinMs, 'every request ends within 5 seconds', longest)
    const since = between(load.answers(), forgotten - 200, Infinity)
    const longestSince = longestAnswer(since)
    const again = fresh.map((kind) => firstGoodAfter(load.answers(), [kind], forgotten) ?? Infinity)
    const late = between(load.answers(), forgotten + forgottenWithinMs + 2000, Infinity).filter(
      (answer) => !isGood(answer),
    )
    figure('longest answer after connections were forgotten ms', longestSince)
    figure('pages, interface, writes after that again ms', again.join(', '))
    mustInTime(
      longestAnswer(since) <= forgottenWithinMs + 500,
      'every request on forgotten ones ends within 10 seconds',
    )
    must(late.length === 0, 'after that nobody waits for a forgotten connection', countsOf(late))
    const lost = [...during, ...since].filter((answer) => answer.kind === 'cached' && !isGood(answer))
    must(lost.length === 0, 'pages from memory go on', countsOf(lost))
    requireSameProcesses(scene)
  },
)
