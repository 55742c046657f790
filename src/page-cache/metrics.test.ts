import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { measurePages } from './metrics.ts'
import { newPageCache } from './page-cache.ts'

test('a page in memory is counted for the operator, with its bytes', async () => {
  const registry = new Registry()
  const cache = newPageCache(1_000_000)
  measurePages(registry, cache)
  const [before] = (await registry.getMetricsAsJSON()).map(({ values }) => values[0]?.value)
  assert.equal(before, 0)
  const flight = cache.begin('/', () => {})
  assert.ok(flight)
  cache.end(flight, { body: Buffer.alloc(5000), headers: [], hash: 'x', keys: ['posts'], route: '/', shared: [] })
  const [pages, bytes = 0] = (await registry.getMetricsAsJSON()).map(({ values }) => values[0]?.value)
  assert.equal(pages, 1)
  assert.ok(bytes > 5000)
})
