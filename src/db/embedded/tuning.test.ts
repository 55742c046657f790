import assert from 'node:assert/strict'
import { totalmem } from 'node:os'
import { describe, test } from 'node:test'
import { configuration, thisMachine, tune } from './tuning.ts'

const gb = 1024 ** 3
const small = { memory: gb, cores: 1, connections: 60, platform: 'linux' as const }
const large = { memory: 64 * gb, cores: 16, connections: 360, platform: 'linux' as const }

function megabytes(text: string | undefined): number {
  const found = /^(\d+)MB$/.exec(text ?? '')?.[1]
  assert.ok(found, `${text} is a size.`)
  return Number(found)
}

describe('the embedded PostgreSQL is sized to the machine', () => {
  test('a small one keeps most of its memory for the rest', () => {
    const settings = tune(small)
    assert.equal(settings.shared_buffers, '128MB')
    assert.equal(settings.work_mem, '4MB')
    assert.equal(settings.max_connections, '100')
    assert.equal(settings.max_parallel_workers_per_gather, '0')
    const cleaners = 3 * megabytes(settings.autovacuum_work_mem)
    assert.ok(megabytes(settings.shared_buffers) + cleaners + megabytes(settings.maintenance_work_mem) < 256)
  })

  test('a large one has more of everything, up to what still helps', () => {
    const settings = tune(large)
    assert.equal(settings.shared_buffers, '8192MB')
    assert.equal(settings.work_mem, '32MB')
    assert.equal(settings.maintenance_work_mem, '1024MB')
    assert.equal(settings.max_wal_size, '4096MB')
    assert.equal(settings.max_parallel_workers_per_gather, '2')
    assert.equal(settings.max_connections, '380')
  })

  test('a very small container gets a server that starts', () => {
    const settings = tune({ ...small, memory: 64 * 1024 * 1024 })
    assert.equal(settings.shared_buffers, '32MB')
    assert.equal(settings.work_mem, '2MB')
    assert.equal(settings.max_wal_size, '512MB')
  })

  test('reading ahead is asked for where the system knows it', () => {
    assert.equal(tune(small).effective_io_concurrency, '64')
    assert.equal(tune({ ...small, platform: 'darwin' }).effective_io_concurrency, undefined)
  })

  test('this machine has memory, of which a container may have less, and a core', () => {
    const { memory, cores } = thisMachine(20)
    assert.ok(memory > 0 && memory <= totalmem())
    assert.ok(cores >= 1)
  })
})

test('the file of settings names the one of the owner last, whatever its path holds', () => {
  const lines = configuration({ jit: 'off' }, `/home/o'brien/postgresql.conf`).trim().split('\n')
  assert.deepEqual(lines.slice(1), [
    `include 'postgresql.conf'`,
    `jit = 'off'`,
    `include_if_exists '/home/o''brien/postgresql.conf'`,
  ])
})
