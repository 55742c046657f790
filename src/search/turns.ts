// Searches take their turns, as many at once as they have connections; a crowd of them is nobody else's trouble.
import { busy } from '../errors.ts'
import { text } from '../texts/texts.ts'

const mostAtOnce = 3
const mostWaiting = 60
const patienceMs = 3000

/** Throws `busy` where the line is long or stands still. */
export function newTurns() {
  let underWay = 0
  const waiting: (() => void)[] = []
  const refusal = () => busy(text('search.busy'), 5)

  const wait = async () => {
    if (waiting.length >= mostWaiting) throw refusal()
    await new Promise<void>((resolve, reject) => {
      const begin = () => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(begin), 1)
        reject(refusal())
      }, patienceMs)
      waiting.push(begin)
    })
  }

  return async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (underWay < mostAtOnce) underWay++
    else await wait()
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
