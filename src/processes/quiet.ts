// What a start or a rush leaves behind is given back: V8 would keep it until memory is short, and a blog that nobody reads
// at the moment never comes to that.
import { performance } from 'node:perf_hooks'
import { shrink } from '../db/sweep.ts'

const lookEveryMs = 1000
/** So much of a second at work at most: everybody waits for the sweep, 50 ms and more. */
const quiet = 0.05
const muchMb = 16
/** A crawler that comes in the same second of each minute must not have a sweep each time. */
const restMs = 60_000

/** In the first quiet second, and again in a quiet one that comes after the process has grown. */
export function shrinkWhenQuiet({ lookMs = lookEveryMs, againMs = restMs, sweep = shrink } = {}): NodeJS.Timeout {
  let before = performance.eventLoopUtilization()
  let last: { mb: number; at: number } | undefined
  return setInterval(() => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, before)
    before = now
    if (utilization > quiet) return
    if (last && (performance.now() - last.at < againMs || heldMb() < last.mb + muchMb)) return
    sweep()
    last = { mb: heldMb(), at: performance.now() }
  }, lookMs).unref()
}

function heldMb(): number {
  return process.memoryUsage.rss() / 1024 / 1024
}
