import type { Phase } from './run.ts'

/** 'preparing' is from the first byte of the file to the first row. */
export type Seconds = Record<'preparing' | Phase, number>

export function stopwatch() {
  const seconds: Seconds = { preparing: 0, reading: 0, 'building indexes': 0, settling: 0, verifying: 0, done: 0 }
  let phase: keyof Seconds = 'preparing'
  let since = performance.now()
  const next = (next: keyof Seconds) => {
    const now = performance.now()
    seconds[phase] += (now - since) / 1000
    since = now
    phase = next
  }
  return {
    next,
    stop: () => {
      next('done')
      return seconds
    },
  }
}
