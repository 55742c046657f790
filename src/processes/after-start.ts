// What a start leaves behind is given back: V8 would keep it until memory is short, and a blog that nobody reads at the moment
// never comes to that.
import { performance } from 'node:perf_hooks'
import { shrink } from '../db/sweep.ts'

const lookMs = 1000
/** So much of a second at work at most: everybody waits for the sweep, 50 ms and more. */
const quiet = 0.05

/** In the first quiet second; under load V8 sweeps by itself. */
export function shrinkWhenQuiet(): void {
  let before = performance.eventLoopUtilization()
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, before)
    before = now
    if (utilization > quiet) return
    clearInterval(timer)
    shrink()
  }, lookMs).unref()
}
