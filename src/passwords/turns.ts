// Work that takes memory and a thread is done a few at a time, in the order of those who ask.
import { busy } from '../errors.ts'
import { text } from '../texts/texts.ts'

// A hundred who wait are done in three seconds.
const retryAfterSeconds = 5

/** At most so many at once; a longer line than `mostWaiting` is sent away. */
export function newTurns(mostAtOnce: number, mostWaiting: number) {
  let underWay = 0
  const waiting: (() => void)[] = []

  return async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (underWay < mostAtOnce) underWay++
    else {
      if (waiting.length >= mostWaiting) throw busy(text('passwords.busy'), retryAfterSeconds)
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
    try {
      return await work()
    } finally {
      // Handed over and not given back: whoever asks before the next one wakes up has to wait as well.
      const next = waiting.shift()
      if (next) next()
      else underWay--
    }
  }
}
