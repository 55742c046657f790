// Pages as they were sent, by address, until something that is in them changes. See docs/decisions/0036.
import type { PageKey } from '../http/keeping.ts'
import type { Cut } from './blanks.ts'

/**
 * The one copy of what is sent. As text of a byte a character Node sends it in one piece with the head, which takes a third
 * less time than beside it; but each answer under way has a copy of its own then.
 */
export type Bytes = string | Buffer

const longestText = 65_536

export function bytesOf(body: Buffer): Bytes {
  return body.length <= longestText ? body.toString('latin1') : body
}

export type KeptPage = {
  body: Bytes
  headers: [name: string, value: string][]
  /** Of the body; what is sent compressed has one of its own. */
  hash: string
  keys: readonly PageKey[]
  /** The pattern of its address, for logs and metrics. */
  route: string
  /** What is filled in at each answer; without it all are the same. */
  page?: Cut | undefined
  /** When the clock changes it: comments close. */
  until?: Date | undefined
  /** What a shared cache is told besides, while this process knows that the page is true. */
  shared: [name: string, value: string][]
}

/** A page with what is made of it when it is first asked for. */
export type Entry = KeptPage & {
  address: string
  keptAt: number
  /** Of all forms it has by now. */
  bytes: number
  wasUsed: boolean
}

/** A page that is being made; whoever asks for the same meanwhile waits for it. */
export type Flight = { address: string; changed: Set<string>; waiting: ((entry: Entry | undefined) => void)[] }

/** True where something of the page changed since it was begun. */
export function isOld({ changed }: Flight, keys: readonly PageKey[]): boolean {
  return changed.has('site') || keys.some((key) => changed.has(key))
}

export type PageCache = {
  /** `takesOld` while nothing newer can be had. */
  find: (address: string, takesOld?: boolean) => Entry | undefined
  /** Undefined where a page is on its way that began after the last change: `whenDone` hears of it, once. */
  begin: (address: string, whenDone: (entry: Entry | undefined) => void) => Flight | undefined
  /** Without a page, or with one that changed meanwhile, nothing is kept; those who wait get what there is. */
  end: (flight: Flight, page?: KeptPage) => Entry | undefined
  /** What was begun before may be kept no more, and nobody joins it. */
  drop: (keys: readonly string[]) => void
  /** A form of it was made. */
  grow: (entry: Entry, bytes: number) => void
  size: () => { pages: number; bytes: number }
}

/** Nothing is known that needs it: what is forgotten in the rules of the journal is mended by then. */
const longestMs = 10 * 60_000
const mostWaiting = 10_000
/** A page of which a few fill the cache is not kept. */
const largestShare = 8

const isPast = ({ until }: Entry) => until !== undefined && until.getTime() <= Date.now()

export function newPageCache(mostBytes: number, now: () => number = () => performance.now()): PageCache {
  // In the order they came, those that were used since in front of the queue once more.
  const entries = new Map<string, Entry>()
  const byKey = new Map<string, Set<Entry>>()
  /** Those that may be joined. */
  const open = new Map<string, Flight>()
  const under = new Set<Flight>()
  let bytes = 0

  const remove = (entry: Entry) => {
    if (entries.get(entry.address) !== entry) return
    entries.delete(entry.address)
    bytes -= entry.bytes
    for (const key of entry.keys) {
      const those = byKey.get(key)
      those?.delete(entry)
      if (those?.size === 0) byKey.delete(key)
    }
  }

  const makeRoom = () => {
    for (const [address, entry] of entries) {
      if (bytes <= mostBytes) return
      if (!entry.wasUsed) remove(entry)
      else {
        entry.wasUsed = false
        entries.delete(address)
        entries.set(address, entry)
      }
    }
  }

  const add = (entry: Entry) => {
    const before = entries.get(entry.address)
    if (before) remove(before)
    entries.set(entry.address, entry)
    bytes += entry.bytes
    for (const key of entry.keys) {
      const those = byKey.get(key)
      if (those) those.add(entry)
      else byKey.set(key, new Set([entry]))
    }
    makeRoom()
  }

  return {
    find: (address, takesOld = false) => {
      const entry = entries.get(address)
      if (!entry) return undefined
      const isOver = now() - entry.keptAt > longestMs || isPast(entry)
      if (isOver && !takesOld) {
        remove(entry)
        return undefined
      }
      entry.wasUsed = true
      return entry
    },
    begin: (address, whenDone) => {
      const going = open.get(address)
      if (going && going.waiting.length < mostWaiting) {
        going.waiting.push(whenDone)
        return undefined
      }
      const flight: Flight = { address, changed: new Set(), waiting: [] }
      open.set(address, flight)
      under.add(flight)
      return flight
    },
    end: (flight, page) => {
      if (!under.delete(flight)) return undefined
      if (open.get(flight.address) === flight) open.delete(flight.address)
      let entry: Entry | undefined
      if (page) {
        const { address } = flight
        entry = { ...page, address, keptAt: now(), bytes: bytesIn(page, address), wasUsed: false }
        if (!isOld(flight, page.keys) && entry.bytes < mostBytes / largestShare) add(entry)
      }
      for (const tell of flight.waiting) tell(entry)
      return entry
    },
    drop: (keys) => {
      // What a page under way shows is known at its end alone.
      open.clear()
      for (const flight of under) for (const key of keys) flight.changed.add(key)
      if (keys.includes('site')) {
        entries.clear()
        byKey.clear()
        bytes = 0
      } else for (const key of keys) for (const entry of byKey.get(key) ?? []) remove(entry)
    },
    grow: (entry, more) => {
      entry.bytes += more
      if (entries.get(entry.address) !== entry) return
      bytes += more
      makeRoom()
    },
    size: () => ({ pages: entries.size, bytes }),
  }
}

function bytesIn({ body, headers, keys, shared }: KeptPage, address: string): number {
  const texts = [...headers, ...shared].flat().reduce((sum, text) => sum + text.length, 0)
  return body.length + texts + address.length + overhead + keys.length * overheadOfKey
}

/** The entry itself and what it is found by, about. */
const overhead = 1500
const overheadOfKey = 100
