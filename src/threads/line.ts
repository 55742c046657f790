// Who is next where one thing is done at a time. Who asks for much waits longer; the others do not.
import { busy, conflict } from '../errors.ts'
import { text } from '../texts/texts.ts'

/** What somebody waits for, the most urgent first. */
const purposes = ['save', 'preview', 'background'] as const
type Purpose = (typeof purposes)[number]

/** Without an account: programs, and readers together. */
export type Turn = { purpose: Purpose; account: number | null }

export const inBackground: Turn = { purpose: 'background', account: null }

export const limits = {
  /** Saves of one account that wait; the next is refused. A second preview takes the place of the first. */
  savesOfAccount: 2,
  /** Waiting for one purpose, of all accounts together. */
  ofPurpose: 20,
  /** After so many turns of more urgent ones it is the turn of one that is less urgent, so that nobody waits for ever. */
  passedOver: 9,
  /** A request has ten seconds, and the work comes after the wait. What runs in the background waits as long as it takes. */
  waitMs: 5000,
}

type Place = { account: number | null; begin: () => void; refuse: (error: Error) => void }

// Longer than the line can be, so that everybody who waits is known.
const mostRemembered = 100

/**
 * Does one work after another: saves before previews, within these the account whose last turn is longest ago. Throws `busy`
 * when the line is too long or the wait is, and `conflict` for a preview when the same account asks for a newer one.
 */
export function newLine() {
  const waiting: Record<Purpose, Place[]> = { save: [], preview: [], background: [] }
  const passedOver: Record<Purpose, number> = { save: 0, preview: 0, background: 0 }
  let served: (number | null)[] = []
  let isTaken = false

  return async function inTurn<T>(turn: Turn, work: () => Promise<T>): Promise<T> {
    // Handed over and not given back: whoever asks before the next one wakes up has to wait as well.
    if (isTaken) await wait(turn)
    isTaken = true
    served = [...served.filter((account) => account !== turn.account), turn.account].slice(-mostRemembered)
    try {
      return await work()
    } finally {
      const next = takeNext()
      if (next) next.begin()
      else isTaken = false
    }
  }

  async function wait({ purpose, account }: Turn): Promise<void> {
    const places = waiting[purpose]
    const own = purpose === 'background' ? [] : places.filter((place) => place.account === account)
    const older = purpose === 'preview' ? own[0] : undefined
    if (own.length >= limits.savesOfAccount || (places.length >= limits.ofPurpose && !older)) throw tooBusy()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const place: Place = { account, begin: resolve, refuse: reject }
    // Whoever types on does not lose the place for it.
    if (older) places[places.indexOf(older)] = place
    else places.push(place)
    older?.refuse(conflict(text('threads.newerPreview')))
    const leave = () => {
      // At once: a turn that is handed to somebody who left is never given back.
      places.splice(places.indexOf(place), 1)
      reject(tooBusy())
    }
    const late = purpose === 'background' ? undefined : setTimeout(leave, limits.waitMs)
    await promise.finally(() => clearTimeout(late))
  }

  function takeNext(): Place | undefined {
    const asked = purposes.filter((purpose) => waiting[purpose].length > 0)
    const purpose = asked.findLast((purpose) => passedOver[purpose] >= limits.passedOver) ?? asked[0]
    if (!purpose) return undefined
    for (const each of asked) passedOver[each] = each === purpose ? 0 : passedOver[each] + 1
    const places = waiting[purpose]
    const [next] = places.toSorted((a, b) => served.indexOf(a.account) - served.indexOf(b.account))
    if (next) places.splice(places.indexOf(next), 1)
    return next
  }
}

function tooBusy() {
  return busy(text('threads.busy'), retryAfterSeconds)
}

const retryAfterSeconds = 5
