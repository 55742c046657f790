import { Gauge, type Registry } from 'prom-client'
import type { Db } from '../db/pool.ts'
import { measureQueue } from './queries.ts'

/** Asked of PostgreSQL when somebody looks; while that is away there are no numbers. */
export function measureJobs(registry: Registry, db: Db): void {
  new Gauge({
    name: 'bloggy_jobs',
    help: 'Jobs by state: waiting, late (due for more than 15 minutes), running, failed for good.',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      this.reset()
      const { oldest_seconds: _, ...states } = (await measureQueue(db).catch(() => undefined)) ?? {}
      for (const [state, count] of Object.entries(states)) this.set({ state }, count)
    },
  })
  new Gauge({
    name: 'bloggy_jobs_oldest_seconds',
    help: 'How long the job waits that is due for longest.',
    registers: [registry],
    async collect() {
      const found = await measureQueue(db).catch(() => undefined)
      if (found) this.set(found.oldest_seconds)
      else this.remove()
    },
  })
}
