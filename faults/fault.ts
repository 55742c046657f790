// What a fault is, and the two ways to show that it is survived: on a scene, or by a test that the repository has.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { root } from '../bench/servers.ts'
import { type Figures, type Outcome, type Scene, type SceneOptions, type Tools, onScene } from './scene.ts'

export type Result = 'passes' | 'fails' | 'cannot run here' | 'not built yet'

export type Report = { result: Result; seen: string[]; figures: Figures }

export type Means = Tools & {
  /** A few rounds instead of all of them. */
  isShort: boolean
}

export type Fault = {
  number: number
  name: string
  what: string
  expected: string
  /** About, for the time that is left. */
  seconds: number
  /** What is looked at by a test, and which. */
  test?: string
  run: (means: Means) => Promise<Report>
}

type About = Pick<Fault, 'number' | 'name' | 'what' | 'expected' | 'seconds'>

export function onTwoInstances(
  about: About,
  options: SceneOptions,
  work: (scene: Scene, means: Means) => Promise<void>,
): Fault {
  return {
    ...about,
    run: async (means) => reportOf(await onScene(means, options, async (scene) => await work(scene, means))),
  }
}

export function reportOf({ isPassed, seen, figures }: Outcome): Report {
  return { result: isPassed ? 'passes' : 'fails', seen, figures }
}

/** By the tests of the files whose paths hold one of the words, with settings for their size. */
export function byTest(about: About, words: string[], environment: Record<string, string> = {}): Fault {
  return {
    ...about,
    test: words.join(' '),
    run: async ({ signal, isShort }) => {
      const child = spawn(process.execPath, ['bin/test.mjs', ...words], {
        cwd: root,
        env: { ...process.env, ...(!isShort && environment) },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      })
      let said = ''
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (chunk: string) => (said = (said + chunk).slice(-300_000)))
      const stop = () => void child.kill('SIGTERM')
      signal.addEventListener('abort', stop)
      const [code] = (await once(child, 'close')) as [number | null]
      signal.removeEventListener('abort', stop)
      const count = (name: string) => Number(new RegExp(`^ℹ ${name} (\\d+)$`, 'm').exec(said)?.[1] ?? 0)
      const figures = { tests: count('tests'), failed: count('fail') }
      if (code === 0 && figures.tests > 0) return { result: 'passes', seen: [], figures }
      const lines = said.split('\n').filter((line) => /✖|AssertionError|Error:/.test(line))
      return { result: 'fails', seen: lines.slice(0, 12), figures }
    },
  }
}

/** What this machine does not let us do, or nobody has built. */
export function withoutRun(about: About, result: 'cannot run here' | 'not built yet', reason: string): Fault {
  return { ...about, seconds: 0, run: async () => ({ result, seen: [reason], figures: {} }) }
}
