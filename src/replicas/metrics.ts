import { Counter, Gauge, type Registry } from 'prom-client'
import type { Replicas } from '../db/replicas.ts'

/** What this process knows of the standbys of DATABASE_REPLICA_URLS. */
export function measureReplicas(registry: Registry, replicas: Pick<Replicas, 'states' | 'retries'>): void {
  new Gauge({
    name: 'bloggy_db_replica_lag_seconds',
    help: 'How long ago the primary had what the replica has; not there while nobody knows.',
    labelNames: ['replica'],
    registers: [registry],
    aggregator: 'max',
    collect() {
      this.reset()
      for (const { name, lagSeconds } of replicas.states())
        if (Number.isFinite(lagSeconds)) this.set({ replica: name }, lagSeconds)
    },
  })
  new Gauge({
    name: 'bloggy_db_replica_in_use',
    help: '1 while the replica answers readers, 0 while it is away or too far behind.',
    labelNames: ['replica'],
    registers: [registry],
    aggregator: 'min',
    collect() {
      for (const { name, isUsed } of replicas.states()) this.set({ replica: name }, isUsed ? 1 : 0)
    },
  })
  let counted = 0
  new Counter({
    name: 'bloggy_db_replica_retries_total',
    help: 'Statements that the primary was asked because a replica did not answer.',
    registers: [registry],
    collect() {
      const now = replicas.retries()
      this.inc(now - counted)
      counted = now
    },
  })
}
