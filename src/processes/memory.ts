const lookEveryMs = 5000
const askAgainMs = 60_000

/** Asks to be replaced while the process holds more, and again where the one that should have followed did not start. */
export function watchMemory(
  mostMb: number,
  ask: (why: string) => void,
  { lookMs = lookEveryMs, againMs = askAgainMs } = {},
): NodeJS.Timeout {
  let earliest = 0
  return setInterval(() => {
    const mb = Math.round(process.memoryUsage.rss() / 1024 / 1024)
    if (mb <= mostMb || performance.now() < earliest) return
    earliest = performance.now() + againMs
    ask(`holds ${mb} MB`)
  }, lookMs).unref()
}
