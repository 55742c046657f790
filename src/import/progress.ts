// One line that tells how far a long job is: redrawn in place on a terminal, a plain line every few seconds elsewhere.
import { text } from '../texts/texts.ts'

export type Step = {
  /** What is worked on, mostly a table. A new label starts rate and time left anew. */
  label: string
  done?: number
  /** Without it, or once `done` has passed it, no share and no time left is shown. */
  total?: number
  /** What is counted, 'rows' when not said; 'bytes' are shown as kB, MB or GB. Other things have no even rate. */
  unit?: string
}

export type ProgressLine = {
  /** Cheap: may be called for every batch. */
  update: (step: Step) => void
  /** Takes the line away. Later updates show nothing. */
  end: () => void
}

export type ProgressStream = { write: (text: string) => unknown; isTTY?: boolean; columns?: number }
export type Clock = {
  /** Milliseconds. */
  now: () => number
  /** Returns what stops it. */
  every: (milliseconds: number, work: () => void) => () => void
}

/** Says nothing in the first two seconds: what is done by then needs no line. */
export function progressLine(stream: ProgressStream, clock: Clock = ownClock): ProgressLine {
  const begun = clock.now()
  const isTerminal = Boolean(stream.isTTY)
  const intervalMs = isTerminal ? redrawMs : plainMs
  let step: Step | undefined
  let pace = newPace(begun, 0)
  let shownAt = begun
  let isShown = false

  const draw = () => {
    const now = clock.now()
    if (!step || now - begun < quietMs || now - shownAt < intervalMs) return
    shownAt = now
    pace.add(now, step.done ?? 0)
    // Some terminals say that they have no columns at all.
    const width = Math.min(widest, stream.columns || widest)
    const line = describe(step, pace, now, isTerminal ? width - 1 : width)
    stream.write(isTerminal ? `\r\x1b[K${line}` : `${line}\n`)
    isShown = true
  }
  const stop = clock.every(isTerminal ? redrawMs : 1000, draw)

  return {
    update: (next) => {
      const { done = 0 } = next
      if (next.label !== step?.label || done < (step.done ?? 0)) pace = newPace(clock.now(), done)
      step = next
      pace.add(clock.now(), done)
      draw()
    },
    end: () => {
      stop()
      if (isTerminal && isShown) stream.write('\r\x1b[K')
      step = undefined
      isShown = false
    },
  }
}

type Pace = { begun: number; add: (now: number, done: number) => void; perSecond: (now: number) => number | undefined }

/** The rate of the last seconds, so that it follows a disk that gets slower and falls to nothing when work stands. */
function newPace(begun: number, first: number): Pace {
  const samples = [{ at: begun, done: first }]
  let latest = first
  return {
    begun,
    add: (now, done) => {
      latest = done
      if (now - (samples.at(-1)?.at ?? begun) < sampleMs) return
      samples.push({ at: now, done })
      while (samples.length > 2 && now - (samples[1]?.at ?? now) >= windowMs) samples.shift()
    },
    perSecond: (now) => {
      const [oldest] = samples
      if (!oldest || now - begun < rateAfterMs) return undefined
      return ((latest - oldest.done) * 1000) / (now - oldest.at)
    },
  }
}

function describe(step: Step, pace: Pace, now: number, width: number): string {
  const { done, total = 0, unit = 'rows' } = step
  const parts: string[] = []
  const rate = pace.perSecond(now)
  const isShare = done !== undefined && total > 0 && done <= total
  if (done === undefined) parts.push(duration(now - pace.begun))
  else {
    const isEven = unit === 'rows' || unit === 'bytes'
    const amounts = isShare ? `${amount(done, unit)} of ${amount(total, unit)}` : amount(done, unit)
    parts.push(isEven ? amounts : `${amounts} ${unit}`)
    // Rounded down: 100 % is said when nothing is left.
    if (isShare) parts.push(`${Math.floor((done / total) * 100)} %`)
    if (isEven && rate !== undefined) parts.push(unit === 'bytes' ? `${bytes(rate)}/s` : `${short(rate)} ${unit}/s`)
    if (isEven && isShare && rate && now - pace.begun >= leftAfterMs) parts.push(timeLeft((total - done) / rate))
  }
  const rest = parts.join(' · ')
  const room = width - rest.length - 3
  const label = step.label.length <= room ? step.label : `${step.label.slice(0, Math.max(0, room - 1))}…`
  return `${label} · ${rest}`.slice(0, width)
}

function amount(number: number, unit: string): string {
  return unit === 'bytes' ? bytes(number) : Math.floor(number).toLocaleString('en')
}

/** A rate in three digits: more would only flicker. */
export function short(rate: number): string {
  return Number(rate.toPrecision(rate < 10 ? 1 : 3)).toLocaleString('en')
}

/** 1 500 000 is "1.5 MB". */
export function bytes(number: number): string {
  const power = number < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(number) / 3))
  const value = number / 1000 ** power
  const amount = power === 0 ? String(Math.round(value)) : value.toFixed(1)
  return text('imports.size', { amount, unit: ['bytes', 'kB', 'MB', 'GB'][power] ?? '' })
}

/** 75 000 is "1 min 15 s". */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 60) return text('imports.seconds', { seconds })
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return text('imports.minutes', { minutes, seconds: seconds % 60 })
  return text('imports.hours', { hours: Math.floor(minutes / 60), minutes: minutes % 60 })
}

/** Rounded up and ever coarser: nobody can know the second half an hour ahead. */
export function timeLeft(seconds: number): string {
  if (seconds < 5) return text('imports.leftMoment')
  if (seconds < 60) return text('imports.leftSeconds', { seconds: Math.ceil(seconds / 5) * 5 })
  const minutes = Math.ceil(seconds / 60)
  if (minutes < 60) return text('imports.leftMinutes', { minutes })
  if (minutes < 60 * 24) {
    return text('imports.leftHours', { hours: Math.floor(minutes / 60), minutes: minutes % 60 })
  }
  return text('imports.leftDays')
}

const ownClock: Clock = {
  now: () => performance.now(),
  every: (milliseconds, work) => {
    const timer = setInterval(work, milliseconds)
    // The job keeps the process alive, not its line.
    timer.unref()
    return () => clearInterval(timer)
  },
}

const widest = 80
const quietMs = 2000
const redrawMs = 200
const plainMs = 5000
const sampleMs = 500
const windowMs = 15_000
// A rate of the first moments is that of empty caches and full buffers.
const rateAfterMs = 1500
const leftAfterMs = 3000
