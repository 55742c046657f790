// What nobody caught. Nobody knows then what is half done, so the process ends, and whoever watches over it starts another.
import { setTimeout as sleep } from 'node:timers/promises'

const leaveMs = 5000

/** `leave` lets what is under way end; it gets five seconds. */
export function endWhenUncaught(say: (line: string) => void, leave: () => Promise<unknown>): void {
  let isLeaving = false
  process.on('uncaughtException', (error: Error & { code?: unknown }) => {
    // The driver (postgres.js 3.4.9) throws it where nobody can catch it, after the event loop stood still: what waited for the
    // connection was told, and nothing else is touched.
    if (isLostConnection(error)) return say(`A connection to PostgreSQL was lost: ${error.message}`)
    // Also where it is the last words that cannot be written.
    if (isLeaving) return undefined
    isLeaving = true
    say(`Something failed that nobody caught; Bloggy stops, to be started again.\n${error?.stack ?? String(error)}`)
    process.exitCode = 1
    const end = () => process.exit(1)
    void Promise.race([leave(), sleep(leaveMs)]).then(end, end)
  })
}

function isLostConnection({ code }: { code?: unknown }): boolean {
  return typeof code === 'string' && /^(CONNECT_TIMEOUT|CONNECTION_(CLOSED|DESTROYED|ENDED)|57P0\d|08\w{3})$/.test(code)
}
