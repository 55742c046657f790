// Notices that PostgreSQL says nothing any more, as where packets are dropped or its machine stands still. TCP alone takes a
// quarter of an hour to find out, and who waits would wait as long.
import { setTimeout as sleep } from 'node:timers/promises'

export type Vigil = {
  /** Waits for the answer, or throws at once while PostgreSQL is silent. `query` is the driver's, where `work` gives another. */
  watch: <T>(work: () => PromiseLike<T>, query?: object) => Promise<T>
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
/** Beyond what PostgreSQL lets a statement take: for the way, and for what it was busy with before. */
const graceMs = 2500

type Waiting = { since: number; query: object | undefined; line: object | undefined; from: number; isTold?: boolean }

/**
 * `knock` makes a new connection and asks something; that it is refused is an answer. `onSilent` ends what is under way,
 * each time that nothing was heard. `onMute` hears of single connections that say nothing for longer than a statement may
 * take, as where a firewall forgot them: new ones pass, so the knock is answered. `isFirst` is true again when connections
 * made since the last time can be among them. Never called with a `statementMs` of 0.
 */
export function newVigil(
  knock: (signal: AbortSignal) => Promise<unknown>,
  onSilent: () => void,
  onMute: (lines: ReadonlySet<object>, isFirst: boolean) => void = () => {},
  statementMs = 0,
): Vigil {
  const waiting = new Set<Waiting>()
  const mostTurns = (statementMs + graceMs) / lookEveryMs
  /** Turns of the timer, not time: a process that stood still itself has not heard what came meanwhile. */
  let turn = 0
  let muteTurn = -Infinity
  const heardOn = new WeakMap<object, number>()
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

  const findMute = () => {
    turn++
    const isFirst = turn - muteTurn > mostTurns
    const mute = new Set<object>()
    for (const one of waiting) {
      // The driver may have forgotten it with its connection.
      if (one.isTold) continue
      const line = lineOf(one.query)
      // It waited for a connection, or is asked again on another.
      if (line !== one.line) Object.assign(one, { line, from: turn })
      if (!line || turn - Math.max(one.from, heardOn.get(line) ?? 0) <= mostTurns) continue
      mute.add(line)
      one.isTold = isFirst
    }
    if (mute.size === 0) return
    if (isFirst) muteTurn = turn
    onMute(mute, isFirst)
  }
  const hear = ({ query }: Waiting) => {
    heardAt = performance.now()
    const line = lineOf(query)
    if (line) heardOn.set(line, turn)
  }

  const timer = setInterval(() => {
    if (statementMs > 0) findMute()
    if (isLooking) return
    const [oldest] = waiting
    const now = performance.now()
    if (oldest && now - oldest.since > suspectMs && now - heardAt > suspectMs) void look()
  }, lookEveryMs).unref()

  return {
    watch: async (work, query) => {
      if (isSilent) throw silent()
      const asked = work()
      const one = { since: performance.now(), query: query ?? asked, line: undefined, from: turn }
      waiting.add(one)
      try {
        const answer = await asked
        hear(one)
        return answer
      } catch (error) {
        if (isAnswer(error as { code?: unknown })) hear(one)
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

/** The connection on which a query was sent: the driver (postgres.js 3.4.9) notes it there for cancelling. */
export function lineOf(query: object | undefined): object | undefined {
  return (query as { state?: object | null } | undefined)?.state ?? undefined
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
