// Searches take their turns, as many at once as they have connections; a crowd of them is nobody else's trouble.
import { busy } from '../errors.ts'
import { text } from '../texts/texts.ts'

const mostAtOnce = 3
const mostWaiting = 60
const patienceMs = 3000

type Place = { who: string; begin: () => void; leave: () => void }

/**
 * `who` searches: an account or a network. Next is whoever has the fewest under way, and of these the one whose last turn is
 * longest ago. In a line that is full, the last search of whoever waits with most makes room for somebody who waits with less.
 * Throws `busy` to who finds no place, loses it, or waited too long.
 */
export function newTurns() {
  const underWay = new Map<string, number>()
  const waiting: Place[] = []
  // Only of those who wait; who is not there had no turn since the line began.
  let served: string[] = []
  let taken = 0

  const countWaiting = (who: string) => waiting.filter((place) => place.who === who).length

  const makeRoom = (who: string) => {
    if (waiting.length < mostWaiting) return
    const counts = new Map<string, number>()
    for (const place of waiting) counts.set(place.who, (counts.get(place.who) ?? 0) + 1)
    const most = Math.max(...counts.values())
    if (most <= countWaiting(who) + 1) throw refusal()
    waiting.findLast((place) => counts.get(place.who) === most)?.leave()
  }

  const wait = async (who: string) => {
    makeRoom(who)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const place: Place = {
      who,
      begin: resolve,
      // At once: a turn that is handed to somebody who left is never given back.
      leave: () => {
        waiting.splice(waiting.indexOf(place), 1)
        reject(refusal())
      },
    }
    waiting.push(place)
    const timer = setTimeout(place.leave, patienceMs)
    await promise.finally(() => clearTimeout(timer))
  }

  const begins = (who: string) => {
    underWay.set(who, (underWay.get(who) ?? 0) + 1)
    served = [...served.filter((one) => one !== who && countWaiting(one) > 0), who]
  }

  const ends = (who: string) => {
    const left = (underWay.get(who) ?? 1) - 1
    if (left > 0) underWay.set(who, left)
    else underWay.delete(who)
  }

  const takeNext = (): Place | undefined => {
    const [next] = waiting.toSorted(
      (a, b) =>
        (underWay.get(a.who) ?? 0) - (underWay.get(b.who) ?? 0) || served.indexOf(a.who) - served.indexOf(b.who),
    )
    if (next) waiting.splice(waiting.indexOf(next), 1)
    return next
  }

  return async function inTurn<T>(who: string, work: () => Promise<T>): Promise<T> {
    if (taken < mostAtOnce) {
      taken++
      begins(who)
    } else await wait(who)
    try {
      return await work()
    } finally {
      ends(who)
      // Handed over and not given back: whoever asks before the next one wakes up has to wait as well.
      const next = takeNext()
      if (next) {
        begins(next.who)
        next.begin()
      } else taken--
    }
  }
}

function refusal() {
  return busy(text('search.busy'), 5)
}
