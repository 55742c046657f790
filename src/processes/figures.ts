// The metrics of all processes together.
import { AggregatorRegistry } from 'prom-client'
import type { Figures } from './messages.ts'

export type AllFigures = {
  learn: (pid: number, figures: Figures) => void
  /** What a process counted stays in the sums, or they would fall when it ends. */
  forget: (pid: number) => void
  text: () => Promise<string>
}

export function newAllFigures(): AllFigures {
  const known = new Map<number, Figures>()
  let gone: Promise<Figures> = Promise.resolve([])
  return {
    learn: (pid, figures) => void known.set(pid, figures),
    forget: (pid) => {
      const counted = (known.get(pid) ?? []).filter(({ type }) => counts.has(String(type)))
      known.delete(pid)
      gone = gone.then(
        async (before) => (await AggregatorRegistry.aggregate([before, counted]).getMetricsAsJSON()) as Figures,
      )
    },
    text: async () => await AggregatorRegistry.aggregate([...known.values(), await gone]).metrics(),
  }
}

const counts = new Set(['counter', 'histogram'])
