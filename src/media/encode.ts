// Pictures that somebody sent are opened in a process of their own, one at a time, with limits on time and memory and an
// empty environment: a decoder that is led astray finds no secret there and takes nobody along.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { AppError, busy, invalid } from '../errors.ts'
import {
  type Size,
  animatedWidths,
  longestSide,
  mostAnimatedPixels,
  mostFrames,
  mostPixels,
  quality,
  widths,
} from './media.ts'
import { text } from '../texts/texts.ts'

export type Encoded = { sizes: (Size & { path: string })[]; isAnimated: boolean; tones: string | null }
export type Refusal = 'unknown' | 'large' | 'long' | 'broken'
export type Outcome = Encoded | { refused: Refusal }

const limits = { widths, animatedWidths, mostPixels, mostFrames, mostAnimatedPixels, longestSide, quality }
export type Task = { path: string; folder: string; limits: typeof limits }

const program = fileURLToPath(new URL('encode-process.ts', import.meta.url))
const timeLimitMs = 40_000
const mostWaiting = 20
// Node reserves 700 MB of it before it begins, and uses a tenth of that.
const memoryKb = 1_500_000
const cpuSeconds = 60
const mostAnswered = 10_000

let waiting = 0
let last: Promise<unknown> = Promise.resolve()

type Options = { timeLimitMs?: number; onStart?: (child: ChildProcess) => void }

/** Writes the sizes of a picture into the folder. Throws `invalid` for what is no picture Bloggy takes. */
export async function encode(path: string, folder: string, options: Options = {}): Promise<Encoded> {
  if (waiting >= mostWaiting) throw busy(text('media.busy'), 60)
  waiting++
  // One after another: two at once would need the memory of both and be no faster.
  const turn = last.then(() => encodeNow(path, folder, options)).finally(() => waiting--)
  last = turn.catch(() => {})
  return await turn
}

async function encodeNow(path: string, folder: string, options: Options): Promise<Encoded> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const outcome = await run({ path, folder, limits }, options)
  if ('refused' in outcome) throw refusal(outcome.refused)
  return outcome
}

async function run(task: Task, { timeLimitMs: limitMs = timeLimitMs, onStart }: Options): Promise<Outcome> {
  // The shell sets the limits and becomes the program.
  const script = `ulimit -c 0; ulimit -t ${cpuSeconds}; ulimit -d ${memoryKb}; exec "$@"`
  const child = spawn('/bin/sh', ['-c', script, 'sh', process.execPath, program, JSON.stringify(task)], {
    cwd: '/',
    env: { MALLOC_ARENA_MAX: '2' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  onStart?.(child)
  const late = setTimeout(() => child.kill('SIGKILL'), limitMs)
  let answer = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (answer.length < mostAnswered) answer += text
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve)
  }).finally(() => clearTimeout(late))
  // Killed, out of memory or out of time: the picture was too much, whatever it was.
  return code === 0 ? (JSON.parse(answer) as Outcome) : { refused: 'broken' }
}

function refusal(reason: Refusal): AppError {
  const sentence = sentences[reason]()
  return invalid(sentence, { file: sentence })
}

const sentences: Record<Refusal, () => string> = {
  unknown: () => text('media.refusedUnknown'),
  large: () => text('media.refusedLarge', { millions: mostPixels / 1_000_000, side: longestSide }),
  long: () => text('media.refusedLong', { frames: mostFrames, millions: mostAnimatedPixels / 1_000_000 }),
  broken: () => text('media.refusedBroken'),
}
