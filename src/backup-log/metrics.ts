import { Gauge, type Registry } from 'prom-client'
import type { Db } from '../db/pool.ts'
import { findLastBackups } from './queries.ts'

/** Asked of PostgreSQL when somebody looks. While that is away, or where no backup was made, there is no number. */
export function measureBackups(registry: Registry, db: Db): void {
  new Gauge({
    name: 'bloggy_backup_age_seconds',
    help: 'Since the moment that the newest backup of the timetable holds.',
    registers: [registry],
    async collect() {
      this.reset()
      const last = await findLastBackups(db).catch(() => undefined)
      if (typeof last?.age_seconds === 'number') this.set(last.age_seconds)
      else this.remove()
    },
  })
}
