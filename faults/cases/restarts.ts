// Bloggy is told to stop, again and again, and nobody notices.
import { setTimeout as sleep } from 'node:timers/promises'
import { byTest, onTwoInstances } from '../fault.ts'
import { followReadiness } from '../readiness.ts'
import { countsOf, isGood } from '../seen.ts'

export const rollingRestart = onTwoInstances(
  {
    number: 27,
    name: 'rolling-restart',
    what: 'SIGTERM to both instances in turn, 20 times, behind what a proxy does',
    expected: '0 failed requests; readiness goes first; it ends within 30 seconds, with code 0',
    seconds: 150,
  },
  {},
  async ({ instances, startLoad, must, mustInTime, figure, say }, { isShort, rate }) => {
    const rounds = isShort ? 4 : 20
    const readiness = followReadiness(instances)
    const load = startLoad({ choose: readiness.choose, rate: isShort ? rate : Math.max(rate, 500) })
    await sleep(1500)
    const took: number[] = []
    const codes: unknown[] = []
    for (let round = 0; round < rounds; round++) {
      say(`${round} of ${rounds}`)
      const index = round % instances.length
      const begun = performance.now()
      codes.push(await instances[index]?.restart())
      took.push(performance.now() - begun)
      await readiness.seen(index)
      await sleep(200)
    }
    await load.stop()
    await readiness.stop()
    const failed = load.answers().filter((answer) => !isGood(answer))
    figure('restarts', rounds)
    figure('longest to the end ms', Math.round(Math.max(...took)))
    must(failed.length === 0, 'no request fails', countsOf(failed))
    must(
      codes.every((code) => code === 0),
      'each ends with code 0',
      codes,
    )
    mustInTime(Math.max(...took) < 30_000, 'each ends within 30 seconds', took)
  },
)

export const stoppedAtWork = byTest(
  {
    number: 28,
    name: 'stopped-at-work',
    what: 'SIGTERM during an import, an upload and an export',
    expected: 'the import goes on with the next process; an upload is there or is not; half an export is no file',
    seconds: 90,
  },
  ['src/import/work.slow.test.ts', 'src/export/unfinished.test.ts', 'src/media/uploads.test.ts'],
)

export const toldTwice = byTest(
  {
    number: 29,
    name: 'told-twice',
    what: 'a second SIGTERM or SIGINT; one before Bloggy is ready',
    expected: 'ends at once and leaves neither a lock nor a PostgreSQL',
    seconds: 60,
  },
  ['src/commands/start.test.ts'],
)
