// Writes that come at once, in one statement. What a commit costs, and the waking of a process of PostgreSQL, they share.
import type { Db } from './pool.ts'

type Waiting<Item, Result> = {
  item: Item
  resolve: (result: Result) => void
  reject: (error: unknown) => void
}
type Line<Item, Result> = { waiting: Waiting<Item, Result>[]; underWay: number }

/** What waits longer, for a lock of somebody else, holds up nobody who comes after it. */
const patienceMs = 50
/** Who comes then asks for a connection alone, and is told if there is none. */
const mostWaiting = 500

/**
 * Who comes while a statement is under way waits for it, and shares the next with at most `most` - 1 others. `together` answers
 * in the order of what it is given, after the commit. Where PostgreSQL refuses them together, each is written alone, so that
 * one that is wrong is no harm to others.
 */
export function gathered<Item, Result>(
  most: number,
  alone: (db: Db, item: Item) => Promise<Result>,
  together: (db: Db, items: Item[]) => Promise<Result[]>,
): (db: Db, item: Item) => Promise<Result> {
  const lines = new WeakMap<Db, Line<Item, Result>>()

  const next = (db: Db, line: Line<Item, Result>) => {
    if (line.underWay > 0 || line.waiting.length === 0) return
    const taken = line.waiting.splice(0, most)
    line.underWay++
    let isCounted = true
    const over = () => {
      if (isCounted) line.underWay--
      isCounted = false
      next(db, line)
    }
    const timer = setTimeout(over, patienceMs)
    void write(db, taken).finally(() => {
      clearTimeout(timer)
      over()
    })
  }

  const write = async (db: Db, taken: Waiting<Item, Result>[]): Promise<void> => {
    if (taken.length > 1) {
      try {
        const results = await together(
          db,
          taken.map(({ item }) => item),
        )
        for (const [index, { resolve }] of taken.entries()) resolve(results[index] as Result)
        return
      } catch (error) {
        // Of a line that broke nobody knows whether it was written.
        if (!isRefused(error)) return taken.forEach(({ reject }) => reject(error))
      }
    }
    await Promise.all(taken.map(async ({ item, resolve, reject }) => await alone(db, item).then(resolve, reject)))
  }

  return async (db, item) => {
    const line = lines.get(db) ?? { waiting: [], underWay: 0 }
    lines.set(db, line)
    if (line.waiting.length >= mostWaiting) return await alone(db, item)
    return await new Promise<Result>((resolve, reject) => {
      line.waiting.push({ item, resolve, reject })
      next(db, line)
    })
  }
}

/** PostgreSQL answered that nothing of it was kept. */
function isRefused(error: unknown): boolean {
  const { name, severity } = error as { name?: string; severity?: string }
  return name === 'PostgresError' && severity === 'ERROR'
}
