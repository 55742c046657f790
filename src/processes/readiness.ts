// Who sends visitors here asks for readiness again and again. When a process is told to stop, it goes on until they have heard no.
import { setTimeout as sleep } from 'node:timers/promises'

export type Readiness = {
  /** For /readyz: counts who asks. */
  isLeaving: () => boolean
  /** Says no from here on. Resolves when that was heard, at once where nobody asks. */
  leave: () => Promise<void>
}

/** Somebody who asks at all asks within this. */
const recentMs = 30_000
/** What HAProxy and others need before they believe it. */
const timesHeard = 3
const believedMs = 500
const longestMs = 12_000
/** The longest that leave() takes. */
export const heardSeconds = 13
const stepMs = 50

export function newReadiness(now: () => number = () => performance.now()): Readiness {
  let isLeaving = false
  let heard = 0
  // The last two: who asked once was curious.
  let lastAsked = -Infinity
  let askedBefore = -Infinity
  return {
    isLeaving: () => {
      if (isLeaving) heard++
      askedBefore = lastAsked
      lastAsked = now()
      return isLeaving
    },
    leave: async () => {
      isLeaving = true
      if (now() - askedBefore > recentMs) return
      for (const begun = now(); heard < timesHeard && now() - begun < longestMs;) await sleep(stepMs)
      await sleep(believedMs)
    },
  }
}
