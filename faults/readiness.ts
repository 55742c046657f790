// What a proxy does: asks every instance whether it is ready, and sends requests to those that say so.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Instance } from './instance.ts'

const askEveryMs = 100

export type Readiness = {
  /** For a load: the instance whose turn it is, or another where that one says no. */
  choose: (turn: number) => number
  /** Settles when an instance was started again and gets requests. */
  seen: (index: number) => Promise<void>
  stop: () => Promise<void>
}

export function followReadiness(instances: readonly Instance[]): Readiness {
  const ready = instances.map(() => true)
  let isOver = false
  // All are asked all the time; one that says no gets no further request.
  const asking = instances.map(async (instance, index) => {
    for (; !isOver; await sleep(askEveryMs)) ready[index] = await instance.isReady()
  })
  return {
    choose: (turn) => {
      const wanted = turn % instances.length
      return ready[wanted] ? wanted : Math.max(0, ready.indexOf(true))
    },
    seen: async (index) => {
      await instances[index]?.ready()
      while (!ready[index]) await sleep(20)
    },
    stop: async () => {
      isOver = true
      await Promise.all(asking)
    },
  }
}
