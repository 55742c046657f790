// Notices that PostgreSQL says nothing any more, as where packets are dropped or its machine stands still. TCP alone takes a
// quarter of an hour to find out, and who waits would wait as long.
import { setTimeout as sleep } from 'node:timers/promises'

export type Vigil = {
  /** Waits for the answer, or throws at once while PostgreSQL is silent. */
  watch: <T>(work: () => PromiseLike<T>) => Promise<T>
  /** True when PostgreSQL answers on a connection of its own, which is made for it. */
  answers: () => Promise<boolean>
  close: () => void
}

const lookEveryMs = 250
/** Who waits so long while nobody has been answered for as long makes it look. */
const suspectMs = 1500
const patienceMs = 1500
const stepMs = 100
const againMs = 250

/**
 * `knock` makes a new connection and asks something; that it is refused is an answer. `onSilent` ends what is under way,
 * each time that nothing was heard.
 */
export function newVigil(knock: (signal: AbortSignal) => Promise<unknown>, onSilent: () => void): Vigil {
  const waiting = new Set<{ since: number }>()
  let heardAt = performance.now()
  let isSilent = false
  let isLooking = false
  let isClosed = false

  const answers = async (): Promise<boolean> => {
    const ending = new AbortController()
    let answer: boolean | undefined
    const asking = knock(ending.signal).then(
      () => (answer = true),
      (error: { code?: unknown }) => (answer = isAnswer(error)),
    )
    // Steps, not one long wait: a process that stood still itself must not take that for silence of the other side.
    for (let waited = 0; waited < patienceMs && answer === undefined && !isClosed; waited += stepMs)
      await Promise.race([asking, sleep(stepMs, undefined, { ref: false })])
    ending.abort()
    return answer ?? false
  }

  const look = async () => {
    isLooking = true
    const begun = performance.now()
    while (!isClosed) {
      if (await answers()) {
        heardAt = performance.now()
        break
      }
      // Somebody was answered meanwhile.
      if (!isSilent && heardAt > begun) break
      isSilent = true
      onSilent()
      await sleep(againMs, undefined, { ref: false })
    }
    isSilent = false
    isLooking = false
  }

  const timer = setInterval(() => {
    if (isLooking) return
    const [oldest] = waiting
    const now = performance.now()
    if (oldest && now - oldest.since > suspectMs && now - heardAt > suspectMs) void look()
  }, lookEveryMs).unref()

  return {
    watch: async (work) => {
      if (isSilent) throw silent()
      const one = { since: performance.now() }
      waiting.add(one)
      try {
        const answer = await work()
        heardAt = performance.now()
        return answer
      } catch (error) {
        if (isAnswer(error as { code?: unknown })) heardAt = performance.now()
        throw error
      } finally {
        waiting.delete(one)
      }
    },
    answers,
    close: () => {
      isClosed = true
      clearInterval(timer)
    },
  }
}

/** PostgreSQL said so itself, or its machine did. */
function isAnswer({ code }: { code?: unknown }): boolean {
  return (
    typeof code === 'string' && (/^(?=.*\d)[0-9A-Z]{5}$/.test(code) || code === 'ECONNREFUSED' || code === 'ENOENT')
  )
}

function silent(): Error {
  return Object.assign(new Error('PostgreSQL does not answer.'), { code: 'CONNECT_TIMEOUT' })
}
