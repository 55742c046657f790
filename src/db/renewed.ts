// A client that is exchanged for a new one when a connection of it was lost. What the driver (postgres.js 3.4.9) keeps of a lost
// connection can make it wait for ever: it takes a write for being on its way and sends nothing more, and takes the error
// of the next start for that of a statement which is long over.
import type { Sql } from 'postgres'
import { isLoss } from './once-more.ts'

export type Renewed = {
  sql: Sql
  /** What is under way fails now, and the next statement has new connections. */
  renew: () => void
}

/** One that never had a connection is not exchanged sooner, so that nobody makes clients all day while PostgreSQL is away. */
const betweenMs = 200
/** Longer than a statement of readers takes: until then what the other connections have under way may end. */
const leaveMs = 15_000

/** `open` makes a client that tells when it has a connection, and when one of them is gone. */
export function renewed(open: (tell: { onparameter: () => void; onclose: () => void }) => Sql): Renewed {
  let isLost = false
  let wasOpen = false
  let openedAt = -Infinity
  const leaving = new Set<Sql>()

  const begin = (): Sql => {
    isLost = wasOpen = false
    openedAt = performance.now()
    const made: Sql = open({
      onparameter: () => {
        if (made === current) wasOpen = true
      },
      onclose: () => {
        if (made === current) isLost = true
      },
    })
    return made
  }
  let current = begin()
  const endOld = async (old: Sql, timeout: number) => {
    leaving.delete(old)
    await old.end({ timeout })
  }
  const newest = () => {
    if (!isLost || (!wasOpen && performance.now() - openedAt < betweenMs)) return current
    const old = current
    if (wasOpen) {
      leaving.add(old)
      setTimeout(() => void endOld(old, 0), leaveMs).unref()
    } else void endOld(old, 0)
    current = begin()
    return current
  }

  const end = async (options: { timeout?: number } = {}) => {
    await Promise.all([current.end(options), ...[...leaving].map((old) => endOld(old, 0))])
  }
  /** The driver tells of the end of the line later. Who asks again until then would ask on the same line. */
  const minding = <T>(made: Sql, asked: T): T => {
    const query = asked as { reject?: (error: unknown) => void }
    const { reject } = query
    if (typeof reject !== 'function') return asked
    query.reject = (error) => {
      if (made === current && isLoss(error)) isLost = true
      reject(error)
    }
    return asked
  }
  const unsafe = (...words: Parameters<Sql['unsafe']>) => {
    const made = newest()
    return minding(made, made.unsafe(...words))
  }
  // What somebody sets here stays over all clients: see bench/statements.ts.
  const own = Object.assign(() => {}, { end, unsafe })
  const sql = new Proxy(own as unknown as Sql, {
    apply: (_, __, words: unknown[]) => {
      const made = newest()
      return minding(made, Reflect.apply(made, undefined, words))
    },
    get: (mine, name) => Reflect.get(Object.hasOwn(mine, name) ? mine : newest(), name),
  })
  const renew = () => {
    for (const old of [current, ...leaving]) void endOld(old, 0)
    current = begin()
  }
  return { sql, renew }
}
