// Tells the shared cache in front what is out of date: many changes in one request, again and again until it was heard.
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Config } from '../config.ts'
import { type Fetcher, newFetcher } from '../outbound/fetcher.ts'
import { tagOf } from './shared.ts'

export type Purger = {
  purge: (keys: readonly string[]) => void
  close: () => void
}

/** More, and everything is purged. */
const mostTags = 100
const deadlineMs = 2000
/** Between two requests; what changes meanwhile goes into the next. */
const pauseMs = 50
const longestPauseMs = 30_000
/** A page that was on its way to the cache while it was purged is old and kept there: purged once more. */
const againMs = 1000

type Options = {
  url: URL
  header?: { name: string; value: string } | undefined
  fetcher: Fetcher
  logger: FastifyBaseLogger
}

function newPurger({ url, header, fetcher, logger }: Options): Purger {
  /** How often each tag is still to be told. */
  let waiting = new Map<string, number>()
  const stopping = new AbortController()
  const { signal } = stopping
  let isTelling = false
  let failures = 0

  const add = (tags: Iterable<string>, times: number) => {
    for (const tag of tags) waiting.set(tag, Math.max(times, waiting.get(tag) ?? 0))
    if (waiting.size > mostTags || waiting.has('site'))
      waiting = new Map([['site', Math.max(times, ...waiting.values())]])
    if (!isTelling) void tellAll()
  }

  const tellAll = async () => {
    isTelling = true
    while (waiting.size > 0 && !signal.aborted) {
      const told = waiting
      waiting = new Map()
      const isHeard = await tell([...told.keys()])
      if (!isHeard) for (const [tag, times] of told) waiting.set(tag, Math.max(times, waiting.get(tag) ?? 0))
      else {
        const again = [...told].filter(([, times]) => times > 1).map(([tag]) => tag)
        if (again.length > 0) setTimeout(() => signal.aborted || add(again, 1), againMs).unref()
      }
      const pause = isHeard ? pauseMs : Math.min(longestPauseMs, 250 * 2 ** failures)
      await sleep(pause, undefined, { signal, ref: false }).catch(() => {})
    }
    isTelling = false
  }

  const tell = async (tags: string[]): Promise<boolean> => {
    const headers = { 'surrogate-key': tags.join(' '), ...(header && { [header.name]: header.value }) }
    try {
      await fetcher(url.href, { types: [], json: { tags }, headers, maxBytes: 65_536, mayCut: true, deadlineMs })
    } catch (error) {
      if (failures++ === 0) logger.warn({ reason: (error as Error).message }, 'the shared cache was not told')
      return false
    }
    if (failures > 0) logger.info({ failures }, 'the shared cache is told again')
    failures = 0
    return true
  }

  return {
    purge: (keys) => add(keys.map(tagOf), 2),
    close: () => stopping.abort(),
  }
}

/** Undefined without CACHE_PURGE_URL. The operator named that host, so it may be one of their own network. */
export function openPurger(config: Config, logger: FastifyBaseLogger): Purger | undefined {
  const { cachePurgeUrl: url, cachePurgeHeader: header } = config
  if (!url) return undefined
  const allow = [url.hostname.replace(/^\[|\]$/g, '')]
  return newPurger({ url, header, fetcher: newFetcher({ allow, origin: config.siteUrl.origin }), logger })
}
