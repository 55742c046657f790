// What the embedded server is told about the machine it is on.
import { availableParallelism, totalmem } from 'node:os'

/** `memory` in bytes, of the machine or of the container; `connections` that the blog's processes may open together. */
export type Machine = { memory: number; cores: number; connections: number; platform: NodeJS.Platform }

/** A container's limits are the machine's: Node reads them from its control groups. */
export function thisMachine(connections: number): Machine {
  // Far above what is there where nothing limits, and 0 where nobody knows.
  const limit = process.constrainedMemory()
  const memory = limit > 0 ? Math.min(limit, totalmem()) : totalmem()
  return { memory, cores: availableParallelism(), connections, platform: process.platform }
}

const mb = 1024 * 1024

/**
 * Settings of PostgreSQL. Bloggy's own processes and the system's cache of files live on the same machine, so its
 * shares are smaller than those of a machine for PostgreSQL alone. Memory is taken when it is used, not before.
 */
export function tune({ memory, cores, connections, platform }: Machine): Record<string, string> {
  const share = (part: number, least: number, most: number) =>
    `${Math.round(Math.min(most, Math.max(least, memory / part / mb)))}MB`
  const helpers = Math.min(4, cores - 1)
  return {
    max_connections: String(Math.min(5000, Math.max(100, connections + 20))),

    shared_buffers: share(8, 32, 8192),
    huge_pages: 'try',
    effective_cache_size: share(2, 128, 1_048_576),
    // For each sort, of which every connection may have one or two at once.
    work_mem: share(256, 2, 32),
    maintenance_work_mem: share(16, 32, 1024),
    // Three may run at once.
    autovacuum_work_mem: share(64, 16, 256),

    // Disks without moving parts: a page out of its turn costs hardly more than the next one.
    random_page_cost: '1.1',
    // Only where the system can be told in advance what will be read; elsewhere PostgreSQL refuses the value.
    ...(platform === 'linux' && { effective_io_concurrency: '64', maintenance_io_concurrency: '64' }),
    // Statements here take less time than compiling them would.
    jit: 'off',
    max_parallel_workers_per_gather: String(Math.min(2, helpers)),
    max_parallel_maintenance_workers: String(helpers),

    // Each page goes into the log whole once after a checkpoint: fewer of them, and smaller pages.
    checkpoint_timeout: '15min',
    max_wal_size: share(2, 512, 4096),
    wal_compression: 'on',

    // Of a disk that takes 200 pages in a millisecond; the usual limit is from the time of slower ones.
    autovacuum_vacuum_cost_limit: '1000',
    // The table of jobs is made of rows that live for a moment.
    autovacuum_naptime: '20s',
  }
}

/** Read after what initdb wrote. The owner's file comes after it, and `alter system` after all. */
export function configuration(settings: Record<string, string>, ownFile: string): string {
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${quoted(value)}`)
  return [
    '# Made by Bloggy at every start, from the memory and the cores of the machine. Changes here are lost.',
    `include 'postgresql.conf'`,
    ...lines,
    `include_if_exists ${quoted(ownFile)}`,
    '',
  ].join('\n')
}

function quoted(value: string): string {
  return `'${value.replaceAll(`'`, `''`)}'`
}
