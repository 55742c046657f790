import { Gauge, type Registry } from 'prom-client'
import type { PageCache } from './page-cache.ts'

/** What the memory of PAGE_CACHE_MB holds at the moment. */
export function measurePages(registry: Registry, cache: Pick<PageCache, 'size'>): void {
  const gauge = (name: string, help: string, of: 'pages' | 'bytes') =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(cache.size()[of])
      },
    })
  gauge('bloggy_page_cache_pages', 'Pages that are kept in memory.', 'pages')
  gauge('bloggy_page_cache_bytes', 'What they take, in all the forms they are sent in.', 'bytes')
}
